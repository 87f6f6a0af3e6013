"""What a model in tuning answers to the same prompts at each measurement, with the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from transformers import PreTrainedTokenizerFast

from pipelines.training.objectives.quiet import quietly
from pipelines.training.rows.examples import Completion
from pipelines.training.samples import Writer
from pipelines.training.tuning.encode import encode_whole
from pipelines.training.tuning.rows import Rows
from pipelines.training.tuning.specs import SftSpec

_SHOWN, _CONTINUED = 3, 16  # held-out rows that are answered; tokens of a text that is to go on


@dataclass(frozen=True)
class Prompt:
    """``ids`` are what the model reads: the template's tokens too, up to where its answer begins."""

    text: str
    ids: tuple[int, ...]


def prompts_of(spec: SftSpec, tokenizer: PreTrainedTokenizerFast, held_out: Rows) -> tuple[Prompt, ...]:
    """Those of the spec, or the first few held-out rows that differ."""
    given = [_given(text, spec, tokenizer) for text in spec.sample_prompts if text.strip()]
    return tuple(given) or tuple(_from_rows(tokenizer, held_out))


def answers(prompts: tuple[Prompt, ...], write: Writer, model: Any) -> list[tuple[str, str]]:
    """(prompt, answer) for each."""
    with quietly(model):
        return [(prompt.text, write(model, prompt.ids)) for prompt in prompts]


def _given(text: str, spec: SftSpec, tokenizer: PreTrainedTokenizerFast) -> Prompt:
    if spec.task == "continue":
        return Prompt(text, tuple(tokenizer(text, add_special_tokens=False).input_ids))
    encoded = encode_whole(Completion(0, text, "."), tokenizer, spec.chat_template)
    return Prompt(text, encoded.input_ids[: encoded.trained.index(True)])


def _from_rows(tokenizer: PreTrainedTokenizerFast, rows: Rows) -> Iterator[Prompt]:
    seen: set[tuple[int, ...]] = set()
    for place in range(len(rows)):
        ids = tuple(rows.prompt(place))
        if len(ids) < 2:  # all of it is learnt
            ids = tuple(rows[place]["input_ids"][:_CONTINUED].tolist())
        if ids not in seen:
            seen.add(ids)
            yield Prompt(tokenizer.decode(ids, skip_special_tokens=True).strip(), ids)
        if len(seen) == _SHOWN:
            return
