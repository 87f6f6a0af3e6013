"""How tiktoken's encodings cut text before merging: a rank file does not say, so it is chosen by name.

The patterns are tiktoken's in the syntax of the tokenizers library, whose engine reads a ``+`` after
``{1,3}`` as a repetition where tiktoken's reads it as "give nothing back".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.core.errors import SpecError

_SUFFIX = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_R50K = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_CL100K = _SUFFIX + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
_O200K = "|".join(
    (
        rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+{_SUFFIX}?",
        rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*{_SUFFIX}?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)
_END = "<|endoftext|>"
_FIM = ("<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>")


@dataclass(frozen=True)
class SplitPattern:
    """``ranks`` is how many the published file has; ``special`` are its special tokens, which no rank file
    lists. They are added to a file with as many ranks, not to one that is merely split the same way, and
    then fill the ``roles``."""

    regex: str
    ranks: int
    special: Mapping[str, int] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=lambda: {"eos_token": _END})


def _llama3() -> SplitPattern:
    """Llama 3's 256 places after its ranks, most of them reserved (the names are those of its first
    release)."""
    named = {0: "begin_of_text", 1: "end_of_text", 6: "start_header_id", 7: "end_header_id", 9: "eot_id"}
    reserved = iter(range(256))
    names = [named.get(place) or f"reserved_special_token_{next(reserved)}" for place in range(256)]
    special = {f"<|{name}|>": 128_000 + place for place, name in enumerate(names)}
    return SplitPattern(
        _CL100K, 128_000, special, {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>"}
    )


PATTERNS: Mapping[str, SplitPattern] = {
    "gpt2": SplitPattern(_R50K, 50256, {_END: 50256}),
    "r50k_base": SplitPattern(_R50K, 50256, {_END: 50256}),
    "p50k_base": SplitPattern(_R50K, 50280, {_END: 50256}),
    "cl100k_base": SplitPattern(
        _CL100K,
        100256,
        {_END: 100257, **dict(zip(_FIM, range(100258, 100261), strict=True)), "<|endofprompt|>": 100276},
    ),
    "o200k_base": SplitPattern(_O200K, 199998, {_END: 199999, "<|endofprompt|>": 200018}),
    "llama3": _llama3(),
}


def choose(pattern: str, name: str, ranks: int) -> tuple[str, SplitPattern]:
    """The pattern called so; without a name, the one that the file's name begins or whose ranks it has, else
    cl100k_base's. Raises SpecError for an unknown one.

    >>> choose("", "o200k_base.tiktoken", 300)[0], choose("", "mine", 50256)[0]
    ('o200k_base', 'r50k_base')
    """
    if pattern:
        if pattern not in PATTERNS:
            raise SpecError("pattern", pattern, f"one of {', '.join(PATTERNS)}")
        return pattern, PATTERNS[pattern]
    stem = name.lower().rpartition("/")[2]
    by_name = (known for known in PATTERNS if stem.startswith(known.removesuffix("_base")))
    by_size = (known for known in ("r50k_base", *PATTERNS) if PATTERNS[known].ranks == ranks)
    found = next(by_name, None) or next(by_size, None) or "cl100k_base"
    return found, PATTERNS[found]
