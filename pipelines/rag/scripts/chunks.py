"""The chunks of a collection as lines of JSON, and the part of a script that reads them or cuts texts."""

import json
from collections.abc import Iterable, Iterator, Mapping

from pipelines.rag.records import StoredChunk, StoredDocument
from pipelines.rag.scripts.facts import Asked, value
from pipelines.rag.specs import page_range

CHUNKS_FILE = "chunks.jsonl"
_READ = '''\
def read_chunks():
    """The chunks: a file of them, or text files cut here."""
    if not options.documents:
        with open(options.chunks, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]
    cut = []
    for name in options.documents:
        text = Path(name).read_text(encoding="utf-8")
        for position, (start, end) in enumerate(pieces(text)):
            known = {"kind": "text", "heading": "", "page": 0, "position": position}
            row = {"id": f"{name}#{position}", "document": name, "name": Path(name).name, **known}
            cut.append({**row, "text": text[start:end]})
    return cut


def pieces(text):
    """Where the chunks stand: CHUNK_SIZE tokens of the embedding model each, CHUNK_OVERLAP of them shared
    with the chunk before."""
    tokenizer = AutoTokenizer.from_pretrained(options.embedder)
    how = {"add_special_tokens": False, "return_offsets_mapping": True, "verbose": False}
    tokens = tokenizer(text, **how)["offset_mapping"]
    for first in range(0, len(tokens), CHUNK_SIZE - CHUNK_OVERLAP):
        some = tokens[first : first + CHUNK_SIZE]
        yield some[0][0], some[-1][1]
        if first + CHUNK_SIZE >= len(tokens):
            return
'''
_FILTER = '''\
def may_be_found(chunk):
    """The filters."""
    words = chunk["heading"].casefold()
{tests}    return True
'''
_TESTS = {
    "documents": '    if chunk["name"] not in {0} and chunk["document"] not in {0}:\n        return False\n',
    "kinds": '    if chunk["kind"] not in {0}:\n        return False\n',
    "heading": "    if not all(word in words for word in {0}):\n        return False\n",
    "pages": '    if not {0} <= chunk["page"] <= {1}:\n        return False\n',
}


def chunks_jsonl(
    chunks: Iterable[StoredChunk], documents: Mapping[str, StoredDocument], texts: Mapping[str, str]
) -> Iterator[str]:
    """A line a chunk, in the order of the collection. ``documents`` and ``texts`` are by document id."""
    for one in chunks:
        document = documents[one.document]
        row = {
            "id": one.id,
            "document": document.id,
            "name": document.name,
            "kind": document.kind,
            "position": one.position,
            "heading": one.heading,
            "page": one.page,
            "text": texts[one.document][one.start : one.end],
        }
        yield json.dumps(row, ensure_ascii=False) + "\n"


def reading(asked: Asked) -> str:
    return f"{_READ}{_filtering(asked)}"


def _filtering(asked: Asked) -> str:
    """Nothing where there is no filter."""
    search, tests = asked.search, ""
    if search.documents:
        tests += _TESTS["documents"].format(value(search.documents))
    if search.kinds:
        tests += _TESTS["kinds"].format(value(search.kinds))
    if search.heading.strip():
        tests += _TESTS["heading"].format(value(search.heading.casefold().split()))
    if search.pages:
        tests += _TESTS["pages"].format(*page_range(search.pages))
    return f"\n\n{_FILTER.format(tests=tests)}" if tests else ""
