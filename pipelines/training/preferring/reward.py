"""A reward model: a number for an answer after its prompt, the preferred of two answers the higher.

A task of the encoders' frame (:mod:`pipelines.training.tuning.encoder`): the base with a head of one output
at its last token, and the loss of TRL's RewardTrainer (Bradley and Terry 1952; margins as in Llama 2, Touvron
et al. 2023), which a test compares. A sequence is a pair, so that a batch is [pair, answer, token].
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import logsigmoid
from transformers import AutoModelForSequenceClassification

from pipelines.core.errors import GlassworksError
from pipelines.training.preferring.encode import encode_pair
from pipelines.training.preferring.specs import RewardSpec
from pipelines.training.rows.examples import Example, Pair
from pipelines.training.tuning.encoders.base import Answer, Batch, Lesson, Sequence_, rows
from pipelines.training.tuning.rows import learns_something

LABEL = "reward"
_NONE = "In none of {rows:,} pairs is anything to compare: every answer is empty or cut off."


class Rewarding(Lesson):
    auto_class = AutoModelForSequenceClassification
    best = "loss"
    pipeline_tag = "text-classification"
    spec: RewardSpec

    def config(self) -> dict[str, Any]:
        return {**super().config(), "pad_token_id": self.tokenizer.pad_token_id}

    def collate(self, sequences: Sequence[Sequence_], seed: int = 0) -> Batch:
        texts = [ids for one in sequences for ids in one["answers"]]
        width = max(map(len, texts))
        ids = rows(texts, width, self.tokenizer.pad_token_id)
        mask = rows([[1] * len(text) for text in texts], width, 0)
        margins = torch.tensor([one["margin"] for one in sequences])
        return {"input_ids": _paired(ids), "attention_mask": _paired(mask), "margin": margins}

    def forward(self, model: torch.nn.Module, batch: Batch) -> tuple[torch.Tensor, Any]:
        """The loss, and the rewards [pair, answer]."""
        read = {name: batch[name].flatten(0, 1) for name in ("input_ids", "attention_mask")}
        rewards = model(**read, use_cache=False).logits.float().reshape(-1, 2)
        return self._losses(rewards, batch).mean(), rewards

    def answers(
        self, outputs: Any, batch: Batch, sequences: Sequence[Sequence_]
    ) -> list[tuple[float, float]]:
        return [(float(chosen), float(rejected)) for chosen, rejected in outputs]

    def losses(self, outputs: Any, batch: Batch) -> list[float]:
        return self._losses(outputs, batch).tolist()

    def measure(self, answers: list[tuple[float, float]]) -> dict[str, float]:
        """How often the preferred answer gets more, by how much, and what either gets."""
        chosen, rejected = (torch.tensor(side) for side in zip(*answers, strict=True))
        return {
            "reward_accuracy": float((chosen > rejected).float().mean()),
            "reward_margin": float((chosen - rejected).mean()),
            "chosen_reward": float(chosen.mean()),
            "rejected_reward": float(rejected.mean()),
        }

    def answered(self, answers: list[tuple[float, float]], losses: list[float]) -> list[Answer]:
        told = zip(self.held_out, answers, losses, strict=True)
        return [self._answered(one["pair"], *rewards, loss) for one, rewards, loss in told]

    def _answered(self, pair: Pair, chosen: float, rejected: float, loss: float) -> Answer:
        prompt = pair.prompt if isinstance(pair.prompt, str) else "\n".join(m.content for m in pair.prompt)
        right = chosen > rejected
        return Answer(pair.row, loss, prompt, pair.chosen, pair.chosen if right else pair.rejected, right)

    def _losses(self, rewards: torch.Tensor, batch: Batch) -> torch.Tensor:
        chosen, rejected = rewards.unbind(1)
        found = -logsigmoid(chosen - rejected - batch["margin"])
        return found + self.spec.center_rewards * (chosen + rejected) ** 2

    def _labels(self) -> tuple[str, ...]:
        return (LABEL,)

    def _sequences(self, examples: Sequence[Example]) -> list[Sequence_]:
        found = [one for one in map(self._read, examples) if one]
        if not found:
            raise GlassworksError(_NONE.format(rows=len(examples)))
        return found

    def _read(self, pair: Pair) -> Sequence_ | None:
        both = encode_pair(pair, self.tokenizer, self.spec)
        self._cuts.append(any(text.cut for text in both))
        if not all(map(learns_something, both)):
            return None
        ids = [list(text.input_ids) for text in both]
        margin = pair.margin if self.spec.use_margins else 0.0
        return {"input_ids": ids[0] + ids[1], "answers": ids, "margin": margin, "pair": pair}


def _paired(values: torch.Tensor) -> torch.Tensor:
    return values.reshape(-1, 2, values.shape[1])
