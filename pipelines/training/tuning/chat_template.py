"""Which chat template a run takes, and which characters of a rendered conversation the assistant says.

A template that marks them with ``{% generation %}`` is believed. Of another one, a reply is what it adds to
the messages before with their generation prompt; where it writes those otherwise once more follows, the
reply's own text is taken. Knows no tokens, imports no torch.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.training.rows.examples import Chat, Message

END = "<|end|>"
MARKERS = (
    "<|user|>",
    "<|assistant|>",
    END,
)  # what the house template writes, without which it makes no sense
HOUSE = """\
{%- for message in messages %}
    {{- '<|' + message['role'] + '|>' }}
    {%- if message['role'] == 'assistant' %}
        {%- generation %}{{- message['content'] + '<|end|>' }}{% endgeneration %}
    {%- else %}
        {{- message['content'] + '<|end|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|assistant|>' }}{% endif %}
"""
_MARKED = re.compile(r"\{%[-+]?\s*generation\s*[-+]?%\}")
_WHY = 300  # characters of a template's own words that are passed on

Interval = tuple[int, int]


class TemplateRefusedError(GlassworksError):
    """The chat template cannot be rendered with this conversation; the message says why."""


def template_of(tokenizer: Any, choice: str) -> str:
    """The Jinja source for a spec's ``chat_template``; empty where the model has none of its own."""
    if choice == "house":
        return HOUSE
    own = getattr(tokenizer, "chat_template", None) or ""
    return own if isinstance(own, str) else own.get("default", "")


def needed_template(tokenizer: Any, choice: str) -> str:
    """As :func:`template_of`; raises :class:`SpecError` where there is none."""
    found = template_of(tokenizer, choice)
    if not found:
        raise SpecError("chat_template", choice, "'house' for this base: it has no chat template of its own")
    return found


def marks_replies(template: str) -> bool:
    return _MARKED.search(template) is not None


def render(tokenizer: Any, template: str, messages: Sequence[Message], prompt: bool = False) -> str:
    """The conversation as text, with the beginning of a reply where ``prompt``. Raises
    :class:`TemplateRefusedError`."""
    return applied(tokenizer, template, messages, tokenize=False, add_generation_prompt=prompt)


def applied(tokenizer: Any, template: str, messages: Sequence[Message], **how: Any) -> Any:
    """transformers' ``apply_chat_template``. A template is a program and may raise anything."""
    given = [{"role": message.role, "content": message.content} for message in messages]
    try:
        return tokenizer.apply_chat_template(given, chat_template=template, **how)
    except Exception as error:
        why = " ".join(str(error).split())[:_WHY] or type(error).__name__
        raise TemplateRefusedError(f"The chat template refuses the conversation: {why}") from None


def replies(tokenizer: Any, template: str, chat: Chat, text: str) -> list[tuple[Interval, bool]]:
    """For each of the assistant's messages its characters of ``text``, the rendered conversation, and whether
    they are known to their end: not where the message's own text had to be looked for.

    >>> # "<s>[INST] Hi [/INST] Hello</s>" → [((18, 27), True)], which are " Hello</s>"
    """
    found, at = [], 0
    for number, message in enumerate(chat.messages):
        if message.role != "assistant":
            continue
        start = _beginning(tokenizer, template, chat.messages[:number], True, text)
        end = _beginning(tokenizer, template, chat.messages[: number + 1], False, text)
        said = message.content.strip()
        place = text.find(said, at) if said else -1
        if start is None and place >= 0:
            start = place
        known = end is not None
        if end is None and place >= 0:
            end = place + len(said)
        if start is not None and end is not None and start < end:
            found.append(((start, end), known))
            at = end
    return found


def _beginning(
    tokenizer: Any, template: str, messages: Sequence[Message], prompt: bool, text: str
) -> int | None:
    """The length of the first messages' rendering, where the whole ``text`` begins with it."""
    try:
        first = render(tokenizer, template, messages, prompt)
    except TemplateRefusedError:
        return None
    return len(first) if text.startswith(first) else None


def with_template(tokenizer: Any, choice: str) -> Any:
    """The tokenizer with the run's template as its own, so that what is saved is what was trained."""
    if choice == "house":
        tokenizer.chat_template = HOUSE
    return tokenizer


def missing_markers(tokenizer: Any) -> tuple[str, ...]:
    """The house template's markers that this tokenizer does not read as one token each."""
    known: Callable[[str], Any] = tokenizer.get_added_vocab().get
    return tuple(marker for marker in MARKERS if known(marker) is None)
