"""Texts that the server keeps for a page: for their visitor alone, and no more than may be."""

import threading

import pytest

from app.tokenizer.held import HeldTexts
from pipelines.core.errors import NotFoundError

NAMES = ("one", "two")


def test_a_text_is_for_its_visitor_alone():
    held = HeldTexts()
    handle = held.keep("ann", "text", NAMES, True)
    mine = held.get("ann", handle)
    assert (mine.text, mine.tokenizers, mine.add_special_tokens) == ("text", NAMES, True)
    for owner, asked in (("eve", handle), ("ann", "0" * 32), ("ann", None), ("ann", ["x"])):
        with pytest.raises(NotFoundError, match="Tokenize"):
            held.get(owner, asked)


def test_handles_cannot_be_guessed_and_the_same_has_one():
    held = HeldTexts()
    handles = {held.keep("ann", str(n), NAMES, False) for n in range(5)}
    assert len(handles) == 5 and all(len(handle) == 32 and int(handle, 16) >= 0 for handle in handles)
    assert held.keep("ann", "3", NAMES, False) in handles
    assert held.keep("eve", "3", NAMES, False) not in handles
    assert held.keep("ann", "3", NAMES, True) not in handles


def test_one_visitor_cannot_crowd_out_the_others():
    held = HeldTexts(of_one=3, of_all=10)
    other = held.keep("eve", "hers", NAMES, False)
    handles = [held.keep("ann", str(n), NAMES, False) for n in range(20)]
    assert held.get("eve", other).text == "hers"
    assert [held.get("ann", handle).text for handle in handles[-3:]] == ["17", "18", "19"]
    with pytest.raises(NotFoundError):
        held.get("ann", handles[-4])


def test_the_least_recently_used_goes_first_by_number_and_by_bytes():
    by_number = HeldTexts(of_all=2)
    first, second = (by_number.keep(who, who, NAMES, False) for who in "ab")
    by_number.get("a", first)
    by_number.keep("c", "c", NAMES, False)
    assert by_number.get("a", first)
    with pytest.raises(NotFoundError):
        by_number.get("b", second)
    by_bytes = HeldTexts(max_bytes=10)
    small, long = by_bytes.keep("a", "éé", NAMES, False), by_bytes.keep("b", "x" * 50, NAMES, False)
    assert by_bytes.get("b", long).text == "x" * 50
    with pytest.raises(NotFoundError):
        by_bytes.get("a", small)


def test_threads_may_keep_at_once():
    held = HeldTexts(of_one=4, of_all=8)
    errors = []

    def work(owner: str) -> None:
        try:
            for n in range(200):
                handle = held.keep(owner, str(n), NAMES, False)
                assert held.get(owner, handle).text == str(n)
        except Exception as error:  # a thread's own would be lost
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"visitor {i}",)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
