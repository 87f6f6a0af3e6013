"""Language modelling on a corpus as a task of a run: its items are documents, told by their beginning."""

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import Settings
from pipelines.evaluation.language.measure import measure
from pipelines.evaluation.language.result import BYTES, CHARACTERS, NATS, TOKENS, LanguageResult
from pipelines.evaluation.records import Figure, Metric, Outcome
from pipelines.evaluation.results.keys import Way, key_of
from pipelines.evaluation.results.records import Figures, Kept, Result
from pipelines.evaluation.specs import TEXT, EvalSpec, fewer_bits
from pipelines.models.loader import LoadedModel

Documents = Callable[[str, Settings, int], Iterable[str]]

_FOR_ALL = f"{TEXT}sample"
_MOST = 1_000_000  # documents
_BEGINNING = 300  # characters of a document that are kept to know it by
_DIGEST = 8  # bytes


def _metric(name: str, about: str) -> Metric:
    return Metric(name, about, higher_is_better=False, pooled="ratio", share=False)


METRICS = (
    _metric("bits_per_byte", "What a byte of the text costs: compares all models, whatever their tokens."),
    _metric("bits_per_character", "What a character of the text costs."),
    _metric("word_perplexity", "Perplexity for each word between white space."),
    _metric("byte_perplexity", "Perplexity for each byte."),
    _metric("perplexity", "Perplexity for each token: compares models of one tokenizer alone."),
    _metric("loss", "Cross-entropy in nats for each token."),
)


@dataclass(frozen=True)
class Text:
    """``documents`` opens them; ``digests`` and ``beginnings`` have an entry for each, and together they have
    so many ``characters``."""

    name: str
    documents: Callable[[], Iterator[str]]
    digests: tuple[str, ...]
    beginnings: tuple[str, ...]
    characters: int
    way: Way
    settings: dict[str, Any]

    @property
    def count(self) -> int:
        return len(self.digests)

    def result(self, model: str, digest: str = "", count: int | None = None) -> Result:
        """Without figures, of the first ``count`` documents; with the model's ``digest`` it has its key."""
        asked = self.digests[:count]
        return Result(
            key=key_of(self.way.with_model(digest), asked, model) if digest else "",
            model=model,
            digest=digest,
            task=self.name,
            title=f"Language modelling: {self.name.removeprefix(TEXT)}",
            kind="text",
            version=self.way.version,
            setup=self.way.with_items(asked),
            settings=self.settings,
            metrics=METRICS,
            figures=(),
            wanted=self.count,
            reader=self.way.reader,
        )


def text_of(name: str, spec: EvalSpec, settings: Settings, documents: Documents) -> Text:
    """Reads the corpus through. Raises :class:`GlassworksError` where there is no text."""
    most = min(spec.limit or _MOST, _MOST)

    def opened() -> Iterator[str]:
        found = documents(name.removeprefix(TEXT), settings, most)
        return islice((text for text in found if text.strip()), most)

    digests, beginnings, characters = [], [], 0
    for text in opened():
        digests.append(_digest(text))
        beginnings.append(text[:_BEGINNING])
        characters += len(text)
    if not digests:
        raise GlassworksError(f"There is no text in {name.removeprefix(TEXT)}.")
    more = {"context_length": spec.context_length, "stride": spec.stride} | fewer_bits(spec)
    reader = "" if name == _FOR_ALL else spec.reader
    way = Way(task=TEXT, version=1, reader=reader, more=tuple(more.items()))
    return Text(name, opened, tuple(digests), tuple(beginnings), characters, way, more)


def measured(
    text: Text,
    loaded: LoadedModel,
    spec: EvalSpec,
    stopped: Callable[[], bool],
    advance: Callable[[int], None],
) -> tuple[LanguageResult, int]:
    """(what was found, of how many documents): of all, or of those before ``stopped`` said so. ``advance``
    hears of characters and may raise."""
    read = 0

    def until_stopped() -> Iterator[str]:
        nonlocal read
        for document in text.documents():
            if read and stopped():
                return
            read += 1
            yield document

    size = spec.context_length, spec.stride
    found = measure(loaded, until_stopped(), *size, advance=advance, batch_tokens=spec.batch_tokens)
    return found, read


def figures_of(found: LanguageResult) -> Figures:
    """In the order of the metrics; an error that is not known is NaN."""
    values, count = found.figures(), len(found.documents)
    return tuple(
        Figure(one.name, values[one.name], values.get(f"{one.name}_stderr", math.nan), count)
        for one in METRICS
        if one.name in values
    )


def kept_of(text: Text, found: LanguageResult, count: int) -> Iterator[Kept]:
    """One for each of the first ``count`` documents, to compare models by; none where a document was left
    out, as one of no tokens is."""
    if len(found.documents) != count:
        return
    for number, (digest, beginning, row) in enumerate(
        zip(text.digests, text.beginnings, found.documents.tolist(), strict=False)
    ):
        values = {
            "bits_per_byte": row[NATS] / math.log(2) / row[BYTES],
            "bits_per_character": row[NATS] / math.log(2) / row[CHARACTERS],
            "loss": row[NATS] / row[TOKENS],
        }
        details = {"tokens": int(row[TOKENS]), "characters": int(row[CHARACTERS])}
        outcome = Outcome(str(number), "", values, beginning, "", details=details)
        yield Kept(digest, digest, outcome, {})


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=_DIGEST).hexdigest()
