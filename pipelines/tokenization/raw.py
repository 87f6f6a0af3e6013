"""From a token's string to its raw bytes, by what each kind of tokenizer writes for them. Pure."""

from pipelines.tokenization.loaded import LoadedTokenizer


def _alphabet() -> tuple[str, ...]:
    """The visible character that byte-level tokenizers write for each byte: itself where it has a visible
    one, else the next unused from U+0100 on."""
    visible = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = iter(range(0x100, 0x200))
    return tuple(chr(byte if byte in visible else next(hidden)) for byte in range(256))


BYTE_TO_CHAR: tuple[str, ...] = _alphabet()
_TO_LATIN = {ord(char): chr(byte) for byte, char in enumerate(BYTE_TO_CHAR)}
_SPELLABLE = frozenset(BYTE_TO_CHAR)


def unspelt(token: str) -> bytes:
    """The bytes of a byte-level token's string: ``Ġa`` is ``b" a"``; a string outside that alphabet is text.

    >>> unspelt("Ġna"), unspelt("日")
    (b' na', b'\\xe6\\x97\\xa5')
    """
    if not _SPELLABLE.issuperset(token):
        return token.encode("utf-8")
    return token.translate(_TO_LATIN).encode("latin-1")


def raw_bytes(tokenizer: LoadedTokenizer) -> tuple[bytes, ...]:
    """Bytes by id, empty where an id stands for nothing."""
    whole = {added.id for added in tokenizer.added}
    alone = tokenizer.byte_ids
    table = []
    for id_, token in enumerate(tokenizer.tokens):
        if token is None:
            table.append(b"")
        elif id_ in whole:
            table.append(token.encode("utf-8"))
        elif alone[id_]:
            table.append(bytes([int(token[3:5], 16)]))
        else:
            table.append(_spelt_out(tokenizer, token))
    return tuple(table)


def _spelt_out(tokenizer: LoadedTokenizer, token: str) -> bytes:
    if tokenizer.byte_level:
        return unspelt(token)
    token = token.removeprefix(tokenizer.continuing_prefix) if tokenizer.continuing_prefix else token
    token = token.removesuffix(tokenizer.end_of_word_suffix) if tokenizer.end_of_word_suffix else token
    return (token.replace(tokenizer.space, " ") if tokenizer.space else token).encode("utf-8")
