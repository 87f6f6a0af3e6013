"""Rewards as functions of texts: worked cases, and what must hold of any text."""

import random
import string

import pytest

from pipelines.training.preferring.online.rewards import (
    REWARDS,
    correct,
    form_of,
    formatted,
    length,
    number_in,
    working,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The answer is 12.", "12"),
        ("First 7 + 5 = 12. The answer is 13. Tom has 4.", "13"),
        ("The answer is 9. No, the answer is -8!", "-8"),
        ("12 - 4", "4"),
        ("12-4", "4"),
        ("It costs $1,234.50.", "1234.50"),
        ("so ... #### 72", "72"),
        ("\\boxed{41}", "41"),
        ("one, 2, 3, and more", "3"),
        ("version2 has x9", None),
        ("", None),
        ("The answer is unknown. Or 5?", "5"),
        ("5 it is. The answer is", "5"),
    ],
)
def test_the_number_that_a_text_answers_with(text, number):
    found = number_in(text)
    assert (None if found is None else str(found)) == number


def test_right_is_exactly_the_same_number():
    assert correct("It is 3.50.", "3.5") == correct("1,000", "1000.0") == 1
    assert correct("10000000000000000000000000001", "10000000000000000000000000000") == 0
    assert correct("", "3") == correct("No.", "3") == correct("3", "") == correct("", "") == 0
    assert correct("The answer is 8", "7 apples and 8 pears, so #### 8") == 1


def test_working_is_the_share_of_true_sums():
    assert working("First 7 + 5 = 12. Then 12 / 4 = 3. The answer is 3.") == 1
    assert working("7 + 5 = 13. 3 x 3 = 9. 8 / 3 = 2. 0 / 0 = 0.") == 0.25
    assert working("9-4=5, 5 − 7 = -2, 6 × 2 = 12, 12 ÷ 2 = 6") == 1
    assert working("2 + 2 = 4.5") == working("The answer is 3.") == working("= + 1") == 0


def test_length_is_best_at_the_target():
    words = [length("a " * n, target=10, band=4) for n in range(20)]
    assert words[10] == 1 and words[8] == words[12] == 0.5 and words[6] == words[14] == words[0] == 0
    short = [length("a " * n, 10, 4, at_most=True) for n in range(20)]
    assert short[:11] == [1.0] * 11 and short[12] == 0.5 and short[14] == 0
    assert [length("a " * n, 2, 0) for n in range(4)] == [0, 0, 1, 0]


def test_a_form_is_plain_words_with_gaps():
    wanted = form_of("The answer is {number}.")
    assert formatted("So. The answer is -1,200.5.", wanted) and not formatted("The answer is ten.", wanted)
    assert not formatted("The answer is 12!", wanted), "a full stop is one"
    assert formatted("First x\ny Then z", form_of("First {text} Then {text}"))
    assert not formatted("Then x First", form_of("First{text}Then"))
    assert formatted("1,234 + 5", form_of("{number} + {number}")) and not formatted(
        "12", form_of("1{number}")
    )
    assert formatted("a(b)*[c", form_of("(b)*[")) and not formatted("ab", form_of("(b)*["))


def test_any_text_gets_a_share_of_one_and_soon():
    """A search that grew with a power of the text would not end."""
    rng, letters = random.Random(0), string.printable + "−×÷٣½ é<|end|>"
    texts = ["".join(rng.choices(letters, k=rng.randint(0, 200))) for _ in range(400)]
    texts += ["1 + " * 4000, "9" * 50_000, "1,1," * 9000, "answer is " * 5000, "First " * 2000]
    forms = [form_of(n) for n in ("", "{number} {text} {text} {text}!", "{text}{number}{text}=", "\\d+(")]
    for text in texts:
        for value in (
            correct(text, "7"),
            working(text),
            length(text, 20, 5),
            *(formatted(text, p) for p in forms),
        ):
            assert 0 <= value <= 1


def test_every_reward_is_explained():
    for name, reward in REWARDS.items():
        assert name.islower() and reward.label and reward.help.endswith(".")
