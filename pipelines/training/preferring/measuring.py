"""What a training on preferences tells as it goes, whatever its loss: rewards, log-probabilities, and how far
the model has gone from its reference.

The reward of an answer is β times how much likelier the model finds it than the reference does (Rafailov et
al. 2023); of a loss without a reference, β times its log-probability. The KL to the reference is reckoned
exactly over the whole vocabulary at each token of the held-out answers; as these are the rows' own answers,
not the model's, it estimates the KL of what the model itself would write.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np
import torch
from peft import PeftModel
from torch import nn
from transformers import Trainer

from pipelines.training.objectives.quiet import quietly
from pipelines.training.tuning.distillation.divergence import Compared, compared, said
from pipelines.training.tuning.framed import Framed
from pipelines.training.tuning.losses import bare, nats_of

NAMES = {  # TRL's measures → ours
    "rewards/margins": "reward_margin",
    "rewards/accuracies": "reward_accuracy",
    "rewards/chosen": "chosen_reward",
    "rewards/rejected": "rejected_reward",
    "logps/chosen": "chosen_log_prob",
    "logps/rejected": "rejected_log_prob",
}
KL = "kl"
_PASS_TOKENS = 4_096
_COPY = "ref"

Batch = dict[str, torch.Tensor]


class Preferring(Framed):
    """Stands before :class:`Framed` and a trainer whose ``compute_loss`` puts its measures into
    ``_metrics``."""

    names: ClassVar[Mapping[str, str]] = NAMES

    def quieted(self) -> None:
        """Without the copy of a fresh adapter that TRL takes for the reference too: to leave the adapter out
        is the same, and costs less."""
        super().quieted()
        if isinstance(self.model, PeftModel) and _COPY in self.model.peft_config:
            self.model.delete_adapter(_COPY)

    @property
    def takes_all(self) -> bool:
        return self.args.world_size > 1 or super().takes_all  # TRL gathers its measures from all

    def measured(self) -> dict[str, float]:
        """On the held-out rows: means over the rows, the KL over the answers' tokens."""
        sums: dict[str, float] = defaultdict(float)
        weights: dict[str, float] = defaultdict(float)
        apart = Compared()
        with quietly(self.model), torch.no_grad(), self.autocast_smart_context_manager():
            for batch, rows in self._batches():
                for name, value in self._measures_of(batch).items():
                    sums[name] += value * rows
                    weights[name] += rows
                apart += self._apart(batch)
        found = {name: total / weights[name] for name, total in sums.items()}
        return found | ({KL: apart.kl / apart.rows} if apart.rows else {})

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """With the means of the steps since they were last told."""
        if "loss" in logs:
            logs |= self._means("train")
        self._metrics["train"].clear()
        Trainer.log(self, logs, start_time)

    def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
        return dataset  # of tokens already

    @contextmanager
    def reference(self) -> Iterator[nn.Module | None]:
        """Inside, what the model was before it learnt, as far as it is there."""
        model = self.accelerator.unwrap_model(self.model)
        if isinstance(model, PeftModel):
            with model.disable_adapter():
                yield model
        else:
            yield getattr(self, "ref_model", None)

    def log_probs_of(self, model: nn.Module) -> np.ndarray:
        """[text]: summed over the answer, of the held-out texts by this model."""
        with self.autocast_smart_context_manager():
            nats, _ = nats_of(model, self.held_out, self._lesson.pad_id, self.share)
        return -self.summed(nats)

    def _measures_of(self, batch: Batch) -> dict[str, float]:
        loss = self.compute_loss(self.model, dict(batch))
        found = {"loss": float(loss)} | self._means("eval")
        self._metrics["eval"].clear()
        return found

    def _means(self, mode: str) -> dict[str, float]:
        told = self._metrics[mode]
        return {
            ours: sum(told[name]) / len(told[name]) for name, ours in self.names.items() if told.get(name)
        }

    def _apart(self, batch: Batch) -> Compared:
        ids, counted = batch["input_ids"], batch["completion_mask"][:, 1:].bool()
        ours = said(bare(self.model) or self.model, ids, counted)
        with self.reference() as reference:
            if reference is None:
                return Compared()
            theirs = said(bare(reference) or reference, ids, counted)
        return compared(theirs, ours, ids[:, 1:][counted])

    def _batches(self) -> Iterator[tuple[Batch, int]]:
        """The held-out rows, those of like length together, and how many they are."""
        rows = self.eval_dataset
        for places in groups(self._lesson.validation.lengths):
            batch = self.data_collator([rows[int(place)] for place in places])
            yield {name: values.to(self.args.device) for name, values in batch.items()}, len(places)


def groups(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of rows of like length, so many as a pass without gradients takes, but two at least where there
    are as many: some losses compare the rows of a batch.

    >>> list(groups([9, 1, 5000, 4]))
    [[1, 3], [0, 2]]
    """
    order = sorted(range(len(lengths)), key=lambda place: lengths[place])
    found: list[list[int]] = [[]]
    for place in order:
        if len(found[-1]) >= 2 and (len(found[-1]) + 1) * lengths[place] > _PASS_TOKENS:
            found.append([])
        found[-1].append(place)
    if len(found) > 1 and len(found[-1]) < 2:
        *found, before, alone = found
        found += [before[:-1], before[-1:] + alone] if len(before) > 2 else [before + alone]
    yield from found
