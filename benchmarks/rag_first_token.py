"""Milliseconds from a question to the first word of its answer, all three workers warm. Claim: under 1,000.

The real services and their processes answer questions about the lessons that come with the app, each once, by
the house's model and with the extract beside it, as the chat does by default; it never abstains here. Where
the time goes is printed by stage; of the writing the time to its first word alone.

    python -m benchmarks.rag_first_token [--questions 20]
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.identity import OWNER_ID, Visitor
from app.rag.asking import asked
from app.services import Services, make_services
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.rag.specs import AnswerSpec, SearchSpec

_MOST = 1000
_QUESTIONS = REPOSITORY / "assets" / "recipes" / "rag_lesson_questions.json"
_BEFORE = ("rewriting", "searching", "reading")
_OWNER = Visitor(OWNER_ID, True, "owner")


@contextmanager
def workshop(home: Path) -> Iterator[Services]:
    settings = Settings(home=home)
    settings.make_folders()
    services = make_services(settings)
    try:
        yield services
    finally:
        for one in (services.runtime, services.tokenizers, services.rag):
            one.close()


def timed(services: Services, question: str) -> dict[str, float]:
    """Milliseconds by stage. The answer is read to its end: the next question finds nothing at work."""
    *_, last = asked(services, _OWNER, "lessons", question, SearchSpec(), AnswerSpec(abstain=0.0))
    if "first" not in last.seconds:
        raise SystemExit(f"{question!r} was not answered: {last.note}")
    return {stage: 1000 * seconds for stage, seconds in last.seconds.items()}


def report(what: str, times: list[float]) -> None:
    print(f"{what:12} median {statistics.median(times):5.0f} ms, slowest {max(times):5.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=int, default=20)
    options = parser.parse_args()
    questions = json.loads(_QUESTIONS.read_text(encoding="utf-8"))["answerable"][: options.questions]
    with tempfile.TemporaryDirectory() as home, workshop(Path(home)) as services:
        timed(services, questions[-1])  # reads the lessons, starts the workers, loads the models
        found = [timed(services, question) for question in questions]
    for stage in _BEFORE:
        report(stage, [one[stage] for one in found])
    before = [sum(one[stage] for stage in _BEFORE) for one in found]
    report("first word", [one["first"] - earlier for one, earlier in zip(found, before, strict=True)])
    first = [one["first"] for one in found]
    report("together", first)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {len(found)} questions")
    good = statistics.median(first) < _MOST
    print(f"under {_MOST:,} ms: {good}")
    sys.exit(not good)


if __name__ == "__main__":
    main()
