"""What the chat and batch parts do, in plain transformers: code to take away. Only text is made."""

from pprint import pformat
from typing import Any

from app.identity import Visitor
from app.services import Services
from app.sources import source_of
from pipelines.core.errors import GlassworksError
from pipelines.tokenization.batch_spec import BatchSpec
from pipelines.tokenization.requests import ChatRequest

_WIDTH = 96


def tokenizer_source(services: Services, visitor: Visitor, name: str) -> str:
    """What ``from_pretrained`` takes. A tokenizer that is no model's folder (a file, an upload) has its name
    here: it must be brought into a folder first."""
    try:
        return source_of(services, visitor, name)
    except GlassworksError:
        return name.removeprefix("path:") if visitor.is_owner else name


def chat_code(source: str, request: ChatRequest, edited: bool, marked: bool) -> str:
    """``edited``: the template is not the tokenizer's own; ``marked``: it says what the assistant's part is,
    so that the mask can be had from transformers."""
    given = {"add_generation_prompt": request.add_generation_prompt or None}
    given["continue_final_message"] = request.continue_final_message or None
    options = [f"{name}=True" for name, value in given.items() if value]
    options = [*(["tools=tools"] if request.tools else []), *options]
    parts = [_LOADED.format(source=source), f"messages = {_literal(request.messages)}"]
    if request.tools:
        parts.append(f"tools = {_literal(request.tools)}")
    if edited:
        parts.append(f"tokenizer.chat_template = (\n{_lines(request.template)}\n)  # not the tokenizer's own")
    ending = "".join(f", {option}" for option in options)
    mask = ", return_assistant_tokens_mask=True" if marked else ""
    parts += [
        f"print(tokenizer.apply_chat_template(messages{ending}, tokenize=False))",
        f"encoded = tokenizer.apply_chat_template(messages{ending}, return_dict=True{mask})",
        'print(encoded["input_ids"])',
        *(['print(encoded["assistant_masks"])  # 1: training would learn this token'] if marked else []),
    ]
    return "\n".join(parts) + "\n"


def batch_code(source: str, texts: list[str], pairs: list[str] | None, spec: BatchSpec) -> str:
    """The call that makes the same rows."""
    options: dict[str, Any] = {
        "padding": False if spec.padding == "none" else spec.padding,
        "padding_side": spec.padding_side,
        "truncation": False if spec.truncation == "none" else spec.truncation,
        "add_special_tokens": spec.add_special_tokens,
        "return_token_type_ids": True,
        "return_attention_mask": True,
        "return_special_tokens_mask": True,
    }
    if spec.truncation != "none" or spec.padding == "max_length":
        options["max_length"] = spec.max_length
    if spec.truncation != "none":
        options |= {"stride": spec.stride, "return_overflowing_tokens": True}
    given = "".join(f"    {name}={value!r},\n" for name, value in options.items())
    paired = pairs is not None
    second, also = (f"pairs = {_literal(pairs)}\n", "    pairs,\n") if paired else ("", "")
    return (
        f"{_LOADED.format(source=source)}\n"
        f"tokenizer.truncation_side = {spec.truncation_side!r}\n"
        f"texts = {_literal(texts)}\n{second}"
        f"batch = tokenizer(\n    texts,\n{also}{given})\n"
        "for name, rows in batch.items():\n    print(name, rows)\n"
    )


def _literal(value: Any) -> str:
    return pformat(value, width=_WIDTH, sort_dicts=False)


def _lines(text: str) -> str:
    """A text as literals, a line of it in each."""
    return "\n".join(f"    {line!r}" for line in text.splitlines(keepends=True)) or "    ''"


_LOADED = """\
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained({source!r})  # a folder or a Hub name
"""
