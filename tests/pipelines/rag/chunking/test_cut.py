"""What is too much for the model is capped, and said; the examples in the docs hold."""

import doctest
from importlib import import_module

import pytest

from pipelines.rag.chunking.sizes import cap_note, capped_overlap, capped_size
from pipelines.rag.specs import ChunkSpec
from tests.support.chunking import chunks_of, plain_counter
from tests.support.imports import ROOT

NAMES = sorted(path.stem for path in (ROOT / "pipelines" / "rag" / "chunking").glob("[a-z]*.py"))


def test_the_size_is_capped_to_what_the_model_reads():
    wide = ChunkSpec(chunk_size=1000, chunk_overlap=400)
    assert capped_size(wide, 254) == 254 and capped_overlap(wide, 254) == 127
    assert capped_size(wide, 5000) == 1000 and capped_overlap(wide, 5000) == 400
    assert cap_note(wide, 1000) == ""
    assert "254 tokens" in cap_note(wide, 254) and "1,000" in cap_note(wide, 254)


def test_no_chunk_is_above_the_limit():
    chunks = chunks_of(
        "Some words. " * 300, plain_counter(50), method="recursive", chunk_size=400, chunk_overlap=150
    )
    assert max(one.tokens for one in chunks) <= 50 and len(chunks) > 10


@pytest.mark.parametrize("name", [f"pipelines.rag.chunking.{name}" for name in NAMES])
def test_examples(name):
    assert doctest.testmod(import_module(name)).failed == 0
