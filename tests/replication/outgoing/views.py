"""Worlds in which anything happens to what is seen: a seed makes one, plays it in bad weather and compares."""

from __future__ import annotations

import random
from typing import Any

import gamenet as gn
from gamenet.testing import Lab
from tests.replication.arena import replica

Session = gn.Session[Any]

LINKS = ("perfect", "good", "fair", "poor")
WIDE = 1000


class Field(gn.Room):
    wind: int = 0


class Thing(gn.Entity):
    x: float = gn.coord(0)
    y: float = gn.coord(0)
    name: str = ""
    hits: int = 0


class Player(Thing): ...


class Near(Thing, sight=gn.nearest(6)): ...


class Close(Thing, sight=gn.within(200)): ...


class Closer(Close):
    """Seen in one range with what it inherits from."""

    extra: int = 0


class Cell(Thing, sight=gn.grid(150), lost="freeze"): ...


class Known(Thing, sight=gn.within(150), lost="keep"): ...


class Secret(Thing, sight=gn.group): ...


class Pet(Thing, authority="owner", sight=gn.within(120)): ...


HOSTS = (Thing, Near, Close, Closer, Cell, Known, Secret)


class World:
    """One session's worth of chance."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.groups: dict[Any, set[gn.Peer]] = {}
        self.quiet = False
        self.lab = Lab(
            clients=self.dice.randint(1, 3), room=Field, link=self.dice.choice(LINKS), seed=seed, max_peers=9
        )

    def somewhere(self) -> dict[str, float]:
        return {"x": self.dice.randrange(WIDE), "y": self.dice.randrange(WIDE)}

    def others(self) -> list[gn.Peer]:
        return [peer for peer in self.lab.host.peers if not peer.is_me]

    def frame(self, net: Session) -> None:
        """What the game does in a frame."""
        if self.quiet:
            return
        if net is self.lab.host:
            for thing in net.all(Thing):
                if not isinstance(thing, Pet) and self.dice.random() < 0.3:
                    thing.x = min(WIDE, max(0, thing.x + self.dice.uniform(-12, 12)))
            if self.dice.random() < 0.4:
                self.happen(net)
        else:
            for pet in net.all(Pet):
                if pet.mine:
                    pet.y = (pet.y + 5) % WIDE
            if self.dice.random() < 0.03:
                net.spawn(Pet(**self.somewhere()))

    def happen(self, host: Session) -> None:
        things = [thing for thing in host.all(Thing) if not isinstance(thing, Player)]
        thing = self.dice.choice(things) if things else None
        others = self.others()
        match self.dice.randrange(8):
            case 0 | 1 if len(things) < 80:
                kind = self.dice.choice(HOSTS)
                owner = self.dice.choice([None, None, *others])
                made = host.spawn(kind(**self.somewhere(), name=str(self.dice.random())), owner=owner)
                if kind is Secret and self.dice.random() < 0.7:
                    self.say_group(host, made)
            case 2 if thing is not None:
                host.despawn(thing)
            case 3 if thing is not None and not isinstance(thing, Pet):
                thing.teleport(**self.somewhere())
            case 4 if thing is not None:
                thing.owner = self.dice.choice([None, *others])
            case 5 if thing is not None and not isinstance(thing, Pet):
                thing.name, thing.hits = str(self.dice.random()), self.dice.randrange(99)
            case 6:
                for secret in host.all(Secret)[:2]:
                    self.say_group(host, secret)
            case 7 if others:
                self.look(host, self.dice.choice(others))

    def look(self, host: Session, peer: gn.Peer) -> None:
        if self.dice.random() < 0.5:
            host.view(peer)
        else:
            host.view(peer, **self.somewhere())

    def say_group(self, host: Session, secret: Any) -> None:
        others = self.others()
        chosen = {peer for peer in others if self.dice.random() < 0.5}
        host.group(secret, chosen)
        self.groups[secret] = chosen

    def play(self) -> None:
        """Some seconds of everything, and then of nothing, until all is where it belongs."""
        with self.lab as lab:
            for peer in self.others():
                lab.host.spawn(Player(**self.somewhere()), owner=peer)
            for _ in range(self.dice.randint(1, 4)):
                lab.run(1, each_frame=self.frame)
                if self.dice.random() < 0.3 and len(lab.clients) > 1:
                    lab.clients.pop(0).close()
                if self.dice.random() < 0.3:
                    lab.add_client()
            self.quiet = True
            lab.run(4)
            for client in lab.clients:
                assert client.state == "joined", client.problem
                self.compare(lab.host, client)

    def compare(self, host: Session, client: Session) -> None:
        peer = next(peer for peer in self.others() if peer.id == client.me.id)
        mine = {entity.id for entity in client.all(Thing)}
        x, y = self.view(host, peer)
        for true in host.all(Thing):
            must, may = self.sees(host, peer, true, x, y)
            copy = client.get(true)
            assert (copy is not None) or not must, f"{true!r} is not seen from {x}, {y}"
            assert copy is None or may or must, f"{true!r} is seen from {x}, {y}"
            mine.discard(true.id)
            if copy is not None and must:
                here = (copy.name, copy.hits, copy.owner and copy.owner.id)
                assert here == (true.name, true.hits, true.owner and true.owner.id), true
                assert abs(copy.simulated.x - true.simulated.x) <= 1 / 16, (true, copy.simulated.x, true.simulated.x)
        assert not mine, f"{mine} are not there any more"

    def view(self, host: Session, peer: gn.Peer) -> tuple[Any, Any]:
        """From where it looks; None, None: where its last entity was."""
        at = replica(host)._rules.views.get(peer.id)
        first = next((thing for thing in replica(host).interest._steered.get(peer.id, {}).values()), None)
        return at or ((None, None) if first is None else (first.__dict__["x"], first.__dict__["y"]))

    def sees(self, host: Session, peer: gn.Peer, thing: Any, x: Any, y: Any) -> tuple[bool, bool]:
        """Whether the peer must see it, and whether it may."""
        if thing.owner is peer or type(thing) in (Thing, Player):
            return True, True
        if isinstance(thing, Secret):
            allowed = peer in self.groups.get(thing, set())
            return allowed, allowed
        if x is None:
            return False, True  # it looks from where its last entity was
        far = ((thing.x - x) ** 2 + (thing.y - y) ** 2) ** 0.5
        if isinstance(thing, Near):
            distances = sorted(((one.x - x) ** 2 + (one.y - y) ** 2) ** 0.5 for one in host.all(Near))
            last, next_one = distances[min(5, len(distances) - 1)], distances[min(6, len(distances) - 1)]
            return far < last * 0.93, len(distances) <= 6 or far <= next_one * 1.08
        if isinstance(thing, (Cell, Known)):
            width = 150.0
            near = far <= width * 0.99 if isinstance(thing, Known) else cells(thing, x, y, width)
            return near, True  # what it saw once may still be there
        reach = 120 if isinstance(thing, Pet) else 200
        return far < reach * 0.99, far < reach * 1.06


def cells(thing: Any, x: float, y: float, width: float) -> bool:
    """Whether both are in the same cell or in neighbours; what is at an edge may be in either."""
    spread = [(thing.x + dx, thing.y + dy) for dx in (-0.1, 0.1) for dy in (-0.1, 0.1)]
    return all(abs(a // width - x // width) <= 1 and abs(b // width - y // width) <= 1 for a, b in spread)
