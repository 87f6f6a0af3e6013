"""Lines of pages, put in order."""

import random

from pipelines.rag.documents.formats.pdf_lines import continues, paragraphs, unhyphenated, without_running


def body(page: int, count: int = 6) -> list[str]:
    return [f"Line {chr(97 + at)} of the page named {chr(65 + page)}" for at in range(count)]


def test_the_first_of_a_header_stays_and_page_numbers_go():
    pages = [["The Sea", *body(at), f"- {at + 10} -"] for at in range(6)]
    cleaned = without_running(pages)
    assert cleaned[0] == ["The Sea", *body(0)]
    assert cleaned[1:] == [body(at) for at in range(1, 6)]


def test_headers_of_left_and_right_pages_and_of_a_chapter():
    pages = [[("The Sea", "Chapter I" if at < 8 else "Chapter II")[at % 2], *body(at)] for at in range(16)]
    text = [line for page in without_running(pages) for line in page]
    assert text.count("The Sea") == text.count("Chapter I") == text.count("Chapter II") == 1


def test_two_lines_at_an_edge_can_run_along_and_the_third_stays():
    pages = [["Sea", "Part", "Always here", *body(at)] for at in range(6)]
    assert without_running(pages)[3] == ["Always here", *body(3)]


def test_what_only_looks_alike_stays():
    numbers = [[*body(at), str((at * 37) % 11)] for at in range(8)]  # numbers, but not of pages
    assert without_running(numbers) == numbers
    rare = [["Twice" if at in (2, 5) else f"Else {chr(97 + at)}", *body(at)] for at in range(8)]
    assert without_running(rare) == rare
    short = [["The same", "again", "and again"]] * 9
    assert without_running(short) == short
    signs = [[*body(at), "}"] for at in range(8)]
    assert without_running(signs) == signs


def test_no_page_is_emptied():
    rng = random.Random(5)
    for _ in range(200):
        pages = [[rng.choice("abc12") for _ in range(rng.randint(0, 7))] for _ in range(12)]
        for before, after in zip(pages, without_running(pages), strict=True):
            assert bool(before) == bool(after)


def test_words_and_letters_survive_joining():
    rng = random.Random(7)
    pieces = ("wa-", "ter", "Sea", "x-", "-", "1-", "2", "a b", "well-known", "é-", "été,")
    for _ in range(300):
        pages = [
            [" ".join(rng.choices(pieces, k=rng.randint(1, 4))) for _ in range(rng.randint(0, 3))]
            for _ in range(4)
        ]
        joined = unhyphenated(pages)
        assert len(joined) == len(pages) and all(line for page in joined for line in page)
        assert bare(joined) == bare(pages)


def bare(pages: list[list[str]]) -> str:
    return "".join("".join(page) for page in pages).replace(" ", "").replace("-", "")


def test_hyphens_before_capitals_and_numbers_stay():
    assert unhyphenated([["Baden-", "Baden in 1999-", "2001"]]) == [["Baden-", "Baden in 1999-", "2001"]]


def test_paragraphs_end_where_a_sentence_ends_on_a_short_line():
    lines = ["A full line of the width that", "ends here.", "Another paragraph, of a full one.", "Last."]
    assert list(paragraphs(lines, 33)) == [*lines[:2], "", *lines[2:]]


def test_sentences_that_go_on():
    assert continues("the sea and", "the moon") and not continues("the sea.", "the moon")
    assert not continues("the sea and", "The moon") and not continues("", "the moon")
