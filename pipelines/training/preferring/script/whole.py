"""The script of a run on preferences or rewards as a whole: which parts it needs, in their order."""

from collections.abc import Sequence
from textwrap import fill

from pipelines.training.preferring.online.specs import OnlineSpec
from pipelines.training.preferring.script import compared, rewarded
from pipelines.training.preferring.specs import DpoSpec, PreferSpec, RewardSpec
from pipelines.training.tuning.names import HEADS
from pipelines.training.tuning.script import base, causal, head, method, order, training
from pipelines.training.tuning.script.facts import Facts, Part
from pipelines.training.tuning.script.whole import assembled

_SAYS = '''\
"""A training on {what} as a script of its own: {{libraries}} do the work.

    uv run train.py                    # fetches the libraries that the lines above name
    python train.py --base FOLDER      # with libraries that are here already

{about}
"""
'''
_ABOUT = (
    "train.jsonl and validation.jsonl beside this file are the rows of the run, split as they were, and the "
    "settings are those of the run. {same} Left out, as they change no weight: pausing and resuming, samples "
    "on the way and the measures on general text."
)
_SAME = "The order of the batches is the run's too, so that its losses come out again, up to rounding."
_OTHER = "The order of the rows and the random numbers are TRL's own, so that its losses are near, not equal."
_WIDE = 108  # characters of a line
_CAUSAL, _SCORED = "AutoModelForCausalLM", "AutoModelForSequenceClassification"
_HEAD = {"num_labels": "1", "pad_token_id": "tokenizer.pad_token_id"}


def script_of(spec: PreferSpec | RewardSpec, facts: Facts) -> str:
    """The text of ``train.py``. Raises :class:`GlassworksError` for what has no script."""
    what = "rewards" if isinstance(spec, OnlineSpec) else "preferences"
    about = _ABOUT.format(same=_SAME if isinstance(spec, DpoSpec) else _OTHER)
    says = _SAYS.format(what=what, about=fill(about, _WIDE))
    return assembled(_parts(spec, facts), facts, head.docstring(spec, facts, says))


def _parts(spec: PreferSpec | RewardSpec, facts: Facts) -> Sequence[Part]:
    return (
        head.options(facts),
        order.settings(spec),
        base.precision(spec, facts),
        base.chained(facts, _CAUSAL),
        base.tokenizer(),
        causal.tokens(spec, facts),
        compared.rows(spec),
        *([order.batches()] if isinstance(spec, DpoSpec) else []),
        _model(spec, facts),
        method.method(spec, facts),
        training.muon(spec),
        *_taught(spec, facts),
    )


def _model(spec: PreferSpec | RewardSpec, facts: Facts) -> Part:
    if isinstance(spec, RewardSpec):
        why = "the new head begins at random"
        return base.model(spec, facts, _SCORED, [*HEADS], _HEAD, why)
    return base.model(spec, facts, _CAUSAL, [*HEADS, "decoder"], {})


def _taught(spec: PreferSpec | RewardSpec, facts: Facts) -> Sequence[Part]:
    if isinstance(spec, OnlineSpec):
        parts = rewarded.functions(spec), rewarded.ends(facts), rewarded.trainer(spec, facts)
        return *parts, rewarded.going(spec, facts)
    return compared.trainer(spec, facts), compared.going(spec, facts)
