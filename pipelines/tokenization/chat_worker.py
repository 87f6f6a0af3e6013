"""Renders a chat template in a process of its own: one JSON request on standard input, one answer on standard
output. ``python -m pipelines.tokenization.chat_worker``

A template comes from whoever made the model and may be hostile. Jinja's immutable sandbox, set up as
transformers sets it up, keeps it from Python; the process's own limits bound its time, its memory and what it
writes; its parent (:mod:`pipelines.tokenization.chat_process`) gives it none of the environment's secrets.
Imports Jinja alone, so that it starts quickly.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

CPU_SECONDS, MEASURING_SECONDS = 3, 1.5
MEMORY_BYTES = 768 << 20
MAX_RENDERED = 2_000_000  # characters


class TooLongError(Exception):
    """The rendering has passed ``MAX_RENDERED`` characters."""


class GenerationBlocks(Extension):
    """``{% generation %}…{% endgeneration %}`` marks what the assistant says: the text stays as it is, and
    ``environment.generated`` gets its (start, end) in what has been written so far."""

    tags = {"generation"}

    def __init__(self, environment: Any):
        super().__init__(environment)
        environment.extend(written=0, generated=[])

    def parse(self, parser: Parser) -> nodes.CallBlock:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_note"), [], [], body).set_lineno(line)

    def _note(self, caller: Any) -> str:
        text = caller()
        start = self.environment.written
        self.environment.generated.append((start, start + len(text)))
        return text


class PlainNamespace(Namespace):
    """Jinja's ``namespace``, without names that begin with an underscore."""

    def __init__(*args: Any, **values: Any) -> None:
        for name in dict(*args[1:], **values):
            _refuse_hidden(name)
        Namespace.__init__(*args, **values)

    def __setitem__(self, name: str, value: Any) -> None:
        _refuse_hidden(name)
        super().__setitem__(name, value)


class PlainDict:
    """What a template may do with ``dict``: make one."""

    def __call__(self, *args: Any, **values: Any) -> dict:
        return dict(*args, **values)

    def fromkeys(self, *args: Any) -> dict:
        return dict.fromkeys(*args)


def environment(now: datetime) -> ImmutableSandboxedEnvironment:
    """Jinja as transformers gives it to chat templates. All renderings of a request share one ``now``."""
    made = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[GenerationBlocks, loopcontrols]
    )
    made.filters["tojson"] = _to_json
    made.globals |= {
        "raise_exception": _raise,
        "strftime_now": now.strftime,
        "dict": PlainDict(),
        "namespace": PlainNamespace,
    }
    return made


def render(template: Any, values: dict[str, Any], cut: str | None = None) -> str:
    """One rendering. With ``cut``, it ends where that mark stands, which was put after the last message.

    Raises :class:`TooLongError`, and whatever the template raises.
    """
    env = template.environment
    env.written, env.generated = 0, []
    text = "".join(_bounded(env, template.generate(**values)))
    return text if cut is None else _until(text, cut)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """``text`` is the rendering, ``generated`` its marked parts. ``marked`` is the rendering of other
    messages, ``asides`` are those of further ones without a generation prompt, ``measured[i]`` is of a number
    of first messages: (length, characters in common with ``text``). None for what the template refuses, or
    time does not allow."""
    template = environment(datetime.now()).from_string(request["template"])
    values, marked = request["values"], request["marked"]
    text = render(template, values, request["cut"])
    generated = [(start, min(end, len(text))) for start, end in template.environment.generated]
    asides = [_tried(template, {**_beginning(values, 0, False), "messages": m}) for m in request["asides"]]
    prefixes = [_tried(template, _beginning(values, *prefix)) for prefix in request["prefixes"]]
    return {
        "text": text,
        "generated": [span for span in generated if span[0] < span[1]],
        "marked": marked and _tried(template, {**values, "messages": marked}),
        "asides": asides,
        "measured": [None if p is None else (len(p), _common(p, text)) for p in prefixes],
    }


def explained(fault: Exception) -> str:
    """Why a template could not be rendered, in words for the visitor."""
    if isinstance(fault, TemplateSyntaxError):
        return f"The chat template has a mistake in line {fault.lineno}: {fault.message}"
    if isinstance(fault, SecurityError):
        return f"The chat template does what templates may not do: {fault}"
    if isinstance(fault, TemplateError):
        return f"The chat template refuses this conversation: {fault}"
    if isinstance(fault, TooLongError):
        return f"The chat template writes more than {MAX_RENDERED:,} characters."
    if isinstance(fault, (MemoryError, RecursionError, OverflowError)):
        return "The chat template takes more memory or depth than it may."
    if isinstance(fault, KeyError) and fault.args == ("cut",):
        return (
            "The chat template does not write the last message as it is, so it cannot be gone on from; "
            "switch continue_final_message off."
        )
    return f"The chat template fails on this conversation: {type(fault).__name__}: {fault}"


def _bounded(env: Any, blocks: Iterator[str]) -> Iterator[str]:
    for block in blocks:
        env.written += len(block)
        if env.written > MAX_RENDERED:
            raise TooLongError
        yield block


def _beginning(values: dict[str, Any], count: int, prompted: bool) -> dict[str, Any]:
    return {**values, "messages": values["messages"][:count], "add_generation_prompt": prompted}


def _tried(template: Any, values: dict[str, Any]) -> str | None:
    if time.process_time() > MEASURING_SECONDS:
        return None
    try:
        return render(template, values)
    except Exception:  # a beginning of a conversation may well be one that the template refuses
        return None


def _until(text: str, mark: str) -> str:
    """The text before the mark, whose last character is a space: where the template trims that away, it trims
    the message's own white space too."""
    place = text.rfind(mark.rstrip())
    if place < 0:
        raise KeyError("cut")
    return text[:place] if text.startswith(mark, place) else text[:place].rstrip()


def _common(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: Any = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _raise(message: str) -> None:
    raise TemplateError(message)


def _refuse_hidden(name: object) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise SecurityError(f"a namespace takes no name such as {name!r}, which begins with an underscore")


def _limit_yourself() -> None:
    """No more than some seconds of CPU, some memory, and no files."""
    seconds = int(time.process_time()) + CPU_SECONDS
    for what, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def main() -> None:
    request = json.load(sys.stdin)
    _limit_yourself()
    try:
        given = answer(request)
    except Exception as fault:  # all are the template's own, and become data here
        given = {"error": explained(fault)[:500]}
    sys.stdout.write(json.dumps(given))


if __name__ == "__main__":
    main()
