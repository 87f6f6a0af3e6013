"""Checks of conversations and of prompts with completions: the template, who speaks when, and empty words."""

from typing import Any

from pipelines.models.token_vectors import alike, token_vectors
from pipelines.training.checks.requests import BLOCKS, WARNS, Finding
from pipelines.training.checks.subject import Item, Subject, findings
from pipelines.training.rows.examples import Asked, Chat, Completion, Message
from pipelines.training.tuning.chat_template import (
    TemplateRefusedError,
    missing_markers,
    render,
    template_of,
)
from pipelines.training.tuning.specs import WITH_TOKENS

_HOUSE = {"chat_template": "house"}
_WRITTEN = (Chat, Completion, Asked)  # as conversations, where there is a template


def template(subject: Subject) -> list[Finding]:
    """Conversations need a template; the house's needs its tokens."""
    choice = getattr(subject.spec, "chat_template", "")
    chats = [item for item in subject.texts if isinstance(item.example, _WRITTEN)]
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


def strangers(subject: Subject) -> list[Finding]:
    """Tokens of the template that the base never met: their vectors are all the same, and an adapter that
    leaves the vectors as they are can neither tell them apart nor end with one of them."""
    spec, chosen = subject.spec, template_of(subject.tokenizer, getattr(subject.spec, "chat_template", ""))
    talks = any(isinstance(item.example, _WRITTEN) for item in subject.texts)
    if not (talks and chosen and subject.folder) or spec.method == "full":
        return []
    marks = _marks(subject.tokenizer, chosen)
    vectors = token_vectors(subject.folder, list(marks.values()))
    if vectors is None or len(marks) < 2:
        return []
    unknown = [m for m, same in zip(marks, alike(vectors), strict=True) if same]
    unlearnt = [mark for mark in unknown if mark not in spec.trainable_tokens]
    if not unlearnt:
        return []
    words = (
        f"The base has never met {', '.join(unknown)}: their vectors are all the same, so that the tuned "
        "model could hardly tell who speaks, nor end its answer. "
    )
    if spec.method not in WITH_TOKENS:
        words += f"Learn them by {' or '.join(WITH_TOKENS)} with trainable_tokens, or tune by full."
        return [Finding("unknown tokens", WARNS, words)]
    words += "Let their vectors be learnt with the adapter."
    mend = {"trainable_tokens": [*spec.trainable_tokens, *unlearnt]}
    return [Finding("unknown tokens", WARNS, words, mend=mend)]


def swapped(subject: Subject) -> list[Finding]:
    """Conversations that the assistant opens and the user ends: the columns were taken for each other."""
    words = (
        "{count} are begun by the assistant and ended by the user: the two seem swapped, and the question "
        "would be learnt."
    )
    return findings("swapped roles", BLOCKS, words, filter(_is_swapped, subject.texts))


def order(subject: Subject) -> list[Finding]:
    """Conversations in which the turns do not alternate, or that end without a reply."""
    items = [item for item in subject.texts if isinstance(item.example, Chat) and not _is_swapped(item)]
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
    chats = (item for item in subject.texts if isinstance(item.example, Chat))
    quiet = [item for item in chats if all(m.role != "assistant" for m in item.example.messages)]
    return findings("no reply", BLOCKS, words, quiet)


def empty(subject: Subject) -> list[Finding]:
    """Empty replies teach silence; empty questions teach answers to nothing."""
    pairs = [item for item in subject.texts if isinstance(item.example, (Chat, Completion))]
    words = "{count} have an empty answer: the model would learn to say nothing."
    found = findings("empty answers", BLOCKS, words, (i for i in pairs if "" in _said(i, "assistant")))
    words = "{count} have an empty question."
    return found + findings("empty questions", WARNS, words, (i for i in pairs if "" in _said(i, "user")))


def echoes(subject: Subject) -> list[Finding]:
    """Answers that are the question."""
    pairs = (item for item in subject.texts if isinstance(item.example, (Chat, Completion)))
    words = "{count} answer with the question itself: is one column taken for both?"
    same = [i for i in pairs if set(_said(i, "user")) & set(_said(i, "assistant")) - {""}]
    return findings("answer equals question", WARNS, words, same)


def _marks(tokenizer: Any, template: str) -> dict[str, int]:
    """The special tokens that a conversation is written with, and their ids."""
    talk = [Message("system", "a"), Message("user", "b"), Message("assistant", "c")]
    known = tokenizer.get_added_vocab()
    for messages in (talk, talk[1:]):  # some templates refuse a system message
        try:
            text = render(tokenizer, template, messages)
        except TemplateRefusedError:
            continue
        return {token: known[token] for token in sorted(known, key=known.get) if token in text}
    return {}


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
