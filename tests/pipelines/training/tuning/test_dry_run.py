"""A step before the training: measured, without a trace, and refused with a mend where it will not fit."""

import gc

import pytest
import torch

from benchmarks.lora_memory import trainer_of
from pipelines.core.errors import GlassworksError
from pipelines.training.tuning import dry_run as module
from pipelines.training.tuning.dry_run import (
    TooLargeError,
    Trial,
    dry_run,
    free_of_limits,
    step_of,
)
from tests.pipelines.training.tuning.families import fresh, spec_of

ROW = 3_500_000  # numbers that a row keeps for the backward pass, of 4 bytes


class Context:
    def __init__(self):
        self.events, self.phases = [], []

    def emit(self, type, **fields):
        self.events.append((type, fields))

    def phase(self, name, *_):
        self.phases.append(name)


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1_000))
        self.seen = []

    def step(self, rows: int) -> None:
        self.seen.append(rows)
        kept = torch.rand(rows, ROW)
        (kept * self.weight[0]).exp().sum().backward()


def trial(model, **changed) -> Trial:
    return Trial(**{"model": model, "step": model.step, "longest": 100, "mean": 50.0, "steps": 10, **changed})


def test_it_measures_and_leaves_no_trace():
    model, context, spec = (
        Model(),
        Context(),
        spec_of("instruct", batch_size=8, gradient_accumulation_steps=3),
    )
    torch.manual_seed(4)
    before = torch.rand(1)
    torch.manual_seed(4)
    held = module.Meter(torch.device("cpu")).held()  # other tests of this process have left what they needed
    found = dry_run(spec, context, trial(model))
    assert torch.equal(torch.rand(1), before)
    assert model.weight.grad is None and model.seen[-1] == 8
    ((name, fields),) = context.events
    assert name == "measured" and fields["memory_bytes"] == found.memory_bytes
    assert context.phases == ["measuring a step"]
    assert found.seconds == pytest.approx(10 * found.seconds_per_step / 2)
    rows = 8 * ROW * 4  # their exponentials and gradients come on top
    assert 2 * rows < found.memory_bytes - held < 7 * rows


def test_what_will_not_fit_is_not_tried(monkeypatch):
    model = Model()
    monkeypatch.setattr(module.Meter, "free", lambda self, *_: 10 * ROW * 4)
    with pytest.raises(
        TooLargeError, match="Try batch_size 128 and gradient_accumulation_steps 2"
    ) as refused:
        dry_run(spec_of("instruct", batch_size=256), Context(), trial(model))
    assert model.seen == [1, 1, 2]
    half, again = refused.value.mends
    assert half == {"batch_size": 128, "gradient_accumulation_steps": 2}
    assert again == {"gradient_checkpointing": True}
    assert isinstance(refused.value, GlassworksError)


class Garbage:
    """Held by nobody but itself, until the collector comes by."""

    def __init__(self, size: int):
        self.held, self.itself = torch.ones(size, dtype=torch.uint8), self


def test_what_goes_during_a_step_hides_nothing_of_what_it_takes(monkeypatch):
    model = Model()
    monkeypatch.setattr(module.Meter, "free", lambda self, *_: 10 * ROW * 4)

    def step(rows):
        gc.collect()
        model.step(rows)

    gc.disable()
    try:
        Garbage(800_000_000)
        with pytest.raises(TooLargeError):
            dry_run(spec_of("instruct", batch_size=32), Context(), trial(model, step=step))
    finally:
        gc.enable()
    assert max(model.seen) == 2


def test_what_the_process_keeps_of_freed_memory_hides_nothing_either(monkeypatch):
    model = Model()
    monkeypatch.setattr(module.Meter, "free", lambda self, *_: 10 * ROW * 4)
    torch.empty(31 << 20, dtype=torch.uint8)  # once freed, blocks up to this size come from the heap
    blocks = [torch.ones(3_500_000) for _ in range(40)]
    above = torch.ones(1_000)
    del blocks
    with pytest.raises(TooLargeError):
        dry_run(spec_of("instruct", batch_size=32), Context(), trial(model))
    assert max(model.seen) == 2 and above.sum() == 1_000


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_a_refused_allocation_says_the_same(error):
    def step(rows):
        if rows == 4:
            raise error

    with pytest.raises(TooLargeError, match="Try batch_size 2 and gradient_accumulation_steps 6"):
        dry_run(
            spec_of("instruct", batch_size=4, gradient_accumulation_steps=3),
            Context(),
            trial(Model(), step=step),
        )


def test_another_fault_stays_what_it_is():
    def step(rows):
        raise RuntimeError("shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="multiplied"):
        dry_run(spec_of("instruct"), Context(), trial(Model(), step=step))


def test_the_limit_of_the_control_group_counts(tmp_path):
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    2000000 kB\n")
    assert free_of_limits(tmp_path, tmp_path) == 2_000_000 * 1024
    (tmp_path / "memory.max").write_text("1000000000\n")
    (tmp_path / "memory.current").write_text("700000000\n")
    (tmp_path / "memory.stat").write_text("anon 5\ninactive_file 100000000\n")
    assert free_of_limits(tmp_path, tmp_path) == 400_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_of_limits(tmp_path, tmp_path) == 2_000_000 * 1024


@pytest.mark.parametrize("checkpointing", [False, True])
def test_a_step_of_the_real_trainer(tmp_path, checkpointing):
    spec = spec_of(
        "instruct", batch_size=4, max_length=16, precision="fp32", gradient_checkpointing=checkpointing
    )
    model = fresh("llama", "instruct")
    trainer = trainer_of(spec, model, 3, tmp_path)
    rows = [trainer.train_dataset[place] for place in range(4)]
    weights = {name: p.detach().clone() for name, p in trainer.model.named_parameters()}
    step = step_of(trainer, lambda count: trainer.data_collator(rows[:count]))
    found = dry_run(spec, Context(), Trial(trainer.model, step, longest=16, mean=16.0, steps=3))
    assert found.seconds_per_step > 0 and found.seconds == pytest.approx(3 * found.seconds_per_step)
    assert all(torch.equal(weights[name], p) for name, p in trainer.model.named_parameters())
    assert all(p.grad is None for p in trainer.model.parameters())
    if not checkpointing:
        trainer.train()
        assert any(not torch.equal(weights[n], p) for n, p in trainer.model.named_parameters())
