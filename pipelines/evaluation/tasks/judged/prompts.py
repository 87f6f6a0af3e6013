"""What a judge is told: the forms of MT-bench's prompts (a single answer with a grade, two answers side by
side, each with a right answer or without, for the first or the second question), in words of our own. The
verdict stands in double brackets, as there; how to tell it stands last, where a judge that reads little still
sees it. Standard library only.
"""

from collections.abc import Mapping, Sequence

Turns = Sequence[str]
Messages = list[dict[str, str]]

_FAIR = (
    "You are a fair judge of answers that AI assistants gave to a user. Look at whether an answer does what "
    "was asked, whether it is correct, and whether it is useful, clear and as detailed as it should be; "
    "length alone is no merit."
)
_CHECK = "Compare it first with the right answer that you are given, and name what is wrong."
_SECOND = "The conversation has two questions; judge the answer to the second one."
_GRADE = (
    "Say in a few sentences what you found. Then give a grade from 1 (useless) to 10 (excellent) on a line "
    "of its own, exactly in this form: Rating: [[5]]"
)
_PAIR = (
    "You see the answers of two assistants, A and B. Neither their order nor their names must count. Say in "
    "a few sentences how they compare. Then end with your verdict, exactly in this form: [[A]] if A is "
    "better, [[B]] if B is better, [[C]] if they are equally good."
)


def grading(asked: Turns, answers: Turns, reference: Turns = ()) -> Messages:
    """For the last of the questions that are answered; those before are the conversation until then."""
    return _messages(asked, {"the assistant": answers}, reference, _GRADE)


def comparing(asked: Turns, answers_a: Turns, answers_b: Turns, reference: Turns = ()) -> Messages:
    return _messages(asked, {"assistant A": answers_a, "assistant B": answers_b}, reference, _PAIR)


def _messages(asked: Turns, answers: Mapping[str, Turns], reference: Turns, form: str) -> Messages:
    count = max(map(len, answers.values()))
    told = [_FAIR, *([_SECOND] if count > 1 else []), *([_CHECK] if reference else [])]
    shown = {**({"right answers": reference[:count]} if reference else {}), **answers}
    parts = [*(_talk(whose, asked, texts) for whose, texts in shown.items()), form]
    return [{"role": "system", "content": " ".join(told)}, {"role": "user", "content": "\n\n".join(parts)}]


def _talk(whose: str, asked: Turns, answers: Turns) -> str:
    """The questions with their answers, between two marks."""
    lines = [
        line
        for question, answer in zip(asked, answers, strict=False)
        for line in (f"### User:\n{question}", f"### Answer:\n{answer}")
    ]
    return "\n\n".join([f"[Begin of {whose}]", *lines, f"[End of {whose}]"])
