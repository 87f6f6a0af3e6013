"""A built prompt as the model gets it: its text, its tokens with who says them, and how full the context is.

Knows no tokenizer: it is handed a function that renders messages. :func:`renderer` makes one of a
transformers tokenizer, as ``apply_chat_template`` has it, :func:`plain_renderer` for a model without a chat
template. Standard library and this folder only.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass
from typing import Any, NamedTuple

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.prompting.calls import Item, Message
from pipelines.prompting.prompt.builder import Builder
from pipelines.prompting.prompt.form import Example
from pipelines.prompting.prompt.meter import Meter, metered
from pipelines.prompting.prompt.roles import RoleSpan, role_spans

TEMPLATE = "template"
_WHY = 300  # characters of a template's own words that are passed on


class Rendered(NamedTuple):
    """``offsets[token]`` are its characters of ``text``, end exclusive; without them tokens have no role.
    ``special`` are the ids of control tokens."""

    text: str
    ids: Sequence[int]
    offsets: Sequence[tuple[int, int]] = ()
    special: frozenset[int] = frozenset()


# Of the messages, and of how the answer begins where a call says so as a second argument.
Render = Callable[..., "Rendered | tuple[str, Sequence[int]]"]


class ShownToken(NamedTuple):
    """``role`` is who says it, ``template`` for what the chat template writes, empty where it is not known.
    ``message`` is the place of its message, −1 for none. ``text`` are its characters; where a character has
    several tokens each has it."""

    id: int
    text: str
    start: int
    end: int
    role: str
    message: int
    special: bool


@dataclass(frozen=True)
class Shown:
    """``spans`` cover ``text``; ``findings`` are things to know before a run, in sentences."""

    messages: tuple[Message, ...]
    examples: tuple[Example, ...]
    text: str
    tokens: tuple[ShownToken, ...]
    spans: tuple[RoleSpan, ...]
    meter: Meter
    findings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """JSON values; a token and a span are lists in the order of their fields."""
        meter = self.meter
        return {
            "messages": [asdict(message) for message in self.messages],
            "examples": [asdict(example) for example in self.examples],
            "text": self.text,
            "tokens": [list(token) for token in self.tokens],
            "spans": [list(astuple(span)) for span in self.spans],
            "meter": {**asdict(meter), "left": meter.left, "fits": meter.fits},
            "findings": list(self.findings),
        }


def shown(
    builder: Builder,
    item: Item,
    instruction: str,
    with_rationales: bool,
    render: Render,
    context: int | None,
    max_new_tokens: int,
) -> Shown:
    """``context`` in tokens, None where there is no limit."""

    def built(shots: int | None = None) -> tuple[Message, ...]:
        return builder.build(item, instruction, with_rationales, shots=shots)

    messages, examples = built(), builder.examples(item, with_rationales)
    rendered = Rendered(*render(messages))
    spans = role_spans(messages, rendered.text, lambda said: Rendered(*render(said)).text)
    tokens = _tokens(rendered, spans)

    def count(shots: int) -> int:
        return len(rendered.ids) if shots == len(examples) else len(Rendered(*render(built(shots))).ids)

    meter = metered(count, len(examples), max_new_tokens, context)
    findings = (meter.finding, _few(builder, examples), _controls(tokens))
    return Shown(messages, examples, rendered.text, tokens, spans, meter, tuple(filter(None, findings)))


def renderer_for(tokenizer: Any, template: str = "") -> Render:
    """By ``template``, else by the model's own chat template; the messages as they are where it has none."""
    if template or getattr(tokenizer, "chat_template", None):
        return renderer(tokenizer, template)
    return plain_renderer(tokenizer)


def renderer(tokenizer: Any, template: str = "") -> Render:
    """What a chat model is given: ``tokenizer`` is a fast one of transformers, ``template`` takes its own
    template's place. Special tokens are those that the template writes, no others."""
    own = template or getattr(tokenizer, "chat_template", None)
    if not own:
        raise SpecError("model", str(getattr(tokenizer, "name_or_path", "")), "one with a chat template")

    special = _control_ids(tokenizer)

    def render(messages: Sequence[Message], begun: str = "") -> Rendered:
        told = [{"role": message.role, "content": message.content} for message in messages]
        given = {"chat_template": template} if template else {}
        try:
            text = tokenizer.apply_chat_template(told, tokenize=False, add_generation_prompt=True, **given)
        except Exception as error:  # a template is a program and may raise anything
            why = " ".join(str(error).split())[:_WHY] or type(error).__name__
            raise GlassworksError(f"The chat template refuses the prompt: {why}") from None
        return _read(tokenizer, text + begun, special, add_special_tokens=False)

    return render


def plain_renderer(tokenizer: Any) -> Render:
    """The messages as :func:`plain_text` has them, with the special tokens that the tokenizer puts around a
    text: for a model that was taught no conversation."""

    special = _control_ids(tokenizer)

    def render(messages: Sequence[Message], begun: str = "") -> Rendered:
        return _read(tokenizer, plain_text(messages, begun), special)

    return render


def plain_text(messages: Sequence[Message], begun: str = "") -> str:
    """What is said, an empty line between the messages and no word of who says it: the text alone leads a
    model that was taught no conversation.

    >>> plain_text([Message("system", "Add."), Message("user", "Q: 1 + 1\\nA:")], "The sum")
    'Add.\\n\\nQ: 1 + 1\\nA: The sum'
    """
    text = "\n\n".join(message.content for message in messages if message.content)
    apart = text and begun and not text[-1].isspace() and not begun[0].isspace()
    return f"{text} {begun}" if apart else text + begun


def _read(tokenizer: Any, text: str, special: frozenset[int], **how: Any) -> Rendered:
    read = tokenizer(text, return_offsets_mapping=True, verbose=False, **how)
    offsets = tuple((int(start), int(end)) for start, end in read["offset_mapping"])
    return Rendered(text, tuple(read["input_ids"]), offsets, special)


def _control_ids(tokenizer: Any) -> frozenset[int]:
    added = (one for one, token in tokenizer.added_tokens_decoder.items() if token.special)
    return frozenset((*tokenizer.all_special_ids, *added))


def tokens_of(
    messages: Sequence[Message], rendered: Rendered, text_of: Callable[[Sequence[Message]], str]
) -> tuple[ShownToken, ...]:
    """Each with who says it. ``text_of`` renders messages to text."""
    return _tokens(rendered, role_spans(messages, rendered.text, text_of))


def _tokens(rendered: Rendered, spans: Sequence[RoleSpan]) -> tuple[ShownToken, ...]:
    """A token on the border of two spans is its first character's."""
    if not rendered.offsets:
        return tuple(ShownToken(one, "", 0, 0, "", -1, one in rendered.special) for one in rendered.ids)
    starts = [span.start for span in spans]
    found = []
    for one, (start, end) in zip(rendered.ids, rendered.offsets, strict=True):
        span = spans[bisect_right(starts, start) - 1] if start < end else None
        role, message = (span.role or TEMPLATE, span.message) if span else (TEMPLATE, -1)
        found.append(
            ShownToken(one, rendered.text[start:end], start, end, role, message, one in rendered.special)
        )
    return tuple(found)


def _few(builder: Builder, examples: Sequence[Example]) -> str:
    wanted = builder.spec.shots
    if len(examples) == wanted:
        return ""
    return f"{len(examples)} of {wanted} examples: no more are left beside the question itself."


def _controls(tokens: Sequence[ShownToken]) -> str:
    """The data can write what ends a turn: the model then reads it as if the template had."""
    found = dict.fromkeys(one.text for one in tokens if one.special and one.message >= 0)
    if not found:
        return ""
    return f"What the messages say has control tokens of this model: {', '.join(list(found)[:5])}."
