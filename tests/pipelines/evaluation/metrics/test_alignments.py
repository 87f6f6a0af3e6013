"""What is shown of a pair agrees with what was counted of it."""

import random
from types import SimpleNamespace

import pytest
from nltk.translate.meteor_score import single_meteor_score

from pipelines.evaluation.metrics.handlers import measure
from pipelines.evaluation.metrics.measuring import ALIGNED
from pipelines.evaluation.metrics.meteor import Meteor
from pipelines.evaluation.metrics.requests import MetricRequest
from pipelines.evaluation.metrics.specs import KINDS, MetricSettings

WORDS = ("the", "a", "moon", "sun", "shone", "over", "hill", "cat", "sat")


def pair(metric, prediction, *references, **settings):
    *_, found = measure(MetricRequest(metric, (prediction,), (references,), settings), None)
    return found.pairs[0]


def counts(found) -> dict[str, float]:
    return {count.name: count.value for count in found.counts}


def random_text(rng) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(1, 12)))


@pytest.mark.parametrize("metric", ["ter", "edit_distance"])
def test_the_steps_lead_from_the_one_text_to_the_other(metric):
    rng = random.Random(1)
    for _ in range(40):
        said, wanted = random_text(rng), random_text(rng)
        found = pair(metric, said, wanted)
        shown = found.alignment
        assert sorted(shown.prediction.units) == sorted(said.split())
        assert shown.reference.units == tuple(wanted.split())
        for at, there, how in shown.links:
            assert (shown.prediction.units[at] == shown.reference.units[there]) == (how == "exact")
        numbers = counts(found)
        for how in ("substituted", "extra"):
            assert shown.prediction.marks.count(how) == numbers[how]
        assert shown.reference.marks.count("missing") == numbers["missing"]
        steps = numbers.get("moves", 0) + sum(numbers[how] for how in ("substituted", "extra", "missing"))
        assert steps == found.statistics[0]


def test_a_moved_run_stands_where_it_was_moved_to():
    found = pair("ter", "d e f g h a b c", "a b c d e f g h")
    assert counts(found)["moves"] == 1
    assert found.alignment.prediction.units == tuple("abcdefgh")


def test_words_of_a_longest_common_run_are_linked_in_order():
    rng = random.Random(2)
    for _ in range(40):
        found = pair("rougeL", random_text(rng), random_text(rng))
        links = found.alignment.links
        assert links == tuple(sorted(links)) and len({there for _, there, _ in links}) == len(links)
        assert len(links) == counts(found)["words in common, of the prediction's"]
        assert all(
            found.alignment.prediction.units[at] == found.alignment.reference.units[there]
            for at, there, _ in links
        )


def test_units_know_the_longest_n_gram_around_them():
    shown = pair("bleu", "The cat sat on the hill.", "The cat sat by a hill.").alignment
    assert shown.prediction.units == ("The", "cat", "sat", "on", "the", "hill", ".")
    assert shown.prediction.marks == ("3", "3", "3", "", "", "2", "2")
    assert shown.reference.marks == ("3", "3", "3", "", "", "2", "2")
    letters = pair("chrf", "cats sat", "cat sat").alignment
    assert (letters.joint, "".join(letters.prediction.units)) == ("", "catssat")


def test_the_reference_that_counted_is_shown():
    for metric in ("rouge1", "meteor", "f1", "exact_match", "edit_distance", "ter", "chrf"):
        assert pair(metric, "a cat sat", "the sun", "a cat sat").alignment.number == 1, metric


def test_synonyms_match_what_the_stages_before_left():
    """By a WordNet of two words, where nltk's own function gives the figure."""
    near = {"sofa": "couch", "couch": "sofa"}

    def synsets(word):
        names = [word, near[word]] if word in near else []
        return [SimpleNamespace(lemmas=lambda: [SimpleNamespace(name=lambda n=name: n) for name in names])]

    texts = "cats sat on the sofa", "the cat sat on a couch"
    said, wanted = map(str.split, texts)
    metric = Meteor(MetricSettings(meteor_words="spaces"))
    metric._wordnet = SimpleNamespace(synsets=synsets)
    found = metric.pair(" ".join(said), [" ".join(wanted)])
    assert found.value == single_meteor_score(wanted, said, wordnet=metric._wordnet)
    assert metric.alignment(" ".join(said), [" ".join(wanted)]).links == (
        (0, 1, "stem"), (1, 2, "exact"), (2, 3, "exact"), (3, 0, "exact"), (4, 5, "synonym"),
    )  # fmt: skip


def test_n_grams_that_come_again_are_marked():
    *_, found = measure(MetricRequest("distinct", ("a b c", "x a b")), None)
    assert [one.alignment.prediction.marks for one in found.pairs] == [
        ("repeated", "repeated", ""),
        ("", "repeated", "repeated"),
    ]


def test_the_first_pairs_are_aligned_by_every_metric():
    texts = tuple(f"the cat sat {number}" for number in range(ALIGNED + 3))
    for name, kind in KINDS.items():
        if kind.vectors:
            continue
        references = tuple((text,) for text in texts) if kind.wanted else ()
        *_, found = measure(MetricRequest(name, texts, references), None)
        assert [one.alignment is not None for one in found.pairs] == [True] * ALIGNED + [False] * 3, name
        for one in found.pairs[:ALIGNED]:
            for side in (one.alignment.prediction, one.alignment.reference):
                assert len(side.units) == len(side.marks)
