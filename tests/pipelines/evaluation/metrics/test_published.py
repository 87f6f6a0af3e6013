"""The values that the reference implementations publish for their metrics, from texts to the figure."""

import pytest

from pipelines.evaluation.metrics.answers import Measured
from pipelines.evaluation.metrics.handlers import measure
from pipelines.evaluation.metrics.meteor import has_wordnet
from pipelines.evaluation.metrics.requests import MetricRequest

DOG = ("The dog bit the man.", "It wasn't surprising.", "The man had just bitten him.")
DOGS = (
    ("The dog bit the man.", "The dog had bit the man."),
    ("It was not unexpected.", "No one was surprised."),
    ("The man bit him first.", "The man had bitten the dog."),
)
GUIDE = "It is a guide to action which ensures that the military always obeys the commands of the party"
ACTION = "It is a guide to action that ensures that the military will forever heed Party commands"
SOFA = ("the kitten sat on the sofa", "the kitten sat on the couch")


def measured(metric, predictions, references=(), **settings) -> Measured:
    *_, answer = measure(MetricRequest(metric, predictions, references, settings), None)
    return answer


def value(metric, prediction, *references, **settings) -> float:
    return measured(metric, (prediction,), (references,), **settings).value


def test_bleu_of_sacrebleu():
    """Its README and its tests: two references, and one of them with tokenization switched off."""
    assert measured("bleu", DOG, DOGS).value == pytest.approx(48.530827, abs=1e-6)
    assert measured("bleu", DOG, DOGS, tokenize="none").value == pytest.approx(49.1919566, abs=1e-6)


def test_bleu_says_what_it_is_made_of():
    found = measured("bleu", DOG, DOGS)
    counts = {count.name: count for count in found.counts}
    assert [(counts[f"{n}-grams matched"].value, counts[f"{n}-grams matched"].of) for n in (1, 2, 3, 4)] == [
        (14, 17), (7, 14), (5, 11), (3, 8),
    ]  # fmt: skip
    assert counts["brevity penalty"].value == pytest.approx(0.943, abs=5e-4)
    assert found.signature == "nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"


def test_chrf_of_sacrebleu():
    found = measured("chrf", DOG, DOGS)
    assert found.value == pytest.approx(59.73, abs=5e-3)
    assert found.signature.startswith("nrefs:2|case:mixed|eff:yes|nc:6|nw:0|space:no|")


@pytest.mark.parametrize(
    "said, wanted, ter",
    [
        ("d e f g h a b c", "a b c d e f g h", 12.5),  # one run of words is moved
        ("a b c", "a b c", 0.0),
        ("a b c", "x y z", 100.0),
    ],
)
def test_ter_of_sacrebleu(said, wanted, ter):
    assert value("ter", said, wanted) == ter


@pytest.mark.parametrize(
    "metric, said, f1",
    [
        ("rouge1", "testing", 0.5),
        ("rouge2", "testing one", 2 / 3),
        ("rougeL", "testing two", 0.8),
        ("rougeLsum", "testing two", 0.8),
    ],
)
def test_rouge_of_rouge_score(metric, said, f1):
    assert value(metric, said, "testing one two") == pytest.approx(f1)


def test_rouge_lsum_of_rouge_score():
    """``RougeScorerTest.testRougeLSumAgainstRouge155``'s shape, from the paper: w1 w2 w3 w4 w5 against two
    sentences."""
    found = measured("rougeLsum", ("w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5",), (("w1 w2 w3 w4 w5",),))
    counts = {count.name: count.value for count in found.pairs[0].counts}
    assert counts["recall"] == pytest.approx(0.8) and counts["precision"] == pytest.approx(0.4)


def test_meteor_of_nltk():
    assert value("meteor", GUIDE, ACTION, meteor_words="spaces") == pytest.approx(0.6944, abs=5e-5)
    assert value("meteor", "on the mat sat the cat", "the cat sat on the mat") == 0.5
    assert value("meteor", "non matching hypothesis", "this is a cat") == 0.0


@pytest.mark.skipif(not has_wordnet(), reason="nltk's corpus WordNet is not installed")
def test_meteor_with_synonyms_of_nltk():
    from nltk.translate.meteor_score import meteor_score

    for said, wanted in ((GUIDE, ACTION), SOFA):
        found = value("meteor", said, wanted, meteor_words="spaces")
        assert found == pytest.approx(meteor_score([wanted.split()], said.split()), abs=1e-12)
    assert value("meteor", *SOFA) > value("meteor", *SOFA, synonyms=False)


def test_squads_figures():
    assert value("exact_match", "The  Snow-Man's hat.", "snowmans hat") == 1.0
    assert value("exact_match", "The hat", "hat", normal="none") == 0.0
    assert value("f1", "full moon", "the full moon rose") == pytest.approx(0.8)
    assert value("f1", "", "") == 1.0 and value("f1", "", "sun") == 0.0


def test_edit_distance_of_levenshtein():
    found = measured("edit_distance", ("kitten",), (("sitting",),), unit="characters")
    assert found.value == pytest.approx(3 / 7)
    assert value("edit_distance", "a b c", "a x c d") == 0.5


def test_distinct_of_its_definition():
    assert measured("distinct", ("a b a b",), distinct_order=1).value == 0.5
    assert measured("distinct", ("a b", "a b"), distinct_order=2).value == 0.5
    assert measured("distinct", ("a", "b"), distinct_order=2).value == 0.0
