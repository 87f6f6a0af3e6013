"""An answer as the chat keeps it in the database: a moment and the settings it was made with, as plain JSON,
and back. Knows no page.
"""

import dataclasses
import json
import math
from dataclasses import dataclass, replace
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.rag.answering.answers import PromptToken
from pipelines.rag.answering.moments import Extract, Moment
from pipelines.rag.answering.turns import MAX_CHARS, MAX_TURNS, Turn
from pipelines.rag.answers import Claim, Found, Stage
from pipelines.rag.chats import MAX_DATA
from pipelines.rag.requests import Passage
from pipelines.rag.specs import AnswerSpec, SearchSpec

_SNIPPET = 240  # characters of a passage that reached no prompt: the trace shows no more


@dataclass(frozen=True)
class Record:
    """``collection`` is the id of the one that was asked; ``stopped``: the visitor ended it before it was
    done; ``tries`` counts the answers to the same question that were there before."""

    moment: Moment
    search: SearchSpec
    answer: AnswerSpec
    collection: str = ""
    stopped: bool = False
    tries: int = 0


def data_of(record: Record) -> dict[str, Any]:
    """As JSON. Of passages that reached no prompt only the beginning is kept; where that is still more than a
    chat holds, of the others too, and the prompt is left out."""
    for moment in (_lightened(record.moment), _lightest(record.moment)):
        data = _told(replace(record, moment=moment))
        if len(json.dumps(data, ensure_ascii=True)) < MAX_DATA:
            break
    return data


def _told(record: Record) -> dict[str, Any]:
    told = _finite(dataclasses.asdict(replace(record.moment, tokens=())))
    told["tokens"] = [[one.id, one.text, one.part, int(one.special)] for one in record.moment.tokens]
    specs = {"search": record.search.to_dict(), "answer": record.answer.to_dict()}
    more = {name: getattr(record, name) for name in ("collection", "stopped", "tries")}
    return {"moment": told, **specs, **more}


def record_of(content: str, data: dict[str, Any]) -> Record:
    """What :func:`data_of` has kept; of what another version of the app has kept differently, the text."""
    try:
        specs = SearchSpec.from_dict(data["search"]), AnswerSpec.from_dict(data["answer"])
        more = str(data.get("collection", "")), bool(data.get("stopped")), int(data.get("tries", 0))
        return Record(_moment(data["moment"]), *specs, *more)
    except (KeyError, TypeError, ValueError, AttributeError, GlassworksError):
        return Record(Moment("done", "", text=content), SearchSpec(), AnswerSpec())


def content_of(moment: Moment) -> str:
    """The answer in words: what was written, else what was found; empty where there is neither."""
    return moment.text.strip() or (moment.extract.text if moment.extract else "")


def cited(moment: Moment, support: float) -> list[int]:
    """Places of the passages that back a claim or hold the extract, each once, in the order of reading."""
    claims = (*moment.claims, *moment.extract_claims)
    places = [one.passage for one in claims if is_backed(one, support)]
    ids = [one.id for one in moment.passages]
    if moment.extract and moment.extract.passage in ids:
        places.append(ids.index(moment.extract.passage))
    return [one for one in dict.fromkeys(places) if one < len(ids)]


def is_backed(claim: Claim, support: float) -> bool:
    return claim.passage >= 0 and claim.support >= support


def turns_of(messages: Any) -> tuple[Turn, ...]:
    """The chat so far, for the memory: what was asked and answered, with the passages that were cited."""
    return tuple(_turn(one) for one in messages if one.content.strip())[-MAX_TURNS:]


def _turn(message: Any) -> Turn:
    if message.role == "user":
        return Turn("user", message.content[:MAX_CHARS])
    record = record_of(message.content, message.data)
    passages = record.moment.passages
    texts = tuple(passages[place].text for place in cited(record.moment, record.answer.support))
    return Turn("assistant", message.content[:MAX_CHARS], texts)


def _lightened(moment: Moment) -> Moment:
    return moment if moment.found is None else _with_texts(moment, {*moment.found.hits, *moment.used})


def _lightest(moment: Moment) -> Moment:
    bare = replace(moment, prompt="", tokens=())
    return bare if moment.found is None else _with_texts(bare, set())


def _with_texts(moment: Moment, whole: set[str]) -> Moment:
    passages = tuple(
        one if one.id in whole else replace(one, text=one.text[:_SNIPPET]) for one in moment.found.passages
    )
    return replace(moment, found=replace(moment.found, passages=passages))


def _finite(value: Any) -> Any:
    """JSON has no infinity; a score that is none becomes 0."""
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return 0.0 if isinstance(value, float) and not math.isfinite(value) else value


def _moment(told: dict[str, Any]) -> Moment:
    found, extract = told.get("found"), told.get("extract")
    return _made(
        Moment,
        told
        | {
            "found": _found(found) if found else None,
            "extract": _made(Extract, extract) if extract else None,
            "claims": tuple(_made(Claim, one) for one in told["claims"]),
            "extract_claims": tuple(_made(Claim, one) for one in told["extract_claims"]),
            "tokens": tuple(PromptToken(*one[:3], bool(one[3])) for one in told["tokens"]),
        },
    )


def _found(told: dict[str, Any]) -> Found:
    stages = tuple(_made(Stage, one) for one in told["stages"])
    passages = tuple(_made(Passage, one) for one in told["passages"])
    return _made(Found, told | {"stages": stages, "passages": passages})


def _made(cls: type, told: dict[str, Any]) -> Any:
    """The fields that there are; JSON's lists become tuples."""
    known = {field.name for field in dataclasses.fields(cls)}
    return cls(**{name: _plain(value) for name, value in told.items() if name in known})


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
