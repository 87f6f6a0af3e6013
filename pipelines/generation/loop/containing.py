"""A text that must contain given words: free until there is just room for those that have not occurred.

The text cannot end before all of them occur. A word that has not come by itself is written by the tokens that
the tokenizer splits it into, as the last ones of the text.
"""

import torch

from pipelines.core.errors import SpecError
from pipelines.generation.detokenizer import Detokenizer
from pipelines.generation.loop.column import Setting
from pipelines.generation.loop.tokens import writing_tokens


class Containing:
    """A :class:`~pipelines.generation.loop.search.Constraint`. ``pattern`` has one word or phrase a line."""

    def __init__(self, pattern: str):
        lines = dict.fromkeys(line.strip() for line in pattern.splitlines())
        self._pattern = pattern
        self._words = [
            one for one in lines if one and not any(one in other for other in lines if other != one)
        ]
        if not self._words:
            raise SpecError("pattern", pattern, "one word or phrase a line")

    def begin(self, setting: Setting, samples: int) -> None:
        """Raises SpecError for words that this tokenizer cannot write, or that need more room."""
        plans = {word: _plan(setting, word) for word in self._words}
        self._texts = [_Text(setting, plans) for _ in range(samples)]
        if (needed := self._texts[0].needed) > setting.max_new_tokens:
            room = f"words that {setting.max_new_tokens} tokens can write, for so many have room"
            raise SpecError("pattern", self._pattern, f"{room} (these need {needed})")
        self._device, ends = setting.loaded.device, sorted(setting.ends)
        self._open = writing_tokens(setting.loaded)  # while words are missing
        self._open[ends] = False
        self._done = self._open.clone()
        self._done[ends] = True

    def allowed(self, samples: list[int]) -> torch.Tensor:
        return torch.stack([self._mask(self._texts[sample]) for sample in samples]).to(self._device)

    def accept(self, sample: int, token: int) -> None:
        self._texts[sample].add(token)

    def _mask(self, text: "_Text") -> torch.Tensor:
        """[vocabulary], bool"""
        if (forced := text.forced()) is None:
            return self._open if text.missing else self._done
        mask = torch.zeros_like(self._open)
        mask[forced] = True
        return mask


class _Text:
    """``missing`` are the words that have not occurred; ``plans`` are the ids that write each of all."""

    def __init__(self, setting: Setting, plans: dict[str, list[int]]):
        self._plans, self.missing = plans, list(plans)
        self._left = setting.max_new_tokens
        self._queue: list[int] = []  # ids that must come next
        self._detokenizer = Detokenizer(setting.loaded.tokenizer, setting.prompt_ids[: setting.new_from])
        for token in setting.prompt_ids[setting.new_from :]:
            self._read(token)

    @property
    def needed(self) -> int:
        """Tokens that write what is missing."""
        return sum(len(self._plans[word]) for word in self.missing)

    def forced(self) -> int | None:
        """The only token that may come next; None while there is room to spare."""
        if not self._queue and self.missing and self._left <= self.needed:
            self._queue = [token for word in self.missing for token in self._plans[word]]
        return self._queue[0] if self._queue else None

    def add(self, token: int) -> None:
        del self._queue[:1]
        self._left -= 1
        self._read(token)

    def _read(self, token: int) -> None:
        self._detokenizer.add(token)
        self.missing = [word for word in self.missing if word not in self._detokenizer.text]


def _plan(setting: Setting, word: str) -> list[int]:
    """Ids that write the word behind another text, with a space before it where the tokenizer can do so."""
    tokenizer = setting.loaded.tokenizer
    ways = []
    for text in (f" {word}", word):
        ids = tokenizer.encode(text, add_special_tokens=False)
        detokenizer = Detokenizer(tokenizer, setting.prompt_ids)
        ways.append((ids, "".join(map(detokenizer.add, ids)) + detokenizer.finish()))
    fitting = [ids for ids, text in ways if text == f" {word}"] or [ids for ids, text in ways if word in text]
    if not fitting:
        accepted = f"words that the model's tokenizer can write; this one becomes {ways[-1][1]!r}"
        raise SpecError("pattern", word, accepted)
    return fitting[0]
