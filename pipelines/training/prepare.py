"""From a spec to what training needs on disk: the corpus read, a tokenizer, the encoded rows of tokens.

Each part is kept in the job's folder, so that a resumed job finds it there and goes on with the same data.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from transformers import PreTrainedTokenizerFast

from pipelines.core.errors import GlassworksError
from pipelines.core.files import read_json, write_json
from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.training.corpora import CorpusStore
from pipelines.training.corpus import documents
from pipelines.training.data import DataInfo, Windows, encode, encoded_before, split_rule
from pipelines.training.lineage import sha256_of
from pipelines.training.specs import PretrainSpec
from pipelines.training.tokenizer import load_tokenizer, train_tokenizer

_LEARN_CHARS = 50_000_000  # more text hardly changes the merges, and learning them takes memory
_TICK = 256


@dataclass(frozen=True)
class Prepared:
    tokenizer: PreTrainedTokenizerFast
    data: DataInfo
    train: np.ndarray
    validation: np.ndarray
    corpus_sha256: str

    def train_windows(self, spec: PretrainSpec) -> Windows:
        """The deck that the run draws from: as many windows as it will ever use."""
        items = spec.max_steps * spec.batch_size * spec.gradient_accumulation_steps
        return Windows(self.train, spec.context_length, items, spec.seed)

    def validation_windows(self, spec: PretrainSpec) -> Windows:
        return Windows(self.validation, spec.context_length)


def prepare(spec: PretrainSpec, context: JobContext, check: Callable[[], None]) -> Prepared:
    """Do what is not done yet. ``check`` is called often and may raise to end the work."""
    folder = context.dir.path / "data"
    data = encoded_before(folder)
    if data is None:
        data = _encode_corpus(spec, context, check, folder)
    _long_enough(spec, data)
    return Prepared(
        load_tokenizer(folder / "tokenizer"),
        data,
        np.memmap(folder / "train.bin", data.dtype, "r"),
        np.memmap(folder / "validation.bin", data.dtype, "r"),
        read_json(folder / "corpus.json", {}).get("sha256", ""),
    )


def _encode_corpus(
    spec: PretrainSpec, context: JobContext, check: Callable[[], None], folder: Path
) -> DataInfo:
    settings = Settings()
    context.phase("reading the corpus")
    path = CorpusStore(settings).path(spec.corpus)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "corpus.json", {"id": spec.corpus, "sha256": sha256_of(path)})
    rule = split_rule(_checked(documents(path), check), spec.validation_share, spec.seed)
    kept = (text for text in _checked(documents(path), check) if not rule.holds_out(text))
    tokenizer = _tokenizer(spec, context, settings, kept)
    tokenizer.save_pretrained(folder / "tokenizer")
    context.phase("encoding the corpus")
    return encode(_checked(documents(path), check), tokenizer, rule, folder)


def _tokenizer(
    spec: PretrainSpec, context: JobContext, settings: Settings, texts: Iterable[str]
) -> PreTrainedTokenizerFast:
    if spec.tokenizer == "train":
        context.phase("learning the tokenizer")
        return train_tokenizer(_first_chars(texts, _LEARN_CHARS), spec.vocab_size)
    from pipelines.models.catalogue import Catalogue  # only here, so that most runs need no catalogue

    context.phase("taking over the tokenizer")
    return load_tokenizer(Catalogue(settings).resolve(spec.tokenizer))


def _checked(texts: Iterable[str], check: Callable[[], None]) -> Iterator[str]:
    source = iter(texts)
    while group := list(islice(source, _TICK)):
        check()
        yield from group


def _first_chars(texts: Iterable[str], limit: int) -> Iterator[str]:
    for text in texts:
        if limit <= 0:
            return
        limit -= len(text)
        yield text


def _long_enough(spec: PretrainSpec, data: DataInfo) -> None:
    for tokens, part in ((data.train_tokens, "training"), (data.validation_tokens, "validation")):
        least = spec.context_length + 1 if part == "training" else 2
        if tokens < least:
            raise GlassworksError(
                f"The {part} part of the corpus has {tokens:,} tokens, fewer than one context needs "
                f"({least:,}). Add text, or lower context_length."
            )
