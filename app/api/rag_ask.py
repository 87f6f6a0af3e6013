"""The named endpoint ``/rag_ask``. Its docstring is the API's documentation."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, fields
from typing import Any

import gradio as gr

from app.errors import shown
from app.rag.asking import asked
from app.services import Services
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.rag.answering.moments import Extract, Moment
from pipelines.rag.answering.turns import turns_of
from pipelines.rag.answers import Claim, Found
from pipelines.rag.requests import Passage
from pipelines.rag.specs import AnswerSpec, SearchSpec

_GAP = 0.05  # seconds between two updates of a text that grows
_SEARCH = [field.name for field in fields(SearchSpec)]
_ANSWER = [field.name for field in fields(AnswerSpec)]
_BOTH = [name for name in _SEARCH if name in _ANSWER]  # one word for two things: the search's has it


def build(services: Services) -> None:
    """Register the endpoint in the surrounding Blocks."""

    def rag_ask(
        request: gr.Request,
        collection: str = "lessons",
        question: str = "",
        settings: dict[str, Any] | None = None,
        history: list[dict[str, Any]] | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Answer a question from the documents of a collection, streaming what there is: the question as it
        is searched, the passages, the text as it grows, and last what backs it.

        Parameters:
            collection: A collection's id or name; "lessons" is the one that comes with the app.
            question: The question, at most 4,000 characters.
            settings: An object with settings of the search ("mode": "hybrid", "dense" or "bm25", "top_k"
                passages, "dense_weight", "mmr", "reranker", "queries", "hyde", …) and of the answer
                ("answerer": "generate", "extract" or "both", "model", "system_prompt", "max_new_tokens",
                "temperature", "seed", "memory", "abstain", "support", …); what is left out has its default.
                "top_k" is the number of passages; that of the sampling is "sampling_top_k".
            history: What was said before, oldest first: objects with "role" ("user" or "assistant") and
                "content".
        Returns:
            An object that grows. state: "rewriting", "searching", "reading", "writing", "checking", then
            "done". question; standalone (as it was searched); rewritten ("model", "rule" or ""); queries
            and hypothetical (other wordings, searched too); answer (the written text, without a model the
            extract's); model; abstained (true: the documents do not hold an answer; note says how probable
            one is); answerable (that probability). citations: for each claim of the answer its text, start
            and end in the answer, support (the probability that a passage backs it), supported, and
            passage: id, document (its id), name, page, heading, start and end in characters of the
            document's text, and text (the sentences that back it). unsupported: the claims that no passage
            backs. extract: the exact words, with sentence, probability and passage; null where there are
            none. passages: those that were found, best first, each with id, document, name, page, heading,
            start, end, text and number (its place in the prompt, null where it had no room) and cut (true:
            only a part of it is there). prompt: the text that the model read; prompt_tokens: how many tokens
            that is. trace: the stages of the search, each with name, note, seconds and
            ranked ids and scores. seconds by stage; note.
        """
        visitor = services.identity.visitor(request)
        search, answer = _specs({} if settings is None else settings)
        turns = turns_of([] if history is None else history)
        moments = asked(services, visitor, collection, question, search, answer, turns)
        yield from _told(moments, answer.support)

    gr.api(shown(rag_ask), api_name="rag_ask", concurrency_id="generation")


def _specs(settings: Any) -> tuple[SearchSpec, AnswerSpec]:
    """Raises :class:`SpecError` for a setting of neither."""
    if not isinstance(settings, dict):
        raise SpecError("settings", settings, "an object with settings of the search and of the answer")
    search, answer = {}, {}
    for name, value in settings.items():
        if name.startswith("sampling_") and name.removeprefix("sampling_") in _BOTH:
            answer[name.removeprefix("sampling_")] = value
        elif name in _SEARCH:
            search[name] = value
        elif name in _ANSWER:
            answer[name] = value
        else:
            known = ", ".join([*_SEARCH, *(one for one in _ANSWER if one not in _BOTH), "sampling_top_k"])
            raise SpecError("settings", name, f"only settings, which are {known}")
    return SearchSpec.from_dict(search), AnswerSpec.from_dict(answer)


def _told(moments: Iterator[Moment], least: float) -> Iterator[dict[str, Any]]:
    """At most every so often while only the text grows. A fault is raised, as of every endpoint."""
    state, at = "", float("-inf")
    with closing(moments):
        for moment in moments:
            if moment.state == "failed":
                raise GlassworksError(moment.note)
            if moment.state == state and not moment.is_over and time.monotonic() - at < _GAP:
                continue
            state, at = moment.state, time.monotonic()
            yield as_json(moment, least)


def as_json(moment: Moment, least: float) -> dict[str, Any]:
    """``least`` is the support from which a claim counts as backed."""
    extract = moment.extract
    text = moment.text or (extract.text if extract else "")
    claims = moment.claims if moment.text else moment.extract_claims
    citations = [_cited(claim, text, moment.passages, least) for claim in claims]
    return {
        "state": moment.state,
        "question": moment.question,
        "standalone": moment.standalone,
        "rewritten": moment.rewritten,
        "queries": list(moment.queries),
        "hypothetical": moment.hypothetical,
        "answer": text,
        "model": moment.model,
        "abstained": moment.abstained,
        "answerable": moment.found.answerable if moment.found else None,
        "citations": citations,
        "unsupported": [one for one in citations if not one["supported"]],
        "extract": _extracted(extract, moment.passages) if extract else None,
        "passages": [_placed(one, moment) for one in moment.passages],
        "prompt": moment.prompt,
        "prompt_tokens": len(moment.tokens),
        "trace": _trace(moment.found) if moment.found else [],
        "seconds": dict(moment.seconds),
        "note": moment.note,
    }


def _cited(claim: Claim, text: str, passages: tuple[Passage, ...], least: float) -> dict[str, Any]:
    passage = passages[claim.passage] if 0 <= claim.passage < len(passages) else None
    return {
        "text": text[claim.start : claim.end],
        "start": claim.start,
        "end": claim.end,
        "support": claim.support,
        "supported": claim.support >= least and passage is not None,
        "passage": _part(passage, claim.from_, claim.to) if passage else None,
    }


def _extracted(extract: Extract, passages: tuple[Passage, ...]) -> dict[str, Any]:
    passage = next(one for one in passages if one.id == extract.passage)
    return {
        "text": extract.text,
        "sentence": extract.sentence,
        "probability": extract.probability,
        "passage": _part(passage, extract.start, extract.end),
    }


def _part(passage: Passage, start: int, end: int) -> dict[str, Any]:
    """Some characters of a passage, by their place in the document."""
    told = _source(passage)
    return {
        **told,
        "start": passage.start + start,
        "end": passage.start + end,
        "text": passage.text[start:end],
    }


def _placed(passage: Passage, moment: Moment) -> dict[str, Any]:
    number = moment.used.index(passage.id) + 1 if passage.id in moment.used else None
    where = {"start": passage.start, "end": passage.end, "text": passage.text}
    return {**_source(passage), **where, "number": number, "cut": passage.id == moment.cut}


def _source(passage: Passage) -> dict[str, Any]:
    return {name: getattr(passage, name) for name in ("id", "document", "name", "page", "heading")}


def _trace(found: Found) -> list[dict[str, Any]]:
    return [{**asdict(stage), "ids": list(stage.ids), "scores": list(stage.scores)} for stage in found.stages]
