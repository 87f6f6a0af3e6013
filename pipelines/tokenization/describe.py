"""What a tokenizer is, in a few facts. Pure."""

from typing import Any

from pipelines.tokenization.answers import Described
from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.special_tokens import missing_roles, special_tokens
from pipelines.tokenization.stage_view import members

_PARTS = ("normalizer", "pre_tokenizer", "model", "post_processor", "decoder")
_NO_LIMIT = 10**9  # configs without a limit hold an enormous number instead


def describe(loaded: LoadedTokenizer) -> Described:
    """See :class:`Described`."""
    return Described(
        name=loaded.name,
        kind=loaded.kind,
        source=loaded.source,
        size=loaded.size,
        byte_level=loaded.byte_level,
        byte_fallback=loaded.byte_fallback,
        merges=len(loaded.merges),
        parts=tuple(
            (part, str(m["type"]))
            for part in _PARTS
            for m in members(loaded.definition.get(part))
            if "type" in m
        ),
        special=special_tokens(loaded),
        missing=missing_roles(loaded),
        scripts=loaded.index.scripts,
        chat_templates=_templates(loaded),
        length_limit=_limit(loaded.config.get("model_max_length")),
    )


def _templates(loaded: LoadedTokenizer) -> tuple[tuple[str, str], ...]:
    """The default one first."""
    named = sorted(loaded.chat_templates.items(), key=lambda item: item[1] != loaded.chat_template)
    return tuple(named) or ((("default", loaded.chat_template),) if loaded.chat_template else ())


def _limit(value: Any) -> int:
    whole = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < _NO_LIMIT
    return int(value) if whole else 0
