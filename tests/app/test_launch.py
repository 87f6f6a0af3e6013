"""A small page as it is served: with the addresses that tell its health, and on a machine that is busy."""

import gradio as gr
import httpx
from gradio import networking

from app.health import Health
from app.launch import serve
from tests.support.app_process import free_port


def test_it_starts_on_a_busy_machine_and_tells_its_health_beside_the_page(settings, monkeypatch):
    monkeypatch.setattr(networking, "url_ok", lambda url: False)  # as where the page takes its time
    with gr.Blocks(analytics_enabled=False) as page:
        gr.Textbox("hello")
    address = {"server_name": "127.0.0.1", "server_port": free_port()}
    url = serve(page, settings, health=Health({"disk": lambda: "full"}), **address)
    try:
        alive, ready = httpx.get(f"{url}healthz"), httpx.get(f"{url}readyz")
        assert (alive.status_code, alive.json()) == (200, {"alive": True})
        assert (ready.status_code, ready.json()) == (503, {"ready": False, "disk": "full"})
        assert ready.headers["x-content-type-options"] == "nosniff"
        assert "hello" in httpx.get(url).text
    finally:
        page.close(verbose=False)
