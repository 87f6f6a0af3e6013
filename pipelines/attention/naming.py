"""From a token as it is shown to its id."""

from collections.abc import Iterable, Iterator

from tokenizers.pre_tokenizers import ByteLevel

from pipelines.core.errors import SpecError
from pipelines.models.loader import LoadedModel
from pipelines.models.pieces import texts_of

_SHOWN = 8  # tokens that a message names


def token_id(loaded: LoadedModel, field: str, text: str) -> int:
    """The id of the token that is shown as this text: ``" dog"`` and ``"dog"`` differ, ``"##ing"`` and the
    names of special tokens are understood. Raises SpecError with what the tokenizer makes of another text."""
    read = loaded.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    found = _shown_as(loaded, text, read[:1])
    if found is not None:
        return found
    shown = " · ".join(map(repr, texts_of(loaded.tokenizer, read[:_SHOWN]))) + (
        " …" if len(read) > _SHOWN else ""
    )
    made = f"reads this as {shown}" if len(read) == 1 else f"cuts this into {len(read):,}: {shown}"
    spaced = f" {text}"
    if len(read) != 1 and not text.startswith(" ") and _shown_as(loaded, spaced) is not None:
        made += f"; with a space before it, {spaced!r} is one"
    raise SpecError(
        field,
        text,
        f"one token of {loaded.name} as it is shown, with any space before it; the model {made}",
    )


def _shown_as(loaded: LoadedModel, text: str, others: Iterable[int] = ()) -> int | None:
    """The token that is shown as exactly this text."""
    fits = (one for one in (*_named(loaded, text), *others) if texts_of(loaded.tokenizer, [one])[0] == text)
    return next(fits, None)


def _named(loaded: LoadedModel, text: str) -> Iterator[int]:
    """By the names under which tokenizers of different kinds keep a token of this text."""
    in_bytes = "".join(name for name, _ in ByteLevel(add_prefix_space=False).pre_tokenize_str(text))
    for name in (text, text.replace(" ", "▁"), in_bytes):
        found = loaded.tokenizer.convert_tokens_to_ids(name)
        if found is not None:
            yield found
