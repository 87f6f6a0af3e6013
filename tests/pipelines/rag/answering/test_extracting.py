"""The best of the spans that a QA model found in the passages."""

import math

from pipelines.rag.answering.extracting import Span, extracted
from tests.support.rag_answers import TEXTS, passages

GIVEN = passages()


def span_of(number: int, words: str, probability: float) -> Span:
    start = TEXTS[number].index(words)
    return Span(start, start + len(words), probability)


def test_the_span_stands_in_its_sentence_and_its_passage():
    found = extracted(GIVEN, [[span_of(0, "under the old oak", 0.9)], [span_of(1, "Nobody", 0.9)], []])
    assert found.text == "under the old oak" and found.sentence == "She hid it under the old oak."
    assert found.passage == "p0" and TEXTS[0][found.start : found.end] == found.text


def test_a_later_passage_wins_with_enough_more_probability():
    near, far = span_of(0, "golden", 0.2), 0.2 * 4
    assert extracted(GIVEN, [[near], [span_of(1, "bear", far * 0.99)], []]).passage == "p0"
    assert extracted(GIVEN, [[near], [span_of(1, "bear", far * 1.01)], []]).passage == "p1"


def test_the_probabilities_of_all_spans_together_pass_one_by_nothing():
    whole = [[Span(0, 3, 1.0)], [Span(0, 3, 1.0)], [Span(0, 3, 1.0)]]
    shares = [
        extracted(GIVEN, [own if n == k else [] for n, own in enumerate(whole)]).probability for k in range(3)
    ]
    assert math.isclose(sum(shares), 1.0) and shares == sorted(shares, reverse=True)


def test_white_space_and_nothing_are_no_answer():
    assert extracted(GIVEN, [[], [], []]) is None and extracted((), []) is None
    assert extracted(GIVEN[:1], [[Span(3, 4, 0.9), Span(4, 4, 0.9)]]) is None
