"""An OpenAI-compatible server on loopback that streams one answer to every question."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ModelServer(ThreadingHTTPServer):
    """Use as a context manager. ``asked`` are the bodies that came."""

    daemon_threads = True

    def __init__(self, answer: str):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.asked = answer, []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def __enter__(self) -> "ModelServer":
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(body)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if body.get("stream") else "application/json")
        self.end_headers()
        self.wfile.write(_streamed(self.server.answer) if body.get("stream") else _whole(self.server.answer))

    def log_message(self, *_: object) -> None:
        pass


def _streamed(answer: str) -> bytes:
    base = {"id": "1", "created": 1, "model": "served", "object": "chat.completion.chunk"}
    parts = [answer[at : at + 8] for at in range(0, len(answer), 8)]
    choices = [
        {"index": 0, "delta": {"role": "assistant", "content": part}, "finish_reason": None} for part in parts
    ]
    lines = [f"data: {json.dumps({**base, 'choices': [choice]})}\n\n" for choice in choices]
    return "".join([*lines, "data: [DONE]\n\n"]).encode()


def _whole(answer: str) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return json.dumps({"id": "1", "object": "chat.completion", "choices": [choice], "usage": usage}).encode()
