"""A tokenizer learnt from texts by the tokenizers library. Knows no corpus names and no jobs.

>>> trained = train(["some text", "more text"], TokenizerSpec())   # doctest: +SKIP
>>> trained.save(folder)   # doctest: +SKIP
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.files import write_json
from pipelines.tokenization.guard import guarded
from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.sources.tokenizer_json import from_backend
from pipelines.tokenization.special_lines import SpecialLine
from pipelines.tokenization.specs import TokenizerSpec, below_alphabet

TOKENIZER, CONFIG = "tokenizer.json", "tokenizer_config.json"
_PREFIX = "##"
_NORMAL_FORMS = {
    "nfc": normalizers.NFC,
    "nfd": normalizers.NFD,
    "nfkc": normalizers.NFKC,
    "nfkd": normalizers.NFKD,
}


@dataclass(frozen=True, eq=False)
class Trained:
    """``backend`` is the library's tokenizer; ``config`` the content of tokenizer_config.json."""

    backend: Tokenizer
    config: dict[str, Any]

    @property
    def size(self) -> int:
        return self.backend.get_vocab_size()

    def loaded(self, name: str) -> LoadedTokenizer:
        """As all readers give it."""
        return from_backend(name, self.backend, json.loads(self.backend.to_str()), self.config)

    def save(self, folder: Path) -> None:
        """As transformers reads it: tokenizer.json and tokenizer_config.json."""
        self.backend.save(str(folder / TOKENIZER))
        write_json(folder / CONFIG, self.config)


def train(texts: Iterable[str], spec: TokenizerSpec) -> Trained:
    """Learn from ``texts``; fewer tokens than asked for where the corpus gives no more.

    Raises :class:`GlassworksError` for texts without a character, :class:`SpecError` for a vocabulary that
    the corpus's alphabet does not fit into. What ``texts`` raises passes through."""
    texts = texts if isinstance(texts, (list, tuple)) or spec.algorithm != "wordpiece" else list(texts)
    seen = _Seen(texts)
    if spec.algorithm == "wordpiece":
        core = _wordpiece(seen, spec)
    else:
        core = _learnt(seen, spec, _BUILDERS[spec.algorithm])
    if not seen.anything:
        raise GlassworksError("The corpus holds no text; give one with some sentences in it.")
    if core.get_vocab_size() > spec.vocab_size:
        raise SpecError("vocab_size", spec.vocab_size, below_alphabet(spec, core.get_vocab_size()))
    if spec.template != "none":
        core.post_processor = _template(core, spec)
    return Trained(core, _config(spec))


def frame(core: Tokenizer, spec: TokenizerSpec) -> Tokenizer:
    """Give a tokenizer the normaliser, the pre-tokenizer and the decoder of the spec."""
    steps = [_NORMAL_FORMS[spec.normalizer]()] if spec.normalizer != "none" else []
    steps += [normalizers.NFD(), normalizers.StripAccents()] if spec.strip_accents else []
    steps += [normalizers.Lowercase()] if spec.lowercase else []
    if steps:
        core.normalizer = steps[0] if len(steps) == 1 else normalizers.Sequence(steps)
    digits = [pre_tokenizers.Digits(individual_digits=True)] if spec.split_digits else []
    if spec.byte_level:
        cuts, core.decoder = [*digits, pre_tokenizers.ByteLevel(add_prefix_space=False)], decoders.ByteLevel()
    elif spec.algorithm == "wordpiece":
        cuts, core.decoder = [pre_tokenizers.BertPreTokenizer(), *digits], decoders.WordPiece(prefix=_PREFIX)
    else:
        cuts, core.decoder = [pre_tokenizers.Metaspace(), *digits], _spaces_again(spec)
    core.pre_tokenizer = cuts[0] if len(cuts) == 1 else pre_tokenizers.Sequence(cuts)
    if spec.byte_level and spec.algorithm == "wordpiece":
        parts = [decoders.Replace(_PREFIX, ""), decoders.Fuse(), decoders.ByteLevel()]
        core.decoder = decoders.Sequence(parts)
    return core


def _spaces_again(spec: TokenizerSpec) -> Any:
    """The decoder of pieces that carry their space as ``▁``."""
    if not spec.byte_fallback:
        return decoders.Metaspace()
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    return decoders.Sequence(steps)


def _template(core: Tokenizer, spec: TokenizerSpec) -> Any:
    single, pair = spec.around
    with guarded("The template cannot be made of these special tokens"):
        ids = [(token, core.token_to_id(token)) for token in set(single) - {"$A"}]
        return processors.TemplateProcessing(single=single, pair=pair, special_tokens=ids)


def added(line: SpecialLine) -> AddedToken:
    """A special token with its flags."""
    given = {flag: flag in line.flags for flag in ("lstrip", "rstrip", "single_word", "normalized")}
    return AddedToken(line.text, special=True, **given)


class _Seen:
    """Texts on their way to the library; knows afterwards whether there was anything in them."""

    def __init__(self, texts: Iterable[str]):
        self._texts, self.anything = texts, False

    def __iter__(self) -> Iterator[str]:
        for text in self._texts:
            self.anything = self.anything or bool(text.strip())
            # a lone surrogate is no text, and the library would refuse the whole corpus for it
            yield text.encode("utf-8", "replace").decode("utf-8")


def _alphabet(spec: TokenizerSpec) -> list[str]:
    return sorted(pre_tokenizers.ByteLevel.alphabet()) if spec.byte_level else []


def _bpe(spec: TokenizerSpec, tokens: list[AddedToken]) -> tuple[Any, Any]:
    model = models.BPE() if spec.byte_level else models.BPE(unk_token=spec.filling("unk"))
    trainer = trainers.BpeTrainer(
        vocab_size=spec.vocab_size,
        min_frequency=spec.min_frequency,
        special_tokens=tokens,
        initial_alphabet=_alphabet(spec),
        show_progress=False,
    )
    return model, trainer


def _unigram(spec: TokenizerSpec, tokens: list[AddedToken]) -> tuple[Any, Any]:
    trainer = trainers.UnigramTrainer(
        vocab_size=spec.vocab_size,
        special_tokens=tokens,
        initial_alphabet=_alphabet(spec),
        unk_token=spec.filling("unk"),
        show_progress=False,
    )
    return models.Unigram(), trainer


_BUILDERS: dict[str, Callable[..., tuple[Any, Any]]] = {"bpe": _bpe, "unigram": _unigram}


def _learnt(texts: Iterable[str], spec: TokenizerSpec, build: Callable[..., tuple[Any, Any]]) -> Tokenizer:
    model, trainer = build(spec, [*(added(line) for line in spec.tokens), *_byte_tokens(spec)])
    core = frame(Tokenizer(model), spec)
    try:
        core.train_from_iterator(texts, trainer)
    except Exception as fault:
        if "not large enough to contain all chars" not in str(fault):
            raise
        raise SpecError("vocab_size", spec.vocab_size, _too_small(texts, spec)) from None
    return _falling_back(core, spec) if spec.byte_fallback else core


def _byte_tokens(spec: TokenizerSpec) -> list[AddedToken]:
    """``<0x00>`` to ``<0xFF>``; learning gives them the ids after the special tokens."""
    given = {line.text for line in spec.tokens}
    names = (f"<0x{byte:02X}>" for byte in range(256 if spec.byte_fallback else 0))
    return [AddedToken(name, normalized=False) for name in names if name not in given]


def _falling_back(core: Tokenizer, spec: TokenizerSpec) -> Tokenizer:
    """The bytes as tokens of the model, for characters that it lacks, and no longer found in a text."""
    definition = json.loads(core.to_str())
    special = {line.text for line in spec.tokens}
    definition["added_tokens"] = [t for t in definition["added_tokens"] if t["content"] in special]
    definition["model"]["byte_fallback"] = True
    return Tokenizer.from_str(json.dumps(definition))


def _too_small(texts: Iterable[str], spec: TokenizerSpec) -> str:
    """For Unigram, which refuses without a number: BPE without a merge has the alphabet and nothing else."""
    values = {**spec.to_dict(), "algorithm": "bpe", "curve_sizes": "", "vocab_size": spec.vocab_size}
    core = _learnt(texts, TokenizerSpec.from_dict(values), _bpe)
    return below_alphabet(spec, max(core.get_vocab_size(), spec.vocab_size + 1))


def _wordpiece(texts: Iterable[str], spec: TokenizerSpec) -> Tokenizer:
    """The library gives the pieces inside words ids in no fixed order; listed in order beforehand, the same
    corpus gives the same tokenizer. At byte level all bytes are listed, so that any word can be spelt."""
    tokens = [line.text for line in spec.tokens]
    inside = [_PREFIX + c for c in _alphabet(spec)] or _inside_words(texts, spec)
    listed = [*tokens, *(piece for piece in inside if piece not in tokens)]
    draft = _pieces(texts, spec, listed, spec.vocab_size)
    ordered = sorted(draft.get_vocab().items(), key=lambda item: item[1])
    vocab = {token: number for number, (token, _) in enumerate(ordered)}
    unknown = spec.filling("unk") or tokens[0] if tokens else ""
    model = models.WordPiece(vocab, unk_token=unknown, continuing_subword_prefix=_PREFIX)
    core = frame(Tokenizer(model), spec)
    core.add_special_tokens([added(line) for line in spec.tokens])
    return core


def _pieces(texts: Iterable[str], spec: TokenizerSpec, listed: list[str], size: int) -> Tokenizer:
    core = frame(Tokenizer(models.WordPiece(unk_token=spec.filling("unk") or "")), spec)
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        min_frequency=spec.min_frequency,
        special_tokens=listed,
        initial_alphabet=_alphabet(spec),
        continuing_subword_prefix=_PREFIX,
        show_progress=False,
    )
    core.train_from_iterator(texts, trainer)
    return core


def _inside_words(texts: Iterable[str], spec: TokenizerSpec) -> list[str]:
    """The characters that go on inside words: a vocabulary of no room has them, and no merges."""
    alphabet = _pieces(texts, spec, [line.text for line in spec.tokens], 0).get_vocab()
    return sorted(token for token in alphabet if token.startswith(_PREFIX) and len(token) == len(_PREFIX) + 1)


def _config(spec: TokenizerSpec) -> dict[str, Any]:
    """tokenizer_config.json: roles by name, the other special tokens as extra ones."""
    lines = spec.tokens
    roles = {f"{role}_token": _written(line) for line in lines for role in line.roles}
    extra = [_written(line) for line in lines if not line.roles]
    return {
        "backend": "tokenizers",
        "clean_up_tokenization_spaces": False,
        **roles,
        "extra_special_tokens": extra,
        "model_max_length": int(1e30),
        "tokenizer_class": "PreTrainedTokenizerFast",
    }


def _written(line: SpecialLine) -> Any:
    """A token with flags has to say them: transformers would add it without."""
    if not line.flags:
        return line.text
    token = added(line)
    names = ("lstrip", "normalized", "rstrip", "single_word", "special")
    flags = {name: getattr(token, name) for name in names}
    return {"__type": "AddedToken", "content": line.text, **flags}
