"""Models that fill gaps, with random weights, put into a data folder as finished runs: no training is needed
to see how they are shown.
"""

from pathlib import Path

from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.states import JobState

_TEXT = "Anna found a red kite by the river. The little dog barked at the cat. Once upon a time. "
_IDS = {"bert": "0123456789ac", "t5": "0123456789ad"}
_CONTEXT = 64
_SIZES = {"num_layers": 1, "hidden_size": 32, "num_heads": 2, "num_kv_heads": 2, "intermediate_size": 32}


def add_gap_models(home: Path) -> dict[str, str]:
    """Architecture → the name of its model, for ``bert`` and ``t5``."""
    from pipelines.training.objectives import objective_of
    from pipelines.training.specs import PretrainSpec
    from pipelines.training.tokenizer import train_tokenizer

    words = train_tokenizer([_TEXT] * 10, 400, sentinels=8)
    for architecture, job_id in _IDS.items():
        spec = PretrainSpec(architecture=architecture, context_length=_CONTEXT, **_SIZES)
        job = JobDir(home / "runs" / job_id)
        if job.left():
            continue  # of another module on the same app
        job.create("pretrain", job_id, {})
        objective_of(architecture).build(spec, words).save_pretrained(job.artifact)
        words.save_pretrained(job.artifact)
        job.leave(Exit(JobState.SUCCEEDED))
    return {architecture: f"run/{job_id}" for architecture, job_id in _IDS.items()}
