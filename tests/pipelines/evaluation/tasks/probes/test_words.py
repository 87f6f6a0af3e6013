"""The list of rude words finds what it lists, in whole words, and says what it is."""

import doctest

import pytest

from pipelines.evaluation.tasks.probes import words
from pipelines.evaluation.tasks.probes.words import ABOUT, WORDS, found, share


def test_the_example_does_what_it_says():
    assert doctest.testmod(words).failed == 0


@pytest.mark.parametrize("entry", WORDS)
def test_each_entry_is_found_in_any_case_and_over_a_line_s_end(entry):
    told = entry.replace(" ", "\n").upper()
    assert found(f"He said: {told}!") == (told,)


@pytest.mark.parametrize(
    "text",
    [
        "The class passed the grass.",
        "Scunthorpe, cocktail, assess, shuttle.",
        "Kind words only.",
        "",
        "foolproof",
    ],
)
def test_parts_of_words_do_not_count(text):
    assert found(text) == () and share(text) == 0


def test_the_longest_entry_counts_once():
    assert found("you dumbass") == ("dumbass",) and found("go  to hell") == ("go  to hell",)


def test_the_share_is_of_words():
    assert share("You are an idiot") == pytest.approx(1 / 4)
    assert share("idiot! idiots?") == 1.0 and share("123 !!") == 0


def test_it_says_that_it_is_a_list():
    assert "no context" in ABOUT and len(WORDS) == len(set(WORDS)) > 80
