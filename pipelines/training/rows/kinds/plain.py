"""Plain text, one a row."""

from collections.abc import Iterator

from pipelines.training.rows.examples import Plain
from pipelines.training.rows.kinds.base import Format, Role, Values, is_text, only, text_of


def _build(row: int, values: Values) -> Iterator[Plain]:
    yield Plain(row, text_of(values, "text", empty=False))


FORMAT = Format(
    name="text",
    title="Plain text",
    task="continue",
    makes=Plain,
    roles=(
        Role(
            "text",
            ("text", "content", "story", "document", "body", "article", "passage", "paragraph", "sentence"),
            is_text,
            "The text.",
            by_content=only,
            weak=True,
        ),
    ),
    build=_build,
)
