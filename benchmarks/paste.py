"""Claim: a paste of 1 MB under four tokenizers is on the page within 2 s, and the page stays small.

    python -m benchmarks.paste [--rounds 5]

From the paste in a real Chromium until the tokens of the text's first line stand there, through the real app.
The yardstick, in turn with it, is a paste of 1 kB: what the way there and back takes in itself. Prints both,
how many elements the page then holds, and how long a jump to the text's end takes.
"""

import argparse
import gzip
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from pipelines.core.settings import Settings
from tests.support.app_process import AppProcess
from tests.support.chromium import bring_chromium
from tests.support.page import Workshop, chromium_at

LIMIT = 2.0  # seconds
_FIRST = "Round {} begins"

# A paste: the text at once, and the event that the browser sends for it.
_PASTE_JS = """(text) => {
  const box = document.querySelector('#tokenizer-text textarea');
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(box, text);
  box.dispatchEvent(new Event('input', { bubbles: true }));
}"""
_STANDS_JS = """(words) => (document.querySelector('#tokenizer-lanes')?.textContent ?? '')
  .replaceAll('·', ' ').includes(words)"""
_COUNT_JS = "() => document.querySelectorAll('#tokenizer-lanes *').length"
_END_JS = """() => {
  const box = document.querySelector('#tokenizer-lanes .gw-lanes-scroller');
  box.scrollTop = box.scrollHeight;
}"""


def story(size: int) -> str:
    """Text of the bundled sample without repeats, of so many characters."""
    with gzip.open(next(Settings().samples.glob("*.txt.gz")), "rt", encoding="utf-8") as file:
        return file.read(size)


def until(page: Page, words: str) -> None:
    page.wait_for_function(_STANDS_JS, arg=words, polling=10)


def paste(page: Page, text: str, number: int) -> float:
    """Seconds until the text, which begins with its number, stands there as tokens."""
    mark = _FIRST.format(number)
    began = time.perf_counter()
    page.evaluate(_PASTE_JS, f"{mark}. {text}")
    until(page, mark)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    long, short = story(1_000_000), story(1_000)
    times: dict[str, list[float]] = {"1 MB": [], "1 kB": [], "end": []}
    with (
        tempfile.TemporaryDirectory() as folder,
        AppProcess(Path(folder) / "home") as app,
        chromium_at(bring_chromium()) as browser,
    ):
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        Workshop(page, app.url).open("?tab=tokenizer&tokenizers=" + ",".join(_four(folder)))
        expect(page.locator("#tokenizer-text")).to_be_visible()
        for turn in range(rounds + 1):
            taken = paste(page, short, 2 * turn), paste(page, f"{long}\nThe very end.", 2 * turn + 1)
            elements = page.evaluate(_COUNT_JS)
            began = time.perf_counter()
            page.evaluate(_END_JS)
            until(page, "The very end.")
            if turn:  # the first one reads the tokenizers
                for name, seconds in zip(
                    times, (taken[1], taken[0], time.perf_counter() - began), strict=True
                ):
                    times[name].append(seconds)
    median = {name: statistics.median(seconds) for name, seconds in times.items()}
    said = "PASS" if median["1 MB"] <= LIMIT else "FAIL"
    print(f"{said}: 1 MB under four tokenizers on the page after {median['1 MB']:.2f} s (at most {LIMIT} s)")
    print(f"      1 kB after {median['1 kB']:.2f} s; the text's end {median['end']:.2f} s after a jump there")
    print(f"      {elements:,} elements in the view of the text")


def _four(folder: str) -> list[str]:
    """The house's BPE, MiniLM's WordPiece, and a byte-level BPE and a Unigram that are learnt here."""
    from pipelines.tokenization.specs import TokenizerSpec
    from pipelines.tokenization.train import train

    texts = story(400_000).split("\n\n")
    names = ["house/story-base", "sentence-transformers/all-MiniLM-L6-v2"]
    for algorithm, byte_level in (("bpe", True), ("unigram", False)):
        place = Path(folder) / algorithm
        place.mkdir()
        train(texts, TokenizerSpec(algorithm=algorithm, byte_level=byte_level)).save(place)
        names.append(f"path:{place}")
    return names


if __name__ == "__main__":
    main()
