"""How a laboratory is built: its addresses, and the lines of shell that make its namespaces, wires and routers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from tests.nat.routers import FIREWALL_6, rules_of

SERVER, SERVER_6 = "192.0.2.2", "2001:db8:5::2"
_WAN: Final = {"server": "192.0.2", "a": "198.51.100", "b": "203.0.113"}
_WAN_6: Final = {"server": "2001:db8:5", "a": "2001:db8:a", "b": "2001:db8:b"}
_LAN: Final = {"a": "10.1.0", "b": "10.2.0"}
_LAST: Final = {"a": 2, "b": 3}
_NONE: Final = "none"


class Plan(NamedTuple):
    """Two homes and a server on an internet. See `Laboratory`."""

    a: str = "cone"
    """The kind of router in front of the place "a"."""
    b: str = "cone"
    ipv6: bool = False
    """Everybody has both, instead of IPv4 alone."""
    one_home: bool = False
    """b lives in a's home, behind the same router."""

    # Addresses

    def _home(self, side: str) -> str:
        return "a" if self.one_home else side

    def _kind(self, side: str) -> str:
        return self.a if self._home(side) == "a" else self.b

    def address(self, side: str) -> str:
        """IPv4, of the machine at "a" or "b", as it knows it itself."""
        if self._kind(side) == _NONE:
            return f"{_WAN[side]}.2"
        return f"{_LAN[self._home(side)]}.{_LAST[side]}"

    def address6(self, side: str) -> str:
        if self._kind(side) == _NONE:
            return f"{_WAN_6[side]}::2"
        return f"{_WAN_6[self._home(side)]}:1::{_LAST[side]}"

    def outer_address(self, side: str) -> str:
        """Its IPv4 address as the internet sees it."""
        return f"{_WAN[self._home(side)]}.2"

    # Building

    def lines(self) -> Iterator[str]:
        """Shell, run in new user, network and mount namespaces; the internet is the network that it starts in."""
        yield from ("mount -t tmpfs none /run", "mkdir /run/netns", *self._manners(""), *self._forwarding(""))
        yield from (*self._place("server"), *self._wire_to_internet("server", "server"))
        yield from self._build_home("a")
        yield from (*self._place("b"), *self._wire_to_router("b")) if self.one_home else self._build_home("b")

    def _place(self, name: str) -> Iterator[str]:
        yield from (f"ip netns add {name}", f"ip -n {name} link set lo up", *self._manners(_inside(name)))

    def _build_home(self, side: str) -> Iterator[str]:
        yield from self._place(side)
        if self._kind(side) == _NONE:
            yield from self._wire_to_internet(side, side)
        else:
            yield from (*self._router(side), *self._wire_to_router(side))

    def _router(self, side: str) -> Iterator[str]:
        router = f"router-{side}"
        yield from (*self._place(router), *self._forwarding(_inside(router)), *self._wire_to_internet(router, side))
        yield f"ip -n {router} link add lan type bridge"
        yield from self._has(router, "lan", f"{_LAN[side]}.1", f"{_WAN_6[side]}:1::1")
        yield _rules(router, rules_of(self._kind(side), self.address(side), SERVER))
        if self.ipv6:
            yield f"ip -6 route add {_WAN_6[side]}:1::/64 via {_WAN_6[side]}::2"
            yield _rules(router, FIREWALL_6)

    def _wire_to_internet(self, place: str, side: str) -> Iterator[str]:
        far, far6 = f"{_WAN[side]}.1", f"{_WAN_6[side]}::1"
        yield f"ip link add to-{side} type veth peer name wan netns {place}"
        yield from self._has("", f"to-{side}", far, far6)
        yield from self._has(place, "wan", f"{_WAN[side]}.2", f"{_WAN_6[side]}::2")
        yield from self._way_out(place, far, far6)

    def _wire_to_router(self, side: str) -> Iterator[str]:
        home = self._home(side)
        yield f"ip -n router-{home} link add to-{side} type veth peer name lan netns {side}"
        yield f"ip -n router-{home} link set to-{side} master lan up"
        yield from self._has(side, "lan", self.address(side), self.address6(side))
        yield from self._way_out(side, f"{_LAN[home]}.1", f"{_WAN_6[home]}:1::1")

    def _has(self, place: str, device: str, address: str, address6: str) -> Iterator[str]:
        ip = f"ip -n {place}" if place else "ip"
        yield f"{ip} address add {address}/24 dev {device}"
        if self.ipv6:
            yield f"{ip} -6 address add {address6}/64 dev {device} nodad"
        yield f"{ip} link set {device} up"

    def _way_out(self, place: str, via: str, via6: str) -> Iterator[str]:
        yield f"ip -n {place} route add default via {via}"
        if self.ipv6:
            yield f"ip -n {place} -6 route add default via {via6}"

    def _manners(self, inside: str) -> Iterator[str]:
        """IPv6 off, or its addresses usable at once."""
        setting = "accept_dad=0" if self.ipv6 else "disable_ipv6=1"
        yield f"{inside}sysctl -qw net.ipv6.conf.all.{setting} net.ipv6.conf.default.{setting}"

    def _forwarding(self, inside: str) -> Iterator[str]:
        yield f"{inside}sysctl -qw net.ipv4.ip_forward=1"
        if self.ipv6:
            yield f"{inside}sysctl -qw net.ipv6.conf.all.forwarding=1"


def _inside(place: str) -> str:
    return f"nsenter --net=/run/netns/{place} "


def _rules(place: str, rules: str) -> str:
    return f"{_inside(place)}nft -f - <<'RULES'\n{rules}RULES"
