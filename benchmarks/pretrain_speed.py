"""Claim: pretraining here is at least as fast as a plain nanoGPT-style PyTorch loop.

    python -m benchmarks.pretrain_speed [--size 4] [--steps 20] [--compile] [--head-size 64] …

Both sides train the same model from the same weights on the same batches, with the same optimiser, precision,
threads and compile setting; the plain loop attends by torch's fused kernel, as transformers does by default.
They take turns step by step, so that whatever else the machine does falls on
both. Prints tokens/s of each, the ratio, and the losses, which must agree.
"""

import argparse
import copy
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from transformers import TrainerCallback

from pipelines.training.data import DataInfo, Deck
from pipelines.training.machine import attention_for, autocast_dtype, head_size_of
from pipelines.training.model import build_model
from pipelines.training.objectives.causal import NextToken
from pipelines.training.prepare import Encoded, Prepared
from pipelines.training.specs import PretrainSpec
from pipelines.training.trainer import Lesson, Numerics, make_trainer, training_arguments

WARM_UP = 3


class PlainLoop:
    """The loop as one would write it by hand: batch, forward, backward, clip, step."""

    def __init__(self, model: torch.nn.Module, spec: PretrainSpec, deck: Deck, numerics: Numerics):
        self.model, self.spec, self.deck, self.dtype = model.train(), spec, deck, numerics.dtype
        self.forward = torch.compile(self._loss, dynamic=False) if numerics.compiled else self._loss
        matrices = [p for p in model.parameters() if p.dim() > 1]
        others = [p for p in model.parameters() if p.dim() <= 1]
        groups = [
            {"params": matrices, "weight_decay": spec.weight_decay},
            {"params": others, "weight_decay": 0},
        ]
        betas = (0.9, spec.adam_beta2)
        self.optimizer = torch.optim.AdamW(groups, lr=spec.learning_rate, betas=betas, fused=True)

    def _loss(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        logits = self.model(input_ids=x, use_cache=False).logits
        return cross_entropy(logits.view(-1, logits.size(-1)), y.view(-1))

    def step(self, number: int, rate: float) -> float:
        ids = self.deck[number]
        x, y = ids[:, :-1].contiguous(), ids[:, 1:].contiguous()
        with torch.autocast("cpu", self.dtype or torch.bfloat16, enabled=self.dtype is not None):
            loss = self.forward(x, y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.spec.max_grad_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return loss.item()


class TakeTurns(TrainerCallback):
    """After each step of the Trainer, one of the plain loop; the clock of each runs only in its turn."""

    def __init__(self, plain: PlainLoop):
        self.plain, self.plain_losses, self.losses = plain, [], []
        self.seconds, self.plain_seconds, self.rate = [], [], 0.0

    def on_train_begin(self, args, state, control, **_):
        self.since = time.perf_counter()

    def on_log(self, args, state, control, logs, **_):
        if "loss" in logs:
            self.losses.append(logs["loss"])
            self.rate = logs["learning_rate"]
            self._take_turn(state.global_step - 1)

    def _take_turn(self, number: int) -> None:
        begun = time.perf_counter()
        self.seconds.append(begun - self.since)
        self.plain_losses.append(self.plain.step(number, self.rate))
        self.since = time.perf_counter()
        self.plain_seconds.append(self.since - begun)


def measured(spec: PretrainSpec, compiled: bool) -> TakeTurns:
    torch.set_num_threads(os.cpu_count() or 1)
    row = np.random.default_rng(0).zipf(1.3, 300_000).clip(max=spec.vocab_size - 1).astype(np.uint16)
    encoded = Encoded(DataInfo("uint16", 1, 1, len(row), 5_000, 5_000), row, row[:5_000], "")
    lesson = Lesson(spec, NextToken(), Prepared(None, encoded))
    numerics = Numerics(autocast_dtype(spec.precision, torch.device("cpu")), compiled)
    model = build_model(spec, spec.vocab_size, 0, 1)
    turns = TakeTurns(PlainLoop(copy.deepcopy(model), spec, lesson.prepared.deck(spec), numerics))
    model.set_attn_implementation(
        attention_for(torch.device("cpu"), compiled, spec.plan.longest_context, head_size_of(model.config))
        or "sdpa"
    )
    with tempfile.TemporaryDirectory() as folder:
        arguments = training_arguments(spec, Path(folder), use_cpu=True)
        arguments.eval_strategy, arguments.eval_on_start, arguments.save_strategy = "no", False, "no"
        make_trainer(model, lesson, arguments, numerics, (turns,)).train()
    return turns


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=4, help="the dial of the Pretrain tab")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--architecture", default="llama", choices=("llama", "gpt2"))
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--head-size", type=int, help="dimensions of a head; left out: the dial's 32")
    asked = parser.parse_args()
    fields = {"size": asked.size, "architecture": asked.architecture, "warmup_steps": 2}
    if asked.head_size:
        heads = PretrainSpec.from_dict(fields).hidden_size // asked.head_size
        fields |= {"num_heads": heads, "num_kv_heads": heads}
    spec = PretrainSpec.from_dict({**fields, "max_steps": asked.steps + WARM_UP})
    turns = measured(spec, asked.compile)
    ours, plain = sum(turns.seconds[WARM_UP:]), sum(turns.plain_seconds[WARM_UP:])
    each = spec.plan.tokens_at(1)
    tokens = asked.steps * each
    apart = max(abs(a - b) for a, b in zip(turns.losses, turns.plain_losses, strict=True))
    print(f"size {asked.size} {asked.architecture}, {asked.steps} steps of {each:,} tokens")
    print(f"pretraining here  {tokens / ours:10,.0f} tokens/s   last loss {turns.losses[-1]:.5f}")
    print(f"plain loop        {tokens / plain:10,.0f} tokens/s   last loss {turns.plain_losses[-1]:.5f}")
    print(f"ratio             {plain / ours:10.3f} (claim: at least 1.0)   losses at most {apart:.5f} apart")


if __name__ == "__main__":
    main()
