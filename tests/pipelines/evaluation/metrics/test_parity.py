"""Every metric on texts at random against the library that is its reference, as that is used."""

import math
import random

import pytest
from nltk.tokenize import NLTKWordTokenizer
from nltk.translate.meteor_score import meteor_score
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF, TER

from pipelines.common.metrics import exact_match, token_f1
from pipelines.evaluation.metrics.answers import Measured
from pipelines.evaluation.metrics.handlers import measure
from pipelines.evaluation.metrics.meteor import _NoWords
from pipelines.evaluation.metrics.requests import MetricRequest

WORDS = (
    "the",
    "The",
    "a",
    "moon",
    "moons",
    "sun",
    "shone,",
    "shining.",
    "Over",
    "over",
    "it's",
    "3",
    "hills",
    "–",
    "hill!",
    "mountains",
    "cat",
    "cats",
    "sat",
)


def texts(seed, count, references=2, most=14):
    rng = random.Random(seed)

    def one(least):
        return " ".join(rng.choices(WORDS, k=rng.randint(least, most)))

    return tuple(one(0) for _ in range(count)), tuple(
        tuple(one(1) for _ in range(references)) for _ in range(count)
    )


def measured(metric, predictions, references=(), **settings) -> Measured:
    *_, answer = measure(MetricRequest(metric, predictions, references, settings), None)
    return answer


def streams(references):
    return [list(stream) for stream in zip(*references, strict=True)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "metric, settings, library",
    [
        ("bleu", {}, BLEU()),
        ("bleu", {"lowercase": True, "smoothing": "add-k"}, BLEU(lowercase=True, smooth_method="add-k")),
        ("bleu", {"max_order": 2, "smoothing": "floor"}, BLEU(max_ngram_order=2, smooth_method="floor")),
        ("bleu", {"tokenize": "char", "smoothing": "none"}, BLEU(tokenize="char", smooth_method="none")),
        ("chrf", {}, CHRF()),
        ("chrf", {"word_order": 2, "beta": 1, "lowercase": True}, CHRF(word_order=2, beta=1, lowercase=True)),
        ("ter", {}, TER()),
        ("ter", {"normalized": True, "punctuation": False}, TER(normalized=True, no_punct=True)),
        ("ter", {"case_sensitive": True}, TER(case_sensitive=True)),
    ],
)
def test_of_sacrebleu(metric, settings, library, seed):
    predictions, references = texts(seed, 12)
    found = measured(metric, predictions, references, **settings)
    wanted = library.corpus_score(list(predictions), streams(references))
    assert found.value == pytest.approx(wanted.score, abs=1e-9)
    assert found.signature == str(library.get_signature())
    if metric != "bleu":
        for pair, said, given in zip(found.pairs, predictions, references, strict=True):
            assert pair.value == pytest.approx(library.sentence_score(said, list(given)).score, abs=1e-9)


def test_bleu_of_one_sentence_has_the_orders_that_it_is_long_enough_for():
    predictions, references = texts(5, 12)
    library = BLEU(effective_order=True)
    for pair, said, given in zip(
        measured("bleu", predictions, references).pairs, predictions, references, strict=True
    ):
        assert pair.value == pytest.approx(library.sentence_score(said, list(given)).score, abs=1e-9)


def test_self_bleu_is_the_mean_of_each_against_the_others():
    predictions = tuple(text for text in texts(6, 9)[0] if text)
    library = BLEU(effective_order=True)
    each = [
        library.sentence_score(text, [*predictions[:at], *predictions[at + 1 :]]).score
        for at, text in enumerate(predictions)
    ]
    assert measured("self_bleu", predictions).value == pytest.approx(sum(each) / len(each))


@pytest.mark.parametrize("kind", ["rouge1", "rouge2", "rougeL", "rougeLsum"])
@pytest.mark.parametrize("stemmer", [False, True])
def test_of_rouge_score(kind, stemmer):
    predictions, references = texts(7, 15)
    predictions = tuple(text.replace("! ", "!\n") for text in predictions)
    library = RougeScorer([kind], use_stemmer=stemmer)
    found = measured(kind, predictions, references, stemmer=stemmer)
    for pair, said, given in zip(found.pairs, predictions, references, strict=True):
        score = library.score_multi(list(given), said)[kind]
        told = {count.name: count for count in pair.counts}
        assert pair.value == score.fmeasure
        assert (told["precision"].value, told["recall"].value) == (score.precision, score.recall)
        both = next(count for name, count in told.items() if name.endswith("the prediction's"))
        assert both.value / max(1, both.of) == pytest.approx(
            score.precision
        )  # what is counted makes the share
    assert found.value == pytest.approx(sum(pair.value for pair in found.pairs) / len(found.pairs))


def test_meteor_of_nltk():
    predictions, references = texts(8, 20)
    words = NLTKWordTokenizer().tokenize
    for pair, said, given in zip(
        measured("meteor", predictions, references, synonyms=False).pairs,
        predictions,
        references,
        strict=True,
    ):
        wanted = meteor_score([words(one) for one in given], words(said), wordnet=_NoWords())
        assert pair.value == pytest.approx(wanted, abs=1e-12)


def test_squads_figures_are_those_of_the_rest_of_the_app():
    predictions, references = texts(9, 30, most=4)
    for metric, known in (("f1", token_f1), ("exact_match", exact_match)):
        for pair, said, given in zip(
            measured(metric, predictions, references).pairs, predictions, references, strict=True
        ):
            assert pair.value == known(given, said)


def test_edit_distance_is_the_least_that_there_is():
    """Against the recursion of its definition."""
    rng = random.Random(10)
    for _ in range(60):
        said, wanted = ("".join(rng.choices("abc", k=rng.randint(0, 7))) for _ in range(2))
        found = measured("edit_distance", (said,), ((wanted,),), unit="characters").pairs[0]
        assert found.statistics == (_least(said, wanted), len(wanted))


def _least(said: str, wanted: str) -> float:
    if not said or not wanted:
        return len(said) + len(wanted)
    swapped = _least(said[1:], wanted[1:]) + (said[0] != wanted[0])
    return min(swapped, 1 + _least(said[1:], wanted), 1 + _least(said, wanted[1:]))


def test_every_figure_is_a_number_also_without_a_word():
    for metric in ("bleu", "chrf", "ter", "rouge1", "rougeL", "rougeLsum", "meteor", "exact_match", "f1"):
        for said, wanted in (("", "a b"), ("a b", ""), ("", ""), (" \n ", "\t"), ("…", "!")):
            found = measured(metric, (said,), ((wanted,),))
            assert math.isfinite(found.value), (metric, said, wanted)
    for metric in ("distinct", "self_bleu"):
        assert measured(metric, ("", "")).value == 0.0
