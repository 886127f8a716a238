"""How packets travel, from the address at the other end."""

from __future__ import annotations

import ipaddress
from typing import Final

LOCAL_NETWORKS: Final = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10")
)
"""RFC 1918, link-local and unique-local, one by one: what Python calls private has ranges for documentation in it."""


def route_of(address: str, *, relayed: bool) -> str:
    """ "local" (this machine), "lan", "direct" or "relayed".

    Args:
        address: as GameNetworkingSockets writes it, "ip:port" or "[ip]:port".
    """
    if relayed:
        return "relayed"
    ip = ip_of(address)
    if ip is not None and ip.is_loopback:
        return "local"
    return "lan" if ip is not None and is_on_lan(ip) else "direct"


def is_on_lan(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return any(ip in network for network in LOCAL_NETWORKS if network.version == ip.version)


def ip_of(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Without its port; an IPv4 address in IPv6's clothes is one."""
    try:
        ip = ipaddress.ip_address(address.rpartition(":")[0].strip("[]"))
    except ValueError:
        return None
    return ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip
