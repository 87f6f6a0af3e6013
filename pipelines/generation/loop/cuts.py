"""The cuts of the truncating processors, each alone on one and the same distribution, so that they can be
compared: within a strategy each of them sees only what the one before has left.
"""

from collections.abc import Sequence

import numpy as np
import torch

from pipelines.generation.comparing import Curve, Cut
from pipelines.generation.loop.processors import warpers
from pipelines.generation.loop.shaping import Stage
from pipelines.generation.strategy import Strategy
from pipelines.generation.strategy_names import KINDS, WARPERS

CUTTING = tuple(setting for setting in WARPERS if setting != "temperature")
USUAL = {name: value for kind in KINDS.values() for name, value in kind.defaults.items() if name in CUTTING}
_OFF = Strategy()
_POINTS = 96  # of a curve that is drawn some hundred pixels wide


def curve_of(asked: Strategy, stages: Sequence[Stage]) -> Curve:
    """``stages`` are one row's, scores [1, vocabulary], as ``shaping.stages_of`` makes them with ``asked``.
    The cuts stand on the last stage before the first of them; a setting that is off in ``asked`` is put in
    with the value of the strategy that has its name."""
    scores = stages[0][1]
    cutting = {name for name, _ in warpers(asked, scores.device)} - {"temperature"}
    names = [name for name, _ in stages]
    at = next((at for at, name in enumerate(names) if name in cutting), len(names)) - 1
    falling = stages[at][1].sort(descending=True).values
    falling = falling[:, : int((falling > float("-inf")).sum())]
    probs = falling.softmax(-1)[0]
    ranks = np.unique(np.geomspace(1, len(probs), _POINTS).round().astype(np.int32))
    places = torch.from_numpy(ranks - 1).long().to(probs.device)
    cuts = tuple(_cut(asked, setting, falling, probs) for setting in CUTTING)
    return Curve(names[at], ranks, probs[places].cpu().numpy(), cuts)


def _cut(asked: Strategy, setting: str, falling: torch.Tensor, probs: torch.Tensor) -> Cut:
    """``falling`` [1, tokens] are scores from the best on, ``probs`` [tokens] their probabilities."""
    value = getattr(asked, setting)
    on = asked.draws and value != getattr(_OFF, setting)
    value = value if on else USUAL[setting]
    ((_, processor),) = warpers(Strategy(**{setting: value}), falling.device)
    kept = processor(torch.empty(1, 0, dtype=torch.long), falling.clone())[0] > float("-inf")
    places = kept.nonzero()[:, 0]
    mass = float(probs[kept].sum().clamp_max(1))
    return Cut(setting, float(value), bool(on), int(places[0]) + 1, int(places[-1]) + 1, len(places), mass)
