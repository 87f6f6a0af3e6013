"""The script as a whole: which parts a run needs, in their order."""

from collections.abc import Sequence

from pipelines.training.measure import EVAL_TOKENS
from pipelines.training.tuning.names import HEADS
from pipelines.training.tuning.script import base, causal, head, method, order, training
from pipelines.training.tuning.script.encoders import of_encoder
from pipelines.training.tuning.script.facts import Facts, Part
from pipelines.training.tuning.specs import EncoderSpec, SftSpec


def script_of(spec: SftSpec | EncoderSpec, facts: Facts) -> str:
    """The text of ``train.py``. Raises :class:`GlassworksError` for a method that has no script."""
    return assembled(_parts(spec, facts), facts, head.docstring(spec, facts))


def assembled(parts: Sequence[Part], facts: Facts, docstring: str) -> str:
    """The parts as one file, under what they need."""
    packages = {name for one in parts for name in one.packages}
    body = _joined([one.code for one in parts if one.code])
    return "\n".join(
        (head.metadata(facts, packages).rstrip("\n"), docstring, head.imports_of(parts), "", body)
    )


def _parts(spec: SftSpec | EncoderSpec, facts: Facts) -> Sequence[Part]:
    return _of_causal(spec, facts) if isinstance(spec, SftSpec) else of_encoder(spec, facts)


def _of_causal(spec: SftSpec, facts: Facts) -> Sequence[Part]:
    auto = "AutoModelForCausalLM"
    return (
        head.options(facts),
        order.settings(spec),
        base.precision(spec, facts),
        base.chained(facts, auto),
        base.tokenizer(),
        causal.tokens(spec, facts),
        causal.reading(spec, facts),
        causal.rows(EVAL_TOKENS),
        order.batches(),
        order.plan(spec, facts.tokens),
        base.model(spec, facts, auto, [*HEADS, "decoder"], {}),
        method.method(spec, facts),
        training.muon(spec),
        training.sft_trainer(spec, facts),
        training.sft_going(spec, facts),
    )


def _joined(codes: Sequence[str]) -> str:
    """Two empty lines around what defines functions or classes, one between others."""
    text = ""
    for code in codes:
        wide = code.startswith(("def ", "class ", "@")) or _ends_inside(text)
        text += ("\n\n\n" if wide else "\n\n") * bool(text) + code
    return text + "\n"


def _ends_inside(text: str) -> bool:
    """Whether the last line stands inside a function or class."""
    return text.rpartition("\n")[2].startswith(" ")
