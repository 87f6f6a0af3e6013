"""Whether programs pass their tests: each is run in the sandbox, several at once, equal ones once. Standard
library only.

What the sandbox keeps away is said in :mod:`pipelines.common.sandbox.run`. It does not keep a program from
its own tests: they run in one process, and an answer that sets out to deceive them can.
"""

import os
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pipelines.common.sandbox.run import Limits, run_python

LIMITS = Limits(memory=512 << 20, seconds=3, output=1 << 20)
_MOST_AT_ONCE = 4
_ERROR = 300  # characters of one that are told


@dataclass(frozen=True)
class Verdict:
    """``told`` is passed, or why not: failed, late (out of time), full (out of memory), loud (printed without
    end) or left (it ended before its tests did). ``error`` is the last line of the traceback."""

    told: str
    error: str = ""

    @property
    def passed(self) -> bool:
        return self.told == "passed"


def program_of(row: Mapping[str, Any], completion: str) -> str:
    """The program: HumanEval's prompt, what completes it, its tests."""
    return f"{row['prompt']}{completion}\n{row['test']}\ncheck({row['entry_point']})"


def verdicts(programs: Sequence[str]) -> list[Verdict]:
    """Raises NoSandboxError where nothing can hold such code."""
    different = list(dict.fromkeys(programs))
    with ThreadPoolExecutor(min(_MOST_AT_ONCE, os.cpu_count() or 1)) as pool:
        found = dict(zip(different, pool.map(verdict, different), strict=True))
    return [found[program] for program in programs]


def verdict(program: str) -> Verdict:
    """Passed is only what came to its end: the last thing written is a word that is drawn for this run."""
    word = secrets.token_hex(16)
    ran = run_python(f'{program}\n__import__("sys").__stdout__.write("\\n{word}")', LIMITS)
    if ran.state == "done":
        return Verdict("passed" if ran.output.endswith(word) else "left")
    return Verdict(ran.state, _last_line(ran.errors))


def _last_line(errors: str) -> str:
    lines = errors.strip().splitlines()
    return lines[-1][:_ERROR] if lines else ""
