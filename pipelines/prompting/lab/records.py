"""What is kept of each item in each cell: the response, the votes and the whole trace, a JSON line each. An
answer is read out of it later, so that another way of reading asks no model again. Standard library only.

A run's folder has ``lab/items.jsonl``, ``lab/reading.json`` (how answers are read) and a file a cell,
``lab/00.jsonl`` and on, in the order of the grid; in ``artifact/`` the same once the run is over.
"""

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.prompting.calls import Item, Outcome
from pipelines.prompting.strategies.driving import Exchange, Finished

FOLDER, ITEMS, READING = "lab", "items.jsonl", "reading.json"


class BrokenResultsError(GlassworksError):
    """Results that cannot be read; the message says what is missing or damaged."""


@dataclass(frozen=True)
class Record:
    """One item in one cell. ``votes`` are (answer, how many); ``trace`` has a dict for each call. Tokens are
    of all calls: prompts as often as they were sent, and what was written. ``seconds`` is the computing that
    fell to it."""

    item: str
    response: str
    error: str
    votes: tuple[tuple[str, int], ...]
    details: Mapping[str, Any]
    trace: tuple[Mapping[str, Any], ...]
    prompt_tokens: int
    written_tokens: int
    seconds: float

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.written_tokens

    @property
    def calls(self) -> int:
        return len(self.trace)


def record_of(finished: Finished) -> Record:
    outcome: Outcome = finished.outcome
    replies = [exchange.reply for exchange in finished.trace]
    return Record(
        item=str(finished.key),
        response=outcome.response,
        error=finished.error,
        votes=tuple(outcome.votes),
        details={name: value for name, value in outcome.details.items() if name != "parsed"},
        trace=tuple(map(_told, finished.trace)),
        prompt_tokens=sum(reply.prompt_tokens for reply in replies),
        written_tokens=sum(text.tokens for reply in replies for text in reply.texts),
        seconds=finished.seconds,
    )


def cell_file(folder: Path, number: int) -> Path:
    return folder / f"{number:02d}.jsonl"


def line_of(record: Record) -> str:
    return json.dumps(dataclasses.asdict(record), ensure_ascii=False, default=str) + "\n"


def read_cell(folder: Path, number: int) -> list[Record]:
    """What is there of a cell; nothing before it has begun. A last line that is half written is left out."""
    return [_record(values) for values in _lines(cell_file(folder, number))]


def write_items(folder: Path, items: Iterable[Item]) -> None:
    lines = (json.dumps(dataclasses.asdict(item), ensure_ascii=False, default=dict) for item in items)
    (folder / ITEMS).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_items(folder: Path) -> list[Item]:
    return [Item(**{**values, "choices": tuple(values["choices"])}) for values in _lines(folder / ITEMS)]


def check_results(folder: Path) -> None:
    """Raise :class:`BrokenResultsError` unless the folder holds whole results."""
    if not (folder / ITEMS).is_file() or not (folder / "spec.json").is_file():
        raise BrokenResultsError(f"The results lack {ITEMS} or spec.json.")
    if not read_items(folder) or not cell_file(folder, 0).is_file():
        raise BrokenResultsError("The results hold no item.")


def _told(exchange: Exchange) -> dict[str, Any]:
    call, reply = exchange.call, exchange.reply
    return {
        "purpose": call.purpose,
        "messages": [dataclasses.asdict(message) for message in call.messages],
        "begun": call.begun,
        "stop": list(call.stop),
        "samples": call.samples,
        "temperature": call.temperature,
        "seed": call.seed,
        "max_new_tokens": call.max_new_tokens,
        "texts": [dataclasses.asdict(text) for text in reply.texts],
        "prompt_tokens": reply.prompt_tokens,
        "seconds": round(reply.seconds, 4),
        "error": reply.error,
        "round": exchange.round,
        "parsed": exchange.parsed,
    }


def _record(values: dict[str, Any]) -> Record:
    votes = tuple((answer, count) for answer, count in values["votes"])
    return Record(**{**values, "votes": votes, "trace": tuple(values["trace"])})


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if not line.endswith("\n"):
                return
            try:
                yield json.loads(line)
            except ValueError:
                raise BrokenResultsError(f"{path.name} is damaged: a line of it is no JSON.") from None
