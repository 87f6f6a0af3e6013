"""The chunker that keeps sections together, and the paths of headings."""

from pipelines.rag.chunking.marked import marked
from pipelines.rag.chunking.outline import outlined
from tests.support.chunking import chunks_of, plain_counter, rough_document

SHORT = "Five words in a row"  # seven tokens
LONG = "Ten words stand here side by side in one row. " * 4


def cut(text: str, size: int = 30, **spec):
    document = marked(text, "x.md")
    found = chunks_of(document, plain_counter(), method="headings", chunk_size=size, **spec)
    return [(text[one.start : one.end], one.heading) for one in found]


def test_a_section_that_fits_stays_whole():
    text = f"# A\n\n{SHORT}\n\n## B\n\n{SHORT}\n\n### C\n\n{SHORT}"
    assert cut(text, 60, chunk_overlap=0) == [(text, "A")]


def test_short_neighbours_stand_together_under_their_parent():
    one, two, three = (f"## S{n}\n\n{SHORT}" for n in range(3))
    text = f"# A\n\n{SHORT}\n\n{one}\n\n{two}\n\n{three}"
    found = cut(text, 24, chunk_overlap=0)
    assert found == [(f"# A\n\n{SHORT}\n\n{one}", "A"), (f"{two}\n\n{three}", "A")]


def test_neighbours_of_two_parents_do_not():
    text = f"# A\n\n{SHORT}\n\n## A1\n\n{LONG}\n\n# B\n\n{SHORT}\n\n## B1\n\n{LONG}"
    paths = [path for _, path in cut(text, 30, chunk_overlap=0)]
    assert paths == ["A", "A › A1", "A › A1", "B", "B › B1", "B › B1"]


def test_a_section_alone_has_its_own_path():
    text = f"# A\n\n{LONG}\n\n## B\n\n{SHORT}\n\n## C\n\n{LONG}"
    found = cut(text, 30, chunk_overlap=0)
    assert (f"## B\n\n{SHORT}", "A › B") in found


def test_a_bare_heading_goes_with_its_first_section():
    text = f"# A\n\n## B\n\n{SHORT}\n\n## C\n\n{LONG}"
    found = cut(text, 30, chunk_overlap=0)
    assert found[0] == (f"# A\n\n## B\n\n{SHORT}", "A › B")
    assert found[1][0].startswith("## C") and found[1][1] == "A › C"


def test_nothing_is_repeated_across_sections_and_something_within():
    text = f"# A\n\n{LONG}\n\n# B\n\n{LONG}"
    document = marked(text, "x.md")
    chunks = chunks_of(document, plain_counter(), method="headings", chunk_size=30, chunk_overlap=12)
    border = text.index("# B")
    assert all(not one.start < border < one.end for one in chunks)
    assert [one.overlap for one in chunks if one.start in (0, border)] == [0, 0]
    assert any(one.overlap for one in chunks)


def test_a_heading_longer_than_a_chunk_is_not_lost():
    text = f"# A\n\n{SHORT}\n\n# {'word ' * 40}end"
    assert " ".join(piece for piece, _ in cut(text, 30, chunk_overlap=0)).split() == text.split()


def test_the_heading_of_a_long_section_is_in_its_first_chunk():
    text = f"# A\n\n## B\n\n{LONG}"
    first, *rest = cut(text, 30, chunk_overlap=0)
    assert first[0].startswith("# A\n\n## B\n\nTen words") and {path for _, path in rest} == {"A › B"}


def test_text_before_the_first_heading_has_no_path():
    found = cut(f"{LONG}\n\n# A\n\n{SHORT}", 30, chunk_overlap=0)
    assert found[0][1] == "" and found[-1][1] == "A"


def test_levels_may_be_left_out_and_come_back():
    text = f"### A\n\n{SHORT}\n\n# B\n\n{SHORT}\n\n#### C\n\n{SHORT}\n\n## D\n\n{SHORT}"
    assert [path for _, path in cut(text, 16, chunk_overlap=0)] == ["A", "B", "B › C", "B › D"]


def test_without_headings_it_is_recursive():
    document = marked(f"{LONG}\n\n{SHORT}\n\n{LONG}", "x.md")
    cuts = [
        chunks_of(document, plain_counter(), method=method, chunk_size=30, chunk_overlap=5)
        for method in ("headings", "recursive")
    ]
    assert cuts[0] == cuts[1]


def test_other_chunkers_name_the_heading_at_a_chunks_own_start():
    text = f"# A\n\n{LONG}\n\n## B\n\n{LONG}"
    document = marked(text, "x.md")
    for one in chunks_of(document, plain_counter(), method="fixed", chunk_size=20, chunk_overlap=8):
        own = next(at for at in range(one.start + one.overlap, one.end) if not text[at].isspace())
        assert one.heading == ("A" if own < text.index("## B") else "A › B")


def test_a_chunk_stands_under_all_that_its_path_names():
    """On rough texts: the path is that of a section, or what two sections have in common."""
    for seed in range(40):
        document = rough_document(seed)
        outline = run(outlined(document))
        sections = [section for section in _all(outline.root) if section.path]
        for one in chunks_of(document, plain_counter(), method="headings", chunk_size=60, chunk_overlap=0):
            path = tuple(one.heading.split(" › ")) if one.heading else ()
            holding = [s for s in sections if s.path[: len(path)] == path]
            assert not path or min(s.start for s in holding) <= one.end
            assert not path or max(s.end for s in holding) >= one.end


def run(steps):
    """What a generator returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def _all(section):
    yield section
    for below in section.below:
        yield from _all(below)
