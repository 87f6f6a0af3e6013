"""Read by every Python that finds this folder first on its path: no connection leaves the machine.

For kernels that give no network of one's own. Knows Python's sockets; other libraries' own go by the proxies.
"""

import errno
import ipaddress
import sys
from typing import Any

_CONNECTS = ("socket.connect", "socket.sendto", "socket.sendmsg")
_LOOKS_UP = ("socket.getaddrinfo", "socket.gethostbyname")


def refuse(event: str, values: tuple[Any, ...]) -> None:
    """Raises OSError, as a machine with no network does."""
    if event in _LOOKS_UP:
        host = values[0]
    elif event in _CONNECTS and isinstance(values[1], tuple):
        host = values[1][0]
    else:
        return
    if not _inside(host.decode("ascii", "replace") if isinstance(host, bytes) else host):
        raise OSError(errno.ENETUNREACH, "Network is unreachable")


def _inside(host: str | None) -> bool:
    if host in (None, "", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


sys.addaudithook(refuse)
