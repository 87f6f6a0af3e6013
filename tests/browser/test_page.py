"""The page opens without an error, talks to nobody else, fits a phone, and escapes what others wrote."""

import pytest

from tests.support.finished_runs import write_run

pytestmark = pytest.mark.browser
TABS = (
    "Start",
    "Decoding",
    "Fill-mask",
    "Prompt lab",
    "RAG chat",
    "Pretrain",
    "Fine-tune",
    "Corpus",
    "Jobs & models",
)
IDS = (
    "start", "decoding", "fill-mask", "prompt-lab", "rag", "pretrain", "fine-tune", "preferences", "evaluate",
    "corpus", "jobs",
)  # fmt: skip


def test_every_tab_opens_quietly(workshop):
    for name in TABS:
        workshop.tab(name)
        workshop.page.wait_for_timeout(500)
    assert workshop.errors == []
    assert workshop.foreign == []


def test_link_opens_its_tab(visitor):
    page = visitor.open("?tab=pretrain").page
    page.locator("#pretrain-start").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tab", IDS)
def test_phone_width_has_no_sideways_scroll(visitor, tab, scheme):
    page = visitor.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    visitor.open(f"?tab={tab}")
    page.wait_for_function("(dark) => document.body.matches('.dark') === dark", arg=scheme == "dark")
    page.wait_for_timeout(500)
    width = page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= 390, f"{tab} is {width} px wide"
    assert visitor.errors == [] and visitor.foreign == []


def test_names_that_others_give_are_never_html(visitor, running_app):
    """A job's title reaches the panel and the tables of everyone who may see it."""
    hostile = "<img src=x onerror='window.hit = 1'><b>bold</b>"
    write_run(running_app.home, name=hostile)
    page = visitor.open("?tab=jobs").page
    page.get_by_text("<b>bold</b>").locator("visible=true").first.wait_for()
    page.wait_for_timeout(500)
    assert page.evaluate("() => window.hit") is None
