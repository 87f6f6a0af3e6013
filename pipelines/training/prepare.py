"""From a spec to what training needs on disk: the corpora read, a tokenizer, the encoded rows of tokens.

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
from pipelines.training.data import DataInfo, Deck, SplitRule, Windows, encode, encoded_before, split_rule
from pipelines.training.lineage import sha256_of
from pipelines.training.objectives.sizes import sentinels_needed
from pipelines.training.specs import PretrainSpec
from pipelines.training.tokenizer import load_tokenizer, train_tokenizer, without_template

_LEARN_CHARS = 50_000_000  # more text hardly changes the merges, and learning them takes memory
_TICK = 256


@dataclass(frozen=True)
class Encoded:
    """One corpus as rows of token ids, and what is known of it."""

    data: DataInfo
    train: np.ndarray
    validation: np.ndarray
    sha256: str


@dataclass(frozen=True)
class Prepared:
    tokenizer: PreTrainedTokenizerFast
    first: Encoded
    second: Encoded | None = None

    @property
    def corpora(self) -> dict[str, Encoded]:
        """By the prefix that their figures have: nothing for the first, ``second_`` for the second."""
        return {"": self.first, **({"second_": self.second} if self.second else {})}

    def deck(self, spec: PretrainSpec, processes: int = 1) -> Deck:
        second = self.second.train if self.second else None
        return Deck(spec.plan, self.first.train, second, (spec.seed, spec.order), processes)

    def validation_windows(self, context: int) -> dict[str, Windows]:
        return {prefix: Windows(corpus.validation, context) for prefix, corpus in self.corpora.items()}


def prepare(spec: PretrainSpec, context: JobContext, check: Callable[[], None]) -> Prepared:
    """Do what is not done yet. ``check`` is called often and may raise to end the work."""
    folder = context.dir.path / "data"
    folders = {"": folder, **({"second_": folder / "second"} if spec.second_corpus else {})}
    if any(encoded_before(f) is None for f in folders.values()):
        _encode_corpora(spec, context, check, folders)
    read = {prefix: encoded_in(f) for prefix, f in folders.items()}
    for corpus in read.values():
        _long_enough(spec, corpus.data)
    return Prepared(load_tokenizer(folder / "tokenizer"), read[""], read.get("second_"))


def encoded_in(folder: Path) -> Encoded:
    """What :func:`prepare` left for one corpus."""
    data = encoded_before(folder)
    return Encoded(
        data,
        np.memmap(folder / "train.bin", data.dtype, "r"),
        np.memmap(folder / "validation.bin", data.dtype, "r"),
        read_json(folder / "corpus.json", {}).get("sha256", ""),
    )


@dataclass(frozen=True)
class _Source:
    """A corpus before it is encoded: where it lies, and which of its documents are held out."""

    path: Path
    rule: SplitRule
    check: Callable[[], None]

    def documents(self) -> Iterator[str]:
        return _checked(documents(self.path), self.check)

    def kept(self) -> Iterator[str]:
        return (text for text in self.documents() if not self.rule.holds_out(text))


def _encode_corpora(
    spec: PretrainSpec, context: JobContext, check: Callable[[], None], folders: dict[str, Path]
) -> None:
    context.phase("reading the corpus")
    names = {"": spec.corpus, "second_": spec.second_corpus}
    sources = {prefix: _source(spec, names[prefix], check, folder) for prefix, folder in folders.items()}
    tokenizer = _tokenizer(spec, context, sources)
    tokenizer.save_pretrained(folders[""] / "tokenizer")
    context.phase("encoding the corpus")
    for prefix, folder in folders.items():
        if encoded_before(folder) is None:
            encode(sources[prefix].documents(), tokenizer, sources[prefix].rule, folder)


def _source(spec: PretrainSpec, name: str, check: Callable[[], None], folder: Path) -> _Source:
    path = CorpusStore(Settings()).fetch(name, check)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "corpus.json", {"id": name, "sha256": sha256_of(path)})
    rule = split_rule(_checked(documents(path), check), spec.validation_share, spec.seed)
    return _Source(path, rule, check)


def _tokenizer(
    spec: PretrainSpec, context: JobContext, sources: dict[str, _Source]
) -> PreTrainedTokenizerFast:
    if not spec.start_from and spec.tokenizer == "train":
        context.phase("learning the tokenizer")
        sentinels = sentinels_needed(spec) if spec.architecture == "t5" else 0
        return train_tokenizer(_learnt_from(spec, sources), spec.vocab_size, sentinels)
    from pipelines.models.catalogue import Catalogue  # only here, so that most runs need no catalogue

    context.phase("taking over the tokenizer")
    catalogue = Catalogue(Settings())
    if spec.start_from:
        return load_tokenizer(catalogue.tokenizer_folder(spec.start_from))
    return without_template(load_tokenizer(catalogue.tokenizer_folder(spec.tokenizer)))


def _learnt_from(spec: PretrainSpec, sources: dict[str, _Source]) -> Iterator[str]:
    """Both corpora, in the proportions that they will be trained on."""
    read = 0
    for text in _first_chars(sources[""].kept(), _LEARN_CHARS):
        read += len(text)
        yield text
    share = spec.plan.second_tokens / spec.plan.tokens
    if share:
        yield from _first_chars(sources["second_"].kept(), min(_LEARN_CHARS, int(read * share / (1 - share))))


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
