import pytest

from pipelines.core.errors import GlassworksError
from pipelines.prompting.tools.base import MOST
from pipelines.prompting.tools.search import Search


def raising(error):
    def search(query, k):
        raise error

    return search


def test_passages_are_numbered_best_first_and_in_a_line_each():
    asked = []

    def search(query, k):
        asked.append((query, k))
        return [("Mars", "red\n\nplanet", 0.9), ("", "a second", 0.5), ("more", "than k", 0.1)]

    assert Search(search, 2)("  red one ") == "[1] Mars: red planet\n[2] a second"
    assert asked == [("red one", 2)]


@pytest.mark.parametrize("k", [1, 3, 10])
def test_each_of_many_long_passages_has_room(k):
    found = Search(lambda query, k: [("title " * 99, "word " * 999, 1.0)] * k, k)("words")
    assert len(found) <= MOST and found.count("word") > k and f"[{k}] " in found


@pytest.mark.parametrize(
    ("search", "given", "said"),
    [
        (lambda query, k: [], "no\nsuch thing", 'Nothing was found for "no such thing"'),
        (lambda query, k: [], "   ", "search needs a few words"),
        (lambda query, k: [], "a" * 501, "at most 500 characters"),
        (
            raising(GlassworksError("There is no collection.")),
            "a",
            "The search failed: There is no collection.",
        ),
        (raising(RuntimeError("at 0x7f")), "a", "The search failed. Go on without it."),
    ],
)
def test_a_search_without_a_result_is_told(search, given, said):
    assert said in Search(search)(given) and "0x7f" not in Search(search)(given)
