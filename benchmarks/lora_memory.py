"""Claim: LoRA on all linear layers of a GPT-2 with 124 million parameters fits in 3 GB on the CPU.

    python -m benchmarks.lora_memory [--batch 8] [--length 256] [--steps 3] [--method lora] …

The trainer, loss and defaults of a fine-tuning job, with gradient checkpointing as it is offered where memory
is short, on a model with random weights and random tokens, all of them learnt. Prints the peak of this
process's resident memory, libraries included, its ratio to 3 GB, and what the estimate had said.
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast
from transformers.utils import logging

from benchmarks.house_size import save_house_size
from pipelines.training.machine import autocast_dtype
from pipelines.training.trainer import Numerics
from pipelines.training.tuning.deck import Deck
from pipelines.training.tuning.footprint import memory_by_part
from pipelines.training.tuning.methods import prepare
from pipelines.training.tuning.rows import Rows
from pipelines.training.tuning.shapes import shapes_of
from pipelines.training.tuning.specs import SftSpec
from pipelines.training.tuning.trainer import Lesson, TuneTrainer, sft_arguments

CLAIM = 3e9


def tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """Any that loads: the trainer asks for one, and the tokens are random."""
    made = PreTrainedTokenizerFast.from_pretrained(save_house_size(folder))
    made.pad_token = made.eos_token = "<|end|>"
    return made


def random_rows(count: int, length: int, vocabulary: int) -> Rows:
    ids = np.random.default_rng(0).integers(1, vocabulary, count * length, dtype=np.int32)
    return Rows(ids, np.ones(len(ids), bool), np.arange(1, count + 1) * length, np.arange(1, count + 1))


def trainer_of(spec: SftSpec, model: torch.nn.Module, steps: int, folder: Path) -> TuneTrainer:
    rows = random_rows(spec.batch_size * steps, spec.max_length, model.config.vocab_size)
    deck = Deck(tuple(rows.lengths.tolist()), spec.batch_size, 1, steps, 0)
    lesson = Lesson(rows, rows, deck, tokenizer(folder / "tokenizer"))
    arguments = sft_arguments(spec, steps, folder, use_cpu=True, measure_first=False)
    arguments.eval_strategy = arguments.save_strategy = "no"
    arguments.load_best_model_at_end = False
    numerics = Numerics(autocast_dtype(spec.precision, torch.device("cpu")))
    return TuneTrainer(prepare(model, spec).model, lesson, numerics, arguments)


def told(spec: SftSpec, model: torch.nn.Module) -> dict[str, int]:
    """The estimate, from what the model's files would say."""
    tensors = {name: {"shape": list(p.shape)} for name, p in model.named_parameters()}
    config = model.config.to_dict()
    return memory_by_part(spec, config, shapes_of(tensors, config, spec.task))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--method", default="lora", choices=("lora", "full", "ia3", "bitfit", "layernorm"))
    parser.add_argument("--precision", default="auto", choices=("auto", "bf16", "fp32"))
    parser.add_argument("--no-checkpointing", action="store_true")
    asked = parser.parse_args()
    logging.set_verbosity_error()
    spec = SftSpec(
        base="random",
        dataset="random",
        method=asked.method,
        batch_size=asked.batch,
        max_length=asked.length,
        precision=asked.precision,
        gradient_checkpointing=not asked.no_checkpointing,
        compile=False,
    )
    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2Config())
    parts = told(spec, model)
    with tempfile.TemporaryDirectory() as folder:
        trainer = trainer_of(spec, model, asked.steps, Path(folder))
        begun = time.perf_counter()
        trainer.train()
        seconds = (time.perf_counter() - begun) / asked.steps
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    each = f"{asked.batch} rows of {asked.length} tokens, {seconds:.1f} s each"
    print(f"{asked.method}, {asked.steps} steps of {each}")
    whole = sum(parts.values())
    print("estimate   " + ", ".join(f"{name} {size / 1e9:.2f}" for name, size in parts.items()) + " GB")
    print(f"estimated  {whole / 1e9:6.2f} GB   measured / estimated {peak / whole:.2f}")
    print(f"peak       {peak / 1e9:6.2f} GB   {peak / CLAIM:.2f} of 3 GB (claim: at most 1)")


if __name__ == "__main__":
    main()
