"""A question of a visitor to one of the collections that the visitor may search, as moments of its answer."""

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from app.access import check_model, entry_of
from app.identity import Visitor
from app.model_picker import able
from app.rag.search_rights import check_search
from app.services import Services
from pipelines.core.errors import ConflictError, SpecError
from pipelines.generation.requests import GenerateRequest, Token
from pipelines.generation.specs import DecodingSpec
from pipelines.models.entries import ModelEntry
from pipelines.models.names import Source, parse
from pipelines.prediction.requests import Answers, PredictRequest
from pipelines.rag.answering.answers import Prompted
from pipelines.rag.answering.asking import Asked, Means, Writer, answering
from pipelines.rag.answering.extracting import Span
from pipelines.rag.answering.moments import Moment
from pipelines.rag.answering.requests import PromptRequest, Turn
from pipelines.rag.answering.served import served
from pipelines.rag.answering.turns import turns_of
from pipelines.rag.answers import Found
from pipelines.rag.specs import AnswerSpec, SearchSpec
from pipelines.runtime.messages import Loading, PreloadRequest, answer_of

_STORIES = "house/story-"  # these, and what was tuned from them, learnt to read one short passage
_CAPABLE = 300_000_000  # parameters from which a chat model can put a question in other words
_ANOTHER = 0.7  # the temperature of another try where the first was greedy
_DRAWN = ("max_new_tokens", "temperature", "top_k", "top_p", "repetition_penalty", "seed")

Moments = Generator[Moment, None, None]


def asked(
    services: Services,
    visitor: Visitor,
    collection_id: str,
    question: str,
    search_spec: SearchSpec,
    answer_spec: AnswerSpec,
    history: Sequence[Turn | dict[str, Any]] = (),
) -> Moments:
    """Moments until the answer is done. ``history`` is what was said before, oldest first. What is not
    there or not for this visitor raises a GlassworksError before the first moment; what fails later is a
    last moment with the state ``failed``. Closing the generator ends everything that is under way."""
    collection = services.rag.collection(collection_id, visitor.id)
    check_search(search_spec, visitor)
    turns = turns_of(history)
    name = answer_spec.model or default_writer(services)
    for model in filter(None, (name, answer_spec.qa_model)):
        check_model(model, visitor)
    if answer_spec.answerer != "generate" or not name:
        entry_of(services, visitor, answer_spec.qa_model)
    if name and _is_missing(services, visitor, name):
        yield from _fetched(services, name, question)
    writer = writer_of(services, visitor, name) if name else None
    means = _Doing(services, visitor, collection.id, search_spec, answer_spec, name).means()
    yield from answering(Asked(question, search_spec, answer_spec, turns), means, writer)


def another(spec: AnswerSpec, tries: int) -> AnswerSpec:
    """For the answer after so many tries: another seed, and chance where there was none."""
    return replace(spec, seed=(spec.seed + tries) % 2**31, temperature=spec.temperature or _ANOTHER)


def default_writer(services: Services) -> str:
    """The first model that converses, else the first that continues text; empty where there is none."""
    entries = able(services, "causal-lm")
    return next(
        (one.name for one in entries if "chat" in one.capabilities), entries[0].name if entries else ""
    )


def writer_of(services: Services, visitor: Visitor, name: str) -> Writer:
    """Raises a GlassworksError for a model that is not there, not for this visitor, or writes no text."""
    check_model(name, visitor)
    if parse(name).source is Source.ENDPOINT:
        return Writer(name, "", services.models.endpoint(name).context)
    entry = services.models.get(name)
    if "causal-lm" not in entry.capabilities:
        raise SpecError("model", name, "a model that continues text, as /models lists them (causal-lm)")
    chat, short = "chat" in entry.capabilities, _reads_short(entry)
    return Writer(
        name=name,
        tokenizer=str(services.models.tokenizer_folder(name)),
        context=entry.context_length,
        chat=chat,
        short=short,
        capable=chat and not short and entry.parameters >= _CAPABLE,
    )


def _reads_short(entry: ModelEntry) -> bool:
    line = (entry.name, entry.adapter_of, entry.lineage.get("parent"))
    return any(isinstance(name, str) and name.startswith(_STORIES) for name in line)


def _is_missing(services: Services, visitor: Visitor, name: str) -> bool:
    """Whether a Hub model has to be fetched first."""
    return parse(name).source is not Source.ENDPOINT and entry_of(services, visitor, name) is None


def _fetched(services: Services, name: str, question: str) -> Moments:
    yield Moment("rewriting", question, question, model=name, loading=name)
    with closing(services.runtime.stream(PreloadRequest(name))) as events:
        for _ in events:
            pass


class _Doing:
    """The means of one answer: the three workers, asked for one visitor."""

    def __init__(
        self,
        services: Services,
        visitor: Visitor,
        collection: str,
        search: SearchSpec,
        answer: AnswerSpec,
        model: str,
    ):
        self._services, self._visitor, self._collection = services, visitor, collection
        self._search, self._answer, self._model = search, answer, model

    def means(self) -> Means:
        return Means(self.search, self.prompt, self.generate, self.extract, self._services.rag.supported)

    def search(self, query: str, queries: tuple[str, ...], hypothetical: str) -> Found:
        where = (self._collection, query, self._search, self._visitor.id)
        return self._services.rag.search(*where, queries=queries, hypothetical=hypothetical)

    def prompt(self, request: PromptRequest) -> Prompted:
        events = self._services.tokenizers.call(request)
        found = next((event for event in events if isinstance(event, Prompted)), None)
        if found is None:
            raise ConflictError("The worker that counts tokens has given no answer; try again.")
        return found

    def generate(self, prompted: Prompted, spec: AnswerSpec) -> Iterator[str | Loading]:
        if parse(self._model).source is Source.ENDPOINT:
            yield from served(self._services.models.endpoint(self._model), prompted.messages, spec)
            return
        decoding = DecodingSpec(**{name: getattr(spec, name) for name in _DRAWN})
        ids = tuple(token.id for token in prompted.tokens)
        with closing(
            self._services.runtime.stream(GenerateRequest(self._model, "", decoding, ids))
        ) as events:
            for event in events:
                if isinstance(event, Loading):
                    yield event
                elif isinstance(event, Token):
                    yield event.text

    def extract(self, question: str, text: str) -> list[Span]:
        if not re.search(r"\w", text):
            return []
        name = self._answer.qa_model
        found = answer_of(self._services.runtime.stream(PredictRequest(name, question, text)))
        if not isinstance(found, Answers):
            raise SpecError("qa_model", name, "a model that was tuned to answer questions")
        spans = (Span(one.start, one.end, one.probability) for one in found.spans)
        return list(spans) if found.answered else []
