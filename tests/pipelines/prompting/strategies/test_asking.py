import doctest

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.calls import Message
from pipelines.prompting.strategies import asking as module
from pipelines.prompting.strategies.asking import Asker, Decoding, joined, said, seed_of
from tests.support.scripted_models import ITEM, asking, build


def test_examples_of_the_docstrings():
    assert doctest.testmod(module).failed == 0


def test_a_call_carries_the_decoding_and_its_own_markers():
    decoding = Decoding(temperature=0.3, top_p=0.9, max_new_tokens=40, seed=7, stop=("END", "\n"))
    ask = Asker(asking("direct", decoding=decoding), "direct")
    call = ask(build("", False, None), stop=("\n",))
    assert (call.temperature, call.top_p, call.max_new_tokens) == (0.3, 0.9, 40)
    assert call.stop == ("\n", "END")
    assert ask((), temperature=0.7).temperature == 0.7


def test_seeds_differ_by_seed_item_strategy_and_number():
    seeds = {
        seed_of(*key)
        for key in [(0, "a", "cot", 0), (1, "a", "cot", 0), (0, "b", "cot", 0), (0, "a", "tot", 0)]
    }
    ask = Asker(asking("cot"), "cot")
    first, second = ask(()), ask(())
    assert len(seeds) == 4 and first.seed != second.seed
    assert first.seed == seed_of(0, ITEM.id, "cot", 0)
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_a_seed_stays_what_it_was():
    """Kept replies are found by their calls: another rule would ask them all again."""
    assert seed_of(0, "apples-1", "cot", 0) == 693055034


def test_words_are_joined_as_they_are_written():
    assert joined("The answer is", " 8") == "The answer is 8"
    assert joined("", "8") == "8" and joined("So", "") == "So"
    assert joined("It is", ".") == "It is."
    assert said("  \n") == Message("assistant", "(nothing)")


@pytest.mark.parametrize(
    ("field", "value"),
    [("temperature", -1), ("top_p", 0), ("max_new_tokens", 0), ("seed", -1), ("stop", ("a",) * 5)],
)
def test_decoding_says_what_it_accepts(field, value):
    with pytest.raises(SpecError, match=field):
        Decoding(**{field: value})
