"""Checks of prompts that the model is to answer for itself: whether an answer has room, whether the rewards
can judge it, and whether what is measured on is asked in training. Torch-free.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable

from pipelines.training.checks.requests import BLOCKS, WARNS, Finding
from pipelines.training.checks.subject import Item, Subject, findings
from pipelines.training.preferring.online.rewards import form_of, formatted, number_in

_LONGEST, _STEP = 8192, 8  # of a spec's max_length


def blank(subject: Subject) -> list[Finding]:
    """Rows that ask nothing."""
    words = "{count} have no prompt: there is nothing to answer."
    return findings("empty prompts", BLOCKS, words, (i for i in subject.items if not _prompt(i)))


def room(subject: Subject) -> list[Finding]:
    """Prompts after which the longest answer does not fit into ``max_length``."""
    spec, measured = subject.spec, list(subject.measured())
    tight = [item for item, facts in measured if facts.cut]
    share = len(tight) / max(1, len(measured))
    words = (
        f"{{count}} ({share:.1%} of all) have no room for an answer: with max_new_tokens "
        f"{spec.max_new_tokens:,} they are longer than max_length {spec.max_length:,}."
    )
    wanted = -(-_longest(subject) // _STEP) * _STEP
    fits = wanted <= min(_LONGEST, subject.context or _LONGEST)
    return findings("room for the answer", BLOCKS, words, tight, {"max_length": wanted} if fits else "drop")


def context(subject: Subject) -> list[Finding]:
    """Prompts that, with their answers, are more than the base can read at all."""
    most, spec = subject.context, subject.spec
    over = [item for item, f in subject.measured() if most and f.length + spec.max_new_tokens > most]
    words = f"{{count}} have with their answers more than the {most:,} tokens that the base reads at once."
    left = (most - _longest(subject) + spec.max_new_tokens) // _STEP * _STEP
    return findings("context length", BLOCKS, words, over, {"max_new_tokens": left} if left > 0 else "drop")


def answers(subject: Subject) -> list[Finding]:
    """Rows without the answer that a reward is measured by, and those that want different ones."""
    spec = subject.spec
    if not spec.needs_answers:
        return []
    unsaid = [item for item in subject.items if number_in(item.example.answer) is None]
    words = "{count} have no answer with a number in it (column answer), which the reward correct needs."
    others = [f"{name}={weight:g}" for name, weight in spec.weights.items() if name != "correct"]
    mend = {"rewards": others} if others else "drop" if len(unsaid) < len(subject.items) else {}
    found = findings("right answers", BLOCKS, words, unsaid, mend)
    wanted: dict[bytes, set] = defaultdict(set)
    for item in subject.items:
        wanted[_question(item)].add(number_in(item.example.answer))
    torn = [item for item in subject.items if len(wanted[_question(item)]) > 1]
    words = "{count} ask what another row asks, and want another answer."
    return found + findings("contradictory answers", BLOCKS, words, torn)


def reachable(subject: Subject) -> list[Finding]:
    """Rewards that every answer gets, or none: nothing is learnt from them."""
    spec, found = subject.spec, []
    least = spec.target_length - spec.length_band
    if "length" in spec.weights and not spec.at_most and least >= spec.max_new_tokens:
        words = (
            f"No answer of at most {spec.max_new_tokens:,} tokens comes near to {spec.target_length:,} "
            "words, so the reward length is always 0."
        )
        found.append(Finding("rewards", BLOCKS, words, mend=_longer_answers(subject)))
    if "format" in spec.weights and formatted("", form_of(spec.needs)):
        words = "Every answer has the wanted form, so the reward format is always 1."
        found.append(Finding("rewards", BLOCKS, words))
    return found


def apart(subject: Subject) -> list[Finding]:
    """Prompts that are measured on though they are learnt from, white space and case aside. The one to learn
    from goes, so that the measure stays."""
    fresh = {_question(item) for item in subject.side(True)}
    there = [item for item in subject.side(False) if _question(item) in fresh]
    words = "{count} of the training data are asked in the measure too, which would be of what was learnt."
    return findings("overlap", BLOCKS, words, there)


def repeated(subject: Subject) -> list[Finding]:
    """Prompts that come again on their side."""
    again = [item for held_out in (False, True) for item in _later(subject.side(held_out), _question)]
    words = "{count} ask what an earlier row asks, which is asked so much oftener."
    return findings("duplicates", WARNS, words, again)


def _longest(subject: Subject) -> int:
    """Tokens of the longest prompt with the longest answer."""
    return max((f.length for _, f in subject.measured()), default=0) + subject.spec.max_new_tokens


def _longer_answers(subject: Subject) -> dict[str, int]:
    """As many tokens as the wanted words have about, where there is room for them."""
    spec = subject.spec
    wanted = -(-2 * spec.target_length // _STEP) * _STEP
    fits = _longest(subject) - spec.max_new_tokens + wanted <= spec.max_length
    return {"max_new_tokens": wanted} if fits else {}


def _prompt(item: Item) -> str:
    return " ".join(item.example.prompt.split()).casefold()


def _question(item: Item) -> bytes:
    return hashlib.blake2b(_prompt(item).encode("utf-8", "surrogatepass"), digest_size=12).digest()


def _later(items: list[Item], key: Callable[[Item], bytes]) -> list[Item]:
    seen: set[bytes] = set()
    return [item for item in items if (k := key(item)) in seen or seen.add(k)]
