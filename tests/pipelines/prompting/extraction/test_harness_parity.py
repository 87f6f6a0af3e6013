"""Numbers as lm-evaluation-harness reads them in GSM8K. The patterns are those of its task files (gsm8k.yaml
and gsm8k-cot.yaml, version 3), and the comparison is that of its exact_match with the patterns that it
ignores.
"""

import random
import re

import pytest

from pipelines.prompting.extraction.numeric import number
from pipelines.prompting.extraction.reading import Reading

FLEXIBLE = re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")
STRICT_COT = re.compile(r"The answer is (\-?[0-9\.\,]+).")
STRICT_HASHES = re.compile(r"#### (\-?[0-9\.\,]+)")
IGNORED = [r",", r"\$", r"(?s).*#### ", r"\.$"]
FILLER = [
    "She has", "eggs and", "apples.", "so", "=", "+", "-", "x", "per day.", "\n", "in all,", "(", ")",
    "costs", "The answer is", "####", "Therefore,", "dollars", "#### ", "the answer is", "!", ":", "Step",
]  # fmt: skip


def harness(pattern: re.Pattern[str], select: int, text: str) -> str:
    found = pattern.findall(text)
    if not found:
        return "[invalid]"
    match = found[select]
    return (next(part for part in match if part) if isinstance(match, tuple) else match).strip()


def harness_equal(given: str, wanted: str) -> bool:
    for ignored in IGNORED:
        given, wanted = re.sub(ignored, "", given), re.sub(ignored, "", wanted)
    return given.lower() == wanted.lower()


def told(rng: random.Random) -> str:
    """A text with numbers as models write them: thousands, decimals, dollars, negative ones, full stops."""
    figure = rng.choice(
        [
            lambda: str(rng.randrange(100)),
            lambda: f"{rng.randrange(10**7):,}",
            lambda: f"${rng.randrange(1000)}",
            lambda: f"{rng.randrange(1000)}.{rng.randrange(100):02d}",
            lambda: f"-{rng.randrange(100)}",
            lambda: f"{rng.randrange(100)}.",
            lambda: f"{rng.randrange(100)}%",
        ]
    )
    return " ".join(figure() if rng.random() < 0.4 else rng.choice(FILLER) for _ in range(rng.randrange(25)))


def test_flexible_is_the_last_number_of_the_harness():
    rng, reading, seen = random.Random(0), Reading("number"), 0
    for _ in range(2000):
        text = told(rng)
        theirs, ours = harness(FLEXIBLE, -1, text), reading.read(text).flexible
        if theirs == "[invalid]":
            assert ours is None, text
        elif number(theirs) is not None:
            seen += 1
            assert number(ours) == number(theirs), text
            assert harness_equal(ours, theirs), text
    assert seen > 1500


@pytest.mark.parametrize(
    ("form", "pattern", "asked"),
    [("answer_is", STRICT_COT, "The answer is"), ("hashes", STRICT_HASHES, "####")],
)
def test_strict_is_the_first_number_in_the_form(form, pattern, asked):
    """But for a dollar sign, which that pattern does not expect (lm-evaluation-harness #1159), a sentence
    that begins small (BBH's "So the answer is"), and a number that ends its line, of which it loses a
    digit."""
    rng, reading, seen = random.Random(1), Reading("number", form=form, alone=False), 0
    for _ in range(3000):
        text = told(rng).replace("$", "").replace("the answer", "an answer") + " and no more"
        text = re.sub(r"#### +", "#### ", text).replace("\n", ";").replace("%", "")
        theirs, ours = harness(pattern, 0, text), reading.read(text).strict
        if asked not in text or theirs == "[invalid]":
            assert ours is None, text
        elif number(theirs) is not None:
            seen += 1
            assert number(ours) == number(theirs), text
    assert seen > 200


def test_where_the_house_departs_from_the_harness():
    reading = Reading("number", form="answer_is", alone=False)
    cut = "The answer is 18"
    assert harness(STRICT_COT, 0, cut) == "1" and reading.read(cut).strict == "18"
    dollars = "The answer is $18."
    assert harness(STRICT_COT, 0, dollars) == "[invalid]" and reading.read(dollars).strict == "$18"
    dots = "It is 18, so..."
    assert harness(FLEXIBLE, -1, dots) == "..." and reading.read(dots).flexible == "18"
    part = "She ate 3/4"
    assert harness(FLEXIBLE, -1, part) == "4" and reading.read(part).flexible == "3/4"


@pytest.mark.parametrize(
    "text", ["7 - 5-3", "10-15", "24,", "1,234.50.", "so 5.", "a -3.", "0", "2/2=1 bolt"]
)
def test_quirks_are_kept(text):
    assert harness_equal(Reading("number").read(text).flexible, harness(FLEXIBLE, -1, text))
