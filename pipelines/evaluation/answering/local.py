"""A model in memory as who answers the asks of an evaluation."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.evaluation.answering.encoding import Encoder, Reading
from pipelines.evaluation.answering.scoring import Scored, Scorer
from pipelines.evaluation.answering.writing import Writer
from pipelines.evaluation.records import Ask, Progress, Said, Write
from pipelines.models.loader import LoadedModel


class LocalAnswerer:
    """An :class:`~pipelines.evaluation.records.Answerer`. ``batch_tokens`` are read at once, 0 for as many as
    suit the device; ``advance`` hears of asks that are answered as soon as they are, and may raise to stop.
    With ``pieces`` it says of each token how likely it was. Raises :class:`GlassworksError` for a model that
    does not continue text."""

    def __init__(
        self,
        loaded: LoadedModel,
        batch_tokens: int = 0,
        advance: Progress = lambda count: None,
        pieces: bool = False,
    ):
        self.name, self._tokenizer = loaded.name, loaded.tokenizer
        self._encoder, self._scorer = Encoder(loaded), Scorer(loaded, batch_tokens)
        self._writer = Writer(loaded, self._encoder)
        self._advance, self._pieces = advance, pieces

    def score(self, asks: Sequence[Ask]) -> list[Said]:
        """Raises :class:`GlassworksError` for a continuation that is longer than what the model reads, and
        for an empty context where it has no token to begin with."""
        readings = self._encoder.readings(asks)
        times = Counter(readings)
        once = list(times)
        found = self._scorer.score(once, lambda some: self._advance(sum(times[once[at]] for at in some)))
        said = {one: self._said(one, scored) for one, scored in zip(once, found, strict=True)}
        return [said[one] for one in readings]

    def write(self, writes: Sequence[Write]) -> list[tuple[str, ...]]:
        return self._writer.write(writes, self._advance)

    def chat(self, messages: Sequence[Mapping[str, str]]) -> str:
        """A template that takes no system message is asked without one, as lm-evaluation-harness does."""
        if not getattr(self._tokenizer, "chat_template", None):
            raise GlassworksError(f"{self.name} has no chat template: ask it without one.")
        own = [message for message in messages if message["role"] != "system"]
        for given in (messages, own):
            try:
                return self._tokenizer.apply_chat_template(
                    [dict(message) for message in given], tokenize=False, add_generation_prompt=True
                )
            except Exception as error:  # a template is a program and may raise anything
                why = " ".join(str(error).split())[:300]
        raise GlassworksError(f"The chat template of {self.name} refuses the messages: {why}")

    def scores(self) -> bool:
        return True

    def _said(self, reading: Reading, scored: Scored) -> Said:
        total, greedy = float(scored.log_probs.sum(dtype="float64")), bool(scored.greedy.all())
        return Said(total, greedy, reading.scored, reading.cut, self._told(reading, scored))

    def _told(self, reading: Reading, scored: Scored) -> tuple[tuple[str, float], ...]:
        if not self._pieces:
            return ()
        ids: Any = reading.ids[len(reading.ids) - reading.scored :]
        return tuple(zip(map(self._tokenizer.decode, ids), scored.log_probs.tolist(), strict=True))
