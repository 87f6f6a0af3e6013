"""One end of the socket between the page's process and the inference worker."""

import contextlib
import socket
import threading
from typing import Any

from pipelines.runtime.codec import Types, decode, encode


class Wire:
    """Many threads may send; one thread receives."""

    def __init__(self, sock: socket.socket, types: Types):
        self._socket, self._types = sock, types
        self._sending = threading.Lock()

    def send(self, number: int, message: Any) -> None:
        """Raises OSError when the other side is gone, TypeError for a message that cannot cross."""
        frame = encode(number, message, self._types)
        with self._sending:
            self._socket.sendall(b"".join(frame))

    def receive(self) -> tuple[int, Any]:
        """The next (request number, message); raises EOFError when the other side has closed."""
        return decode(self._fill, self._types)

    def close(self) -> None:
        """Wakes a thread that is in :meth:`receive` too, which ``socket.close`` alone would not."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _fill(self, view: memoryview) -> None:
        while len(view):
            try:
                count = self._socket.recv_into(view)
            except OSError as error:
                raise EOFError from error
            if count == 0:
                raise EOFError
            view = view[count:]
