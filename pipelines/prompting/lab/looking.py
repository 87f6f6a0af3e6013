"""The tokenizer worker's handlers for the lab: how an item's prompt looks, and how much a grid is.

Both make the very calls that the run would make first, so what is shown and counted is what is sent.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from pipelines.core.errors import ConflictError, GlassworksError, SpecError
from pipelines.core.settings import Settings
from pipelines.prompting.calls import Call
from pipelines.prompting.extraction.findings import unreadable
from pipelines.prompting.lab.grid import Grid, grid_of
from pipelines.prompting.lab.pace import Pace, Work
from pipelines.prompting.lab.questions import from_the_hub
from pipelines.prompting.lab.requests import (
    Looked,
    LookRequest,
    PromptPiece,
    Sized,
    SizedCell,
    SizeRequest,
)
from pipelines.prompting.prompt.shown import Render, Rendered, renderer_for, tokens_of
from pipelines.prompting.specs import Cell, PromptLabSpec
from pipelines.prompting.strategies.registry import most

_CHARACTERS = 4  # of a token, about, where a server has the tokenizer
_AT_ONCE = 16  # items between two looks at what else is asked
_FETCHED = "{} comes from the Hub and is read when the run begins: name a file of it to look at it before."


def look(request: LookRequest, models: Any) -> Iterator[Any]:
    spec = _readable(request.spec)
    grid, cells = grid_of(spec), list(spec.cells())
    items = grid.questions.asked.items
    _within("cell", request.cell, len(cells))
    _within("item", request.item, len(items))
    cell, item = cells[request.cell], items[request.item]
    call, most_new = grid.first_calls(cell, item)[0], spec.decodings[cell.decoding].max_new_tokens
    rendered = _rendered(call, request.tokenizer)
    count = len(rendered.ids) if rendered else _about(call)
    left = request.context - count - most_new if request.context else None
    yield Looked(
        question=item.question,
        wanted=item.answer,
        items=len(items),
        kind=grid.questions.reading.kind,
        messages=tuple({"role": message.role, "text": message.content} for message in call.messages),
        text=rendered.text if rendered else "",
        pieces=_pieces(call, rendered, request.tokenizer) if rendered else (),
        prompt_tokens=count,
        max_new_tokens=most_new,
        context=request.context,
        left=left,
        findings=_findings(left, rendered),
    )


def size(request: SizeRequest, models: Any) -> Iterator[Any]:
    spec = _readable(request.spec)
    grid, pace = grid_of(spec), Pace(Settings())
    counted: dict[tuple[str, int, int], list[int]] = {}  # a decoding changes no prompt
    cells = []
    for cell in spec.cells():
        key = (cell.model, cell.strategy, cell.prompt)
        if key not in counted:
            counted[key] = []
            for items in _batches(grid.questions.asked.items):
                counted[key] += [_first_tokens(grid, cell, item, request) for item in items]
                yield None
        cells.append(_sized(request, grid, cell, counted[key], pace))
    items, reading = grid.questions.asked.items, grid.questions.reading
    strange = tuple(one.text for one in unreadable(reading, items))
    yield Sized(len(items), reading.kind, tuple(cells), strange)


def _readable(fields: dict[str, Any]) -> PromptLabSpec:
    spec = PromptLabSpec.from_dict(fields)
    if from_the_hub(spec):
        raise ConflictError(_FETCHED.format(spec.task))
    return spec


def _within(name: str, value: int, count: int) -> None:
    if value >= count:
        raise SpecError(name, value, f"a whole number from 0 to {count - 1}")


def _sized(request: SizeRequest, grid: Grid, cell: Cell, first: list[int], pace: Pace) -> SizedCell:
    bound = most(grid.spec.strategies[cell.strategy].name, grid.settings(cell))
    decoding, context = grid.spec.decodings[cell.decoding], request.contexts.get(cell.model, 0)
    written = bound.samples * decoding.max_new_tokens * len(first)
    # Later calls repeat what was said before: each is taken as the first with half of what was written since.
    read = sum(first) + (bound.calls - 1) * (sum(first) + written // max(1, 2 * bound.samples))
    work = Work(read, written)
    return SizedCell(
        title=grid.spec.title(cell),
        prompt_tokens=sum(first),
        exact=bool(request.tokenizers.get(cell.model)),
        most_calls=bound.calls * len(first),
        most_written=written,
        too_long=sum(bool(context) and tokens + decoding.max_new_tokens > context for tokens in first),
        seconds=pace.seconds(cell.model, request.parameters.get(cell.model, 0), work),
    )


def _first_tokens(grid: Grid, cell: Cell, item: Any, request: SizeRequest) -> int:
    folder = request.tokenizers.get(cell.model, "")
    calls = grid.first_calls(cell, item)
    return sum(len(_rendered(call, folder).ids) if folder else _about(call) for call in calls)


def _rendered(call: Call, folder: str) -> Rendered | None:
    """None where a server has the tokenizer."""
    if not folder:
        return None
    return Rendered(*_reader(folder, _changed(folder))(call.messages, call.begun))


def _pieces(call: Call, rendered: Rendered, folder: str) -> tuple[PromptPiece, ...]:
    render = _reader(folder, _changed(folder))
    found = tokens_of(call.messages, rendered, lambda said: Rendered(*render(said)).text)
    return tuple(PromptPiece(token.id, token.text, token.role, token.special) for token in found)


@lru_cache(maxsize=8)
def _reader(folder: str, changed: float) -> Render:
    from transformers import AutoTokenizer  # only here: it takes its time

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:
        raise GlassworksError(f"The tokenizer cannot be read ({type(error).__name__}).") from error
    return renderer_for(tokenizer)


def _changed(folder: str) -> float:
    return max((file.stat().st_mtime for file in Path(folder).glob("*.json*")), default=0.0)


def _about(call: Call) -> int:
    return (sum(len(message.content) for message in call.messages) + len(call.begun)) // _CHARACTERS + 1


def _findings(left: int | None, rendered: Rendered | None) -> tuple[str, ...]:
    found = []
    if left is not None and left < 0:
        found.append(f"Prompt and answer together are {-left:,} tokens more than the context holds.")
    if rendered is None:
        found.append("The server has the tokenizer: the tokens are an estimate.")
    return tuple(found)


def _batches(items: Any) -> Iterator[list[Any]]:
    waiting = iter(items)
    while batch := list(islice(waiting, _AT_ONCE)):
        yield batch
