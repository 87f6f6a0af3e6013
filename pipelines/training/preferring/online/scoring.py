"""A spec's rewards as TRL's trainers call them: each a part with a name, from texts to numbers."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification

from pipelines.core.errors import SpecError
from pipelines.core.settings import Settings
from pipelines.models.catalogue import Catalogue
from pipelines.models.weights import read_weights
from pipelines.training.preferring.encode import encode_answer
from pipelines.training.preferring.online.reward_models import IS_REWARD, check_reward_model
from pipelines.training.preferring.online.rewards import correct, form_of, formatted, length, working
from pipelines.training.preferring.online.specs import OnlineSpec
from pipelines.training.rows.examples import Completion
from pipelines.training.tokenizer import load_tokenizer

_PASS = 64  # texts that a reward model reads at once

Texts = Sequence[str]


class Part:
    """``score(prompts, completions, answers)`` gives a number for each completion."""

    def __init__(self, name: str, weight: float, score: Callable[[Texts, Texts, Texts], list[float]]):
        self.__name__, self.weight, self.score = name, weight, score

    def __call__(self, prompts: Texts, completions: Texts, answer: Texts, **_: Any) -> list[float]:
        return self.score(prompts, completions, answer)


def parts_of(spec: OnlineSpec, settings: Settings, device: torch.device) -> list[Part]:
    """Those with a weight, in the order of the spec. Raises :class:`SpecError` for a model that is no reward
    model."""
    form = form_of(spec.needs)
    by_text: dict[str, Callable[[str, str], float]] = {
        "correct": correct,
        "working": lambda text, _: working(text),
        "length": lambda text, _: length(text, spec.target_length, spec.length_band, spec.at_most),
        "format": lambda text, _: formatted(text, form),
    }
    scores = {name: partial(_each, one) for name, one in by_text.items()}
    if "model" in spec.weights:
        scores["model"] = RewardModel(spec.reward_model, settings, device)
    return [Part(name, weight, scores[name]) for name, weight in spec.weights.items()]


def _each(one: Callable[[str, str], float], _: Texts, completions: Texts, answers: Texts) -> list[float]:
    return [one(text, answer) for text, answer in zip(completions, answers, strict=True)]


class RewardModel:
    """Reads prompt and answer as in its own training (:mod:`pipelines.training.preferring.reward`)."""

    def __init__(self, name: str, settings: Settings, device: torch.device):
        catalogue = Catalogue(settings)
        entry, place = catalogue.get(name), catalogue.place(name)
        check_reward_model(name, entry)
        model = read_weights(place, AutoModelForSequenceClassification, torch.float32)
        if model.config.num_labels != 1:
            raise SpecError("reward_model", name, IS_REWARD)
        self._model, self._device = model.to(device).eval(), device
        self._tokenizer, self._window = load_tokenizer(place.tokenizer), entry.context_length

    def __call__(self, prompts: Texts, completions: Texts, _: Texts) -> list[float]:
        texts = [self._ids(*one) for one in zip(prompts, completions, strict=True)]
        return [value for at in range(0, len(texts), _PASS) for value in self._read(texts[at : at + _PASS])]

    def _ids(self, prompt: str, completion: str) -> list[int]:
        """What is longer than it reads loses its end."""
        found = encode_answer(Completion(0, prompt, completion), self._tokenizer).input_ids
        return list(found[: self._window or None])

    def _read(self, texts: list[list[int]]) -> list[float]:
        width, pad = max(map(len, texts)), self._tokenizer.pad_token_id
        ids = torch.tensor([text + [pad] * (width - len(text)) for text in texts], device=self._device)
        mask = torch.tensor(
            [[1] * len(text) + [0] * (width - len(text)) for text in texts], device=self._device
        )
        with torch.no_grad():
            logits = self._model(input_ids=ids, attention_mask=mask, use_cache=False).logits
        return logits[:, 0].float().tolist()
