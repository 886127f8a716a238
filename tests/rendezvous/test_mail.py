"""What leaves in a pump."""

from __future__ import annotations

from gamenet.rendezvous import messages as m
from gamenet.rendezvous.mail import Mail
from gamenet.session.transports import Farewell, Lost, Opened
from gamenet.session.transports.memory import MemoryTransport, Network


class Pair:
    """A transport with two others connected to it."""

    def __init__(self) -> None:
        self.network = Network()
        self.service = self.network.transport("service")
        self.service.listen(":27020")
        self.ends = [self.network.transport() for _ in range(2)]
        for end in self.ends:
            end.connect("service:27020")
            end.poll(0.1)
        self.connections = [each.connection for each in self.service.poll(0.2) if isinstance(each, Opened)]

    def heard(self, end: MemoryTransport) -> list[object]:
        return [m.FROM_SERVICE.decode(each.data) for each in end.receive(0)]


def test_everything_leaves_in_order_and_the_goodbye_last() -> None:
    pair = Pair()
    mail, (first, second) = Mail(pair.service), pair.connections
    mail.part(first, Farewell.REFUSED, "no")
    mail.tell(first, m.Ended("one"))
    mail.tell_all([first, second], m.Ended("two"))
    assert mail.ship(1.0) == []
    happened = [end.poll(2.0) for end in pair.ends]
    assert pair.heard(pair.ends[0]) == [m.Ended("one"), m.Ended("two")]
    assert pair.heard(pair.ends[1]) == [m.Ended("two")]
    (lost,) = [each for each in happened[0] if isinstance(each, Lost)]
    assert lost.farewell is Farewell.REFUSED
    assert mail.ship(3.0) == []
    assert not [each for each in happened[1] if isinstance(each, Lost)]


def test_it_tells_who_does_not_take_what_is_sent() -> None:
    pair = Pair()
    mail, (first, second) = Mail(pair.service), pair.connections
    pair.network.cut(pair.ends[0].machine)
    pair.service.send_buffer = 1000
    for _ in range(20):
        mail.tell(first, m.Ended("x" * 100))
    mail.tell(second, m.Ended("hello"))
    assert mail.ship(1.0) == [first]
    pair.ends[1].poll(2.0)
    assert pair.heard(pair.ends[1]) == [m.Ended("hello")]


def test_nothing_to_say_is_nothing_sent() -> None:
    class Deaf(MemoryTransport):
        def send(self, now: float, batch: object) -> list[int]:
            raise AssertionError("sent")

    assert Mail(Deaf(Network(), "here")).ship(1.0) == []
