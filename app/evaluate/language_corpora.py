"""What jobs have measured on whole corpora, as the page draws it. Whose results they are is asked here."""

from collections.abc import Sequence

import gradio as gr

from app.evaluate.language_asking import MOST_MODELS, Board
from app.evaluate.seen import seen_models, seen_result
from app.evaluate.words import setup_words
from app.services import Services
from app.tokenizer.chips import count_of
from pipelines.core.errors import NotFoundError
from pipelines.evaluation.language.result import from_dict
from pipelines.evaluation.results.records import Result
from pipelines.evaluation.results.store import ResultStore
from pipelines.evaluation.specs import TEXT


def corpora(services: Services, request: gr.Request) -> list[tuple[str, str]]:
    """(label, key of the newest result) for each corpus and way to read it, the newest first."""
    groups: dict[str, list[Result]] = {}
    for one in _seen(services, request):
        groups.setdefault(one.setup, []).append(one)
    return [(_label(found), found[0].key) for found in groups.values()]


def results_of(services: Services, key: str | None, request: gr.Request) -> list[Result]:
    """The result of that key and those of other models on the same text in the same way, four in all. Raises
    NotFoundError for what is not there and what is another's."""
    chosen = seen_result(services, key, request)
    if chosen.kind != "text":
        raise NotFoundError("That result is not one of language modelling.")
    found = {chosen.model: chosen}
    for one in _seen(services, request):
        if one.setup == chosen.setup:
            found.setdefault(one.model, one)
    return list(found.values())[:MOST_MODELS]


def board_of(results: Sequence[Result], services: Services) -> Board:
    store = ResultStore(services.settings)
    kept = {one.model: store.language(one.key) for one in results}
    read = tuple(from_dict({**told, "model": model}) for model, told in kept.items() if told)
    if not read:
        raise NotFoundError("What was measured there is no longer whole: measure it again.")
    return Board(tuple(one.model for one in read), results=read)


def _seen(services: Services, request: gr.Request) -> list[Result]:
    reader = services.identity.visitor(request).id
    found = services.evaluation.results(seen_models(services, request), reader)
    return [one for one in found if one.kind == "text"]


def _label(found: Sequence[Result]) -> str:
    """``sample · 2 models · stride 64, 120 documents``"""
    first, models = found[0], len({one.model for one in found})
    setup = setup_words(first.settings, 0)
    documents = count_of(first.count, "document")
    corpus = first.task.removeprefix(TEXT)
    return " · ".join([corpus, count_of(models, "model"), ", ".join(filter(None, [setup, documents]))])
