"""Take the README's pictures from the running app: ``make pictures``.

    python -m tests.support.screenshots [NAME …]

Starts the app with an empty data folder and brings each tab to a state by what a visitor does: real runs,
real answers, nothing drawn. Light, 1280 × 800, in 256 colours, which text and curves do not miss.
"""

import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.support.app_process import ROOT, AppProcess
from tests.support.attention_page import AttentionPage
from tests.support.chromium import bring_chromium
from tests.support.decoding_page import DecodingPage
from tests.support.page import Workshop, chromium_at
from tests.support.preferences_page import PreferencesPage
from tests.support.rag_page import RagPage
from tests.support.start_page import StartPage

FOLDER = ROOT / "docs" / "images"
MOST_BYTES = 250_000
_SIZE = {"width": 1280, "height": 800}
_COLOURS = 256
_POINTS = 300  # of the loss curve
_PATIENCE = 180_000  # milliseconds: models are read for the first time
_PROMPT = "Once upon a time, there was a little girl named Lily who"
_QUESTION = "Why are attention scores divided by the square root of the dimension?"


def start(workshop: Workshop) -> None:
    StartPage(workshop).choose(1)


def decoding(workshop: Workshop) -> None:
    DecodingPage(workshop).generate(_PROMPT)


def attention(workshop: Workshop) -> None:
    AttentionPage(workshop).look("Anna gave the red ball to Ben because she was")


def rag(workshop: Workshop) -> None:
    """The second answer, which does not wait for models."""
    page = RagPage(workshop)
    page.ask("What is an attention sink?")
    page.new_chat().ask(_QUESTION)


def preferences(workshop: Workshop) -> None:
    page = PreferencesPage(workshop).make(
        "Bedtime stories", "Tell me a story about a fox.", max_new_tokens=64
    )
    page.press("n")
    expect(page.standing("voting")).to_be_visible()


def pretrain(workshop: Workshop) -> None:
    """While it learns: the run that the page opens with, past its third checkpoint."""
    workshop.open("?tab=pretrain").start_training()
    for _ in range(10):  # a waiting gives up after two minutes
        with suppress(AssertionError):
            workshop.wait_for_curve(_POINTS)
            return
    raise AssertionError("the run does not get on")


# The run comes last: it would take the cores from the others.
STATES: dict[str, Callable[[Workshop], None]] = {
    one.__name__: one for one in (start, decoding, attention, rag, preferences, pretrain)
}


def take(names: list[str], folder: Path = FOLDER) -> None:
    """Write ``<name>.png`` for each. Raises ValueError for one that is larger than a README should load."""
    expect.set_options(timeout=_PATIENCE)
    with (
        tempfile.TemporaryDirectory() as home,
        AppProcess(Path(home) / "home") as app,
        chromium_at(bring_chromium()) as browser,
    ):
        for name in names:
            context = browser.new_context(viewport=_SIZE, color_scheme="light")
            workshop = Workshop(context.new_page(), app.url)
            STATES[name](workshop)
            workshop.page.evaluate("scrollTo(0, 0)")
            workshop.page.mouse.move(0, 0)
            workshop.page.wait_for_timeout(1000)  # figures come to rest
            picture = smaller(workshop.page.screenshot())
            if len(picture) > MOST_BYTES:
                raise ValueError(f"{name}.png has {len(picture):,} bytes, {MOST_BYTES:,} are allowed")
            (folder / f"{name}.png").write_bytes(picture)
            print(f"{name}.png  {len(picture) / 1000:.0f} kB")
            context.close()


def smaller(png: bytes) -> bytes:
    """The same picture in few colours."""
    written = BytesIO()
    few = (
        Image.open(BytesIO(png))
        .convert("RGB")
        .quantize(_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    )
    few.save(written, "PNG", optimize=True)
    return written.getvalue()


if __name__ == "__main__":
    take(sys.argv[1:] or list(STATES))
