"""The steps against lm-evaluation-harness's filter classes, and exact_match against its function."""

import random

import pytest
from lm_eval.api.metrics import exact_match_hf_evaluate
from lm_eval.filters.extraction import MultiChoiceRegexFilter, RegexFilter

from pipelines.evaluation.filters.filter import INVALID, Filter
from pipelines.evaluation.filters.finding import Letters, Meant, Regex
from pipelines.evaluation.filters.matching import ExactMatch

PIECES = [
    "The answer is", "the answer is", "####", "(A)", "(B)", ":", "A", "B", "C", "red", "Red.", "dark red",
    "18", "$1,234.5", "-3", ".", ",", "\n", "  ", "not", "é", "½", "١", "—", "«blue»", "\0",
]  # fmt: skip
PATTERNS = [
    r"#### (\-?[0-9\.\,]+)", r"(-?[$0-9.,]{2,})|(-?[0-9]+)", r"(?<=the answer is )(.*)(?=.)", r"\([A-Z]\)",
    r"(x*)|(y*)",
]  # fmt: skip
CHOICES = ["red", "dark red", "Blue!", "A"]


def texts(seed: str, count: int = 400) -> list[str]:
    rng = random.Random(seed)
    return [
        "".join(rng.choice(PIECES) + rng.choice(["", " "]) for _ in range(rng.randrange(10)))
        for _ in range(count)
    ]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("group", [0, -1])
def test_regex(pattern, group):
    given = texts(pattern)
    theirs = RegexFilter(pattern, group).apply([given], [{}])[0]
    assert list(Regex(pattern, group)(tuple(given), {})) == theirs
    assert len(set(theirs)) > (0 if pattern == "(x*)|(y*)" else 1)


@pytest.mark.parametrize("group", [0, -1])
@pytest.mark.parametrize("folded", [False, True])
def test_letters(group, folded):
    given, how = texts("letters"), {"ignore_case": folded, "ignore_punctuation": folded}
    theirs = MultiChoiceRegexFilter(r"(\([A-Z]\))", group, **how).apply([given], [{"choices": CHOICES}])[0]
    ours = Letters(r"(\([A-Z]\))", lambda row: row["choices"], group, **how)
    assert list(ours(tuple(given), {"choices": CHOICES})) == theirs
    assert {"(A)", "(B)", INVALID} <= set(theirs)


@pytest.mark.parametrize("ignored", [(), (",", r"\$", r"(?s).*#### ", r"\.$"), (r"\s",)])
@pytest.mark.parametrize("case", [False, True])
@pytest.mark.parametrize("punctuation", [False, True])
def test_exact_match(ignored, case, punctuation):
    ours, rng = ExactMatch(ignored, case, punctuation), random.Random(1)
    pairs = [(one, rng.choice([one, one.upper(), one.replace(",", ""), f"{one}."])) for one in texts("same")]
    for answer, wanted in pairs:
        theirs = exact_match_hf_evaluate([answer], [wanted], list(ignored) or None, case, punctuation)
        assert ours.same(answer, wanted) == bool(theirs["exact_match"]), (answer, wanted)


def test_meanings():
    step = Meant({r"\b(no|not so)\b": "no", r"\b(yes|so)\b": "yes"})
    assert step(("It is so.", "Not so, yes", "perhaps"), {}) == ("yes", "no", INVALID)


def test_a_filter_reads_the_first_of_what_its_steps_leave():
    last = Filter("last", (lambda found, row: found[::-1], Regex(r"\d+")))
    assert last.read(("1", "two 2")) == "2" and Filter("none").read((" as it is ",)) == " as it is "
