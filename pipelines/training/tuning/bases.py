"""Whether a base can learn a task, by its entry alone. Torch-free."""

from pipelines.core.errors import SpecError
from pipelines.models.entries import ModelEntry
from pipelines.training.tuning.specs import TuneSpec

_CAN = {
    "causal-lm": "a model that goes on with a text",
    "encoder": "an encoder such as MiniLM",
    "masked-lm": "a model that guesses hidden words",
}


def check_base(spec: TuneSpec, entry: ModelEntry | None) -> None:
    """Raise :class:`SpecError` naming ``base`` unless it can what the task starts from. None is a
    model that is not here yet, of which nothing is known."""
    if entry is not None and entry.capabilities.isdisjoint(spec.what.bases):
        accepted = " or ".join(_CAN[capability] for capability in spec.what.bases)
        raise SpecError("base", entry.name, f"for the task {spec.task} {accepted}")
    if entry is not None and entry.virtual_tokens:
        accepted = "a model that is all weights; this one puts virtual tokens before each text: take its base"
        raise SpecError("base", entry.name, f"{accepted}, {entry.adapter_of}")


def check_teacher(spec: TuneSpec, entry: ModelEntry | None) -> None:
    """Raise :class:`SpecError` naming ``teacher`` unless it can do what its student is to learn."""
    if entry is not None and entry.capabilities.isdisjoint(spec.what.bases):
        is_one = ", ".join(sorted(entry.capabilities)) or entry.architecture
        accepted = f"{_CAN['causal-lm']} (causal-lm), which this one ({is_one}) is not"
        raise SpecError("teacher", entry.name, accepted)
