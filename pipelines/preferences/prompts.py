"""The prompts of a round: those that its owner wrote, or the bundled set, each in an order of its seed.

The set is in two parts that share no prompt: one to collect with, and one that is held out for the vote after
the training.
"""

import json
import random
from functools import cache
from pathlib import Path

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_text
from pipelines.core.settings import REPOSITORY
from pipelines.preferences.ballots import clean
from pipelines.preferences.records import Message
from pipelines.preferences.specs import MAX_PROMPT, RoundSpec

FILE = REPOSITORY / "assets" / "samples" / "preference_prompts.json"


@cache
def bundled(purpose: str, file: Path = FILE) -> tuple[str, ...]:
    """``purpose`` is ``collect`` or ``revote``; in the order of the file."""
    rows = json.loads(file.read_text(encoding="utf-8"))["prompts"]
    return tuple(row["prompt"] for row in rows if row["for"] == purpose)


def prompts_of(spec: RoundSpec) -> tuple[str, ...]:
    """Each once, in the order of the round."""
    given = [one.strip() for one in spec.own_prompts] if spec.prompts == "own" else bundled(spec.purpose)
    kept = [one for one in dict.fromkeys(given) if one]
    random.Random(f"prompts {spec.seed}").shuffle(kept)
    return tuple(kept)


def messages_of(spec: RoundSpec, prompt: str) -> tuple[Message, ...]:
    """What both models are told. Raises SpecError for a prompt that is empty or too long."""
    check_text("prompt", prompt, MAX_PROMPT)
    if not prompt.strip():
        raise SpecError("prompt", prompt, f"text of 1 to {MAX_PROMPT:,} characters")
    system = (Message("system", clean(spec.system)),) if spec.system.strip() else ()
    return (*system, Message("user", clean(prompt.strip())))
