"""What the decoding comparator asks of the inference worker, and the events that answer. No torch."""

from dataclasses import dataclass

import numpy as np

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_model, check_text, check_whole
from pipelines.generation.requests import MAX_PROMPT_CHARS
from pipelines.generation.strategy import Strategy

MAX_COLUMNS = 12
MAX_NEW_TOKENS = 1024
MAX_SAMPLES = 64
MAX_TRACE = 20
_RUN = "nothing, or a word of at most 64 characters"


@dataclass(frozen=True)
class DecodeRequest:
    """Continue one prompt by several strategies at once. Answered by DecodeStarted, DecodeStep …, Decoded.

    ``samples`` texts are made by every strategy that draws, one by the others. With ``same_noise`` all of
    them draw with the same Gumbel noise at the same place; else each with noise of its own, which depends on
    the seed and on the strategy but not on what runs beside it. ``trace`` is how many candidates of every
    stage each step tells; under ``run`` the worker remembers the steps for :class:`StepRequest`. ``after``
    are token ids that are put after the prompt: a branch goes on from them. ``judge`` is a second model that
    reads the texts when they are done.
    """

    model: str
    prompt: str
    strategies: tuple[Strategy, ...]
    max_new_tokens: int = 64
    seed: int = 0
    same_noise: bool = True
    samples: int = 1
    trace: int = 0
    run: str = ""
    after: tuple[int, ...] = ()
    judge: str = ""

    def __post_init__(self) -> None:
        check_model("model", self.model)
        check_text("prompt", self.prompt, MAX_PROMPT_CHARS)
        strategies = tuple(self.strategies) if isinstance(self.strategies, list | tuple) else ()
        if not 1 <= len(strategies) <= MAX_COLUMNS or not all(isinstance(s, Strategy) for s in strategies):
            raise SpecError("strategies", len(strategies), f"1 to {MAX_COLUMNS} of them")
        check_whole("max_new_tokens", self.max_new_tokens, 1, MAX_NEW_TOKENS)
        check_whole("seed", self.seed, 0, 2**31 - 1)
        check_whole("samples", self.samples, 1, MAX_SAMPLES)
        check_whole("trace", self.trace, 0, MAX_TRACE)
        if not isinstance(self.same_noise, bool):
            raise SpecError("same_noise", self.same_noise, "true or false")
        if not isinstance(self.run, str) or len(self.run) > 64:
            raise SpecError("run", self.run, _RUN)
        if not isinstance(self.judge, str):
            raise SpecError("judge", self.judge, "the name of a model, or nothing")
        for one in self.after:
            check_whole("after", one, 0)

    @property
    def models(self) -> tuple[str, ...]:
        """All that it needs, its own first."""
        others = [name for one in self.strategies for name in one.models]
        judges = [self.judge] if self.judge else []
        return tuple(dict.fromkeys([self.model, *others, *judges]))

    @property
    def rows(self) -> int:
        """Of the shared batch at its widest."""
        return sum(one.rows * (self.samples if one.draws else 1) for one in self.strategies)


@dataclass(frozen=True)
class StepRequest:
    """One step of a remembered run, with the strategy's settings or with others: no forward is made for it.
    ``position`` counts the new tokens from 0. Answered by a :class:`StepShown`."""

    model: str
    run: str
    column: int
    sample: int
    position: int
    strategy: Strategy
    top: int = 12

    def __post_init__(self) -> None:
        check_model("model", self.model)
        if not isinstance(self.run, str) or not 0 < len(self.run) <= 64:
            raise SpecError("run", self.run, "the name of a run that was remembered")
        check_whole("column", self.column, 0, MAX_COLUMNS - 1)
        check_whole("sample", self.sample, 0, MAX_SAMPLES - 1)
        check_whole("position", self.position, 0, MAX_NEW_TOKENS - 1)
        check_whole("top", self.top, 1, 50)


@dataclass(frozen=True)
class DecodeStarted:
    """The prompt is encoded (and ``after`` put behind it): ``ids`` and ``texts`` of all its tokens."""

    ids: np.ndarray  # [tokens], int32
    texts: tuple[str, ...]
    rows: int  # of the shared batch at its widest


@dataclass(frozen=True)
class Stages:
    """What a step's distribution was after every stage, at its ``ids``, the likeliest of any stage first.

    ``kept`` counts tokens that can still be chosen; ``entropy`` is in nats; ``lost`` is the probability, in
    the stage before, of all tokens that the stage cut: what is left was multiplied by 1 / (1 − lost).
    """

    names: tuple[str, ...]  # "raw", then the processors in their order
    ids: np.ndarray  # [candidates], int32
    texts: tuple[str, ...]
    probs: np.ndarray  # [stages, candidates], float32; 0 where it was cut
    kept: np.ndarray  # [stages], int32
    entropy: np.ndarray  # [stages], float32
    lost: np.ndarray  # [stages], float32


@dataclass(frozen=True)
class Wrote:
    """What one text gained in a step: one token, or several where some were proposed by a draft, or none.

    ``log_probs`` (natural), ``ranks`` (from 1) and ``entropies`` (nats) are under the raw distribution.
    ``origins`` say for each token where it comes from: ``own``, ``draft`` (proposed and accepted).
    ``rejected`` is the draft token that was refused before the last one of these, -1 if none was.
    ``texts`` are pieces of the visible text, empty while a character of several bytes is incomplete.
    """

    column: int
    sample: int
    ids: tuple[int, ...]
    texts: tuple[str, ...]
    log_probs: tuple[float, ...]
    ranks: tuple[int, ...]
    entropies: tuple[float, ...]
    origins: tuple[str, ...] = ()  # empty: all its own
    rejected: int = -1
    rejected_text: str = ""
    stages: tuple[Stages, ...] = ()  # one a token, where a trace was asked for


@dataclass(frozen=True)
class Beams:
    """One step of a beam search. New node i continues node ``parents[i]`` of the step before (-1: the prompt)
    by ``ids[i]``; ``scores`` are total log-probabilities. ``ended`` nodes are finished texts and are not
    continued. Nodes are numbered within their step."""

    column: int
    step: int
    parents: tuple[int, ...]
    ids: tuple[int, ...]
    texts: tuple[str, ...]
    log_probs: tuple[float, ...]
    scores: tuple[float, ...]
    ended: tuple[bool, ...]


@dataclass(frozen=True)
class DecodeStep:
    """All that one step of the loop brought."""

    wrote: tuple[Wrote, ...]
    beams: tuple[Beams, ...] = ()


@dataclass(frozen=True)
class Measures:
    """Of one text. ``distinct`` are the parts of distinct n-grams for n = 1, 2, 3 (NaN where there is none);
    ``repetition`` is the part of 4-grams that occurred before; perplexities are per token of the model, and
    of the judge's own tokenizer, NaN where there is none."""

    tokens: int
    characters: int
    perplexity: float
    judge_perplexity: float
    distinct: tuple[float, float, float]
    repetition: float


@dataclass(frozen=True)
class Outcome:
    """One finished text; arrays run along its tokens.

    ``reason`` is eos, length, context or constraint (nothing more fits it). ``score`` is a beam's, else NaN.
    ``seconds`` run from the first forward to its last token, ``first_seconds`` to its first; ``forwards`` are
    those of the model that it took part in. ``ids`` end with the end token where there is one.
    """

    column: int
    sample: int
    text: str
    ids: np.ndarray
    texts: tuple[str, ...]
    log_probs: np.ndarray
    ranks: np.ndarray
    entropies: np.ndarray
    origins: tuple[str, ...]
    reason: str
    score: float
    seconds: float
    first_seconds: float
    forwards: int
    drafted: int
    accepted: int
    measures: Measures

    @property
    def tokens_per_second(self) -> float:
        """NaN where no time has passed."""
        return len(self.ids) / self.seconds if self.seconds > 0 else float("nan")


@dataclass(frozen=True)
class Decoded:
    """The end: every text, ordered by column and sample; ``self_bleu`` [columns] is the mean BLEU of each
    text against the others of its column (0 to 100), NaN where there is only one. ``faults`` [columns] say
    why a strategy could not go on (it has no outcomes then), empty where it could."""

    outcomes: tuple[Outcome, ...]
    self_bleu: np.ndarray
    seconds: float
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Cut:
    """What one truncating processor alone keeps of a distribution sorted from the likeliest token on.

    ``kept`` tokens with the probability ``mass``, within the ranks ``first`` to ``last`` (from 1). ``on``
    says whether the strategy uses it with this value; else it is the value with which it is usually tried.
    """

    setting: str
    value: float
    on: bool
    first: int
    last: int
    kept: int
    mass: float


@dataclass(frozen=True)
class Curve:
    """The distribution that the truncating processors begin with, sorted: ``base`` is its stage. The first
    and the last rank are among the points."""

    base: str
    ranks: np.ndarray  # [points], int32, from 1, rising
    probs: np.ndarray  # [points], float32
    cuts: tuple[Cut, ...]


@dataclass(frozen=True)
class StepShown:
    """``chosen`` is the token that was taken then; ``now`` the one that these settings take with the same
    noise. ``draft`` is the draft model's probability of each candidate, empty where there was none."""

    stages: Stages
    chosen: int
    chosen_text: str
    now: int
    now_text: str
    draft: np.ndarray
    curve: Curve
