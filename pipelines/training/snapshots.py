"""Snapshots: the model as it stood at some steps of a run, to be looked at and compared later.

An ordinary model folder each, weights and tokenizer alone: nothing goes on from it, which is what checkpoints
are for. It goes by the name ``run/<job id>@<step>``, also while the run goes on.
"""

import time

from transformers import PreTrainedModel, PreTrainedTokenizerFast

from pipelines.core.disk import free_bytes
from pipelines.core.files import replacing, write_json
from pipelines.jobs.context import JobContext
from pipelines.training.artifact import write_model
from pipelines.training.checkpoints import kept_steps
from pipelines.training.specs import PretrainSpec

_ROOM = 20_000_000  # bytes that are left for the checkpoint that follows, beside the weights


def save_snapshot(
    context: JobContext,
    spec: PretrainSpec,
    step: int,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    """Keep the model as it stands, if this step is one to keep. Where the disk has no room for it, the run
    goes on without, and says so."""
    if step not in kept_steps(spec.max_steps, spec.checkpoint_every, spec.keep_checkpoints):
        return
    place = context.dir.snapshot(step)
    context.dir.snapshots.mkdir(exist_ok=True)
    if free_bytes(context.dir.snapshots) < 2 * model.num_parameters() + _ROOM:
        context.notice(f"The model of step {step} was not kept to look at: the disk has no room for it.")
        return
    with replacing(place) as beside:
        write_model(beside, model, tokenizer)
        name = f"{spec.name or context.job_id}, step {step}"
        write_json(beside / "glassworks.json", {"name": name, "step": step, "created": time.time()})
