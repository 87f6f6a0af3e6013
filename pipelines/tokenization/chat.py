"""A conversation through a tokenizer's chat template: the text, its tokens, whose they are, and which of them
training would learn. Equal to transformers' ``apply_chat_template``; imports neither transformers nor torch.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.core.errors import SpecError
from pipelines.tokenization.chat_process import ChatTemplateError, Rendered, render
from pipelines.tokenization.chat_spans import (
    CUT,
    Interval,
    RoleSpan,
    assistant_spans,
    find_places,
    marked_messages,
    prefixes_of,
    repeated_first,
    role_spans,
)
from pipelines.tokenization.conversation import Conversation, last_text, with_text
from pipelines.tokenization.loaded import LoadedTokenizer

MAX_TEMPLATE = 200_000
GENERATION, PREFIXES, CONTENTS, NONE = "generation", "prefixes", "contents", "none"
_GENERATION_BLOCK = re.compile(r"\{%[-+]?\s*generation\s*[-+]?%\}")


@dataclass(frozen=True, eq=False)
class RenderedChat:
    """``ids[token]``, ``tokens[token]`` and ``offsets[token, 2]`` (characters of ``text``) are those of the
    whole text, with no special tokens but those that the template writes. ``spans`` cover the text;
    ``token_spans[token]`` is the span of a token's first character, −1 for a token of no character.

    ``assistant_mask[token]`` is True for what training on the assistant's words would learn. ``mask_from``
    says how that is known: ``generation`` (the template marks it), ``prefixes`` (by rendering the first
    messages and comparing), ``contents`` (where that failed, the messages' own texts), ``none`` (the
    assistant says nothing). ``notes`` are things to know about the mask."""

    text: str
    ids: np.ndarray
    tokens: tuple[str, ...]
    offsets: np.ndarray
    spans: tuple[RoleSpan, ...]
    token_spans: np.ndarray
    assistant_mask: np.ndarray
    assistant_spans: tuple[Interval, ...]
    mask_from: str
    notes: tuple[str, ...]


def render_chat(loaded: LoadedTokenizer, conversation: Conversation, template: str = "") -> RenderedChat:
    """Render ``conversation`` with the tokenizer's chat template, or with ``template`` where one is given.

    Raises :class:`ChatTemplateError` for a template that refuses, fails or passes its limits,
    :class:`SpecError` where there is none."""
    source = _template(loaded, conversation, template)
    rendered = _rendered(source, loaded, conversation)
    places = find_places(rendered, len(conversation.messages), loaded.special.get("bos_token", ""))
    spans = role_spans(rendered.text, conversation, places)
    encoding = loaded.backend.encode(rendered.text, add_special_tokens=False)
    offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)
    if _GENERATION_BLOCK.search(source):
        taught, mask_from = rendered.generated, GENERATION if rendered.generated else NONE
        mask, notes = _marked_mask(offsets, taught)
    else:
        taught, compared = assistant_spans(rendered.text, conversation, places)
        mask_from = (PREFIXES if compared else CONTENTS) if taught else NONE
        mask, notes = _touched(offsets, taught), ()
    return RenderedChat(
        text=rendered.text,
        ids=np.array(encoding.ids, dtype=np.int64),
        tokens=tuple(encoding.tokens),
        offsets=offsets,
        spans=spans,
        token_spans=_spans_of(offsets, spans),
        assistant_mask=mask,
        assistant_spans=taught,
        mask_from=mask_from,
        notes=notes,
    )


def _template(loaded: LoadedTokenizer, conversation: Conversation, given: str) -> str:
    """The one given; else, as transformers chooses, that for tools where there are tools, or the default."""
    if not isinstance(given, str) or len(given) > MAX_TEMPLATE:
        raise SpecError("template", given, f"a Jinja template of at most {MAX_TEMPLATE:,} characters")
    for_tools = loaded.chat_templates.get("tool_use", "") if conversation.tools else ""
    found = given or for_tools or loaded.chat_template
    if not found:
        raise SpecError("tokenizer", loaded.name, "one with a chat template, unless a template is given")
    return found


def _rendered(template: str, loaded: LoadedTokenizer, conversation: Conversation) -> Rendered:
    messages = conversation.template_messages
    values = {
        "messages": messages,
        "tools": list(conversation.tools) or None,
        "documents": None,
        "add_generation_prompt": conversation.add_generation_prompt,
        **loaded.special,
    }
    compared = (marked_messages(messages), prefixes_of(len(messages)), repeated_first(messages))
    try:
        if not conversation.continue_final_message:
            return render(template, values, None, *compared)
        place, text = last_text(messages[-1])
        opened = [*messages[:-1], with_text(messages[-1], place, text + CUT)]
        rendered = render(template, {**values, "messages": opened}, CUT, *compared)
    except UnicodeEncodeError:
        raise SpecError("template", template, "a Jinja template in valid Unicode") from None
    if text.strip() not in rendered.text:
        raise ChatTemplateError(
            "The chat template changes the last message, so it cannot be gone on from; "
            "switch continue_final_message off."
        )
    return rendered


def _marked_mask(offsets: np.ndarray, spans: tuple[Interval, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """As transformers does it, character to token, so that it is what training gets, oddities included: they
    become notes."""
    mask, notes = np.zeros(len(offsets), dtype=bool), []
    for start, end in spans:
        first, last = _token_at(offsets, start), _token_at(offsets, end - 1)
        if first is None:
            notes.append(
                f"No token covers character {start}, where an assistant's part begins; transformers leaves "
                "out this part and all that follow."
            )
            break
        if not last:
            notes.append(
                f"No token but the first covers character {end - 1}, where an assistant's part ends; "
                "transformers takes all that follows for the assistant's."
            )
        mask[first : last + 1 if last else None] = True
    return mask, tuple(notes)


def _token_at(offsets: np.ndarray, character: int) -> int | None:
    found = np.flatnonzero((offsets[:, 0] <= character) & (character < offsets[:, 1]))
    return int(found[0]) if len(found) else None


def _touched(offsets: np.ndarray, spans: tuple[Interval, ...]) -> np.ndarray:
    """Tokens that share a character with a span."""
    mask = np.zeros(len(offsets), dtype=bool)
    for start, end in spans:
        mask |= (offsets[:, 0] < end) & (offsets[:, 1] > start)
    return mask


def _spans_of(offsets: np.ndarray, spans: tuple[RoleSpan, ...]) -> np.ndarray:
    """``[token]``: the span of each token's first character."""
    starts: Any = [span.start for span in spans]
    found = np.searchsorted(np.array(starts, dtype=np.int64), offsets[:, 0], side="right") - 1
    return np.where(offsets[:, 1] > offsets[:, 0], found, -1)
