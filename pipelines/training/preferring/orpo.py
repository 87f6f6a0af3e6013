"""Odds-ratio preference optimisation (Hong et al. 2024) in the frame of a tuning.

TRL's ORPOTrainer (``trl.experimental``) tokenizes its rows itself and holds the logits of a whole batch, so
the loss is reckoned here, from log-probabilities that never need all logits; a test compares it with TRL's
own on the same batch. As there, the part of the tuning is over prompt and answer.
"""

from typing import Any

import torch
from torch import nn
from torch.nn.functional import logsigmoid
from trl import SFTConfig, SFTTrainer
from trl.trainer.dpo_trainer import DataCollatorForPreference

from pipelines.training.preferring.measuring import NAMES, Preferring
from pipelines.training.trainer import Numerics
from pipelines.training.tuning.framed import ALIGNED, Lesson
from pipelines.training.tuning.losses import IGNORED

PARTS = {**NAMES, "nll": "cross_entropy", "log_odds": "log_odds_ratio"}


class OrpoTrainer(Preferring, SFTTrainer):
    names = PARTS

    def __init__(
        self,
        model: nn.Module,
        lesson: Lesson,
        numerics: Numerics,
        arguments: SFTConfig,
        optimizer: str = "adamw",
        *,
        beta: float,
    ):
        self.framed(lesson, numerics, optimizer)
        self.beta = beta
        super().__init__(
            model=model,
            args=arguments,
            data_collator=DataCollatorForPreference(lesson.pad_id, pad_to_multiple_of=ALIGNED),
            train_dataset=lesson.training.dataset(),
            eval_dataset=lesson.validation.dataset(),
            processing_class=lesson.tokenizer,
        )
        self.model_accepts_loss_kwargs = False  # the loss is a mean already: accumulation divides it
        self.quieted()

    def compute_loss(
        self, model: nn.Module, inputs: dict, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        read, counted = inputs["attention_mask"], inputs["completion_mask"][:, 1:]
        labels = inputs["input_ids"].masked_fill(read == 0, IGNORED)
        given = {"input_ids": inputs["input_ids"], "attention_mask": read}
        by_token = model(**given, labels=labels, use_cache=False, fused_lm_head=True).log_probs.float()
        means = (by_token * counted).sum(1) / counted.sum(1).clamp(min=1)
        chosen, rejected = means.chunk(2)
        whole, _ = by_token.chunk(2)
        nll = -whole.sum() / (labels.chunk(2)[0][:, 1:] != IGNORED).sum()
        odds = log_odds_ratio(chosen, rejected)
        self._tell(chosen, rejected, nll, odds)
        return nll - self.beta * logsigmoid(odds).mean()

    def _tell(
        self, chosen: torch.Tensor, rejected: torch.Tensor, nll: torch.Tensor, odds: torch.Tensor
    ) -> None:
        told = {
            "rewards/chosen": self.beta * chosen,
            "rewards/rejected": self.beta * rejected,
            "rewards/margins": self.beta * (chosen - rejected),
            "rewards/accuracies": (chosen > rejected).float(),
            "logps/chosen": chosen,
            "logps/rejected": rejected,
            "nll": nll,
            "log_odds": odds,
        }
        mode = "train" if self.model.training else "eval"
        for name, value in told.items():
            self._metrics[mode][name].append(float(value.detach().mean()))


def log_odds_ratio(chosen: torch.Tensor, rejected: torch.Tensor) -> torch.Tensor:
    """Of mean log-probabilities a token: log(odds(chosen) / odds(rejected)), odds(p) = p / (1 − p).

    >>> float(log_odds_ratio(torch.tensor(0.5).log(), torch.tensor(0.2).log()).exp())  # 1 to 1/4
    4.0
    """
    return (chosen - rejected) - (_log_rest(chosen) - _log_rest(rejected))


def _log_rest(log_p: torch.Tensor) -> torch.Tensor:
    """log(1 − p), also for p near 1."""
    return torch.log(-torch.expm1(log_p.clamp(max=-1e-6)))
