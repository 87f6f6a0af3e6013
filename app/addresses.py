"""Where a request comes from, as far as that can be believed. Knows headers; nothing of visitors.

The server itself already takes the address from ``X-Forwarded-For`` where the peer is one of
``FORWARDED_ALLOW_IPS`` (this machine, unless that says otherwise). A Space can be reached through the Hub's
proxies alone, whose own addresses are private: there the last public one is the client's, and what stands
before it is the client's own invention.
"""

import ipaddress
from typing import Any

_IPV6_HOME = 64  # bits: one household or server has all addresses that begin with them


def address_of(request: Any, on_space: bool) -> str:
    """An address to count under; of IPv6 the network. Empty where nothing is known."""
    client = getattr(getattr(request, "client", None), "host", "") or ""
    hops = str(dict(request.headers).get("x-forwarded-for", "")).split(",") if on_space else []
    public = (hop.strip() for hop in reversed([*hops, client]) if _is_public(hop.strip()))
    return _network(next(public, client))


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _network(host: str) -> str:
    """
    >>> _network("2a00:1450:4001:82f::200e")
    '2a00:1450:4001:82f::/64'
    >>> _network("::ffff:8.8.8.8")
    '8.8.8.8'
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if mapped := getattr(address, "ipv4_mapped", None):
        return str(mapped)
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((address, _IPV6_HOME), strict=False))
