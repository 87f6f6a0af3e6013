"""Which chunks the settings leave."""

import pytest

from pipelines.core.errors import SpecError
from pipelines.rag.retrieval.filters import chunks_of, documents_of, is_narrow
from pipelines.rag.retrieval.scope import allowed
from pipelines.rag.specs import SearchSpec
from tests.support.rag_library import FakeLibrary

TALES = {"one.md": ["a", "b", "c"], "two.pdf": ["d", "e"], "three.md": ["f"]}
FACTS = {
    "one.md": {"kind": "markdown", "headings": ("The Fox", "The Fox › His Den", "Goose")},
    "two.pdf": {"kind": "pdf", "pages": (3, 4)},
    "three.md": {"kind": "markdown"},
}


@pytest.fixture(scope="module")
def library() -> FakeLibrary:
    return FakeLibrary(TALES, **FACTS)


def left(library: FakeLibrary, **settings) -> set[str] | None:
    found = allowed(library, library.store.collection("tales"), SearchSpec(**settings))
    return None if found is None else set(found)


def test_without_filters_nothing_is_asked(library):
    assert left(library) is None and not is_narrow(SearchSpec(heading="  "))


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"documents": ("two.pdf",)}, {"d1.0", "d1.1"}),
        ({"documents": ("d0", "three.md")}, {"d0.0", "d0.1", "d0.2", "d2.0"}),
        ({"kinds": ("markdown",)}, {"d0.0", "d0.1", "d0.2", "d2.0"}),
        ({"kinds": ("markdown",), "documents": ("three.md",)}, {"d2.0"}),
        ({"kinds": ("pdf",), "documents": ("three.md",)}, set()),
        ({"heading": "fox"}, {"d0.0", "d0.1"}),
        ({"heading": "den FOX"}, {"d0.1"}),
        ({"heading": "wolf"}, set()),
        ({"pages": "4"}, {"d1.1"}),
        ({"pages": "1-3"}, {"d1.0"}),
        ({"pages": "3-4", "kinds": ("pdf",), "heading": ""}, {"d1.0", "d1.1"}),
    ],
)
def test_what_is_left(library, settings, expected):
    assert left(library, **settings) == expected


def test_filters_together_leave_what_each_leaves(library):
    rows = library.store.all_chunks("tales")
    alone = [set(chunks_of(rows, SearchSpec(**one))) for one in ({"heading": "fox"}, {"pages": "0-9"[2:]})]
    both = set(chunks_of(rows, SearchSpec(heading="fox", pages="9")))
    assert both == alone[0] & alone[1]


def test_an_unknown_document_is_named_with_those_there_are(library):
    with pytest.raises(SpecError, match=r"one\.md, two\.pdf, three\.md.*'four'"):
        documents_of(library.store.documents("tales"), SearchSpec(documents=("four",)))


def test_a_long_list_of_documents_is_cut():
    many = FakeLibrary({f"{n}.txt": ["x"] for n in range(20)})
    with pytest.raises(SpecError, match=r"7\.txt and 12 more"):
        documents_of(many.store.documents("tales"), SearchSpec(documents=("x",)))
