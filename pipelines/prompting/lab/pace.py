"""How long a grid takes on this machine: a rate that earlier runs of the model have left, else one of another
model by its size, else the machine's arithmetic. Torch-free.

What is written costs more than what is read: a token of an answer goes through the model alone, those of a
prompt together. :data:`WRITTEN` says how much more.
"""

import os
from dataclasses import dataclass

from pipelines.common.cpu import core_rate
from pipelines.core.files import read_json, write_json
from pipelines.core.settings import Settings

WRITTEN = 4.0
_SHARE = 0.15  # of all cores' rate in fp32 products that a batch reaches
_LEAST = 2_000  # tokens: a shorter run says little of the rate
_FILE = "prompt_lab_pace.json"


@dataclass(frozen=True)
class Work:
    """Tokens that are read and written."""

    prompt: int
    written: int

    @property
    def tokens(self) -> float:
        """As of prompts."""
        return self.prompt + WRITTEN * self.written

    def __add__(self, other: "Work") -> "Work":
        return Work(self.prompt + other.prompt, self.written + other.written)


class Pace:
    """Tokens a second by the model's name, under ``home``. ``parameters`` are the model's, 0 where they are
    not known (a server's): then only its own runs tell."""

    def __init__(self, settings: Settings):
        self._file, self._threads = settings.home / _FILE, settings.threads

    def seconds(self, model: str, parameters: int, work: Work) -> float | None:
        """None where nothing is known."""
        rate = self._rate(model, parameters)
        return work.tokens / rate if rate else None

    def remember(self, model: str, parameters: int, work: Work, seconds: float) -> None:
        if seconds > 0 and work.tokens >= _LEAST:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            told = {"rate": work.tokens / seconds, "parameters": parameters}
            write_json(self._file, {**self._told(), model: told})

    def _rate(self, model: str, parameters: int) -> float:
        told = self._told()
        if model in told:
            return told[model]["rate"]
        if not parameters:
            return 0.0
        others = [one for one in told.values() if one["parameters"]]
        if others:
            nearest = min(others, key=lambda one: abs(one["parameters"] - parameters))
            return nearest["rate"] * nearest["parameters"] / parameters
        cores = self._threads or os.cpu_count() or 1
        return core_rate() * cores * _SHARE / (2 * parameters)

    def _told(self) -> dict[str, dict[str, float]]:
        found = read_json(self._file, {})
        return found if isinstance(found, dict) else {}
