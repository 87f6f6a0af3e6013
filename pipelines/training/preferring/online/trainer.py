"""What training on rewards adds to TRL's trainers, whatever the loss: prompts in the run's own order, each
asked as often as a group is large, and a measure on fresh problems.

The model writes; the rewards are for the text alone. What is measured is drawn at the temperature of the
training and always from the same seed. The KL is exact over the vocabulary at each token that the model
itself wrote, a token's mean in nats.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader
from transformers import TrainingArguments
from trl.trainer.utils import add_fused_lm_head, identity

from pipelines.common.proportions import proportion
from pipelines.training.objectives.quiet import quietly
from pipelines.training.preferring.measuring import KL, Batch, Preferring
from pipelines.training.preferring.online.rewards import correct, number_in
from pipelines.training.preferring.online.scoring import Part
from pipelines.training.preferring.online.specs import OnlineSpec
from pipelines.training.trainer import Numerics
from pipelines.training.tuning.deck import Shares
from pipelines.training.tuning.distillation.divergence import Compared
from pipelines.training.tuning.encode import end_ids
from pipelines.training.tuning.framed import Lesson

NAMES = {  # TRL's measures → ours
    "reward": "reward",
    "reward_std": "reward_spread",
    "right": "right",
    "frac_reward_zero_std": "no_signal",
    "kl": KL,
    "entropy": "entropy",
    "completions/mean_length": "answer_tokens",
    "completions/clipped_ratio": "cut_off",
    "clip_ratio/region_mean": "clipped",
}
_WRITTEN = 64  # answers at once where they are measured

Row = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """A fresh problem as the model answered it: ``rewards`` by part, unweighted; ``ids`` of the answer."""

    row: Row
    text: str
    ids: tuple[int, ...]
    rewards: dict[str, float]
    reward: float
    ended: bool

    @property
    def right(self) -> bool:
        return bool(correct(self.text, self.row["answer"]))


Teller = Callable[[int, Sequence[Told]], None]


class Online(Preferring):
    """Stands before :class:`Preferring` and a trainer that writes its own answers; :meth:`write` is what it
    writes. ``reference`` is a copy of the base, None where an adapter can be left out. TRL would read a
    reference by the model's name, which only we can resolve: it is told of none."""

    def __init__(
        self,
        model: nn.Module,
        lesson: Lesson,
        numerics: Numerics,
        arguments: TrainingArguments,
        optimizer: str = "adamw",
        *,
        spec: OnlineSpec,
        parts: Sequence[Part],
        tell: Teller = lambda step, told: None,
        reference: nn.Module | None = None,
    ):
        self.framed(lesson, numerics, optimizer)
        self._spec, self._parts, self._tell = spec, parts, tell
        self._written: Any = None
        self.names = {**NAMES, **_names_of(parts)}
        ends = end_ids(lesson.tokenizer, spec.chat_template)
        model.generation_config.eos_token_id = list(ends)  # at which TRL takes an answer for ended
        super().__init__(
            model=model,
            reward_funcs=list(parts),
            args=arguments,
            train_dataset=lesson.training.dataset(),
            eval_dataset=lesson.validation.dataset(),
            processing_class=lesson.tokenizer,
        )
        self.quieted()
        self.beta = spec.beta
        if reference is not None and self.beta:
            add_fused_lm_head(reference, temperature=self.temperature)
            self.ref_model = self.accelerator.prepare_model(reference, evaluation_mode=True)

    def write(self, prompts: list[list[int]]) -> list[list[int]]:
        """The ids of an answer to each, up to and with what ends it."""
        raise NotImplementedError

    def collated(self, rows: list[Row]) -> Batch:
        """With answers of the most tokens, whatever the model would say: the largest step there can be."""
        usual, seen = self.generation_config, self.state.num_input_tokens_seen
        self.generation_config = copy(usual)
        self.generation_config.min_new_tokens = self.max_completion_length
        self.current_gradient_accumulation_steps = self.args.gradient_accumulation_steps
        try:
            return self._written_to(rows)
        finally:
            self.generation_config, self.state.num_input_tokens_seen = usual, seen

    def get_train_dataloader(self) -> DataLoader:
        """The batches of prompts in the deck's order, each as often as its answers are learnt from."""
        deck, times = self._lesson.deck, self.num_iterations
        shares = deck.shares(self.args.world_size)
        per_pass = self.args.world_size
        passes = [shares[at : at + per_pass] for at in range(0, len(shares), per_pass)]
        repeated = Shares([share for one in passes for _ in range(times) for share in one][: len(shares)])
        loader = DataLoader(self.train_dataset, batch_sampler=repeated, collate_fn=identity)
        return self.accelerator.prepare(loader)

    def _prepare_inputs(self, batch: list[Row]) -> Batch:
        """Each prompt ``num_generations`` times with the model's answers; those of the step before where they
        are learnt from again. A run that is resumed between two such steps writes them anew."""
        if self._written is None or self.state.global_step % self.num_iterations == 0:
            self._written = self._written_to(batch)
        return self._written

    def _written_to(self, batch: list[Row]) -> Batch:
        asked = [row for row in batch for _ in range(self.num_generations)]
        with self.autocast_smart_context_manager():
            return self._generate_and_score_completions(asked)

    def _generate_and_score_completions(self, rows: list[Row]) -> Batch:
        self._asked = [row["prompt_ids"] for row in rows]
        return super()._generate_and_score_completions(rows)

    def _tokenize_prompts(self, prompts: list[str]) -> tuple[list[list[int]], None, dict]:
        return self._asked, None, {}

    def _calculate_rewards(self, rows: list[Row], prompts: Any, texts: list[str], ids: Any) -> torch.Tensor:
        told = [correct(t, row["answer"]) for row, t in zip(rows, texts, strict=True) if _is_asked(row)]
        if told:
            self._metrics["train"]["right"].append(sum(told) / len(told))
        return super()._calculate_rewards(rows, prompts, texts, ids)

    def measured(self) -> dict[str, float]:
        """On the fresh problems: means over them, the share of right ones with Wilson's interval, the KL over
        the tokens of the answers."""
        told = self.told()
        self._tell(self.state.global_step, told)
        found = {"reward": _mean(one.reward for one in told)}
        found |= {f"reward_{name}": _mean(one.rewards[name] for one in told) for name in told[0].rewards}
        answered = [one for one in told if _is_asked(one.row)]
        if answered:
            share = proportion(sum(one.right for one in answered), len(answered))
            found |= {"right": share.share, "right_low": share.low, "right_high": share.high}
        found |= {"answer_tokens": _mean(len(one.ids) for one in told)}
        return found | {"cut_off": _mean(not one.ended for one in told)} | self._apart_from_reference(told)

    def nats_by_row(self, rows: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """At temperature 1, whatever the answers are drawn at."""
        model = self.accelerator.unwrap_model(self.model)
        inner = model.get_base_model() if hasattr(model, "get_base_model") else model
        drawn = inner.forward
        add_fused_lm_head(inner)
        try:
            return super().nats_by_row(rows)
        finally:
            inner.forward = drawn

    def told(self) -> list[Told]:
        """An answer to each fresh problem, in their order."""
        rows = [self.eval_dataset[place] for place in range(len(self.eval_dataset))]
        found: dict[int, Told] = {}
        with quietly(self.model), self.autocast_smart_context_manager():
            torch.manual_seed(self.args.seed)
            for places in self._alike():
                some = [rows[place] for place in places]
                found |= dict(zip(places, self._answered(some), strict=True))
        return [found[place] for place in range(len(rows))]

    def _alike(self) -> Iterator[list[int]]:
        order = np.argsort(self._lesson.validation.lengths, kind="stable").tolist()
        yield from (order[at : at + _WRITTEN] for at in range(0, len(order), _WRITTEN))

    def _answered(self, rows: list[Row]) -> list[Told]:
        asked = [row["prompt_ids"] for row in rows]
        written = self.write(asked)
        texts = self.processing_class.batch_decode(written, skip_special_tokens=True)
        questions, answers = ([row[name] for row in rows] for name in ("prompt", "answer"))
        scores = {part.__name__: part.score(questions, texts, answers) for part in self._parts}
        sums = sum(part.weight * np.array(scores[part.__name__]) for part in self._parts)
        return [
            Told(
                row,
                texts[at],
                tuple(written[at]),
                {name: each[at] for name, each in scores.items()},
                float(sums[at]),
                written[at][-1] in self.eos_token_ids,
            )
            for at, row in enumerate(rows)
        ]

    def _apart_from_reference(self, told: list[Told]) -> dict[str, float]:
        apart = Compared()
        with quietly(self.model), self.autocast_smart_context_manager():
            for places in self._alike():
                apart += self._apart(_beside([told[place] for place in places], self.args.device))
        return {KL: apart.kl / apart.rows} if apart.rows else {}


def _names_of(parts: Sequence[Part]) -> dict[str, str]:
    """TRL's measures of each part → ours."""
    measures = {"mean": "reward", "std": "spread"}
    return {
        f"rewards/{p.__name__}/{m}": f"{ours}_{p.__name__}" for m, ours in measures.items() for p in parts
    }


def _beside(told: list[Told], device: torch.device) -> Batch:
    """Prompts with their answers, padded on the right; what is counted is the answers' tokens."""
    texts = [torch.tensor([*one.row["prompt_ids"], *one.ids]) for one in told]
    marks = [torch.tensor([0] * len(one.row["prompt_ids"]) + [1] * len(one.ids)) for one in told]
    ids, mask = (pad_sequence(each, batch_first=True).to(device) for each in (texts, marks))
    return {"input_ids": ids, "completion_mask": mask}


def _is_asked(row: Row) -> bool:
    """Whether an answer to it can be right."""
    return number_in(row["answer"]) is not None


def _mean(values: Any) -> float:
    return float(np.mean([float(value) for value in values]))
