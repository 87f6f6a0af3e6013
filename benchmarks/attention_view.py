"""Claims, for a model of GPT-2 small's size with random weights: the model view of 1,024 tokens stands on the
page within 6 s of the click, with at most 0.4 MB sent and 200 ms of painting; one head of it within 300 ms
and 1.1 MB, never more than 2,000 lines; 4,096 tokens are captured with at most 0.5 GB of memory more than the
library's fast forward pass takes.

    python -m benchmarks.attention_view [--limit 120]

The yardstick is BertViz, the model view of which shows the same: its Python and its script as they are, at
32, 64 and 128 tokens, in the same headless Chromium, each up to ``--limit`` seconds. It is installed into a
folder of its own for the run, with the d3 and jQuery that its page would fetch from elsewhere.
"""

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import types
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as TookTooLong

from pipelines.runtime.process import WORKER_ENVIRONMENT
from tests.support.app_process import AppProcess
from tests.support.chromium import bring_chromium
from tests.support.page import Workshop, chromium_at

LENGTHS = (32, 64, 128)
LONG, VERY_LONG = 1024, 4096
LIMITS = {
    "look": 6.0,
    "sent": 0.4,
    "painted": 0.2,
    "head": 0.3,
    "head sent": 1.1,
    "lines": 2000,
    "memory": 0.5,
}
_SENTENCE = "Anna found a red kite by the river. The little dog barked at the cat. "

_MEASURED_JS = """(name) => performance.getEntriesByName(name).map((one) => one.duration / 1000)"""
_LINES_JS = "() => document.querySelectorAll('#attention-heads svg line, #attention-heads svg path').length"


def small_gpt2(folder: Path, positions: int = VERY_LONG) -> Path:
    """GPT-2 small with random weights, and a tokenizer."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    from pipelines.training.tokenizer import train_tokenizer

    torch.manual_seed(0)
    GPT2LMHeadModel(GPT2Config(n_positions=positions)).save_pretrained(folder)
    train_tokenizer([_SENTENCE] * 10, 400).save_pretrained(folder)
    return folder


def text_of(folder: Path, tokens: int) -> str:
    """A text of so many tokens."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    text = tokenizer.decode(tokenizer(_SENTENCE * (tokens // 4)).input_ids[:tokens])
    assert len(tokenizer(text).input_ids) == tokens
    return text


# --- ours


class Ours:
    """The real page, and what it received."""

    def __init__(self, browser: Browser, url: str, model: str):
        self.page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        self.page.set_default_timeout(300_000)
        self._sent = 0
        client = self.page.context.new_cdp_session(self.page)
        client.send("Network.enable")
        client.on("Network.dataReceived", self._count)
        self._workshop, self._model = Workshop(self.page, url), model
        self._workshop.open(f"?tab=attention&model={model}")
        self.page.locator("#attention-text textarea").wait_for()

    def _count(self, event: dict[str, Any]) -> None:
        self._sent += event.get("encodedDataLength") or event["dataLength"]

    def look(self, text: str) -> dict[str, float]:
        """Seconds from the click until the model view is painted, and of the painting; megabytes sent."""
        page, painted = self.page, self._measures("glassworks model view")
        page.locator("#attention-text textarea").fill(text)
        page.wait_for_timeout(500)
        began, self._sent = time.perf_counter(), 0
        page.locator("#attention-go").click()
        page.wait_for_function(
            f"(count) => ({_MEASURED_JS})('glassworks model view').length > count",
            arg=len(painted),
            polling=10,
        )
        look = time.perf_counter() - began
        page.wait_for_timeout(500)
        return {
            "look": look,
            "sent": self._sent / 1e6,
            "painted": self._measures("glassworks model view")[-1],
        }

    def head(self, layer: int, head: int) -> dict[str, float]:
        """Seconds from the choice of a head until its map is painted; megabytes sent; lines on the page."""
        page, before, self._sent = self.page, len(self._measures("glassworks head")), 0
        began = time.perf_counter()
        page.evaluate(
            "(place) => document.dispatchEvent(new CustomEvent('gw-open-head', { detail: place }))",
            {"part": "self", "layer": layer, "head": head},
        )
        page.wait_for_function(
            f"(count) => ({_MEASURED_JS})('glassworks head').length > count", arg=before, polling=10
        )
        taken = time.perf_counter() - began
        page.wait_for_timeout(500)
        return {"head": taken, "head sent": self._sent / 1e6, "lines": page.evaluate(_LINES_JS)}

    def _measures(self, name: str) -> list[float]:
        return self.page.evaluate(_MEASURED_JS, name)


# --- BertViz


def install(folder: Path) -> None:
    packages = ["bertviz==1.4.1", "XStatic-D3==3.5.17.1", "XStatic-jQuery==3.7.1.1"]
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--target", str(folder), *packages], check=True)


def model_view(library: Path) -> Any:
    """BertViz's function. It wants a notebook's HTML class, of which it uses only the text that it holds."""
    display = types.ModuleType("IPython.core.display")
    display.HTML = display.Javascript = lambda text="": types.SimpleNamespace(data=text)
    display.display = None
    for name in ("IPython", "IPython.core"):
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules["IPython.core.display"] = sys.modules["IPython.display"] = display
    sys.path.insert(0, str(library))
    return importlib.import_module(
        "bertviz.model_view"
    ).model_view  # in no lock: it is installed for this run


# Stands for require.js: both libraries are on the page already. The colours have another name in this d3.
_REQUIRE = """
<script src="jquery.js"></script><script src="d3.js"></script>
<script>
  d3.schemeCategory10 = d3.scale.category10().range();
  const found = { jquery: window.jQuery, d3: window.d3 };
  window.require = window.requirejs = (names, then) => then(...names.map((name) => found[name]));
  window.require.config = () => {};
  window.began = performance.now();
</script>
"""


class Theirs:
    """BertViz's page of a text, made as its readme does and shown by the same browser."""

    def __init__(self, browser: Browser, library: Path, model: Path, folder: Path):
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self._page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        self._view, self._folder = model_view(library), folder
        self._model = AutoModelForCausalLM.from_pretrained(model, attn_implementation="eager").eval()
        self._tokenizer = AutoTokenizer.from_pretrained(model)
        for name, path in (("d3", "d3/data/d3.js"), ("jquery", "jquery/data/jquery.min.js")):
            script = library / "xstatic" / "pkg" / path
            (folder / f"{name}.js").write_bytes(script.read_bytes())
        handler = partial(_Quiet, directory=str(folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def look(self, text: str, limit: float) -> tuple[float, float]:
        """Seconds until it is painted, and megabytes; raises TookTooLong."""
        import torch

        began = time.perf_counter()
        ids = self._tokenizer(text, return_tensors="pt").input_ids
        with torch.inference_mode():
            attention = self._model(ids, output_attentions=True).attentions
        tokens = self._tokenizer.convert_ids_to_tokens(ids[0])
        html = self._view(attention, tokens, html_action="return").data
        html = html.replace(
            '<script src="https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.6/require.min.js"></script>',
            "",
        )
        page = f"<!doctype html><meta charset='utf-8'>{_REQUIRE}{html}"
        (self._folder / "view.html").write_text(page, encoding="utf-8")
        host, port = self._server.server_address[:2]
        left = max(1.0, limit - (time.perf_counter() - began))
        self._page.set_default_timeout(left * 1000)
        self._page.goto(f"http://{host}:{port}/view.html", wait_until="load")
        _two_frames(self._page)
        assert self._page.locator("svg line").count() > 0
        return time.perf_counter() - began, len(page.encode()) / 1e6


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def _two_frames(page: Page) -> None:
    """Until what the scripts have made is painted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


# --- memory

_MEMORY = """
import json, resource, sys, time
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from pathlib import Path
from pipelines.attention.requests import Subject
from pipelines.attention.looking import trace
from pipelines.models.loader import load_model

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

folder, text = Path(sys.argv[1]), Path(sys.argv[2]).read_text()
loaded = load_model("small", folder, torch.device("cpu"))
ids = loaded.tokenizer(text, return_tensors="pt").input_ids
with torch.inference_mode():
    loaded.model(ids, use_cache=False, logits_to_keep=1)
fast, steps = peak(), trace(loaded, Subject("small", text))
for _ in steps:
    time.sleep(0.01)
print(json.dumps({"tokens": ids.shape[1], "memory": peak() - fast}))
"""


def memory(model: Path, text: str) -> float:
    """Gigabytes that a capture takes beyond the fast forward pass, at its peak, in a process of its own that
    is started as a worker is."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        command = [sys.executable, "-c", _MEMORY, str(model), file.name]
        env = {**os.environ, **WORKER_ENVIRONMENT}
        done = subprocess.run(command, check=True, capture_output=True, text=True, env=env)
    return json.loads(done.stdout.splitlines()[-1])["memory"]


def said(name: str, value: float, words: str) -> None:
    word = "PASS" if value <= LIMITS[name] else "FAIL"
    print(f"{word}: {words} (at most {LIMITS[name]:g})", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=float, default=120.0, help="seconds that BertViz may take")
    limit = parser.parse_args().limit
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        model = small_gpt2(folder / "model")
        (folder / "pages").mkdir()
        with chromium_at(bring_chromium()) as browser:
            with AppProcess(folder / "home") as app:
                _ours(Ours(browser, app.url, f"path:{model}"), model)
            install(folder / "bertviz")
            theirs = Theirs(browser, folder / "bertviz", model, folder / "pages")
            for length in LENGTHS:
                _theirs(theirs, text_of(model, length), length, limit)
        more = memory(model, text_of(model, VERY_LONG))
        said("memory", more, f"{VERY_LONG:,} tokens take {more:.2f} GB more than the fast forward pass")


def _ours(page: Ours, model: Path) -> None:
    page.look(text_of(model, 16))  # the model is read
    for length in LENGTHS:
        taken = page.look(text_of(model, length))
        print(f"      {length} tokens: {taken['look']:.2f} s, {taken['sent']:.2f} MB", flush=True)
    taken = page.look(text_of(model, LONG))
    said("look", taken["look"], f"model view of {LONG:,} tokens {taken['look']:.2f} s after the click")
    said("sent", taken["sent"], f"{taken['sent']:.2f} MB to the browser for it")
    said("painted", taken["painted"], f"painted in {1000 * taken['painted']:.0f} ms, in s")
    heads = [page.head(layer, layer) for layer in range(1, 9)]
    worst = {name: max(one[name] for one in heads) for name in heads[0]}
    median = statistics.median(one["head"] for one in heads)
    said(
        "head",
        median,
        f"a head {1000 * median:.0f} ms after it is chosen, the slowest of {len(heads)} "
        f"{1000 * worst['head']:.0f} ms, in s",
    )
    said("head sent", worst["head sent"], f"at most {worst['head sent']:.2f} MB for a head")
    said("lines", worst["lines"], f"{worst['lines']:,.0f} SVG lines")


def _theirs(theirs: Theirs, text: str, length: int, limit: float) -> None:
    try:
        seconds, size = theirs.look(text, limit)
        print(f"      BertViz, {length} tokens: {seconds:.2f} s, {size:.1f} MB", flush=True)
    except TookTooLong:
        print(f"      BertViz, {length} tokens: not within {limit:.0f} s", flush=True)


if __name__ == "__main__":
    main()
