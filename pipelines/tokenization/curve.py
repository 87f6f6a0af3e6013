"""Compression against the size of the vocabulary, on text held out of the training.

For BPE and WordPiece all smaller vocabularies lie inside the largest one: learning stops sooner, it does not
go elsewhere. They are cut from one training. Unigram is learnt again at each size.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tokenizers import Tokenizer

from pipelines.core.errors import SpecError
from pipelines.tokenization.specs import MAX_CURVE, TokenizerSpec, below_alphabet
from pipelines.tokenization.train import Trained, train

CUT, LEARNT = "cut", "learnt"


@dataclass(frozen=True)
class CurvePoint:
    """``vocab_size`` tokens write ``bytes`` of UTF-8 in ``tokens``. ``asked`` is the size that was asked
    for."""

    asked: int
    vocab_size: int
    tokens: int
    bytes: int

    @property
    def bytes_per_token(self) -> float:
        return self.bytes / max(1, self.tokens)


@dataclass(frozen=True)
class Curve:
    """``by`` is ``cut`` (all from one training) or ``learnt`` (a training at each size)."""

    by: str
    points: tuple[CurvePoint, ...]


def curve(
    trained: Trained,
    texts: Sequence[str],
    held_out: Sequence[str],
    spec: TokenizerSpec,
    check: Callable[[int, int], None] = lambda done, total: None,
    found: Callable[[CurvePoint], None] = lambda point: None,
) -> Curve:
    """``texts`` are what ``trained`` was learnt on. ``check`` is called with (sizes done, sizes) before
    each and may raise to end the work; ``found`` gets each point as soon as it is there."""
    sizes = _sizes(trained, spec)
    by = LEARNT if spec.algorithm == "unigram" else CUT
    points = []
    for number, size in enumerate(sizes):
        check(number, len(sizes))
        points.append(_measured(_at(size, trained, texts, spec), held_out, size))
        found(points[-1])
    return Curve(by, tuple(points))


def _at(size: int, trained: Trained, texts: Sequence[str], spec: TokenizerSpec) -> Tokenizer:
    if spec.algorithm != "unigram":
        return cut(trained.backend, size, spec)
    if size in (spec.vocab_size, trained.size):
        return trained.backend
    if size < (least := _least(trained, spec)):
        raise SpecError("curve_sizes", size, below_alphabet(spec, least))
    return train(texts, replace(spec, vocab_size=size, curve_sizes="")).backend


def cut(core: Tokenizer, size: int, spec: TokenizerSpec) -> Tokenizer:
    """What training would have given at vocabulary ``size``: the first tokens, and for BPE the merges that
    had come when there were as many.

    Raises :class:`SpecError` for a size below the alphabet.
    """
    least = alphabet_end(core, spec)
    if size < least:
        raise SpecError("curve_sizes", size, below_alphabet(spec, least))
    definition = json.loads(core.to_str())
    model = definition["model"]
    vocab = {token: id_ for token, id_ in model["vocab"].items() if id_ < size}
    if "merges" in model:
        model["merges"] = _merges(model["merges"], least, size, model["vocab"])
    model["vocab"] = vocab
    return Tokenizer.from_str(json.dumps(definition))


def alphabet_end(core: Tokenizer, spec: TokenizerSpec) -> int:
    """The first id that was merged: special tokens and the alphabet come before."""
    vocab = core.get_vocab()
    special = {line.text for line in spec.tokens}
    prefix = "##" if spec.algorithm == "wordpiece" else ""
    single = [id_ for token, id_ in vocab.items() if token in special or len(token.removeprefix(prefix)) <= 1]
    return max(single, default=-1) + 1


def _merges(merges: list, least: int, size: int, vocab: dict[str, int]) -> list:
    """Two merges may make the same token; the second adds none, so tokens are counted, not merges."""
    found, made = [], least
    for merge in merges:
        if made >= size:
            break
        left, right = merge if isinstance(merge, list) else merge.split(" ")
        made = max(made, vocab[left + right] + 1)
        found.append(merge)
    return found


def _sizes(trained: Trained, spec: TokenizerSpec) -> list[int]:
    """Those asked for, else the powers of two from the alphabet on; and the size reached. Where it costs
    nothing, the alphabet alone comes first."""
    least, reached = _least(trained, spec), min(trained.size, spec.vocab_size)
    if spec.sizes:
        return [*(size for size in spec.sizes if size < reached), reached]
    doubling = [2**power for power in range(3, 18) if least < 2**power < reached]
    alone = [least] if spec.algorithm != "unigram" and least < reached else []
    return [*alone, *doubling, reached][-MAX_CURVE:]


def _least(trained: Trained, spec: TokenizerSpec) -> int:
    """Special tokens and the alphabet. Unigram has them in no order, so they are counted."""
    if spec.algorithm != "unigram":
        return max(spec.smallest, alphabet_end(trained.backend, spec))
    special = {line.text for line in spec.tokens}
    single = (token for token in trained.backend.get_vocab() if len(token) == 1 and token not in special)
    return max(spec.smallest, len(special) + sum(1 for _ in single))


def _measured(core: Tokenizer, texts: Sequence[str], asked: int) -> CurvePoint:
    encoded = core.encode_batch(list(texts), add_special_tokens=False)
    size = sum(len(text.encode("utf-8")) for text in texts)
    return CurvePoint(asked, core.get_vocab_size(), sum(map(len, encoded)), size)
