"""Where the plain chunkers cut: by a reference made another way, and by hand."""

import random

import pytest

from pipelines.common.sentences import sentences_of
from pipelines.rag.chunking.counting import Counter
from tests.support.chunking import chunks_of, minilm_counter, plain_counter

BY_LETTERS = Counter(lambda text: [(at, at + 1) for at in range(len(text))], 1000)


def texts(text: str, counter: Counter = BY_LETTERS, **spec) -> list[str]:
    return [text[one.start : one.end] for one in chunks_of(text, counter, **spec)]


def reference(text: str, counter: Counter, size: int, overlap: int) -> list[str]:
    """Words packed greedily, each chunk beginning with the last words of the one before."""
    words = text.split(" ")
    counts = [counter.count(word) for word in words]
    chunks, first = [], 0
    while True:
        last = first
        while last < len(words) and sum(counts[first : last + 1]) <= size:
            last += 1
        chunks.append(" ".join(words[first:last]))
        if last == len(words):
            return chunks
        room = min(overlap, size - counts[last])
        first = last
        while sum(counts[first - 1 : last]) <= room:
            first -= 1


@pytest.mark.parametrize("counter", [plain_counter(), minilm_counter()], ids=["plain", "minilm"])
def test_fixed_is_a_window_over_the_words(counter):
    rng = random.Random(7)
    for _ in range(40):
        words = ["".join(rng.choices("abcdefg-'", k=rng.randint(1, 9))) for _ in range(rng.randint(1, 150))]
        size = rng.randint(16, 50)
        overlap = rng.randint(0, size // 2)
        text = " ".join(words)
        found = texts(text, counter, method="fixed", chunk_size=size, chunk_overlap=overlap)
        assert found == reference(text, counter, size, overlap)


def test_fixed_cuts_anywhere_between_words():
    found = texts("One two. " * 9, plain_counter(), method="fixed", chunk_size=16, chunk_overlap=0)
    assert found == ["One two. One two. One two. One two. One two. One", "two. One two. One two. One two."]


def test_a_word_longer_than_a_chunk_is_cut_at_its_tokens():
    found = texts(
        "ab " + "abcdefgh" * 10 + " cd", plain_counter(), method="fixed", chunk_size=16, chunk_overlap=0
    )
    assert found == ["ab", "abcdefgh" * 8, "abcdefgh" * 2, "cd"]


def test_sentences_are_whole():
    rng = random.Random(3)
    for _ in range(20):
        told = [" ".join(["word"] * rng.randint(1, 9)).capitalize() + "." for _ in range(30)]
        text = " ".join(told)
        starts, ends = zip(*sentences_of(text), strict=True)
        for one in chunks_of(text, plain_counter(), method="sentences", chunk_size=24, chunk_overlap=12):
            assert one.start in starts and one.end in ends
            assert one.overlap == 0 or one.start + one.overlap in ends


def test_sentences_repeat_only_whole_ones():
    text = "Aa bb cc dd. Ee ff. Gg hh ii jj kk ll mm nn. Oo pp."
    found = texts(text, plain_counter(), method="sentences", chunk_size=16, chunk_overlap=4)
    assert found == ["Aa bb cc dd. Ee ff.", "Ee ff. Gg hh ii jj kk ll mm nn. Oo pp."]
    found = texts(text, plain_counter(), method="sentences", chunk_size=16, chunk_overlap=2)
    assert found == ["Aa bb cc dd. Ee ff.", "Gg hh ii jj kk ll mm nn. Oo pp."]


def test_a_sentence_longer_than_a_chunk_shares_none():
    text = f"Short one. Very {'very ' * 30}long. Short two."
    found = texts(text, plain_counter(), method="sentences", chunk_size=20, chunk_overlap=0)
    assert found[0] == "Short one." and found[-1] == "Short two."
    assert " ".join(found) == text


def test_recursive_on_letters():
    """The example of LangChain's course: its RecursiveCharacterTextSplitter(26, 4) cuts the same."""
    text = " ".join("abcdefghijklmnopqrstuvwxyz")
    found = texts(text, method="recursive", chunk_size=26, chunk_overlap=4)
    assert found == [
        "a b c d e f g h i j k l m",
        "l m n o p q r s t u v w x",
        "w x y z",
    ]


def test_recursive_puts_short_paragraphs_together():
    text = "one two\n\nthree\n\nfour five six\n\nseven"
    found = texts(text, method="recursive", chunk_size=24, chunk_overlap=0)
    assert found == ["one two\n\nthree", "four five six\n\nseven"]


def test_recursive_goes_from_paragraphs_to_lines_to_sentences_to_words_to_letters():
    text = "short\n\nline one\nline two here\nA b. C d. E f. G h. I j.\n" + "x" * 20 + " y z\n\nend"
    assert texts(text, method="recursive", chunk_size=16, chunk_overlap=0) == [
        "short", "line one", "line two here", "A b. C d. E f.", "G h. I j.", "x" * 16, "xxxx", "y z", "end",
    ]  # fmt: skip


def test_what_is_divided_shares_no_chunk_with_its_neighbours():
    text = "tiny\n\n" + " ".join(["word"] * 24) + "\n\ntiny too"
    found = texts(text, plain_counter(), method="recursive", chunk_size=16, chunk_overlap=0)
    assert found == ["tiny", " ".join(["word"] * 16), " ".join(["word"] * 8), "tiny too"]


def test_a_chunk_that_would_be_repeated_whole_is_part_of_the_next():
    text = "tiny\n\n" + " ".join(["word"] * 24)
    found = texts(text, plain_counter(), method="recursive", chunk_size=16, chunk_overlap=1)
    assert found == ["tiny\n\n" + " ".join(["word"] * 15), " ".join(["word"] * 10)]


def test_an_overlap_begins_with_a_sentence_where_one_begins_there():
    text = "Aaa bbb ccc ddd eee. Fff ggg. Hhh iii jjj kkk lll mmm nnn ooo."
    one, two = chunks_of(text, plain_counter(), method="recursive", chunk_size=16, chunk_overlap=7)
    assert text[two.start : two.start + two.overlap] == "Fff ggg."
    one, two = chunks_of(text, plain_counter(), method="fixed", chunk_size=16, chunk_overlap=5)
    assert text[two.start : two.start + two.overlap].count(" ") >= 2 and two.overlap == one.end - two.start


def test_chinese_is_cut_at_its_stops():
    text = "天地玄黄宇宙洪荒。日月盈昃辰宿列张。寒来暑往秋收冬藏。"
    found = texts(text, minilm_counter(), method="recursive", chunk_size=20, chunk_overlap=0)
    assert found == ["天地玄黄宇宙洪荒。日月盈昃辰宿列张。", "寒来暑往秋收冬藏。"]
