"""The part's callbacks over a service in memory: what is drawn, refused and remembered."""

from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from app.rag import trace_results
from app.rag.retrieval_part import RetrievalPart, Shown
from pipelines.core.errors import NotFoundError
from pipelines.rag.answering.moments import Moment
from pipelines.rag.answers import Mapped
from pipelines.rag.specs import SearchSpec
from tests.support.rag_found import hybrid
from tests.support.workshop import Header


class Rag:
    """One collection, eve's."""

    def __init__(self) -> None:
        self.asked: list[SearchSpec] = []

    def search(self, id, query, spec, owner, queries=(), hypothetical=""):
        self._check(id, owner)
        self.asked.append(spec)
        return hybrid(query=query)

    def mapped(self, id, query, method, owner):
        self._check(id, owner)
        points = np.zeros((1, 2), np.float32)
        return Mapped(points, points[0], ("d1.0",), ("d1.txt",), ("x",), 0.5, 1)

    def _check(self, id, owner):
        if (id, owner) != ("c1", "eve"):
            raise NotFoundError("There is no such collection among yours.")


@pytest.fixture
def rag() -> Rag:
    return Rag()


@pytest.fixture
def part(rag) -> RetrievalPart:
    services = SimpleNamespace(rag=rag, identity=Header())
    with gr.Blocks(analytics_enabled=False) as page:
        collection = gr.Textbox("c1", visible="hidden")
        made = RetrievalPart(services)
        made.wire(collection)
    made.page = page
    return made


def by(name: str) -> SimpleNamespace:
    return SimpleNamespace(headers={"x-glassworks-visitor": name}, query_params={})


def given(part, query="Where is the fox?", **settings):
    held = {component: component.value for component in part._settings.inputs}
    fields = part._settings._fields.components
    return {**held, part._collection: "c1", part.query: query} | {fields[k]: v for k, v in settings.items()}


def test_a_search_is_drawn_and_kept(part, rag):
    told = part._search(given(part, top_k=7, mode="dense"), by("eve"))
    assert rag.asked[0].top_k == 7 and rag.asked[0].mode == "dense"
    assert "Text of d2.0" in told[part.results] and "gw-trace-column" in told[part.trace]
    assert told[part._shown] == Shown(hybrid(), "c1") and told[part.error] == ""
    assert told[part.json].interactive


def test_anothers_collection_is_refused_and_what_stood_there_stays(part):
    told = part._search(given(part), by("mallory"))
    assert list(told) == [part.error] and "no such collection" in told[part.error]


def test_a_wrong_setting_is_named(part):
    assert "pages accepts a page" in part._search(given(part, pages="x"), by("eve"))[part.error]


def test_a_reranker_is_for_the_owner(part, rag):
    told = part._search(given(part, reranker="path:/etc"), by("eve"))
    assert "for the owner" in told[part.error] and not rag.asked


def test_other_wordings_are_said_to_be_the_chats(part, rag):
    told = part._search(given(part, queries=2, hyde=True), by("eve"))
    assert "when an answer is asked for" in told[part.error] and "Text of d2.0" in told[part.results]


def test_an_answers_search_is_drawn_with_its_prompt(part):
    moment = Moment("done", "Where?", found=hybrid(), prompt="…", used=("d1.0",))
    told = part._told(moment, "c1")
    assert told[part._shown].used == ("d1.0",) and "1 of 1,234 passages reached" in told[part.trace]
    assert told[part.query] == "Where is the fox?"
    assert part._told(hybrid(), "c1")[part._shown].used is None
    assert part._told(None, "c1") == gr.skip()


def test_another_collection_empties_the_part(part):
    assert part._moved("c1", "", Shown(hybrid(), "c1")) == {part._at: "c1"}, (
        "told late, it takes nothing away"
    )
    told = part._moved("c2", "c1", Shown(hybrid(), "c1"))
    assert told[part.results] == trace_results.EMPTY and told[part._shown] is None
    assert part.results not in part._moved("c1", "c2", Shown(hybrid(), "c1"))


def test_the_map_rings_what_was_found_for_this_question(part):
    stood = Shown(hybrid(), "c1")
    first, (plot, note) = part._mapped("c1", "Where is the fox?", "pca", stood, by("eve"))
    assert first[0] == gr.skip() and "Laying out" in first[1]
    assert "found" in str(plot.value) and "1 passage." in note
    *_, (other, _) = part._mapped("c1", "Another question", "pca", stood, by("eve"))
    assert '"name":"found"' not in str(other.value).replace(" ", "")
    *_, (skipped, fault) = part._mapped("c1", "x", "pca", None, by("mallory"))
    assert skipped == gr.skip() and "no such collection" in fault


def test_no_callback_is_an_endpoint(part):
    assert not part.page.get_api_info()["named_endpoints"]
