import pytest

from pipelines.rag.collections import Collections
from pipelines.rag.indexing import readings
from tests.support.rag_indexing import SPEC, Bench, FakeReading


@pytest.fixture
def bench(settings, monkeypatch):
    monkeypatch.setattr(readings, "Reading", FakeReading)
    FakeReading.count = FakeReading.open = 0
    yield Bench(settings)
    assert FakeReading.open == 0


@pytest.fixture
def collection(bench):
    return Collections(bench.database).create(SPEC, "ann", 10)
