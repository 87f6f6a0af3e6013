"""Each filter at its boundary, and on texts of many kinds."""

import random

import pytest

from pipelines.training.curation import filters as f
from pipelines.training.curation.specs import CurateSpec
from pipelines.training.curation.words import sentences, words


@pytest.mark.parametrize(
    ("judge", "good", "bad", "bound"),
    [
        (f.too_short, "x" * 10, "x" * 9, 10),
        (f.too_long, "x" * 10, "x" * 11, 10),
        (f.too_many_symbols, "abcdefgh##", "abcdefg###", 0.2),
        (f.too_many_digits, "abcdefgh 12", "abcdefg 123", 0.2),
        (f.repeats_lines, "a\nb\nc\na", "a\nb\na\na", 0.25),
        (f.repeats_grams, "one two three four five", "one two three four one two three four", 0.15),
        (f.words_too_short, "ab cd", "ab c", 2),
        (f.words_too_long, "abcd efgh", "abcd efghi", 4),
        (f.sentences_too_short, "One two three. Four five six!", "One two three. Four five.", 3),
    ],
)
def test_the_bound_itself_passes_and_one_step_beyond_does_not(judge, good, bad, bound):
    assert judge(good, bound) == ""
    assert judge(bad, bound), "nothing was objected to"


def test_the_share_of_repeated_grams_is_that_of_the_windows():
    assert f.repeats_grams("a b c d a b c d", 0.19).startswith("20%")  # five windows, one of them twice


def test_zero_switches_a_filter_off():
    every = {name: 0 for name, *_ in f._FILTERS}
    assert f.filters(CurateSpec(**every)) == []
    assert [x.name for x in f.filters(CurateSpec(**{**every, "min_characters": 5}))] == ["min_characters"]


@pytest.mark.parametrize(
    "text",
    [
        "Die Katze lief über das Dach, sprang auf den Zaun und verschwand im hohen Gras hinter dem Haus.",
        "Кошка пробежала по крыше, прыгнула на забор и исчезла в высокой траве за домом у реки.",
        "猫は屋根の上を走り、塀に飛び乗って、家の裏の高い草の中に消えた。"
        "それから夜になるまで、誰もその猫の姿を見た者はいなかったという話である。",
        "แมววิ่งไปบนหลังคา กระโดดขึ้นรั้ว แล้วหายไปในหญ้าสูงหลังบ้าน จากนั้นจนถึงค่ำก็ไม่มีใครเห็นมันอีกเลย",
        "고양이가 지붕 위를 달려 담장 위로 뛰어오르더니 집 뒤편의 키 큰 풀 속으로 사라졌다. "
        "그 뒤로 밤이 될 때까지 아무도 보지 못했다.",
        "बिल्ली छत पर दौड़ी, बाड़ पर कूदी और घर के पीछे की ऊँची घास में गायब हो गई, फिर किसी ने उसे नहीं देखा।",
        "“Don't!” she said — and the cat (the grey one) jumped; nobody saw it again until the next morning…",
    ],
)
def test_plain_prose_of_any_alphabet_passes(text):
    assert [x.judge(text) for x in f.filters(CurateSpec()) if x.judge(text)] == []


def test_any_text_gets_an_answer():
    """Fuzz: no filter raises, and each answers the same twice."""
    rng = random.Random(3)
    pool = "ab Z9\n\t.#|<>é漢🦀\u0301\u200b\x00\ud800"
    for _ in range(300):
        text = "".join(rng.choices(pool, k=rng.randint(0, 60)))
        for rule in f.filters(CurateSpec()):
            assert rule.judge(text) == rule.judge(text)
        assert sentences(text) >= 1


def test_words_stand_alone_in_scripts_without_spaces():
    assert words("犬が走る fast") == ["犬", "が", "走", "る", "fast"]
    assert words("छत पर दौड़ी") == ["छत", "पर", "दौड़ी"]
