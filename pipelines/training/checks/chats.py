"""Checks of conversations and of prompts with completions: the template, who speaks when, and empty words."""

from pipelines.training.checks.requests import BLOCKS, WARNS, Finding
from pipelines.training.checks.subject import Item, Subject, findings
from pipelines.training.rows.examples import Chat, Completion
from pipelines.training.tuning.chat_template import missing_markers, template_of

_HOUSE = {"chat_template": "house"}


def template(subject: Subject) -> list[Finding]:
    """Conversations need a template; the house's needs its tokens."""
    choice = getattr(subject.spec, "chat_template", "")
    chats = [item for item in subject.items if isinstance(item.example, (Chat, Completion))]
    if not chats or not choice:
        return []
    if not template_of(subject.tokenizer, choice):
        talks = [item for item in chats if isinstance(item.example, Chat)]
        words = "{count} are conversations, and the base has no chat template to write them with."
        return findings("chat template", BLOCKS, words, talks, _HOUSE)
    missing = missing_markers(subject.tokenizer) if choice == "house" else ()
    if not missing:
        return []
    words = (
        f"{', '.join(missing)} {'is no token' if len(missing) == 1 else 'are no tokens'} of the base: the "
        "house template's marks are read letter by letter and have to be learnt from these rows alone."
    )
    return [Finding("chat template", WARNS, words)]


def swapped(subject: Subject) -> list[Finding]:
    """Conversations that the assistant opens and the user ends: the columns were taken for each other."""
    words = (
        "{count} are begun by the assistant and ended by the user: the two seem swapped, and the question "
        "would be learnt."
    )
    return findings("swapped roles", BLOCKS, words, filter(_is_swapped, subject.items))


def order(subject: Subject) -> list[Finding]:
    """Conversations in which the turns do not alternate, or that end without a reply."""
    items = [item for item in subject.items if isinstance(item.example, Chat) and not _is_swapped(item)]
    unanswered = [item for item in items if _unanswered(item)]
    words = "{count} end with a question that nobody answers; it is read for nothing."
    found = findings("order of roles", WARNS, words, unanswered)
    odd = [item for item in items if not _unanswered(item) and not _alternates(_turns(item))]
    words = "{count} do not go from user to assistant and back: a turn is missing, or stands twice."
    late = [item for item in items if any(m.role == "system" for m in item.example.messages[1:])]
    found += findings("order of roles", WARNS, words, odd)
    words = "{count} have a system message that is not the first; many templates refuse that."
    return found + findings("order of roles", WARNS, words, late)


def silent(subject: Subject) -> list[Finding]:
    """Conversations in which the assistant never speaks."""
    words = "{count} have no message of the assistant, so nothing in them can be learnt."
    chats = (item for item in subject.items if isinstance(item.example, Chat))
    quiet = [item for item in chats if all(m.role != "assistant" for m in item.example.messages)]
    return findings("no reply", BLOCKS, words, quiet)


def empty(subject: Subject) -> list[Finding]:
    """Empty replies teach silence; empty questions teach answers to nothing."""
    pairs = [item for item in subject.items if isinstance(item.example, (Chat, Completion))]
    words = "{count} have an empty answer: the model would learn to say nothing."
    found = findings("empty answers", BLOCKS, words, (i for i in pairs if "" in _said(i, "assistant")))
    words = "{count} have an empty question."
    return found + findings("empty questions", WARNS, words, (i for i in pairs if "" in _said(i, "user")))


def echoes(subject: Subject) -> list[Finding]:
    """Answers that are the question."""
    pairs = (item for item in subject.items if isinstance(item.example, (Chat, Completion)))
    words = "{count} answer with the question itself: is one column taken for both?"
    same = [i for i in pairs if set(_said(i, "user")) & set(_said(i, "assistant")) - {""}]
    return findings("answer equals question", WARNS, words, same)


def _said(item: Item, role: str) -> list[str]:
    """What is said in this role, without the white space around it."""
    if isinstance(item.example, Completion):
        return [(item.example.prompt if role == "user" else item.example.completion).strip()]
    return [m.content.strip() for m in item.example.messages if m.role == role]


def _turns(item: Item) -> list[str]:
    """Who speaks, system messages left out; a tool's answer counts as what the assistant is asked next."""
    roles = (m.role for m in item.example.messages)
    return ["user" if role == "tool" else role for role in roles if role != "system"]


def _is_swapped(item: Item) -> bool:
    turns = _turns(item) if isinstance(item.example, Chat) else []
    return turns[:1] == ["assistant"] and turns[-1:] == ["user"]


def _unanswered(item: Item) -> bool:
    turns = _turns(item)
    return turns[-1:] == ["user"] and "assistant" in turns


def _alternates(turns: list[str]) -> bool:
    return all(role == ("user", "assistant")[place % 2] for place, role in enumerate(turns))
