"""The named endpoint ``/rag_evaluate``. Its docstring is the API's documentation.

Nothing is computed here: it validates, hands the questions to the run and returns plain JSON.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import gradio as gr

from app.errors import shown
from app.identity import Visitor
from app.rag import measure_told
from app.rag.measure_presets import FIRST, NAMES, configuration
from app.rag.measure_run import Measuring
from app.rag.search_rights import check_search
from app.services import Services
from pipelines.core.errors import SpecError
from pipelines.rag.measuring.generating import generated
from pipelines.rag.measuring.questions import Question
from pipelines.rag.measuring.reading import ACCEPTED, imported
from pipelines.rag.measuring.run import MOST_CONFIGURATIONS, Configuration
from pipelines.rag.measuring.store import QuestionSets
from pipelines.rag.specs import AnswerSpec, SearchSpec

_MOST_MADE = 500
_MOST_NAME = 80


def build(services: Services) -> None:
    """Register the endpoint in the surrounding Blocks."""

    def rag_evaluate(
        request: gr.Request,
        collection: str = "lessons",
        questions: Any = 20,
        configurations: list[Any] | None = None,
        answers: Any = False,
        settings: dict[str, Any] | None = None,
        baseline: str = "",
    ) -> Iterator[dict[str, Any]]:
        """Put questions whose answers are known to a collection, by several ways to search, and stream how
        they do. What was measured once for this collection as it is, the question and the settings is not
        measured again; a call that is cancelled keeps what it had.

        Parameters:
            collection: the id or name of one of your collections, the id of a shared one, or "lessons".
            questions: a list of objects {"question", "answers" (or "answer"), "document" (its name),
                "passage" (the words there that answer it), or "start" and "end" in its characters}; or the
                same as CSV or JSON lines; or the id of a question set that you keep; or a whole number: so
                many are made from the chunks by rules, of which clozes favour BM25.
            configurations: names of presets ("BM25", "Dense", "Hybrid", "Hybrid, RRF", "Hybrid + MMR",
                "Hybrid + neighbours"), or objects with a "name" and settings as /rag_search has them, 12 at
                most; by default the first four. All keep what "settings" says of the search.
            answers: false: the search alone is judged; "extract": the exact span that answers; "generate" or
                true: what the model writes, which takes its time for each question.
            settings: an object with "search" (what the presets start from, such as {"top_k": 10}) and
                "answer" ("model", "max_new_tokens", "abstain" …, as /rag_ask has them).
            baseline: the configuration that the others are compared with; by default the first.
        Returns:
            An object that grows: state ("running", then "done"), collection, done of total searches, kept
            (known from before), and configurations: name, search, answer, done, seconds (of a search),
            failed (stage → questions) and metrics: "hit", "mrr", "ndcg", "precision", "recall", and with
            answers "em", "f1" and "faithful", each with mean, interval (95 %; null where it is not known,
            and while the run goes on) and questions (how many had something to judge). The last one has also
            differences: name, baseline, metric, mean, low, high, count, wins, losses, p_value, adjusted
            (Holm), verdict; and questions: as given, with scores by configuration: the figures, failed (the
            stage: "gone", "chunking", "candidates", "ranking", "fusion", "mmr", "rerank", "prompt",
            "abstained", "answer" or "error"; empty where it went well), why, ranks (of the best relevant
            chunk by stage, 0 where it is not there) and the answer. Nothing is ever NaN.
        """
        visitor = services.identity.visitor(request)
        measuring = Measuring(services, visitor, collection)
        asked = _questions(services, visitor, measuring, questions)
        given = _configurations(configurations, answers, {} if settings is None else settings)
        for one in given:
            check_search(one.search, visitor)
        if baseline and baseline not in [one.name for one in given]:
            raise SpecError("baseline", baseline, f"one of {', '.join(one.name for one in given)}")
        with closing(measuring.run(asked, given)) as boards:
            for board in boards:
                yield measure_told.as_plain(board, baseline, details=board.state == "done")

    gr.api(shown(rag_evaluate), api_name="rag_evaluate", concurrency_id="rag-measure")


def _questions(services: Services, visitor: Visitor, measuring: Measuring, given: Any) -> Sequence[Question]:
    """Raises :class:`SpecError` for what is no questions, or whose passages are not in the collection."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        if given != int(given) or not 1 <= given <= _MOST_MADE:
            raise SpecError("questions", given, f"a whole number from 1 to {_MOST_MADE}, or questions")
        return generated(measuring.sources(), int(given))
    if isinstance(given, str) and "\n" not in given and given.strip()[:1] not in ("{", "["):
        sets = QuestionSets(services.rag.store.database)
        return sets.get(visitor.id, measuring.collection.id, given.strip()).questions
    if not isinstance(given, str | list):
        raise SpecError("questions", given, f"{ACCEPTED}; the id of a kept set; or how many are to be made")
    read = imported(given, measuring.documents)
    if read.notes:
        raise SpecError("questions", read.notes[0], "passages of documents of this collection")
    return read.questions


def _configurations(given: Any, answers: Any, settings: Any) -> tuple[Configuration, ...]:
    if not isinstance(settings, dict) or not settings.keys() <= {"search", "answer"}:
        raise SpecError("settings", settings, 'an object with "search" and "answer"')
    present = SearchSpec.from_dict(settings.get("search", {}))
    answer = _answer(answers, settings.get("answer", {}))
    listed = list(FIRST) if given is None else given
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST_CONFIGURATIONS:
        raise SpecError("configurations", given, f"a list of 1 to {MOST_CONFIGURATIONS} names or objects")
    return tuple(_configuration(one, present, answer) for one in listed)


def _configuration(given: Any, present: SearchSpec, answer: AnswerSpec | None) -> Configuration:
    if isinstance(given, str):
        return configuration(given, present, answer)
    name = given.get("name") if isinstance(given, dict) else None
    if not isinstance(name, str) or not 0 < len(name) <= _MOST_NAME:
        accepted = f'{", ".join(NAMES)}, or objects with a "name" and settings of the search'
        raise SpecError("configurations", given, accepted)
    changes = {key: value for key, value in given.items() if key != "name"}
    return Configuration(name, SearchSpec.from_dict({**present.to_dict(), **changes}), answer)


def _answer(answers: Any, settings: Any) -> AnswerSpec | None:
    named = "generate" if answers is True else answers or ""
    if not isinstance(named, str) or named not in ("", "extract", "generate"):
        raise SpecError("answers", answers, 'true, false, "extract" or "generate"')
    spec = AnswerSpec.from_dict(settings)
    return replace(spec, answerer=named) if named else None
