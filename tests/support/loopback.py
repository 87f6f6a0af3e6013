"""A server on loopback that answers for as long as a test needs it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from typing import TypeVar

Server = TypeVar("Server", bound=BaseServer)
_LOOK_SECONDS = 0.01  # between two looks at whether it should end


@contextmanager
def answering(server: Server) -> Iterator[Server]:
    """The server itself, which answers until the end of the block."""
    threading.Thread(target=server.serve_forever, args=(_LOOK_SECONDS,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
