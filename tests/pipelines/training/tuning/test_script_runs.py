"""The script that a visitor takes away learns what the job has learnt: the same losses at every step and the
same measures, in a process that cannot see the repository."""

from functools import partial
from pathlib import Path

import pytest

from pipelines.jobs.job_dir import JobDir
from tests.support import repeated

_CLOSE = 1e-4  # nats; about 1e-6 is usual

_COMMON = {
    "max_steps": 6,
    "batch_size": 4,
    "learning_rate": 0.01,
    "eval_every": 3,
    "validation_share": 0.2,
    "precision": "fp32",
}
_CAUSAL = {**_COMMON, "compile": False, "check_forgetting": False, "sample_tokens": 1, "max_length": 64}
_LORA = {"method": "lora", "lora_r": 4}
_llama = partial(repeated.causal_base, family="llama")
_unmarked = partial(repeated.causal_base, family="gpt2", template=repeated.UNMARKED)
_dropping = partial(repeated.encoder_base, hidden_dropout_prob=0.1)
# Each crosses several of the choices, so that every choice is run once.
_RUNS = {  # name → (job, base, rows, fields)
    "instruct": ("sft", _llama, "chat", {**_CAUSAL, **_LORA, "chat_template": "house", "max_length": 96}),
    "continue": (
        "sft",
        _llama,
        "continue",
        {
            **_CAUSAL,
            "task": "continue",
            "method": "full",
            "max_steps": 0,
            "num_epochs": 0.9,
            "gradient_accumulation_steps": 2,
            "weight_decay": 0.1,
            "schedule": "linear",
            "warmup_ratio": 0.2,
            "max_grad_norm": 0.5,
            "max_length": 32,
        },
    ),
    "unmarked": (
        "sft",
        _unmarked,
        "chat",
        {**_CAUSAL, **_LORA, "use_rslora": True, "optimizer": "muon", "trainable_tokens": ["<|user|>"]},
    ),
    "classify": (
        "encoder",
        repeated.encoder_base,
        "classify",
        {**_COMMON, **_LORA, "max_length": 16, "task": "classify"},
    ),
    "answer": (
        "encoder",
        _dropping,
        "answer",
        {**_COMMON, **_LORA, "max_length": 20, "lora_dropout": 0.2, "task": "answer"},
    ),
    "fill": (
        "encoder",
        repeated.encoder_base,
        "fill",
        {**_COMMON, **_LORA, "max_length": 16, "task": "fill", "gradient_accumulation_steps": 2},
    ),
}


@pytest.fixture(scope="module")
def run_of(tmp_path_factory):
    """``run_of(name)`` → (its job, the folder in which its script has run); the runs of one job kind go
    together, as what takes longest is to load the libraries."""
    folder, done = tmp_path_factory.mktemp("runs"), {}

    def find(name: str):
        kind = _RUNS[name][0]
        if name not in done:
            together = [one for one, told in _RUNS.items() if told[0] == kind]
            done.update({one: _carried_out(one, folder) for one in together})
            repeated.run_scripts(*(folder / one / "taken" for one in together))
        return done[name], folder / name / "taken"

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSWORKS_HOME", str(folder / "home"))
        patch.setenv("GLASSWORKS_DEVICE", "cpu")
        yield find


def _carried_out(name: str, folder: Path) -> JobDir:
    kind, base, rows, fields = _RUNS[name]
    here = folder / name
    here.mkdir()
    told = {**fields, "base": base(here / "base"), "dataset": repeated.write_rows(here / "rows.jsonl", rows)}
    job = repeated.carried_out(kind, told, here / "job")
    repeated.taken_away(job, kind, told, here / "taken")
    return job


@pytest.mark.slow
@pytest.mark.timeout(1200)  # the first of each kind carries out the runs of all
@pytest.mark.process
@pytest.mark.parametrize("name", _RUNS)
def test_the_script_repeats_the_run(run_of, name):
    job, folder = run_of(name)
    losses, measures = repeated.of_script(folder)
    wanted, measured = repeated.of_job(job)
    assert list(losses) == list(wanted)
    assert losses == pytest.approx(wanted, abs=_CLOSE)
    assert "same?" not in (folder / "printed.txt").read_text(), "it has read other tokens"
    for step, found in measured.items():
        both = {
            measure: found[measure] for measure in measures[step] if measure in found and measure != "step"
        }
        assert both == pytest.approx({measure: measures[step][measure] for measure in both}, abs=_CLOSE)
        assert "loss" in both
