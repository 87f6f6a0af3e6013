"""A worker of one kind: ``python -m pipelines.runtime.worker <kind> <socket fd> <parent pid>``.

Holds models, or whatever its kind works with, and answers requests from its parent until that is gone.
Settings come from the environment, as everywhere; its output goes to the log that its parent gave it.
"""

import ctypes
import logging
import os
import signal
import socket
import sys
import threading

from pipelines.core.lasting import lasting
from pipelines.core.settings import Settings
from pipelines.runtime.engine import Engine
from pipelines.runtime.messages import Cancel, Held
from pipelines.runtime.operations import KINDS
from pipelines.runtime.wire import Wire

_PR_SET_PDEATHSIG = 1


def main(name: str, fd: int, parent: int) -> None:
    _die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is the parent's to handle
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    kind = KINDS[name]
    wire = Wire(socket.socket(fileno=fd), kind.message_types())
    with lasting():  # may import torch: seconds, with the parent watched
        engine = kind.load_engine()(Settings(), wire.send)
    threading.Thread(target=_listen, args=(wire, engine), name="listen", daemon=True).start()
    wire.send(0, Held())
    engine.run()


def _listen(wire: Wire, engine: Engine) -> None:
    """Hand on what the parent asks. Its end, or a frame that makes no sense, ends this process at once."""
    try:
        while True:
            number, message = wire.receive()
            if isinstance(message, Cancel):
                engine.cancel(number)
            else:
                engine.submit(number, message)
    except EOFError:
        os._exit(0)
    except BaseException:
        logging.exception("a message could not be read")
        os._exit(1)


def _die_with(parent: int) -> None:
    """Linux: be killed when the parent's thread that made us ends. Elsewhere the closed socket says so."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the line above
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
