"""Two answers to one prompt, of which the first was preferred, as texts: TRL's format with its prompt
(``prompt``, ``chosen``, ``rejected``) or without, Anthropic's dialogues (HH), Alpaca's with an ``input``, and
the names that Argilla's data sets have.

Without a prompt both texts begin with it: that of a dialogue are its turns before the last, that of another
text is all that the two have in common, in whole words.
"""

import re
from collections.abc import Iterator
from itertools import takewhile

from pipelines.training.rows.examples import Message, Pair
from pipelines.training.rows.kinds.base import Format, Role, RowFault, Values, is_text, is_words, text_of
from pipelines.training.rows.kinds.ratings import RATINGS, margin_of
from pipelines.training.rows.kinds.replies import parted
from pipelines.training.rows.kinds.sharegpt import SYSTEM

PROMPTS = ("prompt", "instruction", "question", "query", "problem", "user", "human", "context")
CHOSEN = ("chosen", "chosen_response", "preferred", "better", "accepted", "winner", "response_chosen")
REJECTED = (
    "rejected",
    "rejected_response",
    "dispreferred",
    "worse",
    "declined",
    "loser",
    "response_rejected",
)
_SPEAKER = re.compile(r"(?:\A|\n\n)(Human|Assistant):[ ]?")
_LAST_WORD = re.compile(r"\s\S*\Z")
_ROLES = {"Human": "user", "Assistant": "assistant"}


def dialogue(text: str) -> tuple[Message, ...]:
    """The turns of a text in Anthropic's way; none for another text.

    >>> dialogue("\\n\\nHuman: Hi\\n\\nAssistant: Hello.")
    (Message(role='user', content='Hi'), Message(role='assistant', content='Hello.'))
    """
    before, *turns = _SPEAKER.split(text)
    if before.strip() or turns[:1] != ["Human"]:
        return ()
    pairs = zip(turns[::2], turns[1::2], strict=True)
    return tuple(Message(_ROLES[who], said.strip()) for who, said in pairs)


def prompted(values: Values) -> str | tuple[Message, ...]:
    """The prompt of a row, with its input beneath it, and behind its system message where it has one."""
    asked = text_of(values, "prompt")
    given = text_of(values, "input") if values.get("input") is not None else ""
    if given.strip():
        asked = f"{asked}\n\n{given}" if asked.strip() else given
    system = text_of(values, "system") if values.get("system") is not None else ""
    if system.strip():
        return (Message("system", system), Message("user", asked))
    return dialogue_before(asked) or asked


def dialogue_before(text: str) -> tuple[Message, ...]:
    """The turns of a prompt in Anthropic's way, which ends where the assistant is to speak."""
    turns = dialogue(text)
    return turns[:-1] if turns and turns[-1] == Message("assistant", "") else ()


def _explicit(row: int, values: Values) -> Iterator[Pair]:
    answers = (text_of(values, role) for role in ("chosen", "rejected"))
    yield Pair(row, prompted(values), *answers, margin_of(values))


def _implicit(row: int, values: Values) -> Iterator[Pair]:
    chosen, rejected = (text_of(values, role) for role in ("chosen", "rejected"))
    turns = dialogue(chosen), dialogue(rejected)
    found = parted(*turns) if all(turns) else _split(chosen, rejected)
    yield Pair(row, *found, margin_of(values))


def _split(chosen: str, rejected: str) -> tuple[str, str, str]:
    """(prompt, chosen, rejected): before the word at which the texts part, with the space before it."""
    letters = zip(chosen, rejected, strict=False)
    shared = "".join(ours for ours, _ in takewhile(lambda pair: pair[0] == pair[1], letters))
    if len(shared) == min(len(chosen), len(rejected)):
        raise RowFault(
            "chosen and rejected have no prompt of their own, and one goes on where the other ends"
        )
    at = last.start() if (last := _LAST_WORD.search(shared)) else 0
    if not shared[:at].strip():
        raise RowFault("prompt is missing, and chosen and rejected begin with no common one")
    return chosen[:at], chosen[at:], rejected[at:]


_CHOSEN = Role("chosen", CHOSEN, is_words, "The answer that was preferred.")
_REJECTED = Role("rejected", REJECTED, is_words, "The other answer.")
_INPUT = Role("input", ("input", "inputs"), is_words, "What the prompt is about.", required=False)

FORMAT = Format(
    name="pairs",
    title="Pairs of answers",
    task="dpo",
    makes=Pair,
    roles=(
        Role("prompt", PROMPTS, is_words, "What both are answers to."),
        _CHOSEN,
        _REJECTED,
        _INPUT,
        SYSTEM,
        *RATINGS,
    ),
    build=_explicit,
)

WHOLE = Format(
    name="pairs with their prompt",
    title="Pairs of whole texts",
    task="dpo",
    makes=Pair,
    roles=(
        Role("chosen", CHOSEN, is_text, "The prompt and the answer that was preferred."),
        Role("rejected", REJECTED, is_text, "The prompt and the other answer."),
        *RATINGS,
    ),
    build=_implicit,
)
