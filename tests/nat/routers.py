"""The routers of the laboratory: what each kind lets through, as rules for nftables.

none        no router: the machine is on the internet
fullcone    one outer port for each inner one, and everybody may send there
cone        the same, but only who was sent something from there may answer (RFC 4787: port-restricted)
symmetric   another outer port for each destination, and only that destination may answer
blocked     cone, but no UDP leaves except to the server's own ports
noudp       no UDP leaves at all
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SERVICE_PORT, STUN_PORT, TURN_PORT = 27020, 27021, 3478
SERVER_PORTS: Final = (SERVICE_PORT, STUN_PORT, TURN_PORT)
"""What a blocked network lets through, to the server and nowhere else."""

Rules = Sequence[str]

# What comes from outside and answers nothing is dropped before it is translated back, and so is what is for the router
# itself: without the second, a packet that came too early takes the port that the inner machine is about to be given.
_DROP_UNASKED: Final[Rules] = ('iifname "wan" ct state new drop',)


def chain(name: str, hook: str, rules: Rules) -> str:
    lines = "".join(f"    {rule}\n" for rule in rules)
    return f"  chain {name} {{\n    type {hook}; policy accept;\n{lines}  }}\n"


def table(family: str, name: str, *chains: str) -> str:
    return f"table {family} {name} {{\n{''.join(chains)}}}\n"


def _masquerade(flags: str = "") -> str:
    rule = f'oifname "wan" masquerade {flags}'
    return table("ip", "translate", chain("outwards", "nat hook postrouting priority srcnat", [rule]))


def _guard(family: str = "ip", only: Rules = ()) -> str:
    arriving = chain("arriving", "filter hook input priority filter", _DROP_UNASKED if family == "ip" else ())
    passing = chain("passing", "filter hook forward priority filter", [*only, *_DROP_UNASKED])
    return table(family, "guard", arriving, passing)


def _forward_all(host: str) -> str:
    rule = f'iifname "wan" meta l4proto udp dnat to {host}'
    return table("ip", "forwarded", chain("inwards", "nat hook prerouting priority dstnat", [rule]))


def _only_to(server: str) -> Rules:
    ports = ", ".join(map(str, SERVER_PORTS))
    return (
        f'iifname "lan" meta l4proto udp ip daddr != {server} drop',
        f'iifname "lan" meta l4proto udp udp dport != {{ {ports} }} drop',
    )


def rules_of(kind: str, host: str, server: str) -> str:
    """What `nft -f` takes for a router of that kind.

    Args:
        host: the inner machine's IPv4 address.
        server: the server's.
    """
    match kind:
        case "fullcone":
            return _masquerade() + _forward_all(host)
        case "cone":
            return _masquerade() + _guard()
        case "symmetric":
            return _masquerade("random,fully-random") + _guard()
        case "blocked":
            return _masquerade() + _guard(only=_only_to(server))
        case "noudp":
            return _masquerade() + _guard(only=('iifname "lan" meta l4proto udp drop',))
    raise ValueError(f"no kind of router: {kind!r}")


ROUTERS: Final = ("fullcone", "cone", "symmetric", "blocked", "noudp")
FIREWALL_6: Final = _guard("ip6")
"""IPv6 is not translated, only guarded."""
