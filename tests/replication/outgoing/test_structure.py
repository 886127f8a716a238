"""What is told becomes bodies, for each peer in its one order."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from gamenet.ids import PeerId
from gamenet.replication import operations as op
from gamenet.replication.model.world import Told
from gamenet.replication.outgoing.structure import messages

PEERS = [PeerId(n) for n in range(1, 5)]


def told(number: int, to: frozenset[PeerId] | None = None) -> Told:
    return Told(lambda: op.Drop(number), to)


def heard(bodies: list[bytes]) -> list[int]:
    return [operation.id for body in bodies for operation in op.read(body)[1] if isinstance(operation, op.Drop)]


@given(st.lists(st.none() | st.frozensets(st.sampled_from(PEERS)), max_size=12))
def test_each_hears_what_is_for_it_and_for_all_in_the_order_of_telling(to: list[frozenset[PeerId] | None]) -> None:
    bodies = messages([told(number, who) for number, who in enumerate(to)], PEERS)
    for peer in PEERS:
        wanted = [number for number, who in enumerate(to) if who is None or peer in who]
        assert heard(bodies.get(peer, [])) == wanted
        assert (peer in bodies) == bool(wanted)


def test_what_is_for_all_is_packed_once_and_shared() -> None:
    made: list[int] = []

    def make() -> op.Operation:
        made.append(1)
        return op.Drop(7)

    bodies = messages([Told(make)], PEERS)
    assert len(made) == 1
    assert len({id(body) for parts in bodies.values() for body in parts}) == 1


def test_one_view_that_several_newcomers_get_is_packed_once() -> None:
    made: list[int] = []

    def make() -> op.Operation:
        made.append(1)
        return op.Drop(7)

    view: Callable[[], op.Operation] = make
    bodies = messages([Told(view, frozenset({PEERS[0]})), Told(view, frozenset({PEERS[1]}))], PEERS)
    assert [heard(bodies[peer]) for peer in PEERS[:2]] == [[7], [7]]
    assert len(made) == 1


def test_who_is_not_among_the_receivers_gets_nothing() -> None:
    assert messages([told(1, frozenset({PeerId(9)}))], PEERS) == {}
    assert messages([told(1, frozenset())], PEERS) == {}
    assert messages([], PEERS) == {}
