"""TRL's KTOTrainer in the frame of a tuning, on answers that are good or bad."""

from typing import Any

from torch import nn
from trl import KTOConfig, KTOTrainer
from trl.trainer.kto_trainer import DataCollatorForUnpairedPreference

from pipelines.training.preferring.arguments import common
from pipelines.training.preferring.measuring import NAMES, Preferring
from pipelines.training.preferring.specs import KtoSpec
from pipelines.training.trainer import Numerics
from pipelines.training.tuning.framed import ALIGNED, Lesson

PARTS = {name: ours for name, ours in NAMES.items() if name != "rewards/accuracies"}  # there are no pairs


class KtoTrainer(Preferring, KTOTrainer):
    """``reference`` as of :class:`pipelines.training.preferring.dpo.DpoTrainer`."""

    names = PARTS

    def __init__(
        self,
        model: nn.Module,
        lesson: Lesson,
        numerics: Numerics,
        arguments: KTOConfig,
        optimizer: str = "adamw",
        *,
        reference: nn.Module | None = None,
    ):
        self.framed(lesson, numerics, optimizer)
        super().__init__(
            model=model,
            ref_model=reference,
            args=arguments,
            data_collator=Mismatched(lesson.pad_id, pad_to_multiple_of=ALIGNED),
            train_dataset=lesson.training.dataset(),
            eval_dataset=lesson.validation.dataset(),
            processing_class=lesson.tokenizer,
        )
        self.quieted()


class Mismatched(DataCollatorForUnpairedPreference):
    """Gives each prompt the answer of the row before it in the batch as well: the loss measures by these how
    far the model has gone from its reference. TRL pairs them once by the order of the data set; here a batch
    is known only when it is made."""

    def torch_call(self, examples: list[dict[str, Any]]) -> dict[str, Any]:
        answers = [one["completion_ids"] for one in examples]
        others = [answers[-1], *answers[:-1]]
        return super().torch_call(
            [{**one, "KL_completion_ids": other} for one, other in zip(examples, others, strict=True)]
        )


def kto_arguments(spec: KtoSpec, *given: Any, **named: Any) -> KTOConfig:
    return KTOConfig(
        **common(spec, *given, **named),
        max_length=None,
        beta=spec.beta,
        loss_type=spec.loss_type,
        desirable_weight=spec.desirable_weight,
        undesirable_weight=spec.undesirable_weight,
    )
