"""What a visitor writes in the conversation editor, as a request; and examples to begin with. No Gradio."""

import json
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.tokenization.conversation import Conversation
from pipelines.tokenization.requests import ChatRequest

MAX_JSON = 400_000  # characters; a conversation itself may have half of that

# Offered where a tokenizer has no template of its own: what many chat models write around a message, and the
# shortest form, for tokenizers that have a token for each role.
CHATML = """\
{%- if tools %}{{- '<|im_start|>system\\nTools: ' + tools | tojson + '<|im_end|>\\n' }}{% endif %}
{%- for message in messages %}
    {{- '<|im_start|>' + message['role'] + '\\n' }}
    {%- if message['role'] == 'assistant' %}
        {%- generation %}
            {{- message['content'] or '' }}
            {%- for call in message['tool_calls'] or [] %}{{- call['function'] | tojson }}{% endfor %}
            {{- '<|im_end|>' }}
        {%- endgeneration %}
    {%- else %}
        {{- (message['content'] or '') + '<|im_end|>' }}
    {%- endif %}
    {{- '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% endif %}
"""
ROLE_TOKENS = """\
{%- if tools %}{{- '<|system|>Tools: ' + tools | tojson + '<|end|>' }}{% endif %}
{%- for message in messages %}
    {{- '<|' + message['role'] + '|>' }}
    {%- if message['role'] == 'assistant' %}
        {%- generation %}
            {{- message['content'] or '' }}
            {%- for call in message['tool_calls'] or [] %}{{- call['function'] | tojson }}{% endfor %}
            {{- '<|end|>' }}
        {%- endgeneration %}
    {%- else %}
        {{- (message['content'] or '') + '<|end|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|assistant|>' }}{% endif %}
"""
PRESETS = {
    "chatml": ("ChatML", CHATML, ("<|im_start|>", "<|im_end|>")),
    "roles": ("Role tokens", ROLE_TOKENS, ("<|user|>", "<|assistant|>", "<|end|>")),
}  # name → label, template, the tokens that it needs to be read as one each

_WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather at a place now.",
        "parameters": {
            "type": "object",
            "properties": {"place": {"type": "string", "description": "Name of a town"}},
            "required": ["place"],
        },
    },
}


@dataclass(frozen=True)
class Example:
    """A conversation that is one click away; ``open_ended`` ones end with the generation prompt."""

    label: str
    messages: tuple[dict[str, Any], ...]
    tools: tuple[dict[str, Any], ...] = ()
    open_ended: bool = False


EXAMPLES = (
    Example(
        "Question and answer",
        (
            {"role": "user", "content": "What is a token?"},
            {"role": "assistant", "content": "A piece of text that has a number of its own."},
        ),
    ),
    Example(
        "With a system message",
        (
            {"role": "system", "content": "Answer in one short sentence."},
            {"role": "user", "content": "Why is the sea salty?"},
            {"role": "assistant", "content": "Rivers carry salt from the rocks into it."},
        ),
    ),
    Example(
        "Several turns",
        (
            {"role": "user", "content": "Name a bird that cannot fly."},
            {"role": "assistant", "content": "The ostrich."},
            {"role": "user", "content": "And one that swims?"},
            {"role": "assistant", "content": "The penguin: it flies under water."},
            {"role": "user", "content": "Write its name backwards."},
        ),
        open_ended=True,
    ),
    Example(
        "A tool is called",
        (
            {"role": "user", "content": "Do I need an umbrella in Bergen?"},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [
                    {
                        "type": "function",
                        "function": {"name": "get_weather", "arguments": {"place": "Bergen"}},
                    }
                ],
            },
            {"role": "tool", "name": "get_weather", "content": '{"sky": "rain", "celsius": 9}'},
            {"role": "assistant", "content": "Yes: it is raining, at 9 °C."},
        ),
        (_WEATHER,),
    ),
)


def as_text(listed: Any) -> str:
    """JSON as the editor writes it: one that a person can go on writing in."""
    return json.dumps(listed, ensure_ascii=False, indent=2)


def messages_of(text: object) -> list[dict[str, Any]]:
    """The list that the editor holds. Raises SpecError, which says where the JSON breaks off."""
    return _listed("messages", text, 'a list such as [{"role": "user", "content": "Hello"}]')


def tools_of(text: object) -> list[dict[str, Any]]:
    """The tools that may be called; none for an empty box."""
    if not text or (isinstance(text, str) and not text.strip()):
        return []
    return _listed("tools", text, "a list of JSON schemas, one object for each tool, or nothing")


def chat_request(
    tokenizer: str,
    messages: object,
    tools: object,
    add_generation_prompt: bool,
    continue_final_message: bool,
    template: str,
) -> ChatRequest:
    """A checked request. Raises SpecError for what is no conversation."""
    checked = Conversation(
        tuple(messages_of(messages)),
        tuple(tools_of(tools)),
        add_generation_prompt,
        continue_final_message,
    )
    return ChatRequest(
        tokenizer,
        list(checked.messages),
        list(checked.tools),
        add_generation_prompt,
        continue_final_message,
        template,
    )


def _listed(field: str, text: object, accepted: str) -> list[dict[str, Any]]:
    if not isinstance(text, str) or len(text) > MAX_JSON:
        raise SpecError(field, text, f"{accepted} as JSON, of at most {MAX_JSON:,} characters")
    try:
        value = json.loads(text)
    except json.JSONDecodeError as fault:
        raise GlassworksError(
            f"The {field} are no JSON from line {fault.lineno}, column {fault.colno} on ({fault.msg}). "
            f"Accepted is {accepted}."
        ) from None
    except (ValueError, RecursionError):  # a number of too many digits, or nesting without end
        raise GlassworksError(f"The {field} are JSON beyond all measure. Accepted is {accepted}.") from None
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise SpecError(field, value, accepted)
    return value
