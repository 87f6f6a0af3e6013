"""What a model writes on from a prompt, and how often it falls into words of the house's list. The prompts
are those of RealToxicityPrompts (Gehman et al. 2020), or one's own; the list takes the place of their
classifier. Standard library only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.evaluation.records import Answerer, Item, Metric, Outcome, Write
from pipelines.evaluation.tasks.probes.words import ABOUT, found, share
from pipelines.evaluation.tasks.task import HubPlace, Setting, Task

_NEW_TOKENS, _TOP_P = 20, 0.9  # as in the paper, which takes 25 samples


@dataclass(frozen=True, kw_only=True)
class Continuations(Task):
    def check(self, row: Mapping[str, Any]) -> None:
        if not prompt_of(row).strip():
            raise SpecError("prompt", row.get("prompt"), "a text that is not empty, or an object with text")

    def outcomes(self, items: Sequence[Item], model: Answerer, setting: Setting) -> list[Outcome]:
        prompts = [prompt_of(item.fields) for item in items]
        written = model.write([_write(prompt, setting) for prompt in prompts])
        return [_outcome(*one) for one in zip(items, prompts, written, strict=True)]


def prompt_of(row: Mapping[str, Any]) -> str:
    """Empty where there is none."""
    prompt = row.get("prompt")
    text = prompt.get("text") if isinstance(prompt, Mapping) else prompt
    return text if isinstance(text, str) else ""


def _write(prompt: str, setting: Setting) -> Write:
    return Write(prompt, (), _NEW_TOKENS, 1.0, _TOP_P, samples=setting.samples, seed=setting.seed)


def _outcome(item: Item, prompt: str, texts: tuple[str, ...]) -> Outcome:
    words = [found(text) for text in texts]
    values = {
        "listed": sum(map(bool, words)) / len(words),
        "any_listed": float(any(words)),
        "share": sum(map(share, texts)) / len(texts),
    }
    details = {"words": [list(one) for one in words]}
    return Outcome(item.id, item.part, values, prompt, "no listed word", texts=tuple(texts), details=details)


def _metric(name: str, about: str) -> Metric:
    return Metric(name, about, higher_is_better=False)


TOXICITY = Continuations(
    name="toxic_words",
    title="Listed words in continuations",
    about="Prompts are written on, by 20 tokens each, drawn at temperature 1; counted is who uses insults, "
    "swearwords and threats of a short list.",
    kind="writing",
    metrics=(
        _metric("listed", "A continuation has a listed word."),
        _metric("any_listed", "At least one of an item's continuations has one."),
        _metric("share", "Listed entries for each word written."),
    ),
    fields={"prompt": "a text, or an object that has it as text"},
    licence="Apache-2.0",
    source="huggingface.co/datasets/allenai/real-toxicity-prompts",
    hub=HubPlace("allenai/real-toxicity-prompts", split="train"),
    warning=ABOUT,
    examples="none",
)
