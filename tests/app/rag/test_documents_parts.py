"""Collections and documents: the callbacks as the browser would call them, and their HTML."""

import random
from dataclasses import replace
from html import unescape

import gradio as gr
import pytest
from bs4 import BeautifulSoup

from app.rag.documents_collections import OWN_NAME, CollectionsPart
from app.rag.documents_part import DocumentsPart
from app.rag.documents_view import PAGE, documents_html, head_html, progress_html
from pipelines.core.errors import NotFoundError
from pipelines.rag.places import LESSONS
from pipelines.rag.records import Addition, Collection, State, StoredDocument
from pipelines.rag.specs import CollectionSpec
from tests.support import workshop
from tests.support.rag_fakes import emptied, event_of, rag_services

asked_by = workshop.asked_by
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def built():
    services = rag_services()
    with gr.Blocks(), gr.Tabs(), gr.Tab("RAG"):
        collections = CollectionsPart(services)
        documents = DocumentsPart(services, collections)
        collections.making()
        collections.wire()
        documents.wire()
    return services, (collections, documents)


@pytest.fixture
def services(built, settings):
    return emptied(built[0], settings)


@pytest.fixture
def parts(built, services):
    return built[1]


def choices(update):
    return [value for _, value in update.constructor_args["choices"]]


def test_at_first_the_lessons_are_chosen(parts, services, asked_by):
    chooser, chosen = parts[0].opened("", {}, asked_by("eve"))
    assert chosen.split()[0] == LESSONS and choices(chooser) == [LESSONS]
    assert "value" not in chooser.constructor_args


def test_coming_back_reads_the_list_anew_and_chooses_nothing(parts, services, asked_by):
    mine = services.rag.create(CollectionSpec(name="mine"), "eve")
    chooser, chosen = parts[0].opened(LESSONS, {}, asked_by("eve"))
    assert chosen == gr.skip() and choices(chooser) == [mine.id, LESSONS]
    assert "value" not in chooser.constructor_args


def test_an_address_goes_before_what_the_browser_remembers(parts, services, asked_by):
    mine = services.rag.create(CollectionSpec(name="mine"), "eve")
    other = services.rag.create(CollectionSpec(name="other"), "eve")
    kept = {"collection": other.id}
    assert parts[0].opened("", kept, asked_by("eve"))[1].startswith(f"{other.id} ")
    assert (
        parts[0].opened("", kept, asked_by("eve", tab="rag", collection=mine.id))[1].startswith(f"{mine.id} ")
    )
    assert (
        parts[0]
        .opened("", kept, asked_by("eve", tab="decoding", collection=mine.id))[1]
        .startswith(f"{other.id} ")
    )
    assert (
        parts[0]
        .opened("", kept, asked_by("mallory", tab="rag", collection=mine.id))[1]
        .startswith(f"{LESSONS} ")
    )


def test_a_shared_one_is_chosen_by_its_id_or_link_and_by_nobody_before(parts, services, asked_by):
    theirs = services.rag.create(CollectionSpec(name="diary"), "eve")
    link = f"http://here/?tab=rag&collection={theirs.id}"
    for typed in (theirs.id, link, "diary"):
        assert "There is no such collection" in parts[0]._chosen(typed, asked_by("mallory"))[1]
    services.rag.share(theirs.id, True, "eve")
    assert parts[0]._chosen(f" {link} ", asked_by("mallory")) == (theirs.id, "")
    chooser, head, _ = parts[0]._shown(theirs.id, LESSONS, asked_by("mallory"))
    assert chooser["value"] == theirs.id in [one for _, one in chooser["choices"]]
    assert "value" not in parts[0]._shown(theirs.id, theirs.id, asked_by("mallory"))[0]
    assert "Shared with you" in head and "data-does" not in head


def test_the_owner_renames_shares_and_deletes(parts, services, asked_by):
    collections, eve = parts[0], asked_by("eve")
    mine = services.rag.create(CollectionSpec(name="mine"), "eve")
    collections._managed(mine.id, eve, event_of(does="rename", name="ours"))
    shared = collections._managed(mine.id, eve, event_of(does="share", on="1"))
    assert services.rag.kept[mine.id].spec.name == "ours" and services.rag.kept[mine.id].shared
    assert f"collection={mine.id}" in shared[collections.head]
    collections._managed(mine.id, eve, event_of(does="share", on=""))
    assert not services.rag.kept[mine.id].shared
    gone = collections._managed(mine.id, eve, event_of(does="delete"))
    assert gone[collections.collection] == LESSONS and mine.id not in services.rag.kept


@pytest.mark.parametrize(
    "does", [{"does": "rename", "name": "x"}, {"does": "share", "on": "1"}, {"does": "delete"}]
)
def test_nobody_else_does(parts, services, asked_by, does):
    mine = services.rag.create(CollectionSpec(name="mine"), "eve")
    services.rag.share(mine.id, True, "eve")
    before = services.rag.kept[mine.id]
    refused = parts[0]._managed(mine.id, asked_by("mallory"), event_of(**does))
    assert "read only" in refused[parts[0].error] and services.rag.kept[mine.id] == before


def test_a_new_one_is_made_and_chosen(parts, services, asked_by):
    collections = parts[0]
    form = {
        one: one.value
        for one in [*collections._fields.inputs, collections.embedder, *collections._chunks.inputs]
    }
    name = collections._fields.components["name"]
    refused = collections._created(form, asked_by("eve"))
    assert "name accepts" in refused[collections.error]
    chunks = collections._chunks.components
    made = collections._created({**form, name: "mine", chunks["chunk_size"]: 64}, asked_by("eve"))
    spec = services.rag.kept[made[collections.collection]].spec
    assert (spec.name, spec.chunking.chunk_size, made[name]) == ("mine", 64, "")


def test_a_file_for_the_lessons_goes_into_a_collection_of_one_s_own(parts, services, asked_by, tmp_path):
    documents, file = parts[1], tmp_path / "notes.md"
    file.write_text("The moon is grey.")
    for _ in range(2):
        told = documents._brought(LESSONS, [str(file)], asked_by("eve"))
    target = services.rag.kept[told[parts[0].collection]]
    assert (target.owner, target.spec.name) == ("eve", OWN_NAME)
    assert "notes.md" in told[documents.progress] and told[documents.files] is None
    assert services.rag.held[LESSONS][0].name == "sun.md" and len(services.rag.kept) == 2


def test_a_file_for_one_s_own_goes_there(parts, services, asked_by, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("x")
    mine = services.rag.create(CollectionSpec(name="mine"), "eve")
    assert parts[1]._brought(mine.id, [str(file)], asked_by("eve"))[parts[0].collection] == mine.id


def test_a_pasted_text_is_named_by_its_beginning(parts, services, asked_by):
    documents = parts[1]
    told = documents._pasted(LESSONS, "", "../../x <b>The moon</b>\nis grey", asked_by("eve"))
    ((_, ((name, _),)),) = services.rag.adding.values()
    assert name.split() == ["x", "b", "The", "moon", "b", "is", "grey"] and told[documents.text] == ""
    assert "text accepts" in documents._pasted(LESSONS, "n", "  ", asked_by("eve"))[documents.error]


def test_progress_is_told_until_all_is_done_and_then_the_list(parts, services, asked_by):
    documents, eve = parts[1], asked_by("eve")
    mine = documents._pasted(LESSONS, "a.md", "grey moon", eve)[parts[0].collection]
    first = documents._tick(mine, "", "", eve)
    assert (
        "3 of 12 chunks" in first[documents.progress]
        and documents._turn(mine, "", eve)[documents.timer].active
    )
    assert documents._tick(mine, first[documents.progress], first[documents.turned], eve) == gr.skip()
    services.rag.finish()
    last = documents._tick(mine, first[documents.progress], first[documents.turned], eve)
    assert last[documents.progress] == "" and last[documents.turned] != first[documents.turned]
    turned = documents._turn(mine, "", eve)
    assert "a.md" in turned[documents.list] and not turned[documents.timer].active
    assert turned[documents.filled] == last[documents.turned]


def test_what_ended_while_the_page_was_told_of_it_is_looked_at_once_more(parts, services, asked_by):
    documents, eve = parts[1], asked_by("eve")
    mine = documents._pasted(LESSONS, "a.md", "grey moon", eve)[parts[0].collection]
    services.rag.finish()
    shown = documents._shown(mine, eve)
    assert "a.md" in shown[documents.list] and shown[documents.timer].active
    tick = documents._tick(mine, shown[documents.progress], "", eve)
    assert documents.timer not in tick and not documents._turn(mine, "", eve)[documents.timer].active
    again = documents._tick(mine, shown[documents.progress], tick[documents.turned], eve)
    assert list(again) == [documents.timer] and not again[documents.timer].active


def test_an_addition_is_watched_again_after_a_refresh(parts, services, asked_by):
    documents, eve = parts[1], asked_by("eve")
    mine = documents._pasted(LESSONS, "a.md", "grey moon", eve)[parts[0].collection]
    progress, timer = documents.opened(mine, eve)
    assert "a.md" in progress and timer.active
    services.rag.finish()
    assert documents.opened(mine, eve)[1] == gr.skip()


def test_the_lessons_are_watched_from_before_they_are_read(parts, services, asked_by):
    documents, eve = parts[1], asked_by("eve")
    assert documents.opened(LESSONS, eve)[1] == gr.skip()
    services.rag.kept[LESSONS] = replace(services.rag.kept[LESSONS], chunks=0)
    assert documents.opened(LESSONS, eve)[1].active and documents._shown(LESSONS, eve)[documents.timer].active


def test_cancel_and_delete_are_the_owner_s(parts, services, asked_by):
    documents, eve, mallory = parts[1], asked_by("eve"), asked_by("mallory")
    mine = documents._pasted(LESSONS, "a.md", "grey moon", eve)[parts[0].collection]
    services.rag.share(mine, True, "eve")
    services.rag.finish()
    documents._pasted(mine, "b.md", "more", eve)
    kept, adding = services.rag.held[mine][0].id, list(services.rag.adding)[-1]
    for does in ({"does": "delete", "document": kept}, {"does": "cancel", "addition": adding}):
        assert documents.error in documents._acted(mine, "", mallory, event_of(**does))
    assert len(services.rag.held[mine]) == 1 and services.rag.adding[adding][0].live
    assert "b.md" not in documents._shown(mine, mallory)[documents.progress]
    documents._acted(mine, "", eve, event_of(does="cancel", addition=adding))
    told = documents._acted(mine, "", eve, event_of(does="delete", document=kept))
    assert "No documents yet" in told[documents.list] and services.rag.held[mine] == []
    assert services.rag.adding[adding][0].state is State.CANCELLED


def test_what_is_not_there_empties_the_part(parts, asked_by):
    documents = parts[1]
    assert documents._shown("nowhere", asked_by("eve"))[documents.list] == ""
    assert "There is no such" in documents._tick("nowhere", "", "", asked_by("eve"))[documents.progress]
    assert not documents._turn("nowhere", "", asked_by("eve"))[documents.timer].active
    with pytest.raises(NotFoundError):
        documents.opened("nowhere", asked_by("eve"))


def stored(number: int, **facts) -> StoredDocument:
    made = StoredDocument(
        f"d{number}", "c", f"{number}.md", "", "text", 10, 10, 3, "h", State.SUCCEEDED, "", 2, 0.0, 0.0
    )  # fmt: skip
    return replace(made, **facts)


def test_every_document_stands_on_one_page_of_the_list():
    many = [stored(number) for number in range(2 * PAGE + 3)]
    names = []
    for page in range(3):
        names += [
            one.text
            for one in BeautifulSoup(documents_html(many, True, page), "html.parser").select(
                "li > div > button"
            )
        ]
    assert names == [one.name for one in many]
    assert documents_html(many, True, 99) == documents_html(many, True, 2)


def test_a_document_that_failed_says_why_and_is_not_opened():
    page = BeautifulSoup(
        documents_html([stored(1, state=State.FAILED, message="Encrypted.", chunks=0)], True), "html.parser"
    )
    assert page.select_one(".gw-rag-said").text == "Encrypted." and not page.select("[data-source]")


def test_only_the_owner_gets_buttons():
    collection = Collection("c", "eve", CollectionSpec(name="n"), True, 1, 0.0, 0.0)
    assert "data-does" in head_html(collection, True, "?x") and "data-does" not in head_html(
        collection, False, "?x"
    )
    assert "data-does" in documents_html([stored(1)], True) and "data-does" not in documents_html(
        [stored(1)], False
    )


@pytest.mark.parametrize("seed", range(10))
def test_names_and_messages_are_never_html(seed):
    chance = random.Random(seed)
    words = HOSTILE + "".join(chance.choices("<>&\"'a{}$", k=20))
    facts = {
        "name": words,
        "kind": words,
        "message": words,
        "notes": (words,),
        "state": chance.choice([State.FAILED, State.SUCCEEDED]),
    }
    collection = Collection("c", "eve", CollectionSpec(name=words), True, 1, 0.0, 0.0)
    going = Addition("a", "c", "eve", State.RUNNING, words, 1, 0, 2, words, 0.0, 0.0, document=words)
    ended = replace(going, state=State.FAILED)
    drawn = [documents_html([stored(1, **facts)], True), head_html(collection, True, words)]
    drawn += [progress_html([going], "eve"), progress_html([ended], "eve")]
    for html in drawn:
        assert not BeautifulSoup(html, "html.parser").select("img") and words in unescape(html)
