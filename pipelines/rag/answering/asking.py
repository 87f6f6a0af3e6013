"""A question answered from a collection, step by step: what was meant, what was found, what it says, and what
backs it. Knows no workers and no page: everything it needs done is handed to it as functions.
"""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import Any

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.fields import check_text
from pipelines.core.texts import is_whole
from pipelines.rag.answering.answers import Prompted
from pipelines.rag.answering.extracting import READ, Span, extracted
from pipelines.rag.answering.helped import without_thoughts
from pipelines.rag.answering.moments import Moment
from pipelines.rag.answering.requests import NUMBERED, SHORT, PromptRequest, Turn
from pipelines.rag.answering.turns import latest
from pipelines.rag.answering.understanding import TOKENS, Understood, other_ways, stand_alone
from pipelines.rag.answers import Claim, Found, Supported
from pipelines.rag.requests import MAX_QUERY_CHARS, Passage
from pipelines.rag.specs import AnswerSpec, SearchSpec
from pipelines.runtime.messages import Loading

_NEXT_TURN = ("\nQuestion:", "\nText:", "\n\n")  # where a model that was taught no conversation makes one up
Moments = Generator[Moment, None, None]


@dataclass(frozen=True)
class Writer:
    """The language model. ``tokenizer`` is the folder of its tokenizer, empty for a server; ``context`` is in
    tokens, 0 where there is no limit or none is known. ``chat``: it was taught to converse. ``short``: it was
    taught to read one short passage. ``capable``: it can be asked to put a question in other words."""

    name: str
    tokenizer: str = ""
    context: int = 0
    chat: bool = True
    short: bool = False
    capable: bool = True


@dataclass(frozen=True)
class Means:
    """What is done elsewhere. ``search(query, other queries, hypothetical)``; ``prompt``; ``generate``
    streams pieces of text (and Loading while the model is read), and closing it ends the work;
    ``extract(question, passage's text)`` gives spans, likeliest first; ``support(answer, passages,
    question)``. Each may raise a GlassworksError."""

    search: Callable[[str, tuple[str, ...], str], Found]
    prompt: Callable[[PromptRequest], Prompted]
    generate: Callable[[Prompted, AnswerSpec], Iterator[str | Loading]]
    extract: Callable[[str, str], Sequence[Span]]
    support: Callable[[str, tuple[Passage, ...], str], Supported]


@dataclass(frozen=True)
class Asked:
    """``turns`` are what was said before, oldest first."""

    question: str
    search: SearchSpec
    answer: AnswerSpec
    turns: tuple[Turn, ...] = ()


def answering(
    asked: Asked, means: Means, writer: Writer | None, now: Callable[[], float] = time.perf_counter
) -> Moments:
    """Moments until the answer is done. A fault is a last moment with the state ``failed``, which keeps what
    there was. Closing the generator ends whatever is under way. Without a ``writer`` the answer is an exact
    span. Raises :class:`SpecError` for a question that is empty, too long or no text."""
    _checked(asked)
    one = _Answering(asked, means, writer, now)
    try:
        yield from one.moments()
    except GlassworksError as error:
        yield one.over("failed", note=str(error))


def _checked(asked: Asked) -> None:
    check_text("question", asked.question, MAX_QUERY_CHARS)
    if not asked.question.strip():
        raise SpecError("question", asked.question, "a question of at least one word")
    for text in (asked.question, asked.answer.system_prompt, *(turn.content for turn in asked.turns)):
        if not is_whole(text):
            raise SpecError("question", text, "text in valid Unicode, as all that goes with it")


class _Answering:
    """One answer on its way; ``moment`` is what it has come to."""

    def __init__(self, asked: Asked, means: Means, writer: Writer | None, clock: Callable[[], float]):
        self._asked, self._means, self._writer, self._clock = asked, means, writer, clock
        self._began = self._entered_at = clock()
        self._extracted = False
        self._turns = latest(asked.turns, asked.answer.memory)
        question = asked.question.strip()
        self.moment = Moment("rewriting", question, question, model=writer.name if writer else "")

    def moments(self) -> Moments:
        yield self.moment
        yield from self._understand()
        yield self._enter("searching")
        moment = self.moment
        found = self._means.search(moment.standalone, moment.queries, moment.hypothetical)
        self._now(found=found)
        if why := self._nothing(found):
            yield self.over("done", abstained=True, note=why)
            return
        yield self._enter("reading")
        if self._writes:
            yield from self._write(self._prompted())
        yield from self._extract()
        yield self._enter("checking")
        self._check()
        yield self.over("done")

    def over(self, state: str, **changes: Any) -> Moment:
        self._enter(state)
        whole = {**self.moment.seconds, "all": self._clock() - self._began}
        return self._now(seconds=whole, loading="", **changes)

    def _now(self, **changes: Any) -> Moment:
        self.moment = replace(self.moment, **changes)
        return self.moment

    def _enter(self, state: str) -> Moment:
        """The next state; the time since the last one is that one's."""
        left, self._entered_at = self._entered_at, self._clock()
        spent = {**self.moment.seconds, self.moment.state: self._entered_at - left}
        return self._now(state=state, seconds=spent)

    # What was meant.

    def _understand(self) -> Moments:
        spec, search = self._asked.answer, self._asked.search
        help = self._help if self._writer and self._writer.capable else None
        known = Understood(self.moment.question)
        if spec.rewrite:
            known = yield from self._while(stand_alone(self.moment.question, self._turns, help))
        if (search.queries or search.hyde) and help is None:
            who = self._writer.name if self._writer else "No model here"
            self._now(note=f"{who} cannot put questions in other words: this one was searched as it is.")
        elif search.queries or search.hyde:
            known = yield from self._while(other_ways(known, search.queries, search.hyde, help))
        self._now(**asdict(known))

    def _while(self, steps: Generator[None, None, Understood]) -> Generator[Moment, None, Understood]:
        """A moment for each step, so that the reader can end the work between two."""
        try:
            while True:
                next(steps)
                yield self.moment
        except StopIteration as end:
            return end.value
        finally:
            steps.close()

    def _help(
        self, form: str, question: str, turns: tuple[Turn, ...], count: int
    ) -> Generator[None, None, str]:
        """What the model writes for that form: always its likeliest."""
        request = self._request(form, question, TOKENS[form], turns=turns, count=count)
        spec = replace(self._asked.answer, temperature=0.0, max_new_tokens=TOKENS[form])
        text = ""
        with closing(self._means.generate(self._means.prompt(request), spec)) as pieces:
            for piece in pieces:
                text += self._heard(piece)
                yield None
        return without_thoughts(text)

    # What the documents say.

    def _nothing(self, found: Found) -> str:
        """Why there is no answer, empty where there may be one."""
        if not found.hits:
            return "No passage was found: these documents are empty, or the filters leave nothing of them."
        least = self._asked.answer.abstain
        if found.answerable >= least:
            return ""
        return (
            f"Not in your documents: the probability that they hold an answer is {found.answerable:.0%}, "
            f"and it takes {least:.0%} for an answer. The nearest passage is from "
            f"{self.moment.passages[0].name}."
        )

    @property
    def _writes(self) -> bool:
        return self._writer is not None and self._asked.answer.answerer != "extract"

    @property
    def _extracts(self) -> bool:
        return self._asked.answer.answerer != "generate" or self._writer is None

    def _extract(self) -> Moments:
        """Once, where it is wanted. While a text is written this is done after its first word, so that nobody
        waits for that; the writing goes on meanwhile."""
        if not self._extracts or self._extracted:
            return
        self._extracted = True
        passages, spans = self.moment.passages[:READ], []
        for one in passages:
            spans.append(self._means.extract(self._question, one.text))
            yield self.moment
        yield self._now(extract=extracted(passages, spans))

    def _prompted(self) -> Prompted:
        form = SHORT if self._writer.short else NUMBERED
        given = {"passages": self.moment.passages, "turns": self._turns, "about": self.moment.standalone}
        system = self._asked.answer.system_prompt
        most = self._asked.answer.max_new_tokens
        return self._means.prompt(self._request(form, self._question, most, system=system, **given))

    def _write(self, prompted: Prompted) -> Moments:
        told = {name: getattr(prompted, name) for name in ("tokens", "used", "cut", "left_out", "turns")}
        self._now(prompt=prompted.text, **told)
        yield self._enter("writing")
        spec, whole = self._asked.answer, ""
        if prompted.room > 0:
            spec = replace(spec, max_new_tokens=min(spec.max_new_tokens, prompted.room))
        with closing(self._means.generate(prompted, spec)) as pieces:
            for piece in pieces:
                whole += self._heard(piece)
                text, ended = self._ended(without_thoughts(whole))
                if text and not self.moment.text:
                    first = self._clock() - self._began
                    self._now(seconds={**self.moment.seconds, "first": first})
                yield self._now(text=text)
                if text:
                    yield from self._extract()
                if ended:
                    break
        self._now(text=self.moment.text.strip())

    @property
    def _question(self) -> str:
        """What is asked of a model: what a rule made searchable is no sentence any more."""
        return self.moment.standalone if self.moment.rewritten == "model" else self.moment.question

    def _request(self, form: str, question: str, max_new_tokens: int, **given: Any) -> PromptRequest:
        place = {"tokenizer": self._writer.tokenizer, "context": self._writer.context}
        return PromptRequest(form, question, max_new_tokens=max_new_tokens, **place, **given)

    def _heard(self, piece: str | Loading) -> str:
        loading = piece.model if isinstance(piece, Loading) else ""
        if loading != self.moment.loading:
            self._now(loading=loading)
        return "" if loading else piece

    def _ended(self, text: str) -> tuple[str, bool]:
        """The text up to where a model without a chat template goes on with something else."""
        text = text.lstrip()
        if self._writer.chat:
            return text, False
        places = [place for mark in _NEXT_TURN if (place := text.find(mark)) > 0]
        return (text[: min(places)], True) if places else (text, False)

    # What backs it.

    def _check(self) -> None:
        if self.moment.text:
            self._now(claims=self._claims(self.moment.text))
        if self.moment.extract is not None:
            self._now(extract_claims=self._claims(self.moment.extract.text))

    def _claims(self, text: str) -> tuple[Claim, ...]:
        return self._means.support(text, self.moment.passages, self._question).claims
