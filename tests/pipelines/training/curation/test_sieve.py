"""The whole way of a document: every fault that was put in is taken out, and by the step meant for it."""

from pipelines.training.curation.sieve import EXAMPLES, Sieve
from pipelines.training.curation.specs import CurateSpec

STEPS = (
    "min_characters",
    "max_symbol_share",
    "max_digit_share",
    "max_repeated_lines",
    "max_repeated_grams",
    "languages",
    "exact_duplicates",
    "near_duplicates",
)


def sieved(texts, **changed) -> tuple[Sieve, list[str]]:
    sieve = Sieve(CurateSpec(languages="en", **changed))
    return sieve, [text for text in texts if sieve.take(text)]


def test_each_fault_goes_by_its_own_step(mess, stories):
    sieve, kept = sieved(mess)
    taken = {step.name: step.documents for step in sieve.removed({})}
    assert taken == {**dict.fromkeys(taken, 0), **dict.fromkeys(STEPS, 6)}
    assert len(kept) == len(stories)


def test_the_books_balance(mess):
    sieve, kept = sieved(mess)
    steps = sieve.removed({})
    assert sieve.read.documents == len(mess) == len(kept) + sum(step.documents for step in steps)
    assert sieve.read.characters == sieve.kept.characters + sum(step.characters for step in steps)
    assert sieve.kept.documents == len(kept)


def test_examples_are_few_and_show_the_kept_one(mess):
    sieve, kept = sieved(mess)
    steps = {step.name: step for step in sieve.removed({n: kept[n] for n in sieve.wanted()})}
    assert all(len(step.examples) <= EXAMPLES for step in steps.values())
    for example in steps["exact_duplicates"].examples:
        assert example.text.casefold() == example.like.casefold()
    for example in steps["near_duplicates"].examples:
        assert example.text != example.like, "the difference is not among what is shown"
    assert not any(example.like for example in steps["min_characters"].examples)


def test_with_everything_off_everything_stays(mess):
    off = dict.fromkeys(("exact_duplicates", "near_duplicates"), False)
    none = {s: 0 for s in CurateSpec.__dataclass_fields__ if s.startswith(("min_", "max_"))}
    sieve = Sieve(CurateSpec(**off, **none))
    assert all(sieve.take(text) for text in mess)
    assert sieve.removed({}) == ()


def test_cleaning_the_cleaned_takes_nothing_more(mess):
    _, kept = sieved(mess)
    sieve, again = sieved(kept)
    assert again == kept and sum(step.documents for step in sieve.removed({})) == 0


def test_an_example_is_cut_around_its_difference(texts):
    start = " ".join(texts[:6])
    sieve = Sieve(CurateSpec())
    assert sieve.take(f"{start} and one more end.") and not sieve.take(f"{start} and one more finish.")
    (example,) = sieve.removed({0: f"{start} and one more end."})[-1].examples
    assert example.text.startswith("…") and example.text.endswith("finish.")
    assert example.like.endswith("end.") and len(example.text) < 250
