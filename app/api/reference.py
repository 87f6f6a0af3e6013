"""The API reference, written from the code: endpoints from their docstrings, fields from the specs.

    python -m app.api.reference > docs/api.md

A test compares the file with what this makes, so it cannot fall behind.
"""

import inspect
import tempfile
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_type_hints

import gradio as gr

from pipelines.core.fields import describe, knobs
from pipelines.generation.specs import DecodingSpec
from pipelines.generation.strategy import Strategy
from pipelines.preferences.specs import RoundSpec
from pipelines.tokenization.specs import TokenizerSpec
from pipelines.training.curation.specs import CurateSpec
from pipelines.training.specs import PretrainSpec

_HEAD = """# API reference

Written from the code by `make docs`. Each endpoint is what the page itself calls; see
[how to use it](how-to/use-the-api.md) for clients, streaming and errors.

"""


def reference(page: gr.Blocks) -> str:
    """Markdown for all public named endpoints of the page and the specs that they take."""
    endpoints = "".join(_endpoint(name, function) for name, function in sorted(named(page)))
    specs = (
        _spec("The spec of a `pretrain` job", PretrainSpec),
        _spec("The spec of a `curate` job", CurateSpec),
        _spec("The spec of a `tokenizer` job", TokenizerSpec),
        _spec("The settings of a `/preference_round`", RoundSpec),
        _spec("Decoding settings", DecodingSpec),
        _spec("A strategy of `/compare_decoding`: its name and its parameters", Strategy),
    )
    return (_HEAD + endpoints + "".join(specs)).rstrip() + "\n"


def named(page: gr.Blocks) -> Iterator[tuple[str, Any]]:
    """(name, function) of the endpoints that are meant for others."""
    for block in page.fns.values():
        if isinstance(block.api_name, str) and block.api_visibility == "public":
            yield block.api_name, inspect.unwrap(block.fn)


def _endpoint(name: str, function: Any) -> str:
    parameters = inspect.signature(function).parameters.values()
    given = ", ".join(_parameter(p) for p in parameters if p.annotation is not gr.Request)
    return f"## `/{name}({given})`\n\n{_markdown(inspect.getdoc(function) or '')}\n\n"


def _parameter(parameter: inspect.Parameter) -> str:
    needed = parameter.default is parameter.empty
    return parameter.name if needed else f"{parameter.name}={parameter.default!r}"


def _markdown(docstring: str) -> str:
    """Google-style sections: parameters become a list, what is returned a paragraph."""
    text, _, rest = docstring.partition("Parameters:\n")
    parameters, _, returned = rest.partition("Returns:\n")
    if not rest:
        text, _, returned = docstring.partition("Returns:\n")
    listed = inspect.cleandoc(parameters).replace("\n    ", " ").splitlines()
    parts = [" ".join(text.split())]
    parts += ["\n".join(f"- `{n}`: {m.strip()}" for n, _, m in (line.partition(":") for line in listed))]
    parts += ["Returns: " + " ".join(returned.split())] if returned else []
    return "\n\n".join(part for part in parts if part)


def _spec(title: str, cls: type) -> str:
    hints, bounds = get_type_hints(cls), knobs(cls)
    rows = "".join(_row(f, describe(bounds[f.name], hints[f.name]), bounds[f.name].help) for f in fields(cls))
    return f"## {title}\n\n| field | default | accepts | meaning |\n|---|---|---|---|\n{rows}\n"


def _row(field: Any, accepts: str, meaning: str) -> str:
    default = list(field.default) if isinstance(field.default, tuple) else field.default
    shown = "" if default is MISSING else f"`{default!r}`"
    return f"| `{field.name}` | {shown} | {accepts} | {meaning} |\n"


def build_page() -> gr.Blocks:
    """The page over an empty folder, not served."""
    from app.services import make_services
    from app.shell import build
    from pipelines.core.settings import Settings

    settings = Settings(home=Path(tempfile.mkdtemp(prefix="glassworks-")))
    settings.make_folders()
    return build(make_services(settings))


if __name__ == "__main__":
    print(reference(build_page()), end="")
