"""Handlers of the decoding comparator: a run of many strategies, and one of its steps."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import torch

from pipelines.core.errors import SpecError
from pipelines.generation.comparing import (
    Decoded,
    DecodeRequest,
    DecodeStarted,
    Outcome,
    StepRequest,
    StepShown,
)
from pipelines.generation.loop.candidates import told_stages
from pipelines.generation.loop.column import Setting
from pipelines.generation.loop.columns import column
from pipelines.generation.loop.cuts import curve_of
from pipelines.generation.loop.drawing import Place
from pipelines.generation.loop.judge import perplexities
from pipelines.generation.loop.line import Kept, Line
from pipelines.generation.loop.run import Run
from pipelines.generation.loop.shaping import Raw, stages_of
from pipelines.generation.measures import measures_of, self_bleu
from pipelines.generation.memory import check_memory, vocabulary
from pipelines.generation.prompt import check_read, prompt_ids
from pipelines.generation.remembered import Remembered, runs_of
from pipelines.generation.setting import room_after, setting
from pipelines.generation.strategy import Strategy
from pipelines.generation.strategy_names import PENALTIES, WARPERS
from pipelines.models.loader import LoadedModel
from pipelines.models.pieces import texts_of

_SHAPED_BY = {*PENALTIES, *WARPERS, "do_sample"}  # what can change without another forward


def decode(request: DecodeRequest, models: Any) -> Iterator[Any]:
    """``models`` is the runtime's cache. Yields Loading if need be, DecodeStarted, DecodeStep …, Decoded."""
    with ExitStack() as stack:
        found: dict[str, LoadedModel] = {}
        for name in request.models:
            found[name] = yield from stack.enter_context(models.use(name)).ready()
            found[name].need("causal-lm")
        yield from compared(found, request)


def compared(models: dict[str, LoadedModel], request: DecodeRequest) -> Iterator[Any]:
    """The events of a run with models that are in memory, by name; None between parts of a long prompt."""
    loaded = models[request.model]
    begun = begin(models, request)
    columns = [column(at, one, request.samples) for at, one in enumerate(request.strategies)]
    if begun.remembers:
        _remember(loaded, request, begun, columns)
    ids = begun.prompt_ids
    yield DecodeStarted(np.array(ids, np.int32), texts_of(loaded.tokenizer, ids), request.rows)
    run = Run(begun, columns)
    yield from run.steps()
    seconds = time.perf_counter() - run.began
    lines = [line for one in columns if one.index not in run.faults for line in one.lines]
    judged = [float("nan")] * len(lines)
    if request.judge:
        texts = [line.detokenizer.text for line in lines]
        judged = yield from perplexities(models[request.judge], _read(loaded, request, begun), texts)
    outcomes = tuple(_outcome(*both, run.began) for both in zip(lines, judged, strict=True))
    faults = tuple(run.faults.get(at, "") for at in range(len(columns)))
    bleu = []
    for at in range(len(columns)):
        bleu.append(self_bleu([one.text for one in outcomes if one.column == at]))
        yield None
    yield Decoded(outcomes, np.array(bleu, np.float32), seconds, faults)


def begin(models: dict[str, LoadedModel], request: DecodeRequest) -> Setting:
    """Raises SpecError for a prompt that the context does not hold, a token that the model does not know, and
    for more rows than memory holds."""
    loaded = models[request.model]
    typed = prompt_ids(loaded, request.prompt)
    ids = [*typed, *request.after]
    check_read(loaded, ids)
    room = room_after(loaded, len(ids), request.max_new_tokens)
    check_memory(loaded, request, len(ids) + room)
    return setting(
        loaded,
        ids,
        request.max_new_tokens,
        request.seed,
        new_from=len(typed),
        same_noise=request.same_noise,
        trace=request.trace,
        remembers=bool(request.run) and runs_of(loaded).room_for(_kept_bytes(loaded, request, room)),
        others=models,
    )


def step(request: StepRequest, models: Any) -> Iterator[Any]:
    """Answers with a StepShown."""
    with models.use(request.model) as use:
        loaded = yield from use.ready()
        yield shown(loaded, request)


@torch.inference_mode()
def shown(loaded: LoadedModel, request: StepRequest) -> StepShown:
    """Raises NotFoundError for a run that is forgotten, SpecError for a step or setting that it has not."""
    run = runs_of(loaded).get(request.run)
    line = run.line(request.column, request.sample)
    if request.position >= len(line.kept):
        raise SpecError("position", request.position, f"a number below {len(line.kept)}")
    _check_shaped(run.request.strategies[request.column], request.strategy)
    kept, chosen = line.kept[request.position], line.ids[request.position]
    raw = Raw(kept.logits[None], kept.method, _row(kept.adjusted), _row(kept.allowed))
    before = torch.tensor([[*run.prompt_ids, *line.ids[: request.position]]], device=loaded.device)
    stages = stages_of(request.strategy, raw, before, run.new_from)
    now = _taken(run, request, kept, stages[-1][1][0])
    (told,) = told_stages(loaded.tokenizer, stages, [(chosen, now)], request.top)
    draft = np.zeros(0, np.float32) if kept.draft is None else kept.draft[told.ids.tolist()].cpu().numpy()
    texts = texts_of(loaded.tokenizer, [chosen, now])
    curve = curve_of(request.strategy, stages)
    return StepShown(told, chosen, texts[0], now, texts[1], draft, curve)


def _taken(run: Remembered, request: StepRequest, kept: Kept, scores: torch.Tensor) -> int:
    """The token that these scores give with the noise of the place."""
    if not request.strategy.draws:
        return int(scores.argmax())
    key = run.request.strategies[request.column].digest()
    place = Place(run.noise, key, request.sample, request.position)
    if kept.draft is None:
        return place.drawn(scores)
    return place.checked(scores, place.drawn(kept.draft.log()), kept.draft)


def _check_shaped(was: Strategy, now: Strategy) -> None:
    if was.name != now.name:
        raise SpecError("strategy", now.name, f"{was.name}, as in the run, with other settings")
    for name in {*was.settings, *now.settings} - _SHAPED_BY:
        if getattr(was, name) != getattr(now, name):
            raise SpecError(
                name, getattr(now, name), f"{getattr(was, name)!r}, as in the run: it needs a new one"
            )


def _remember(loaded: LoadedModel, request: DecodeRequest, begun: Setting, columns: list[Any]) -> None:
    size = _kept_bytes(loaded, request, begun.max_new_tokens)
    run = Remembered(request, begun.prompt_ids, begun.new_from, begun.noise, columns, size)
    runs_of(loaded).add(request.run, run)


def _kept_bytes(loaded: LoadedModel, request: DecodeRequest, room: int) -> int:
    """Raw logits of every row and token, and beside them what a method puts in their place."""
    counts = (
        one.rows * (request.samples if one.draws else 1) * (1 if one.kind.method == "search" else 2)
        for one in request.strategies
    )
    return 4 * vocabulary(loaded) * room * sum(counts)


def _read(loaded: LoadedModel, request: DecodeRequest, begun: Setting) -> str:
    """What stands before the new texts, as text: the prompt as it was typed, then the branch."""
    branch = begun.prompt_ids[begun.new_from :]
    return request.prompt + (loaded.tokenizer.decode(branch, skip_special_tokens=True) if branch else "")


def _outcome(line: Line, judged: float, began: float) -> Outcome:
    log_probs = np.array([one.log_prob for one in line.told], np.float32)
    return Outcome(
        column=line.column,
        sample=line.sample,
        text=line.detokenizer.text,
        ids=np.array(line.ids, np.int32),
        texts=tuple(line.texts),
        log_probs=log_probs,
        ranks=np.array([one.rank for one in line.told], np.int32),
        entropies=np.array([one.entropy for one in line.told], np.float32),
        origins=tuple(line.origins),
        reason=line.reason,
        score=line.score,
        seconds=line.last_at - began,
        first_seconds=line.first_at - began,
        forwards=line.forwards,
        drafted=line.drafted,
        accepted=line.accepted,
        measures=measures_of(line.ids, line.detokenizer.text, log_probs, judged),
    )


def _row(one: torch.Tensor | None) -> torch.Tensor | None:
    return None if one is None else one[None]
