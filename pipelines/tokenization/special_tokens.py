"""The table of a tokenizer's special and added tokens. Pure."""

from dataclasses import dataclass

from pipelines.tokenization.loaded import ROLES, LoadedTokenizer


@dataclass(frozen=True)
class SpecialToken:
    """``roles`` are those it fills (``eos_token`` …), none for an added token without one. ``id`` is None
    where a role names a token that the vocabulary has not. ``special`` tokens are skipped in decoding;
    ``normalized`` ones are looked for after the normaliser; ``lstrip`` and ``rstrip`` take the white space
    beside them along; ``single_word`` ones are found only as whole words."""

    id: int | None
    text: str
    roles: tuple[str, ...]
    special: bool
    normalized: bool = False
    lstrip: bool = False
    rstrip: bool = False
    single_word: bool = False


def special_tokens(loaded: LoadedTokenizer) -> tuple[SpecialToken, ...]:
    """Added tokens by id, then tokens that fill a role but are ordinary entries of the vocabulary."""
    flags = getattr(loaded.backend, "get_added_tokens_decoder", dict)()
    rows = [
        SpecialToken(a.id, a.content, _roles(loaded, a.content), a.special, *_flags(flags, a.id))
        for a in loaded.added
    ]
    known = {row.text for row in rows}
    others = dict.fromkeys(text for text in loaded.special.values() if text not in known)
    plain = [SpecialToken(loaded.backend.token_to_id(t), t, _roles(loaded, t), False) for t in others]
    return (*rows, *plain)


def missing_roles(loaded: LoadedTokenizer) -> tuple[str, ...]:
    """The roles that no token fills."""
    return tuple(role for role in ROLES if role not in loaded.special)


def _roles(loaded: LoadedTokenizer, text: str) -> tuple[str, ...]:
    return tuple(role for role in ROLES if loaded.special.get(role) == text)


def _flags(decoder: dict, id_: int) -> tuple[bool, ...]:
    token = decoder.get(id_)
    return (token.normalized, token.lstrip, token.rstrip, token.single_word) if token else ()
