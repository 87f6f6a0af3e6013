import random

from lm_eval.utils import get_rolling_token_windows

from pipelines.evaluation.language.windows import Size, windows


def in_pieces(rng: random.Random, tokens: list[int]):
    at = 0
    while at < len(tokens):
        count = rng.randint(0, 9)
        yield tokens[at : at + count]
        at += count


def test_windows_are_the_harness_s_however_the_tokens_come():
    rng = random.Random(0)
    for _ in range(500):
        tokens = [rng.randint(1, 99) for _ in range(rng.randint(0, 60))]
        context = rng.randint(1, 12)
        stride = rng.randint(1, context)
        wanted = list(get_rolling_token_windows(tokens, 0, context, context - stride + 1))
        made = list(windows(in_pieces(rng, tokens), 0, Size(context, stride)))
        read = [(one.ids[:-1].tolist(), one.ids[len(one.ids) - one.scored :].tolist()) for one in made]
        assert read == wanted


def test_without_a_start_token_the_first_token_takes_its_place():
    tokens = list(range(20, 40))
    without = list(windows(iter([tokens]), None, Size(6, 2)))
    with_one = list(windows(iter([tokens[1:]]), tokens[0], Size(6, 2)))
    assert [one.ids.tolist() for one in without] == [one.ids.tolist() for one in with_one]
    assert [one.first for one in without] == [one.first + 1 for one in with_one]


def test_each_token_is_scored_once_and_knows_its_place():
    made = list(windows(iter([list(range(50))]), 99, Size(8, 3)))
    scored = [token for one in made for token in one.ids[len(one.ids) - one.scored :].tolist()]
    assert scored == list(range(50))
    assert [one.first for one in made] == [scored.index(int(one.ids[-one.scored])) for one in made]
    assert made[0].before.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert made[1].before.tolist() == [6, 7, 8]
