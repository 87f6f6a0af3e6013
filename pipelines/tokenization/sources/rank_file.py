"""A tiktoken rank file: one token a line, its bytes in base64, a space, its rank.

tiktoken merges whichever neighbours together spell the token of the lowest rank. The tokenizers library wants
the two halves of each token instead, so they are found by merging each token's bytes with the tokens of lower
rank. Every token of a rank file that was learnt comes apart into exactly two that way; where one does not,
all its halves are given, which is what tiktoken would try.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tokenizers import AddedToken, Tokenizer

from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.raw import BYTE_TO_CHAR
from pipelines.tokenization.sources.files import TokenizerFileError, check_ids
from pipelines.tokenization.sources.split_patterns import SplitPattern, choose
from pipelines.tokenization.sources.tokenizer_json import from_backend, parse

Ranks = dict[bytes, int]
_MAX_TOKEN = 1_000  # bytes of one token; published ones end at 128


def looks_like_ranks(data: bytes) -> bool:
    """Whether the first line is base64, a space and a number."""
    first = data.lstrip().split(b"\n", 1)[0][: 2 * _MAX_TOKEN].split()
    return len(first) == 2 and first[1].isdigit() and _decoded(first[0]) is not None


def read_ranks(name: str, data: bytes, pattern: str = "") -> LoadedTokenizer:
    """``pattern`` names how text is cut (:data:`PATTERNS`); empty guesses it.

    Raises :class:`TokenizerFileError` naming the line that is no token, or the rank that is missing or
    double.
    """
    ranks = parse_ranks(data)
    chosen, split = choose(pattern, name, len(ranks))
    special = dict(split.special) if len(ranks) == split.ranks else {}
    _check_complete(ranks, set(special.values()))
    definition = _definition(ranks, split, special)
    backend = parse(json.dumps(definition))
    backend.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    _check_special(backend, special)
    loaded = from_backend(name, backend, definition, {})
    roles = split.roles if special else {}
    return replace(loaded, source="tiktoken", special=roles, config={"pattern": chosen})


def parse_ranks(data: bytes) -> Ranks:
    """Token bytes → rank. Raises :class:`TokenizerFileError` for a line that is not one and for a double."""
    ranks: Ranks = {}
    taken: set[int] = set()
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        token, rank = _line(line, number)
        if rank in taken:
            raise TokenizerFileError(f"Rank {rank:,} stands twice, again in line {number:,}.")
        if token in ranks:
            raise TokenizerFileError(
                f"Line {number:,} repeats a token: rank {rank:,} is spelt as rank {ranks[token]:,}."
            )
        ranks[token] = rank
        taken.add(rank)
    return ranks


def merges_of(ranks: Mapping[bytes, int]) -> list[tuple[bytes, bytes]]:
    """The two halves of each token, in order of rank.

    >>> merges_of({b"a": 0, b"b": 1, b"c": 2, b"bc": 3, b"ab": 4, b"abc": 5})
    [(b'b', b'c'), (b'a', b'b'), (b'a', b'bc')]
    """
    ordered = sorted((rank, token) for token, rank in ranks.items() if len(token) > 1)
    return [pair for rank, token in ordered for pair in _halves(token, rank, ranks)]


def _halves(token: bytes, rank: int, ranks: Mapping[bytes, int]) -> list[tuple[bytes, bytes]]:
    found = [
        (token[:cut], token[cut:])
        for cut in range(1, len(token))
        if token[:cut] in ranks and token[cut:] in ranks
    ]
    if len(found) < 2:
        return found
    parts = _merged(token, rank, ranks)
    return [(parts[0], parts[1])] if len(parts) == 2 else found


def _merged(token: bytes, below: int, ranks: Mapping[bytes, int]) -> list[bytes]:
    """The token's bytes, merged as long as a pair spells one of a rank below."""
    parts = [token[i : i + 1] for i in range(len(token))]
    while len(parts) > 2:
        rank, at = min((ranks.get(parts[i] + parts[i + 1], below), i) for i in range(len(parts) - 1))
        if rank >= below:
            break
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts


def _line(line: bytes, number: int) -> tuple[bytes, int]:
    parts = line.split()
    token = _decoded(parts[0]) if len(parts) == 2 else None
    if token is None or not parts[1].isdigit() or len(parts[1]) > 9:
        raise TokenizerFileError(
            f"Line {number:,} of the rank file is no token: a line has base64, a space and a rank."
        )
    if not 0 < len(token) <= _MAX_TOKEN:
        raise TokenizerFileError(
            f"Line {number:,}: a token has 1 to {_MAX_TOKEN:,} bytes, not {len(token):,}."
        )
    return token, int(parts[1])


def _decoded(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _check_complete(ranks: Ranks, special: set[int]) -> None:
    """Every rank from 0 up, save those that are special tokens'; and every byte, so that any text is
    spelt."""
    highest = max(ranks.values(), default=-1)
    check_ids(highest, "The rank file")
    present = set(ranks.values()) | special
    missing = next((rank for rank in range(highest + 1) if rank not in present), None)
    if missing is not None:
        raise TokenizerFileError(
            f"Rank {missing:,} is missing: the ranks must go from 0 to {highest:,} without a gap."
        )
    lacking = next((byte for byte in range(256) if bytes([byte]) not in ranks), None)
    if lacking is not None:
        raise TokenizerFileError(
            f"The byte 0x{lacking:02X} has no rank; a rank file has all 256 bytes, so that any text can"
            " be spelt."
        )


def _check_special(backend: Tokenizer, special: Mapping[str, int]) -> None:
    for token, id_ in special.items():
        if backend.token_to_id(token) != id_:
            raise TokenizerFileError(f"The rank file gives the id of {token}, {id_:,}, to another token.")


def _definition(ranks: Ranks, split: SplitPattern, special: Mapping[str, int]) -> dict[str, Any]:
    """A tokenizer.json that encodes as tiktoken does: a piece that is a token is taken whole."""
    vocab = {spelt(token): rank for token, rank in sorted(ranks.items(), key=lambda item: item[1])}
    return {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": split.regex}, "behavior": "Isolated", "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
            ],
        },
        "post_processor": None,
        "decoder": {
            "type": "ByteLevel",
            "add_prefix_space": False,
            "trim_offsets": False,
            "use_regex": False,
        },
        "model": {
            "type": "BPE",
            "ignore_merges": True,
            "vocab": {**vocab, **special},
            "merges": [[spelt(left), spelt(right)] for left, right in merges_of(ranks)],
        },
    }


def spelt(token: bytes) -> str:
    """Bytes in the alphabet of byte-level tokenizers: ``b" a"`` is ``Ġa``."""
    return "".join(BYTE_TO_CHAR[byte] for byte in token)
