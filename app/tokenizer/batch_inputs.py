"""Texts of a batch from one box, and the request for it. No Gradio."""

from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import from_dict, to_dict
from pipelines.tokenization.batch_spec import MAX_TEXTS, BatchSpec
from pipelines.tokenization.requests import BatchRequest

LINES, BLOCKS = "One text a line", "Texts between empty lines"
CUTS = (LINES, BLOCKS)
EXAMPLE = (
    "The fox sleeps.\n"
    "A token is a piece of text that has a number of its own.\n"
    "Rows of a batch must be equally long, so short texts are filled up with padding."
)


def texts_of(text: object, cut: str) -> list[str]:
    """The texts in the box. Lines and blocks that are empty are no texts.

    >>> texts_of("a\\nb\\n\\nc", LINES), texts_of("a\\nb\\n\\nc", BLOCKS)
    (['a', 'b', 'c'], ['a\\nb', 'c'])
    """
    if not isinstance(text, str):
        raise SpecError("texts", text, f"1 to {MAX_TEXTS} texts")
    if cut not in CUTS:
        raise SpecError("cut", cut, f"one of {', '.join(map(repr, CUTS))}")
    lines = text.splitlines() if cut == BLOCKS else text.split("\n")
    if cut == LINES:
        return [line for line in lines if line.strip()]
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return ["\n".join(block) for block in blocks if block]


def batch_request(
    tokenizer: str, texts: object, pairs: object, cut: str, values: dict[str, Any]
) -> BatchRequest:
    """A checked request; an empty second box means no pairs. Raises SpecError."""
    spec = from_dict(BatchSpec, values)
    found, seconds = texts_of(texts, cut), texts_of(pairs or "", cut) or None
    if not 1 <= len(found) <= MAX_TEXTS:
        raise SpecError("texts", f"{len(found)} texts", f"1 to {MAX_TEXTS} texts")
    if seconds is not None and len(seconds) != len(found):
        raise SpecError("pairs", f"{len(seconds)} texts", f"one for each of the {len(found)} texts, or none")
    return BatchRequest(tokenizer, found, seconds, to_dict(spec))
