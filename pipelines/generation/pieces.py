"""A token as it would stand in a text."""

from typing import Any

from pipelines.models.pieces import texts_of


def piece(tokenizer: Any, id_: int, spaced: bool = True) -> str:
    """With a space before it where it begins a word; of a tokenizer of whole words, where ``spaced``."""
    text = texts_of(tokenizer, [id_])[0]
    if type(tokenizer.backend_tokenizer.model).__name__ != "WordPiece":
        return text
    if id_ in tokenizer.all_special_ids or id_ >= len(tokenizer):
        return text
    if text.startswith("##"):
        return text.removeprefix("##")
    return f" {text}" if spaced else text  # its tokens know no spaces
