"""Words with a tag each: what a CoNLL file is read as, and the Hub's ``tokens`` with ``ner_tags``."""

from collections.abc import Iterator

from pipelines.training.rows.examples import Tagged
from pipelines.training.rows.kinds.base import (
    Format,
    Role,
    RowFault,
    Values,
    is_list_of_texts,
    kind_of,
    list_of,
    sound,
    unpacked,
)
from pipelines.training.rows.tags import to_bio


def _build(row: int, values: Values) -> Iterator[Tagged]:
    words, tags = list_of(values, "words"), list_of(values, "tags")
    if len(words) != len(tags):
        raise RowFault(f"there are {len(words)} words and {len(tags)} tags; each word needs one")
    wrong = [word for word in words if not isinstance(word, str)]
    if wrong:
        raise RowFault(f"words hold {kind_of(wrong[0])}; texts are accepted")
    if any(not isinstance(tag, str) for tag in tags):
        raise RowFault("tags are numbers whose names the file does not say; O, B-PER, I-PER are accepted")
    if not all(word.strip() for word in words):
        raise RowFault("one of the words is empty")
    sound("".join(words), "words")
    yield Tagged(row, tuple(words), to_bio(tags))


def _is_tags(value: object) -> bool:
    items = unpacked(value)
    return isinstance(items, list) and bool(items) and all(isinstance(tag, (str, int)) for tag in items)


FORMAT = Format(
    name="conll",
    title="CoNLL (words and tags)",
    task="tag",
    makes=Tagged,
    roles=(
        Role("words", ("tokens", "words", "token"), is_list_of_texts, "A list of words."),
        Role("tags", ("tags", "ner_tags", "ner", "labels"), _is_tags, "As many tags: O, B-PER, I-PER."),
    ),
    build=_build,
)
