"""A prompt alone, with the right answer where there is one: what a model is to answer for itself."""

from collections.abc import Iterator
from dataclasses import replace

from pipelines.training.rows.examples import Asked
from pipelines.training.rows.kinds import completion
from pipelines.training.rows.kinds.base import Format, Values, is_words, text_of

_PROMPT, _ANSWER = completion.FORMAT.roles


def _build(row: int, values: Values) -> Iterator[Asked]:
    yield Asked(row, text_of(values, "prompt"), text_of(values, "answer") if "answer" in values else "")


FORMAT = Format(
    name="prompts",
    title="Prompts",
    task="grpo",
    makes=Asked,
    roles=(
        replace(_PROMPT, help="What is asked."),
        replace(
            _ANSWER,
            name="answer",
            names=("answer", *_ANSWER.names),
            fits=is_words,
            help="The right answer, for the reward correct.",
            required=False,
        ),
    ),
    build=_build,
)
