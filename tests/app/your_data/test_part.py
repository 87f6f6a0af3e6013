"""The dialog as the page's script asks for it: whatever visitors wrote is text, and what is done is said."""

import json
import re
from pathlib import Path

import gradio as gr
import pytest

from app.preferences.answering import server_functions
from app.your_data import archive, part
from app.your_data.kind import Gone, Kind, Left
from app.your_data.view import gone_words, inside_html
from app.your_data.yours import Told
from pipelines.core.errors import ConflictError
from pipelines.core.held import Held
from tests.app.preferences.conftest import _request
from tests.support.your_data import mark, texts_of

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def call(services, data):
    """``call("packed", "eve", kind="trees")``: as the browser does."""

    def answer(name, visitor, /, **sent):
        [function] = server_functions(services, {name: getattr(data, name)})
        return json.loads(function(sent, _request(visitor)))

    return answer


def test_what_there_is_can_be_taken_and_deleted_kind_by_kind(call, keeper):
    assert "Nothing is kept of you" in call("inside", "eve")["html"]
    keeper.trees("eve", 1), keeper.trees("eve", 2), keeper.corpora("eve", 1), keeper.collections("eve", 1)
    html = call("inside", "eve")["html"]
    for words in ("2 trees", "1 corpus", "1 collection", "with 1 document", "What is kept, and where"):
        assert words in html
    assert html.count('data-does="pack"') == 4 and "Votes</th>" not in html
    told = call("packed", "eve", kind="trees")
    assert set(texts_of(Path(told["file"]))) == {"trees.jsonl"} and told["name"] == archive.NAME
    after = call("forgotten", "eve", kind="trees")
    assert after["said"] == "Deleted. Branch trees: 2." and "2 trees" not in after["html"]
    assert "Deleted. " in call("forgotten", "eve")["said"]
    assert "Nothing is kept of you" in call("inside", "eve")["html"]
    assert "kinds accepts" in call("forgotten", "eve", kind="runs")["refused"]


def test_an_archive_lies_where_nobody_finds_it_and_not_for_ever(call, keeper, data, monkeypatch):
    keeper.trees("eve", 1)
    first, second = (Path(call("packed", "eve")["file"]) for _ in range(2))
    assert re.fullmatch(r"[0-9a-f]{32}", second.parent.name) and first.parent.parent == second.parent.parent
    assert not first.exists() and second.exists(), "one visitor has one archive"
    keeper.trees("ada", 1)
    third = Path(call("packed", "ada")["file"])
    assert second.exists() and third.exists() and mark("eve") not in "".join(texts_of(third).values())
    monkeypatch.setattr(archive, "LIFETIME", -1.0)
    call("packed", "ada")
    assert not second.exists() and not third.exists()


def test_without_room_or_after_a_fault_nothing_is_left(data, keeper, monkeypatch, tmp_path):
    keeper.trees("eve", 1)
    made = archive.Archives(lambda: tmp_path / "archives")
    with pytest.raises(ConflictError, match="no room"):
        made.make("eve", [], 10**18)

    def breaks():
        yield "a.txt", [b"a"]
        raise OSError("gone")

    with pytest.raises(OSError):
        made.make("eve", breaks(), 0)
    assert list((tmp_path / "archives").iterdir()) == []
    assert texts_of(made.make("eve", [("a.txt", [b"a", b"b"])], 0)) == {"a.txt": "ab"}


def test_nothing_that_is_shown_is_markup():
    kind = Kind("x", HOSTILE, "thing", None, None, None)
    html = inside_html([Told(kind, Held(1, 2), HOSTILE)], HOSTILE, [HOSTILE])
    assert HOSTILE not in html and "&lt;img" in html


def test_what_is_left_says_why():
    gone = {"jobs": Gone(1, (Left("Foxes (a1)", "It is running."),)), "trees": Gone(0)}
    said = gone_words(gone, {"jobs": "Jobs and models", "trees": "Branch trees"})
    assert said == "Deleted. Jobs and models: 1. Foxes (a1) is left: It is running."
    assert gone_words({"trees": Gone(0, (Left("a", "b"),))}, {}).startswith("Nothing was deleted. a is left")


def test_it_costs_the_page_one_component_and_no_event(services):
    with gr.Blocks() as page:
        part.build(services)
    assert len(page.blocks) == 1 and not page.fns
