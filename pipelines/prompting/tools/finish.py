"""The tool that ends: its input is the answer. Standard library only."""

from dataclasses import dataclass

from pipelines.prompting.tools.base import bounded
from pipelines.prompting.tools.words import ACTION, FINISH


@dataclass(frozen=True)
class Finish:
    name: str = FINISH
    does: str = "gives the answer and ends"

    def __call__(self, given: str) -> str:
        return bounded(given.strip()) or f"There is no answer in it. Write {ACTION} {FINISH}[the answer]"
