"""How a prompt is put together: its texts, and which examples it shows, in which order and form.

The defaults give the forms that ``house/story-instruct`` was trained on: ``{question} {instruction}``, and
``Q: …\\nA: …\\nQ: …\\nA:`` with examples, then for a strategy that gives no instruction. Knows no item.
Standard library and core only.
"""

from dataclasses import dataclass

from pipelines.core.errors import SpecError
from pipelines.core.fields import check, knob
from pipelines.core.texts import is_whole
from pipelines.prompting.prompt.template import names, parse

QUESTION, CHOICES, INSTRUCTION, ANSWER = "question", "choices", "instruction", "answer"
OWN = (QUESTION, CHOICES, INSTRUCTION)  # the variables that are there whatever columns the data has
GIVES_AWAY = (ANSWER, "rationale")
HAND, FIRST, RANDOM, BALANCED, NEAREST = "hand", "first", "random", "balanced", "nearest"
CHOSEN, SHUFFLED, NEAREST_LAST = "chosen", "shuffled", "nearest last"
MESSAGE, TURNS = "message", "turns"
ASKED, ALWAYS, NEVER = "as asked", "always", "never"
TRUE, FLIPPED = "true", "flipped"  # and SHUFFLED
MOST_SHOTS = 32
_IDS = 200  # characters of an item's id
_SEED = 2**31 - 1


@dataclass(frozen=True)
class PromptSpec:
    """Raises :class:`SpecError` for what does not fit together. Whether the data has the template's columns
    and the examples' ids is known where the data is: in
    :class:`~pipelines.prompting.prompt.builder.Builder`."""

    system: str = knob("", label="System message", help="Said before everything; empty for none.")
    template: str = knob(
        "{question} {instruction}",
        label="Template",
        help="{question}, {choices}, {instruction} (what the strategy asks for) and any column of the data; "
        "{{ and }} for braces. Choices it does not name follow the question.",
    )
    shots: int = knob(0, label="Examples", help="How many a prompt shows.", low=0, high=MOST_SHOTS, step=1)
    choice: str = knob(
        RANDOM,
        label="Which examples",
        help="By hand (ids, in their order), the first ones, drawn for each question, as many of each label, "
        "or those nearest to the question (MiniLM).",
        choices=(HAND, FIRST, RANDOM, BALANCED, NEAREST),
    )
    examples: tuple[str, ...] = knob(
        (), label="Ids", help="Of the examples by hand.", high=MOST_SHOTS, max_chars=_IDS
    )
    order: str = knob(
        CHOSEN,
        label="Order",
        help="As chosen (the nearest first), shuffled, or the nearest to the question last.",
        choices=(CHOSEN, SHUFFLED, NEAREST_LAST),
    )
    placement: str = knob(
        MESSAGE,
        label="Where examples stand",
        help="In one message as Q: and A:, or as turns of the chat.",
        choices=(MESSAGE, TURNS),
    )
    rationales: str = knob(
        ASKED,
        label="Worked solutions",
        help="Whether examples show how they are solved: as the strategy asks, always, never.",
        choices=(ASKED, ALWAYS, NEVER),
    )
    labels: str = knob(
        TRUE,
        label="Answers of examples",
        help="True, shuffled among the examples, or flipped to a wrong one of the labels. Where they are not "
        "true no worked solution is shown: it would tell the true one.",
        choices=(TRUE, SHUFFLED, FLIPPED),
    )
    instructed: bool = knob(
        True,
        label="Instruction beside examples",
        help="Say what the strategy asks for also where examples show it; they are shown without it.",
    )
    answer_form: str = knob(
        "The answer is {answer}.",
        label="Form of an answer",
        help="How an example gives its answer: {answer}.",
        max_chars=500,
        advanced=True,
    )
    seed: int = knob(
        0, label="Seed", help="Of which examples, and of their answers.", low=0, high=_SEED, advanced=True
    )
    order_seed: int = knob(
        0, label="Seed of the order", help="Of shuffled examples alone.", low=0, high=_SEED, advanced=True
    )

    def __post_init__(self) -> None:
        check(self)
        for field in ("system", "template", "answer_form"):
            _check_whole(field, getattr(self, field))
        _check_template(names(parse(self.template)))
        if names(parse(self.answer_form, "answer_form")) != (ANSWER,):
            raise SpecError("answer_form", self.answer_form, "a text with {answer} and no other variable")
        if self.choice == HAND:
            self._check_hand()
        if self.labels != TRUE and self.rationales == ALWAYS:
            raise SpecError("rationales", ALWAYS, "'never' or 'as asked' where the labels are not true")

    def _check_hand(self) -> None:
        if len(set(self.examples)) < len(self.examples):
            twice = next(one for one in self.examples if self.examples.count(one) > 1)
            raise SpecError("examples", twice, "each id once")
        if len(self.examples) < self.shots:
            accepted = f"at most the {len(self.examples)} examples that are chosen by hand"
            raise SpecError("shots", self.shots, accepted)


def _check_whole(field: str, text: str) -> None:
    """Half a character cannot be sent to any model."""
    if not is_whole(text):
        raise SpecError(field, text, "text in valid Unicode")


def _check_template(named: tuple[str, ...]) -> None:
    for name in named:
        if name in GIVES_AWAY:
            accepted = "other variables: this one would give the answer away"
            raise SpecError("template", f"{{{name}}}", accepted)
        if name == "examples":
            accepted = "other variables: where examples stand is chosen by `placement`"
            raise SpecError("template", "{examples}", accepted)
    if not set(named) - {CHOICES, INSTRUCTION}:
        told = ", ".join(f"{{{name}}}" for name in named) or "no variable"
        raise SpecError("template", told, "a text that names {question} or a column of the data")
