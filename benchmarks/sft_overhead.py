"""Claims: an SFT job trains at least 1.5 times as fast as TRL as it comes, to the same loss; and what makes
it a job (events, curves, control) costs at most 3 % against the same plain TRL script.

    python -m benchmarks.sft_overhead [--rows 320] [--method lora] [--base house/story-base]

Three trainers tune the same model on the same encoded rows, one pass over them, and take turns step by step,
so that whatever else the machine does falls on all:

job    the trainer of the job kind ``sft`` with its callback, in a job's folder, with its heartbeat
same   TRL's SFTTrainer told the same: precision, no gradient checkpointing, the same batches
as is  TRL's SFTTrainer as it comes, with the batch size of the others alone

Prints tokens/s of each (padding not counted), the loss of each on held-out rows, before and after, both
ratios, and the time spent in the job's callback alone.
"""

import argparse
import contextlib
import copy
import io
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from accelerate.state import AcceleratorState
from torch.utils.data import DataLoader
from transformers import TrainerCallback
from transformers.utils import logging
from trl import SFTConfig, SFTTrainer

from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import JobDir
from pipelines.training.callback import JobCallback, Watch
from pipelines.training.corpora import CorpusStore
from pipelines.training.corpus import documents
from pipelines.training.rows.examples import Completion
from pipelines.training.speed import Speed
from pipelines.training.tuning.base import Base, base_of
from pipelines.training.tuning.deck import Deck
from pipelines.training.tuning.encode import encode
from pipelines.training.tuning.losses import nats_of
from pipelines.training.tuning.methods import prepare
from pipelines.training.tuning.pace import pace_of
from pipelines.training.tuning.rows import Rows, gathered
from pipelines.training.tuning.specs import SftSpec
from pipelines.training.tuning.trainer import Lesson, TuneTrainer, sft_arguments

WARM_UP = 3
HELD_OUT = 24
_NONE = {
    "eval_strategy": "no",
    "eval_on_start": False,
    "save_strategy": "no",
    "load_best_model_at_end": False,
}


class Baton:
    """Lets several threads work one step each in turn."""

    def __init__(self, runners: int):
        self._turns = [threading.Event() for _ in range(runners)]
        self._running = set(range(runners))
        self._turns[0].set()

    def take(self, runner: int) -> None:
        self._turns[runner].wait()

    def pass_on(self, runner: int, ended: bool = False) -> None:
        self._turns[runner].clear()
        if ended:
            self._running.discard(runner)
        later = sorted(self._running, key=lambda other: (other <= runner, other))
        if later:
            self._turns[later[0]].set()


class TakeTurns(TrainerCallback):
    """``seconds`` of each step with all that belongs to it, but the steps of the others."""

    def __init__(self, baton: Baton, runner: int):
        self._baton, self._runner = baton, runner
        self.seconds: list[float] = []

    def on_train_begin(self, args, state, control, **_):
        self._since = time.perf_counter()

    def on_step_end(self, args, state, control, **_):
        self.seconds.append(time.perf_counter() - self._since)
        self._baton.pass_on(self._runner)
        self._baton.take(self._runner)
        self._since = time.perf_counter()


class TimedCallback(JobCallback):
    """``spent`` are the seconds inside the job's callback."""

    spent = 0.0

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return self._timed(found) if name in ("on_step_end", "on_log") else found

    def _timed(self, call):
        def timed(*args, **kwargs):
            begun = time.perf_counter()
            try:
                return call(*args, **kwargs)
            finally:
                self.spent += time.perf_counter() - begun

        return timed


class SameBatches(SFTTrainer):
    """TRL's trainer on the batches of the job."""

    deck: Deck

    def get_train_dataloader(self) -> DataLoader:
        loader = DataLoader(
            self.train_dataset, batch_sampler=self.deck.batches, collate_fn=self.data_collator
        )
        return self.accelerator.prepare(loader)


def rows_of(spec: SftSpec, base: Base, count: int) -> Rows:
    """Stories of the bundled sample: the first sentences are given, the rest is learnt."""
    file = CorpusStore(Settings()).path("sample")

    def encoded() -> Iterator[tuple[int, Any, Any]]:
        for number, text in zip(range(count), documents(file), strict=False):
            cut = text.find(".", 40 + 25 * (number % 8)) + 1
            row = Completion(number, f"Go on: {text[:cut]}", text[cut:].strip())
            found = encode(row, base.tokenizer, spec)
            yield number, found.input_ids, found.trained

    return gathered(encoded())


def job_trainer(lesson: Lesson, model: Any, pace: Any, arguments: SFTConfig, folder: Path) -> Any:
    job = JobDir(folder / "job")
    job.create("sft", "0123456789ab", {})
    context = JobContext(job, "0123456789ab")
    context.__enter__()
    trainer = TuneTrainer(model, lesson, pace.numerics, arguments)
    trainer.job_callback = TimedCallback(context, Watch(lesson.deck.tokens_at))
    trainer.add_callback(trainer.job_callback)
    trainer.leave = lambda: context.__exit__(None, None, None)
    return trainer


def plain_trainer(kind: type, lesson: Lesson, model: Any, arguments: SFTConfig) -> Any:
    trainer = kind(
        model=model,
        args=arguments,
        train_dataset=lesson.training.dataset(),
        processing_class=lesson.tokenizer,
    )
    trainer.deck = lesson.deck
    return trainer


def arguments_of(spec: SftSpec, steps: int, folder: Path) -> dict[str, SFTConfig]:
    ours = sft_arguments(spec, steps, folder, use_cpu=True, measure_first=False)
    for name, value in _NONE.items():
        setattr(ours, name, value)
    same = copy.deepcopy(ours)
    same.bf16, same.mixed_precision = True, "bf16"
    skip = {"dataset_kwargs": {"skip_prepare_dataset": True}, "report_to": "none", "disable_tqdm": True}
    as_is = SFTConfig(
        str(folder),
        max_steps=steps,
        per_device_train_batch_size=spec.batch_size,
        learning_rate=spec.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=ours.warmup_steps,
        use_cpu=True,
        save_strategy="no",
        **skip,
    )
    return {"job": ours, "same": same, "as is": as_is}


def loss_of(model: Any, rows: Rows, pad_id: int) -> float:
    with torch.autocast("cpu", torch.bfloat16):
        nats, counts = nats_of(model, [rows[place] for place in range(len(rows))], pad_id)
    return float(nats.sum() / counts.sum())


def measured(spec: SftSpec, count: int, folder: Path) -> dict[str, Any]:
    settings = Settings()
    base = base_of(spec, settings)
    rows = rows_of(spec, base, count + HELD_OUT)
    training, held_out = rows.chosen(range(count)), rows.chosen(range(count, len(rows)))
    steps = count // spec.batch_size
    lengths = tuple(training.lengths.tolist())
    lesson = Lesson(training, held_out, Deck(lengths, spec.batch_size, 1, steps, spec.seed), base.tokenizer)
    device = torch.device("cpu")
    models = {name: prepare(base.load(spec, device), spec).model for name in ("job", "same", "as is")}
    pace = pace_of(spec, base.size, models["job"], lesson.deck, device, Speed(settings))
    told = arguments_of(spec, steps, folder)
    job = job_trainer(lesson, models["job"], pace, told["job"], folder)
    AcceleratorState._reset_state()  # the job has autocast of its own, the others leave it to accelerate
    trainers = {
        "job": job,
        "same": plain_trainer(SameBatches, lesson, models["same"], told["same"]),
        "as is": plain_trainer(SFTTrainer, lesson, models["as is"], told["as is"]),
    }
    before = loss_of(models["job"], held_out, lesson.pad_id)
    with contextlib.redirect_stdout(io.StringIO()):  # each trainer tells its steps
        turns = in_turn(trainers)
    trainers["job"].leave()
    return {
        "tokens": sum(lengths[row] for batch in lesson.deck.batches[WARM_UP:] for row in batch),
        "seconds": {name: sum(turn.seconds[WARM_UP:]) for name, turn in turns.items()},
        "before": before,
        "loss": {name: loss_of(model, held_out, lesson.pad_id) for name, model in models.items()},
        "callback": trainers["job"].job_callback.spent / sum(turns["job"].seconds),
        "compiled": pace.numerics.compiled,
        "steps": steps,
    }


def in_turn(trainers: dict[str, Any]) -> dict[str, TakeTurns]:
    baton = Baton(len(trainers))
    turns = {name: TakeTurns(baton, place) for place, name in enumerate(trainers)}

    def work(place: int, name: str) -> None:
        baton.take(place)
        try:
            trainers[name].add_callback(turns[name])
            trainers[name].train()
        finally:
            baton.pass_on(place, ended=True)

    threads = [threading.Thread(target=work, args=(place, name)) for place, name in enumerate(trainers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return turns


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", default="house/story-base")
    parser.add_argument("--rows", type=int, default=320)
    parser.add_argument("--method", default="lora")
    asked = parser.parse_args()
    logging.set_verbosity_error()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1))
    spec = SftSpec(base=asked.base, dataset="sample:stories", method=asked.method, chat_template="house")
    spec = replace(spec, num_epochs=1)
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        found = measured(spec, asked.rows, Path(folder))
    seconds = found["seconds"]
    print(
        f"{asked.base}, {asked.method}, {found['steps']} steps of {spec.batch_size} rows, "
        f"{'compiled' if found['compiled'] else 'not compiled'}, {torch.get_num_threads()} threads, "
        f"load before {load:.1f}"
    )
    print(f"loss on held-out rows before  {found['before']:.4f}")
    for name in seconds:
        rate = found["tokens"] / seconds[name]
        print(f"{name:6} {rate:10,.0f} tokens/s   loss {found['loss'][name]:.4f}")
    print(f"job / as is      {seconds['as is'] / seconds['job']:6.2f} (claim: at least 1.5)")
    print(f"job over same    {seconds['job'] / seconds['same'] - 1:+6.1%} (claim: at most +3 %)")
    print(f"job's callback   {found['callback']:6.2%} of its steps")


if __name__ == "__main__":
    main()
