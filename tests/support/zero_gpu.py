"""ZeroGPU without its hardware: the real ``spaces`` package, which forks, pickles and asks for GPUs as on a
Space, with a device API on loopback in place of the Hub's and no CUDA in the copies.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class DeviceApi:
    """What the Hub answers to ``spaces``: ``asked`` are the parameters of each request for a GPU, ``pids``
    the copies that were given one, ``released`` counts what came back. Unless ``idle``, a call gets a copy of
    its own; with ``wait`` (seconds) it gets none."""

    def __init__(self) -> None:
        self.reports, self.asked, self.pids, self.released = 0, [], [], 0
        self.idle, self.wait = True, None
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_port}"
        self._server = server
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def environment(self) -> dict[str, str]:
        return {"SPACES_ZERO_GPU": "true", "SPACES_ZERO_DEVICE_API_URL": self.url}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, given: dict[str, str]) -> tuple[int, dict]:
        if path == "/startup-report":
            self.reports += 1
        if path == "/release":
            self.released += 1
        if path == "/allow":
            self.pids.append(int(given["pid"]))
        if path != "/schedule":
            return 200, {}
        self.asked.append(given)
        if self.wait is not None:
            return 429, {"left": 3, "wait": self.wait}
        lent = {"nvidiaIndex": 0, "nvidiaUUID": "", "allowToken": f"token-{len(self.asked)}"}
        return 200, {"idle": self.idle, **lent}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                target = urlsplit(self.path)
                status, answer = api.answer(target.path, dict(parse_qsl(target.query)))
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def without_cuda() -> None:
    """Let ``spaces`` do without CUDA, by hiding torch while it is imported: all but the moving of tensors is
    as on a Space. For a process whose environment is that of ZeroGPU, before the page is built, and with
    gradio first as the app has it: ``spaces`` lets nobody import it from within gradio."""
    import gradio  # noqa: F401

    torch = sys.modules.get("torch")
    sys.modules["torch"] = None
    import spaces  # noqa: F401

    if torch is None:
        del sys.modules["torch"]
    else:
        sys.modules["torch"] = torch
