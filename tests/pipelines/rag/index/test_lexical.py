"""BM25 on the disk: scores counted by hand, and an index that is old or new at any moment."""

import math
import random

import pytest

from pipelines.core.errors import NotFoundError
from pipelines.rag.index.lexical import Lexical
from pipelines.rag.index.word_index import K1, B
from pipelines.rag.index.words import analyser
from tests.support.imports import ROOT

A, C = "0b4xk2m9qwea", "0b4xk2m9qwec"
TEXTS = {
    "a": "The crab walks along the beach, and the crab sings.",
    "b": "A gull looks at the crab.",
    "c": "Nothing happens in the lamp-lit room of the old house by the sea.",
    "d": "Gulls sing; gulls shout!",
    "e": "…",
}


@pytest.fixture
def lexical(settings):
    return Lexical(settings)


def build(lexical, texts, language="english", collection=A):
    return list(lexical.build(collection, list(texts), list(texts.values()), language))


def by_hand(texts, query, language="english"):
    """Id → score: Lucene's BM25 (Kamphuis et al., 2020), word by word."""
    words = {id_: analyser(language).words(text) for id_, text in texts.items()}
    mean = sum(map(len, words.values())) / len(words)
    scores = dict.fromkeys(texts, 0.0)
    for word in analyser(language).words(query):
        having = sum(word in some for some in words.values())
        rarity = math.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
        for id_, some in words.items():
            often = some.count(word)
            scores[id_] += rarity * often / (often + K1 * (1 - B + B * len(some) / mean))
    return {id_: score for id_, score in scores.items() if score > 0}


@pytest.mark.parametrize(
    "query", ["crab", "gulls singing", "The old crab and the old gull", "sea sea sea", "lamp"]
)
def test_scores_are_those_counted_by_hand(lexical, query):
    build(lexical, TEXTS)
    ids, scores = lexical.search(A, query, 10)
    expected = by_hand(TEXTS, query)
    assert dict(zip(ids, scores, strict=True)) == pytest.approx(expected, rel=1e-5)
    assert list(scores) == sorted(scores, reverse=True)


@pytest.mark.parametrize("seed", range(8))
def test_so_are_they_of_random_texts(lexical, seed):
    draw = random.Random(seed)
    vocabulary = [f"w{at}" for at in range(30)]
    texts = {f"c{at}": " ".join(draw.choices(vocabulary, k=draw.randint(0, 40))) for at in range(60)}
    build(lexical, texts, "none")
    for _ in range(10):
        query = " ".join(draw.choices([*vocabulary, "never"], k=draw.randint(1, 6)))
        expected = by_hand(texts, query, "none")
        allowed = draw.choice([None, set(draw.sample(sorted(texts), 20)), set(), {"nobody"}])
        k = draw.choice([1, 5, 100])
        ids, scores = lexical.search(A, query, k, allowed)
        among = {id_: score for id_, score in expected.items() if allowed is None or id_ in allowed}
        assert set(ids) <= set(among) and len(ids) == min(k, len(among))
        assert list(scores) == pytest.approx(sorted(among.values(), reverse=True)[:k], rel=1e-5)


def test_of_equals_the_first_that_was_indexed(lexical):
    build(lexical, dict.fromkeys("zyxwv", "a crab"))
    assert lexical.search(A, "crab", 3)[0] == ("z", "y", "x")


@pytest.mark.parametrize("query", ["", "the of and", "xylophone", "?!", "犬"])
def test_no_known_word_finds_nothing(lexical, query):
    build(lexical, TEXTS)
    assert lexical.search(A, query, 5) == ((), ())


def test_nothing_indexed_finds_nothing(lexical):
    assert lexical.search(A, "crab", 5) == ((), ()) and lexical.weights(A, "crab") == {}
    for texts in ({}, {"a": "the of"}, {"a": ""}):
        build(lexical, TEXTS)
        build(lexical, texts)
        assert lexical.search(A, "crab", 5) == ((), ())


def test_weights_are_the_most_a_word_can_add(lexical):
    build(lexical, TEXTS)
    weights = lexical.weights(A, "The crabs, the sea, the sea and xylophones")
    assert list(weights) == ["crab", "sea", "xylophon"]
    rarity = {n: math.log(1 + (5 - n + 0.5) / (n + 0.5)) for n in range(3)}
    assert weights == pytest.approx({"crab": rarity[2], "sea": 2 * rarity[1], "xylophon": rarity[0]})
    for query in ("crab sing", "sea sea gull"):
        assert lexical.search(A, query, 1)[1][0] < sum(lexical.weights(A, query).values())


def test_words_are_those_of_the_language(lexical):
    assert lexical.words("The crabs were singing", "english") == ["crab", "sing"]
    build(lexical, {"a": "Die Häuser am Meer"}, "german")
    assert lexical.search(A, "ein Haus, mehrere Häusern", 1)[0] == ("a",)


def test_it_outlives_the_process_and_is_not_built_again(lexical, settings):
    build(lexical, TEXTS)
    again = Lexical(settings)
    assert again.search(A, "crab", 5) == lexical.search(A, "crab", 5) != ((), ())
    again.search(A, "gull", 5)
    assert len(again._open) == 1


def test_the_old_one_serves_until_the_new_one_stands(lexical, settings, monkeypatch):
    monkeypatch.setattr("pipelines.rag.index.lexical._STEP_CHARACTERS", 20)
    build(lexical, TEXTS)
    steps = lexical.build(A, ["n"], ["A new crab. " * 20], "english")
    for _ in steps:
        assert "n" not in lexical.search(A, "crab", 5)[0]
        assert "n" not in Lexical(settings).search(A, "crab", 5)[0]
    for one in (lexical, Lexical(settings)):
        assert one.search(A, "crab", 5)[0] == ("n",)
    assert len(list((settings.rag / A / "bm25").iterdir())) == 2  # the new one and which it is


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_broken_off_the_old_one_serves_on(lexical, settings, steps, monkeypatch):
    monkeypatch.setattr("pipelines.rag.index.lexical._STEP_CHARACTERS", 20)
    build(lexical, TEXTS)
    building = lexical.build(A, ["n", "m", "o"], ["A new crab. " * 20] * 3, "english")
    for _ in range(steps):
        next(building)
    building.close()
    assert Lexical(settings).search(A, "crab", 5)[0] == ("a", "b")


def test_killed_before_it_is_named_it_does_not_count(lexical, settings, monkeypatch):
    build(lexical, TEXTS)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pipelines.rag.index.lexical.write_atomic", killed)
        with pytest.raises(KeyboardInterrupt):
            build(lexical, {"n": "A new crab."})
    again = Lexical(settings)
    assert again.search(A, "crab", 5)[0] == ("a", "b")
    build(again, {"n": "A new crab."})
    assert again.search(A, "crab", 5)[0] == ("n",)
    assert len(list((settings.rag / A / "bm25").iterdir())) == 2  # what the kill left is gone


def test_another_that_has_it_open_reads_the_new_one(lexical, settings):
    other = Lexical(settings)
    build(lexical, TEXTS)
    assert other.search(A, "crab", 1)[0] == ("a",)
    build(lexical, {"n": "A crab."})
    assert other.search(A, "crab", 1)[0] == ("n",)


def test_a_dropped_one_leaves_nothing(lexical, settings):
    build(lexical, TEXTS)
    build(lexical, TEXTS, collection=C)
    lexical.drop(A), lexical.drop(A)
    assert lexical.search(A, "crab", 5) == ((), ()) and not (settings.rag / A / "bm25").exists()
    assert lexical.search(C, "crab", 5)[0]


def test_a_name_that_is_no_id_reaches_no_path(lexical):
    for name in ("../x", "", "a/b", "lessons/.."):
        with pytest.raises(NotFoundError):
            lexical.search(name, "crab", 1)


def test_nothing_on_the_disk_is_a_pickle(lexical, settings):
    build(lexical, TEXTS)
    files = [file for file in (settings.rag / A).rglob("*") if file.is_file()]
    assert {file.suffix for file in files} == {".npy", ".json", ""}
    for file in files:
        assert b"\x80\x04" not in file.read_bytes()[:2] and b"'descr': '|O'" not in file.read_bytes()
    source = (ROOT / "pipelines/rag/index/word_index.py").read_text(encoding="utf-8")
    assert source.count("allow_pickle=False") == 2 and "allow_pickle=True" not in source
