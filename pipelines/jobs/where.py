"""Which kinds of job can run where. On ZeroGPU a GPU is lent to one call for a minute or two; a job is a
process of its own that gets none.
"""

from pipelines.core.errors import ConflictError
from pipelines.core.settings import Settings
from pipelines.jobs.kinds import MODEL, kind_named, result_of

INSTEAD = (
    "give the Space a GPU or a CPU of its own (Settings → Hardware), or train on your own machine; the "
    "script that a tuning exports there is also one for Hugging Face Jobs (hf jobs uv run --flavor "
    "a10g-small train.py)"
)


def check_runs_here(kind: str, settings: Settings) -> None:
    """Raise ConflictError, with what to do instead, for a kind that cannot run where this app does."""
    if settings.zero_gpu and trains(kind):
        raise ConflictError(
            f"{kind_named(kind).title} does not run on this Space: ZeroGPU lends a GPU for a minute or two "
            f"at a time, and training holds one for longer. Instead, {INSTEAD}."
        )


def trains(kind: str) -> bool:
    """Whether it makes a model. The others (cleaning, tokenizers, evaluation, prompts) are well on a CPU."""
    return result_of(kind) is MODEL
