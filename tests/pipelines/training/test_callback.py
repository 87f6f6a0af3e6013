"""JobCallback against the Trainer's own state objects: phases and what is asked, without a training."""

import json
import math
from contextlib import contextmanager

import pytest
from transformers import TrainerControl, TrainerState, TrainingArguments

from pipelines.core.errors import GlassworksError
from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import Action
from pipelines.training.callback import JobCallback, Watch


@pytest.fixture
def job(tmp_path):
    (tmp_path / "job").mkdir()
    return JobDir(tmp_path / "job")


def steps(job, count, **watch):
    """A callback that went through the beginning and ``count`` steps; and the control it left."""
    callback = JobCallback(JobContext(job, "x"), Watch(tokens_at=lambda step: 8 * step, **watch))
    arguments = TrainingArguments(output_dir=str(job.checkpoints), use_cpu=True, report_to="none")
    state, control = TrainerState(max_steps=count), TrainerControl()
    callback.on_train_begin(arguments, state, control)
    for step in range(1, count + 1):
        state.global_step = step
        callback.on_step_end(arguments, state, control)
    return callback, control


def phases(job):
    events = [json.loads(line) for line in job.events_file.read_text().splitlines()]
    return [event["phase"] for event in events if event["type"] == "phase"]


@pytest.mark.parametrize(
    ("compiled", "expected"), [(False, ["training"]), (True, ["compiling the model", "training"])]
)
def test_the_compilation_is_a_phase_until_the_first_step_is_done(job, compiled, expected):
    steps(job, 3, compiled=compiled)
    assert phases(job) == expected


@pytest.mark.parametrize("field", ["warmup_ratio", "warmup_steps"])
def test_a_loss_that_is_no_number_names_the_settings_that_there_are(job, field):
    callback = JobCallback(JobContext(job, "x"), Watch(tokens_at=lambda step: step, warm_up=field))
    with pytest.raises(GlassworksError, match=f"step 7: lower learning_rate, or raise {field}"):
        callback.on_log(None, TrainerState(global_step=7), None, {"loss": math.nan})


@pytest.mark.parametrize(
    ("action", "saves"), [(Action.PAUSE, True), (Action.STOP, True), (Action.CANCEL, False)]
)
def test_what_is_asked_ends_the_training_and_only_cancel_saves_nothing(job, action, saves):
    job.ask(action)
    callback, control = steps(job, 1)
    assert (callback.asked, control.should_training_stop, control.should_save) == (action, True, saves)


def test_each_corpus_has_its_figures_and_bits_only_where_bytes_are_known(job):
    watch = Watch(lambda step: 8 * step, bytes_per_token={"": 4.0})
    callback = JobCallback(JobContext(job, "x"), watch)
    arguments = TrainingArguments(output_dir=str(job.checkpoints), use_cpu=True, report_to="none")
    metrics = {"eval_loss": 2 * math.log(2), "eval_second_loss": 1.0, "eval_runtime": 3.0}
    callback.on_evaluate(arguments, TrainerState(global_step=7), TrainerControl(), metrics)
    (event,) = (json.loads(line) for line in job.events_file.read_text().splitlines())
    assert event["step"] == 7 and event["bits_per_byte"] == pytest.approx(0.5)
    assert event["perplexity"] == pytest.approx(4) and event["second_perplexity"] == pytest.approx(math.e)
    assert "second_bits_per_byte" not in event and "runtime" not in event


def test_samples_are_drawn_with_the_weights_to_show(job):
    """Not with those in training, where an average is kept of them."""
    shown, inside = [], []

    @contextmanager
    def averaged():
        inside.append(True)
        yield
        inside.clear()

    callback = JobCallback(
        JobContext(job, "x"),
        Watch(lambda step: step, on_checkpoint=lambda step: shown.append((step, *inside))),
    )
    callback.weights = averaged
    arguments = TrainingArguments(output_dir=str(job.checkpoints), use_cpu=True, report_to="none")
    callback.on_train_begin(arguments, TrainerState(max_steps=3), TrainerControl())
    assert shown == [(0, True)]
