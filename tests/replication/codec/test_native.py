"""What is sent to whom, and what arrives, over a wire that loses, delays and doubles."""

from __future__ import annotations

import math
from array import array
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gamenet.errors import BadDeclaration, InvalidArgument
from gamenet.replication.codec import (
    Decoder,
    Encoder,
    Kind,
    NumericField,
    OutgoingRows,
    Received,
    Rows,
    Table,
    ValuesMessage,
    Verdict,
)
from gamenet.replication.codec.native import NativeDecoder, NativeEncoder
from gamenet.replication.codec.reference import EXP, Message, Row, Section, encode_message, quantise
from tests.replication.codec import schemas
from tests.replication.codec.worlds import (
    ADA,
    BOB,
    HOST,
    LIMIT,
    PLENTY,
    SHIP,
    STEP,
    Receiver,
    Sender,
    as_read,
    outgoing,
    rows,
)

TAKEN, UNKNOWN = "TAKEN", "UNKNOWN_BASELINE"


def pair(*ids: int, peer: int = ADA) -> tuple[Sender, Receiver]:
    """A sender that shows these ids to a receiver that knows them."""
    sender = Sender()
    sender.encoder.show([peer], ids)
    receiver = Receiver(sender, peer)
    receiver.know(ids)
    return sender, receiver


def test_the_native_codec_is_what_the_protocols_ask_for() -> None:
    encoder: Encoder = NativeEncoder([SHIP])
    decoder: Decoder = NativeDecoder([SHIP])
    assert encoder.collect(1, []) == [] and decoder.receive([]) == []


# --- What is sent -----------------------------------------------------------------------------------------------------


def test_what_is_shown_arrives() -> None:
    sender, ada = pair(7, 8)
    sender.collect({7: (1.5, 90, 100), 8: (-2.03, 359.7, 3), 9: (0, 0, 0)})
    assert ada.receive(sender.send()) == [TAKEN]
    assert ada.world == {(0, 7): (1.5, 90, 100), (0, 8): (-2, 0, 3)}


def test_nothing_is_sent_when_nothing_changes() -> None:
    sender, ada = pair(7)
    for _ in range(3):
        sender.collect({7: (1, 2, 3)})
        ada.receive(sender.send())
    assert sender.send() == []
    sender.collect({7: (1.001, 2, 3)})
    assert sender.send() == [], "too small a change to be seen"
    sender.collect({7: (2, 2, 3)})
    assert len(sender.send()) == 1


def test_a_row_is_repeated_until_it_is_acknowledged() -> None:
    sender, ada = pair(7)
    sender.collect({7: (1, 2, 3)})
    lost = sender.send()
    sender.collect({7: (1, 2, 3)})
    arrived = sender.send()
    assert lost and ada.receive(arrived) == [TAKEN]
    sender.collect({7: (1, 2, 3)})
    assert sender.send() == []


def test_a_tick_is_sent_to_a_peer_once() -> None:
    sender, _ = pair(7)
    sender.collect({7: (1, 2, 3)})
    assert sender.send() and not sender.send()


def test_who_computes_an_entity_gets_no_echo() -> None:
    sender = Sender()
    sender.encoder.show([ADA, BOB], [7])
    sender.collect({7: (1, 2, 3)}, computed_by=ADA)
    assert [message.peer for message in sender.send(ADA, BOB)] == [BOB]


def test_a_hidden_entity_is_not_sent_and_shown_again_it_is() -> None:
    sender, ada = pair(7, 8)
    sender.encoder.hide([ADA], [7])
    sender.collect({7: (1, 2, 3), 8: (1, 2, 3)})
    ada.receive(sender.send())
    assert set(ada.world) == {(0, 8)}
    sender.encoder.show([ADA], [7])
    sender.collect({})
    ada.receive(sender.send())
    assert set(ada.world) == {(0, 7), (0, 8)}


def test_what_is_shown_before_it_exists_is_sent_once_it_does() -> None:
    sender, ada = pair(7)
    sender.collect({})
    assert sender.send() == []
    sender.collect({7: (1, 2, 3)})
    assert ada.receive(sender.send()) == [TAKEN]


def test_a_forgotten_entity_is_sent_to_nobody() -> None:
    sender, ada = pair(7, 8)
    sender.collect({7: (1, 2, 3), 8: (1, 2, 3)})
    sender.encoder.forget([7])
    ada.receive(sender.send())
    assert set(ada.world) == {(0, 8)}


def test_a_forgotten_entity_that_is_collected_again_is_a_new_one() -> None:
    sender, ada = pair(7)
    sender.collect({7: (1, 2, 3)})
    ada.receive(sender.send())
    sender.encoder.forget([7])
    sender.encoder.show([ADA], [7])
    sender.collect({7: (1, 2, 3)})
    assert len(sender.send()) == 1


def test_a_removed_peer_and_its_late_acknowledgements_are_nothing() -> None:
    sender, _ = pair(7)
    sender.collect({7: (1, 2, 3)})
    message = sender.send()[0]
    sender.encoder.remove_peer(ADA)
    sender.encoder.add_peer(ADA)
    sender.encoder.show([ADA], [7])
    sender.acks = [(ADA, message.number), (9, 1), (ADA, -5), (ADA, 10**15)]
    again = sender.send()
    assert [message.number for message in again] == [1]


def test_numbers_count_up_per_peer_without_gaps() -> None:
    sender = Sender()
    sender.encoder.show([ADA, BOB], range(1, 500))
    numbers: dict[int, list[int]] = {ADA: [], BOB: []}
    for tick in range(4):
        sender.collect({id: (id, tick, 1) for id in range(1, 500)})
        for message in sender.send(*([ADA, BOB] if tick % 2 else [ADA])):
            numbers[message.peer].append(message.number)
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
    assert len(numbers[ADA]) > len(numbers[BOB]) > 2


def test_no_message_is_longer_than_the_limit_and_each_can_be_applied_alone() -> None:
    sender, ada = pair(*range(1, 600))
    world = {id: (id * 1.25, id % 360, id % 100) for id in range(1, 600)}
    sender.collect(world)
    messages = sender.send(limit=200)
    assert len(messages) > 10 and max(len(message.body) for message in messages) <= 200
    assert max(len(message.body) for message in messages) > 190, "packed tightly"
    for limit in range(60, 120):
        sender.encoder.show([BOB], world)
        assert max(len(message.body) for message in sender.send(BOB, limit=limit)) <= limit
        sender.encoder.hide([BOB], world)
    assert set(ada.receive(reversed(messages))) == {TAKEN}
    assert ada.world == {(0, id): as_read(SHIP, values) for id, values in world.items()}


def test_under_a_budget_too_small_the_rows_unsent_longest_go_first() -> None:
    ids = range(1, 101)
    sender, ada = pair(*ids)
    last = dict.fromkeys(ids, -1)
    for tick in range(30):
        sender.collect({id: (id + tick, tick, 1) for id in ids})
        messages = sender.send(budget=150)
        assert sum(len(message.body) for message in messages) <= 150
        ada.world.clear()
        ada.receive(messages)
        sent = {id for _, id in ada.world}
        assert max(last[id] for id in sent) <= min(last[id] for id in set(ids) - sent)
        last |= dict.fromkeys(sent, tick)
    assert min(last.values()) >= 25


def test_no_budget_means_no_message() -> None:
    sender, _ = pair(7)
    sender.collect({7: (1, 2, 3)})
    assert sender.send(budget=0) == [] and sender.send(budget=-5) == []
    assert len(sender.send(budget=PLENTY)) == 1


def test_a_small_change_costs_less_than_a_row_without_baseline() -> None:
    ids = range(1, 101)
    sender, ada = pair(*ids)
    sizes = []
    for tick in range(40):
        sender.collect({id: (id + tick / 2, tick, 50) for id in ids})
        messages = sender.send()
        sizes.append(sum(len(message.body) for message in messages))
        ada.receive(messages)
    assert sizes[-1] < sizes[0] / 2 and sizes[-1] / 100 < 2.5


def test_a_table_whose_rows_may_not_fit_a_message_is_refused() -> None:
    def wide(columns: int) -> Table:
        return Table("Wide", tuple(NumericField(f"n{index}", Kind.INTEGER) for index in range(columns)))

    sender = Sender([wide(90)])
    sender.encoder.show([ADA], [1])
    sender.collect({1: [-(2**63)] * 90})
    assert len(sender.send(limit=1000)) == 1
    with pytest.raises(BadDeclaration, match=r"a row of Wide can take .* at most 1000 fit a message"):
        NativeEncoder([wide(100)])


def test_a_row_that_does_not_fit_waits_for_a_longer_message() -> None:
    sender, ada = pair(7)
    sender.collect({7: (1, 2, 3)})
    assert sender.send(limit=20) == [] and sender.send(limit=0) == []
    assert ada.receive(sender.send(limit=60)) == [TAKEN]


# --- What arrives late, out of order, or from long ago ----------------------------------------------------------------


def test_a_late_message_changes_only_what_is_not_newer() -> None:
    sender, ada = pair(7, 8)
    sender.collect({7: (1, 0, 0), 8: (1, 0, 0)})
    late = sender.send()
    sender.encoder.hide([ADA], [8])
    sender.collect({7: (2, 0, 0), 8: (2, 0, 0)})
    ada.receive(sender.send())
    assert ada.receive(late) == [TAKEN]
    assert ada.world == {(0, 7): (2, 0, 0), (0, 8): (1, 0, 0)}


def test_a_late_message_is_a_baseline() -> None:
    sender, ada = pair(7)
    sender.collect({7: (1, 0, 0)})
    late = sender.send()
    sender.collect({7: (2, 0, 0)})
    newer = sender.send()
    sender.acks.append((ADA, late[0].number))
    sender.collect({7: (3, 0, 0)})
    relative = sender.send()
    assert ada.receive(newer) == [TAKEN]
    assert ada.receive(relative) == [UNKNOWN]
    ada.receive(late)
    assert ada.receive(relative) == [TAKEN]
    assert ada.world == {(0, 7): (3, 0, 0)}


def test_a_message_with_one_unknown_baseline_is_not_applied_at_all() -> None:
    sender, ada = pair(7, 8)
    sender.collect({7: (1, 0, 0)})
    lost = sender.send()
    sender.acks = [(ADA, lost[0].number)]
    sender.collect({7: (2, 0, 0), 8: (5, 0, 0)})
    assert ada.receive(sender.send()) == [UNKNOWN]
    assert ada.world == {}


@pytest.mark.parametrize("ticks", [5, 21, 22, 23, 31, 32, 33, 100])
def test_acknowledgements_that_come_late_never_name_a_row_that_is_gone(ticks: int) -> None:
    sender, ada = pair(7, 8)
    kept: list[tuple[int, int]] = []
    for tick in range(3 * ticks):
        sender.collect({7: (tick, 0, 0), 8: (0, 0, tick % 100)})
        assert set(ada.receive(sender.send())) == {TAKEN}
        kept += sender.acks
        sender.acks = [ack for ack in kept if ack[1] <= tick + 1 - ticks]
        kept = [ack for ack in kept if ack not in sender.acks]
    assert ada.world[0, 7] == (3 * ticks - 1, 0, 0)


def test_a_duplicate_changes_nothing() -> None:
    sender, ada = pair(7)
    sender.collect({7: (1, 0, 0)})
    messages = sender.send()
    ada.receive(messages)
    ada.world.clear()
    assert ada.receive(messages * 3) == [TAKEN] * 3
    assert ada.world == {}


# --- Convergence ------------------------------------------------------------------------------------------------------


@st.composite
def journeys(draw: st.DrawFn) -> tuple[list[Table], list[dict[tuple[int, int], list[float]]]]:
    """Tables, and what changes in each tick."""
    tables = draw(schemas.tables(most=2))
    ids = [1, 2, 5, 0xFFFF_FFFF]
    ticks = []
    for _ in range(draw(st.integers(1, 12))):
        changes = {}
        for table, id in draw(st.sets(st.tuples(st.integers(0, len(tables) - 1), st.sampled_from(ids)), max_size=6)):
            row = draw(schemas.values(tables[table], [id]))
            floats, ints = iter(row.floats), iter(row.ints)
            changes[table, id] = [next(floats if f.kind.is_float else ints) for f in tables[table].fields]
        ticks.append(changes)
    return tables, ticks


@settings(max_examples=80)
@given(journeys(), st.data())
def test_whatever_is_lost_delayed_or_doubled_worlds_are_equal_a_round_trip_after_the_last_change(
    journey: tuple[list[Table], list[dict[tuple[int, int], list[float]]]], data: st.DataObject
) -> None:
    tables, ticks = journey
    sender, ids = Sender(tables), [1, 2, 5, 0xFFFF_FFFF]
    sender.encoder.show([ADA], ids)
    ada = Receiver(sender)
    for table in range(len(tables)):
        ada.know(ids, table=table)
    world: dict[tuple[int, int], list[float]] = {}
    under_way: list[ValuesMessage] = []

    def tick(changes: dict[tuple[int, int], list[float]]) -> None:
        world.update(changes)
        sender.tick += STEP
        parts = []
        for table in range(len(tables)):
            mine = {id: values for (t, id), values in world.items() if t == table}
            parts.append(outgoing(rows(tables[table], table, mine)))
        sender.encoder.collect(sender.tick, parts)

    for changes in ticks:
        tick(changes)
        under_way += sender.send(limit=data.draw(st.sampled_from([200, 400, LIMIT])))
        arriving = data.draw(st.lists(st.sampled_from(under_way), max_size=6)) if under_way else []
        before = list(sender.acks)
        ada.receive(arriving)
        sender.acks = [ack for ack in sender.acks if ack in before or data.draw(st.booleans())]
    for _ in range(2):
        tick({})
        ada.receive(sender.send())
    ada.receive(under_way)
    tick({})
    assert sender.send() == []
    assert {k: tuple(map(str, v)) for k, v in ada.world.items()} == {
        (table, id): tuple(map(str, as_read(tables[table], values))) for (table, id), values in world.items()
    }


# --- Owner terms, forgeries, unknown ids ------------------------------------------------------------------------------


def test_rows_of_another_term_are_skipped_until_the_term_is_known() -> None:
    sender, ada = pair(7)
    sender.collect({7: (1, 0, 0)})
    ada.receive(sender.send())
    sender.collect({7: (2, 0, 0)}, term=1)
    assert ada.receive(sender.send()) == [TAKEN] and ada.told[0].forged == 0
    assert ada.world == {(0, 7): (1, 0, 0)}
    ada.know([7], term=1)
    ada.receive([])
    assert ada.world == {(0, 7): (2, 0, 0)}


def test_a_new_term_is_sent_even_when_no_value_changed_and_against_the_old_baseline() -> None:
    sender, ada = pair(7)
    sender.collect({7: (1, 0, 0)})
    first = sender.send()
    ada.know([7], term=1)
    ada.receive(first)
    assert ada.world == {}, "sent in a term that is over"
    sender.collect({7: (1, 0, 0)}, term=1)
    second = sender.send()
    assert len(second[0].body) < len(first[0].body)
    ada.receive(second)
    assert ada.world == {(0, 7): (1, 0, 0)}


def test_when_another_peer_computes_an_entity_the_former_one_gets_it() -> None:
    sender = Sender()
    sender.encoder.show([ADA, BOB], [7])
    sender.collect({7: (1, 0, 0)}, computed_by=ADA)
    assert [message.peer for message in sender.send(ADA, BOB)] == [BOB]
    sender.collect({7: (1, 0, 0)}, computed_by=BOB, term=1)
    assert [message.peer for message in sender.send(ADA, BOB)] == [ADA]


def test_rows_from_somebody_who_does_not_compute_them_are_ignored_and_counted() -> None:
    sender, ada = pair(7, 8)
    ada.know([8], source=BOB)
    sender.collect({7: (1, 0, 0), 8: (1, 0, 0)})
    assert ada.receive(sender.send(), source=BOB) == [TAKEN]
    assert ada.told[0].forged == 1 and ada.world == {(0, 8): (1, 0, 0)}


def test_rows_of_a_former_source_in_its_term_are_no_forgery() -> None:
    sender, ada = pair(7)
    ada.know([7], source=BOB, term=1)
    sender.collect({7: (1, 0, 0)}, term=0)
    assert ada.receive(sender.send()) == [TAKEN]
    assert ada.told[0].forged == 0 and ada.world == {}


def test_a_new_source_is_followed_also_when_its_ticks_are_behind() -> None:
    sender, ada = pair(7)
    for _ in range(5):
        sender.collect({7: (1, 0, 0)})
    ada.receive(sender.send())
    other, _ = pair(7)
    ada.know([7], source=BOB, term=1)
    other.collect({7: (2, 0, 0)}, term=1)
    ada.receive(other.send(), source=BOB)
    assert ada.world == {(0, 7): (2, 0, 0)}
    assert ada.sample(100, BOB) == {7: (2, 0)}


def test_rows_that_arrive_before_their_spawn_are_shown_with_it() -> None:
    sender = Sender()
    sender.encoder.show([ADA], [7, 8])
    ada = Receiver(sender)
    sender.collect({7: (1, 0, 0), 8: (2, 0, 0)})
    assert ada.receive(sender.send()) == [TAKEN] and ada.world == {}
    sender.collect({7: (3, 0, 0), 8: (2, 0, 0)})
    assert ada.receive(sender.send()) == [TAKEN], "what was stored is a baseline"
    ada.know([7])
    ada.receive([])
    assert ada.world == {(0, 7): (3, 0, 0)}


def test_a_spawn_brings_its_row_and_newer_ones_win() -> None:
    sender, ada = Sender(), Receiver(Sender())
    sender.encoder.show([ADA], [7])
    sender.collect({7: (5, 0, 0)})
    spawn = rows(SHIP, 0, {7: (4, 0, 0), 8: (6, 0, 0)})
    ada.decoder.know([(8, 0, HOST, 0)], [spawn], sender.tick)
    ada.receive([])
    assert ada.world == {(0, 8): (6, 0, 0)}, "7 is not known"
    ada.receive(sender.send())
    ada.decoder.know([(7, 0, HOST, 0)], [spawn], sender.tick)
    ada.receive([])
    assert ada.world[0, 7] == (5, 0, 0)


def test_the_row_of_a_message_in_the_spawns_own_tick_wins_also_when_it_comes_later() -> None:
    sender, ada = Sender(), Receiver(Sender())
    sender.encoder.show([ADA], [7])
    sender.collect({7: (5, 0, 0)})
    ada.decoder.know([(7, 0, HOST, 0)], [rows(SHIP, 0, {7: (4, 0, 0)})], sender.tick)
    ada.receive(sender.send())
    assert ada.world == {(0, 7): (5, 0, 0)}


def test_a_late_row_of_the_spawns_tick_does_not_undo_a_newer_one() -> None:
    sender, ada = Sender(), Receiver(Sender())
    sender.encoder.show([ADA], [7])
    sender.collect({7: (5, 0, 0)})
    late = sender.send()
    ada.decoder.know([(7, 0, HOST, 0)], [rows(SHIP, 0, {7: (4, 0, 0)})], sender.tick)
    sender.collect({7: (6, 0, 0)})
    ada.receive(sender.send())
    ada.receive(late)
    assert ada.world == {(0, 7): (6, 0, 0)}


def test_rows_that_arrived_in_another_term_than_the_spawns_are_not_shown() -> None:
    sender, ada = Sender(), Receiver(Sender())
    sender.encoder.show([ADA], [7])
    sender.collect({7: (1, 0, 0)}, term=1)
    ada.receive(sender.send())
    ada.know([7], term=2)
    ada.receive([])
    assert ada.world == {}
    ada.know([7], term=1)
    ada.receive([])
    assert ada.world == {(0, 7): (1, 0, 0)}


def test_more_than_256_unknown_ids_are_not_taken_and_not_acknowledged() -> None:
    sender = Sender()
    sender.encoder.show([ADA], range(1, 300))
    ada = Receiver(sender)
    sender.collect({id: (id, 0, 0) for id in range(1, 257)})
    assert set(ada.receive(sender.send())) == {TAKEN}
    sender.collect({id: (id, 0, 0) for id in range(1, 258)})
    assert ada.receive(sender.send()) == ["TOO_MANY_UNKNOWN"]
    ada.know(range(1, 258))
    sender.collect({id: (id, 0, 0) for id in range(1, 258)})
    assert set(ada.receive(sender.send())) == {TAKEN}
    assert len(ada.world) == 257
    sender.encoder.show([ADA], range(300, 556))
    sender.collect({id: (id, 0, 0) for id in range(300, 556)})
    assert set(ada.receive(sender.send())) == {TAKEN}, "as many again, now that the first are known"


def test_what_still_arrives_for_a_forgotten_entity_harms_nobody() -> None:
    sender, ada = pair(7, 8)
    for tick in range(40):
        sender.collect({7: (tick, 0, 0), 8: (tick, 0, 0)})
        assert ada.receive(sender.send()) == [TAKEN]
        if tick == 3:
            ada.decoder.forget([7])
    assert ada.world == {(0, 7): (3, 0, 0), (0, 8): (39, 0, 0)}


def test_thousands_of_entities_that_come_and_go_leave_nothing_behind() -> None:
    sender, ada = Sender(), Receiver(Sender())
    for id in range(1, 3000):
        sender.encoder.show([ADA], [id])
        sender.collect({id: (1, 0, 0)})
        messages = sender.send()
        ada.decoder.know([(id, 0, HOST, 0)])
        ada.decoder.forget([id])
        sender.encoder.forget([id])
        ada.receive([message._replace(peer=ADA) for message in messages])
        assert ada.told[0].verdict is Verdict.TAKEN


# --- Sampling ---------------------------------------------------------------------------------------------------------


def moving(*snapshots: dict[int, tuple[float, float, int]], cut: int = -1) -> Receiver:
    """A receiver of ship 7 after these snapshots, one STEP apart from STEP on; only those that changed it are sent."""
    sender, ada = pair(*{id for snapshot in snapshots for id in snapshot})
    for index, snapshot in enumerate(snapshots):
        sender.collect(snapshot, cuts=[7] if index == cut else [])
        ada.receive(sender.send())
    return ada


def test_between_two_snapshots_smooth_fields_move_evenly_and_angles_the_short_way() -> None:
    ada = moving({7: (0, 350, 1)}, {7: (30, 10, 9)})
    assert ada.sample(STEP + 1.5) == {7: (15, 0)}
    assert ada.sample(STEP + 0.75) == {7: (7.5, 355)}


def test_before_the_first_sample_stands_the_first_and_after_the_newest_the_newest() -> None:
    ada = moving({7: (0, 0, 1)}, {7: (30, 90, 1)})
    assert ada.sample(0.5) == {7: (0, 0)}
    assert ada.sample(50) == {7: (30, 90)}


def test_what_rested_is_held_until_the_snapshot_before_it_moved() -> None:
    ada = moving({7: (0, 0, 1)}, {7: (0, 0, 1)}, {7: (0, 0, 1)}, {7: (30, 0, 1)})
    assert ada.sample(2.0 * STEP) == {7: (0, 0)}
    assert ada.sample(3.0 * STEP) == {7: (0, 0)}
    assert ada.sample(3.5 * STEP) == {7: (15, 0)}


def test_a_teleport_is_never_moved_across() -> None:
    ada = moving({7: (0, 0, 1)}, {7: (1000, 0, 1)}, {7: (1030, 0, 1)}, cut=1)
    assert ada.sample(1.9 * STEP) == {7: (0, 0)}
    assert ada.sample(2.0 * STEP) == {7: (1000, 0)}
    assert ada.sample(2.5 * STEP) == {7: (1015, 0)}


def test_a_teleport_is_cut_also_when_its_own_snapshot_was_lost() -> None:
    sender, ada = pair(7)
    sender.collect({7: (0, 0, 1)})
    ada.receive(sender.send())
    sender.collect({7: (1000, 0, 1)}, cuts=[7])
    sender.send()
    sender.collect({7: (1030, 0, 1)})
    ada.receive(sender.send())
    assert ada.sample(1.9 * STEP) == {7: (0, 0)}
    assert ada.sample(2.1 * STEP) == {7: (1030, 0)}


def test_what_came_to_rest_where_it_was_drawn_is_not_told_again() -> None:
    ada = moving({7: (0, 0, 1), 8: (0, 0, 1)}, {7: (30, 0, 1), 8: (0, 0, 1)})
    assert set(ada.sample(4.5)) == {7, 8}
    assert set(ada.sample(5.5)) == {7}
    assert ada.sample(6) == {7: (30, 0)} and ada.sample(7) == {} and ada.sample(8) == {}
    assert ada.sample(4.5) == {7: (15, 0)}, "the past is shown again"


def test_each_source_has_its_own_moment() -> None:
    ada = moving({7: (0, 0, 1), 8: (0, 0, 1)}, {7: (30, 0, 1), 8: (30, 0, 1)})
    bobs, _ = pair(8)
    ada.know([8], source=BOB, term=1)
    for x in (30, 60):
        bobs.collect({8: (x, 0, 1)}, term=1)
        ada.receive(bobs.send(), source=BOB)
    found = ada.decoder.sample([(HOST, 4.5), (BOB, 5.25)])
    assert list(found[0].ids) == [7, 8] and list(found[0].floats[::2]) == [15, 52.5]


# --- Ranges -----------------------------------------------------------------------------------------------------------


def test_what_leaves_its_range_is_clamped_and_told_every_time() -> None:
    sender, ada = pair(7)
    for _ in range(2):
        told = sender.collect({7: (5000, math.inf, 101)})
        assert [(clamp.id, clamp.field, clamp.value) for clamp in told] == [(7, 0, 4096), (7, 1, 0), (7, 2, 100)]
    ada.receive(sender.send())
    assert ada.world == {(0, 7): (4096, 0, 100)}
    assert sender.collect({7: (4096, 0, 100)}) == []


@given(st.data())
def test_a_clamped_value_reads_as_every_peer_reads_it(data: st.DataObject) -> None:
    (table,) = data.draw(schemas.tables(most=1))
    given = data.draw(schemas.values(table, [7]))
    told = NativeEncoder([table]).collect(1, [outgoing(given)])
    floats, ints = iter(given.floats), iter(given.ints)
    values = [next(floats if field.kind.is_float else ints) for field in table.fields]
    for clamp in told:
        assert clamp.value == as_read(table, values)[clamp.field]
    for index in {*range(len(values))} - {clamp.field for clamp in told}:
        field, value = table.fields[index], values[index]
        assert math.isfinite(value) and (field.kind is not Kind.RANGED or quantise(field, value) >= 0)


# --- Whatever comes from outside --------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.data())
def test_any_bytes_give_a_verdict_and_rows_in_range(data: st.DataObject) -> None:
    tables = data.draw(schemas.tables())
    decoder = NativeDecoder(tables)
    decoder.know([(id, table, HOST, 0) for id in range(64) for table in range(len(tables))])
    bodies = data.draw(st.lists(st.binary(max_size=60), max_size=4))
    message = schemas.messages(tables)
    bodies += [encode_message(tables, m) for m in data.draw(st.lists(message, max_size=1))]
    batch = [ValuesMessage(HOST, data.draw(st.integers(-5, 2**62)), 1, body) for body in bodies]
    told = decoder.receive(batch)
    assert len(told) == len(batch) and all((t.verdict is Verdict.MALFORMED) == bool(t.reason) for t in told)
    for part in decoder.newest():
        table = tables[part.table]
        for field, column in zip(table.floats, range(len(table.floats)), strict=True):
            assert all(math.isfinite(value) for value in part.floats[column :: len(table.floats)])
            if field.kind is Kind.RANGED:
                assert all(field.low <= value <= field.high for value in part.floats[column :: len(table.floats)])


def test_one_malformed_message_does_not_touch_the_others_of_its_frame() -> None:
    sender, ada = pair(7)
    sender.collect({7: (1, 0, 0)})
    good = sender.send()[0]
    broken = good._replace(body=good.body[:-1])
    assert ada.receive([broken, good, broken]) == ["MALFORMED", TAKEN, "MALFORMED"]
    assert ada.told[0] == Received(Verdict.MALFORMED, "the message ends in the middle of a row", 0)
    assert ada.world == {(0, 7): (1, 0, 0)}


def test_a_row_named_twice_in_one_message_is_taken_once() -> None:
    decoder = NativeDecoder([SHIP])
    decoder.know([(7, 0, HOST, 1)])
    twice = [Section(0, term, 0, 0, (EXP,) * 3, (Row(7, (term, 0, 0)),)) for term in (0, 1)]
    (told,) = decoder.receive([ValuesMessage(HOST, 3, 1, encode_message([SHIP], Message(0, tuple(twice))))])
    assert told.verdict is Verdict.TAKEN


# --- Mistakes of the caller: an exception in the line, never a crash --------------------------------------------------

ROWS = rows(SHIP, 0, {7: (1, 2, 3)})


def wrong(**change: Any) -> OutgoingRows:
    return outgoing(ROWS._replace(**change))


BAD_PARTS: dict[str, tuple[OutgoingRows, type[Exception]]] = {
    "too few floats": (wrong(floats=array("d", [1])), InvalidArgument),
    "too many ints": (wrong(ints=array("q", [1, 2])), InvalidArgument),
    "no such table": (wrong(table=1), InvalidArgument),
    "floats of another type": (wrong(floats=array("f", [1, 2])), TypeError),
    "ids in a list": (wrong(ids=[7]), TypeError),
    "too few terms": (outgoing(ROWS)._replace(terms=array("B")), InvalidArgument),
    "too many computed_by": (outgoing(ROWS)._replace(computed_by=array("H", [1, 2])), InvalidArgument),
}


@pytest.mark.parametrize(("part", "error"), BAD_PARTS.values(), ids=BAD_PARTS)
def test_a_wrong_array_is_an_exception_and_nothing_is_collected(part: OutgoingRows, error: type[Exception]) -> None:
    sender = Sender()
    with pytest.raises(error):
        sender.encoder.collect(3, [outgoing(ROWS), part])
    assert sender.encoder.collect(3, [outgoing(ROWS)]) == []


def test_wrong_calls_say_what_is_wrong() -> None:
    encoder, decoder = NativeEncoder([SHIP]), NativeDecoder([SHIP])
    encoder.add_peer(ADA)
    encoder.collect(5, [])
    with pytest.raises(InvalidArgument, match="tick 5 does not come after 5"):
        encoder.collect(5, [])
    with pytest.raises(InvalidArgument, match="tick 6 is not the one collected last"):
        encoder.send(6, [], [], LIMIT)
    with pytest.raises(InvalidArgument, match="there is no peer 9"):
        encoder.send(5, [(9, 100)], [], LIMIT)
    with pytest.raises(InvalidArgument, match="peer 1 was added before"):
        encoder.add_peer(ADA)
    with pytest.raises(InvalidArgument, match="there is no peer 9"):
        encoder.show([9], [1])
    with pytest.raises(ValueError, match="tuples of 2"):
        encoder.send(5, [(1, 2, 3)], [], LIMIT)  # type: ignore[list-item]
    with pytest.raises(InvalidArgument, match="there is no table 1"):
        decoder.know([(1, 1, 0, 0)])
    with pytest.raises(InvalidArgument, match="term 256"):
        decoder.know([(1, 0, 0, 256)])
    with pytest.raises(BadDeclaration, match="low <= high"):
        NativeEncoder([Table("T", (NumericField("x", Kind.RANGED, 1, 0, 1),))])
    with pytest.raises(BadDeclaration, match="only float fields can be smooth"):
        NativeEncoder([Table("T", (NumericField("x", Kind.FLAG, smooth=True),))])


def test_rows_out_of_the_decoder_are_the_callers_own() -> None:
    sender, ada = pair(7)
    sender.collect({7: (1, 0, 0)})
    messages = [message._replace(peer=HOST) for message in sender.send()]
    ada.decoder.receive(messages)
    (found,) = ada.decoder.newest()
    ada.decoder.newest()
    assert found == Rows(0, array("I", [7]), array("d", [1, 0]), array("q", [0]))
