"""The same words are read once."""

import random

from pipelines.rag.retrieval.copies import without_copies
from pipelines.rag.retrieval.ranking import Ranking


def test_the_best_of_equal_texts_stays():
    texts = {"a": "Once upon", "b": "once  upon\n", "c": "Once upon a time", "d": "ONCE UPON"}
    found = without_copies(Ranking(("c", "b", "a", "d"), (4.0, 3.0, 2.0, 1.0)), texts)
    assert found == Ranking(("c", "b"), (4.0, 3.0))


def test_different_texts_all_stay():
    ranking = Ranking(("a", "b"), (1.0, 1.0))
    assert without_copies(ranking, {"a": "1", "b": "2"}) == ranking


def test_random_texts_against_comparing_each_with_each():
    rng = random.Random(0)
    words = ["the", "The", "fox", "FOX", "ran", "home"]
    for _ in range(100):
        texts = {
            f"c{n}": rng.choice([" ", "  ", "\n"]).join(rng.choices(words, k=rng.randint(1, 12)))
            for n in range(30)
        }
        plain = {one: text.casefold().split() for one, text in texts.items()}
        ids = tuple(texts)
        expected = tuple(
            one for place, one in enumerate(ids) if plain[one] not in [plain[other] for other in ids[:place]]
        )
        assert without_copies(Ranking(ids, (1.0,) * 30), texts).ids == expected
