"""What can be asked of texts, by any metric. Standard library and core only."""

from dataclasses import dataclass, field
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_whole
from pipelines.evaluation.metrics.specs import SELF_BLEU, MetricSettings, kind_named, settings_of

MOST_TEXTS, MOST_REFERENCES = 2_000, 16
MOST_CHARS, MOST_CHARS_IN_ALL = 20_000, 1_000_000
MOST_CHARS_OF_VECTORS = 200_000  # a vector for each token is in memory
MOST_TOGETHER = 200  # texts of which each is compared with all the others
MOST_SAMPLES = 10_000
BOOTSTRAP, RANDOMISATION = "bootstrap", "randomisation"
References = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class MetricRequest:
    """``references[prediction]`` are the texts that would be right; none where the metric needs none. With
    ``against``, the predictions of a second system for the same references, the two are also compared by
    ``test``. ``samples`` are drawn with ``seed``. Answered by one Measured."""

    metric: str
    predictions: tuple[str, ...]
    references: References = ()
    settings: dict[str, Any] = field(default_factory=dict)
    against: tuple[str, ...] = ()
    test: str = RANDOMISATION
    samples: int = 1000
    seed: int = 12345

    def __post_init__(self) -> None:
        kind = kind_named(self.metric)
        self.chosen()
        _check_texts("predictions", self.predictions)
        if kind.name == SELF_BLEU and not 2 <= len(self.predictions) <= MOST_TOGETHER:
            raise SpecError(
                "predictions", f"{len(self.predictions):,} texts", f"2 to {MOST_TOGETHER} texts here"
            )
        if kind.wanted:
            self._check_references()
        elif self.references:
            raise SpecError(
                "references", "some", f"nothing for {kind.title}, which looks at predictions alone"
            )
        if self.against:
            self._check_against()
        if self.test not in (BOOTSTRAP, RANDOMISATION):
            raise SpecError("test", self.test, f"{BOOTSTRAP} or {RANDOMISATION}")
        check_whole("samples", self.samples, 100, MOST_SAMPLES)
        check_whole("seed", self.seed, 0, 2**31 - 1)
        texts = (*self.predictions, *self.against, *(text for each in self.references for text in each))
        most = MOST_CHARS_OF_VECTORS if kind.vectors else MOST_CHARS_IN_ALL
        if (count := sum(map(len, texts))) > most:
            raise SpecError("texts", count, f"at most {most:,} characters in all for {kind.title}")

    def chosen(self) -> MetricSettings:
        return settings_of(kind_named(self.metric), self.settings)

    def _check_references(self) -> None:
        given = self.references
        if len(given) != len(self.predictions):
            wanted = f"as many as predictions: {len(self.predictions):,}"
            raise SpecError("references", f"{len(given):,} of them", wanted)
        for number, each in enumerate(given, start=1):
            if not isinstance(each, tuple) or not 1 <= len(each) <= MOST_REFERENCES:
                wanted = f"1 to {MOST_REFERENCES} texts for each prediction"
                raise SpecError("references", f"other for prediction {number}", wanted)
            _check_texts("references", each)

    def _check_against(self) -> None:
        kind = kind_named(self.metric)
        if kind.together:
            raise SpecError("against", "texts", f"nothing for {kind.title}: it is no sum over single texts")
        _check_texts("against", self.against)
        if len(self.against) != len(self.predictions):
            wanted = f"as many as predictions: {len(self.predictions):,}"
            raise SpecError("against", f"{len(self.against):,} of them", wanted)


def _check_texts(name: str, texts: object) -> None:
    if not isinstance(texts, tuple) or not 1 <= len(texts) <= MOST_TEXTS:
        count = f"{len(texts):,} of them" if isinstance(texts, tuple) else texts
        raise SpecError(name, count, f"a list of 1 to {MOST_TEXTS:,} texts")
    for number, text in enumerate(texts, start=1):
        if not isinstance(text, str) or len(text) > MOST_CHARS:
            wanted = f"texts of at most {MOST_CHARS:,} characters"
            raise SpecError(name, f"another thing at place {number}", wanted)
