"""Preferences as the answers that they are about: each with its prompt, as a row of fine-tuning has it.
Standard library only."""

from pipelines.training.rows.examples import Chat, Completion, Example, Message, Pair, Rated

CHOSEN, REJECTED, GOOD, BAD = "chosen", "rejected", "good", "bad"


def sides(example: Example) -> dict[str, Chat | Completion]:
    """What it is about the answer (``chosen`` and ``rejected``, or ``good`` or ``bad``) → the answer; empty
    for a row without preferences.

    >>> sides(Pair(1, "Hi", "Hello.", "What?"))["rejected"]
    Completion(row=1, prompt='Hi', completion='What?')
    """
    match example:
        case Pair(row, prompt, chosen, rejected):
            return {CHOSEN: _answered(row, prompt, chosen), REJECTED: _answered(row, prompt, rejected)}
        case Rated(row, prompt, completion, good):
            return {GOOD if good else BAD: _answered(row, prompt, completion)}
    return {}


def rated(example: Pair | Rated) -> tuple[Rated, ...]:
    """A pair as a good answer and a bad one."""
    if isinstance(example, Rated):
        return (example,)
    answers = ((example.chosen, True), (example.rejected, False))
    return tuple(Rated(example.row, example.prompt, answer, good) for answer, good in answers)


def _answered(row: int, prompt: str | tuple[Message, ...], answer: str) -> Chat | Completion:
    if isinstance(prompt, str):
        return Completion(row, prompt, answer)
    return Chat(row, (*prompt, Message("assistant", answer)))
