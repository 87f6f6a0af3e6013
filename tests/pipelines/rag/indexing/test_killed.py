"""The real retrieval worker, killed at random while it indexes: the same chunks and vectors as without.

Two copies of one home with the same documents in its queue: in one the work runs through, in the other the
worker is killed again and again. Ids are made of what both homes share, so both must end alike.
"""

import os
import random
import shutil
import signal
import time

import numpy as np
import pytest

from pipelines.core.database import Database
from pipelines.core.settings import Settings
from pipelines.models import minilm
from pipelines.rag.collections import Collections
from pipelines.rag.index.lexical import Lexical
from pipelines.rag.index.vectors import Vectors
from pipelines.rag.places import disk_bytes, read_text, text_file
from pipelines.rag.records import State
from pipelines.rag.service import RagService
from pipelines.rag.specs import ChunkSpec, CollectionSpec
from tests.support.rag_indexing import Bench, story

KILLS = 3
SPEC = CollectionSpec(name="Sea", language="none", chunking=ChunkSpec("recursive", 24, 4))

pytestmark = [
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.skipif(minilm.folder() is None, reason="MiniLM's package is not installed"),
]


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """(home, collection) of the undisturbed work and of the killed one, and how often that was killed."""
    calm = Settings(home=tmp_path_factory.mktemp("calm") / "home")
    calm.make_folders()
    bench = Bench(calm)
    collection = Collections(bench.database).create(SPEC, "ann", 9)
    for files in (_files(0), {"a.md": _files(0)["a.md"].replace("Crab", "Lobster"), "d.txt": story(9, 40)}):
        bench.add(collection, files)
    bench.database.close()
    rough = Settings(home=tmp_path_factory.mktemp("rough") / "home")
    shutil.copytree(calm.home, rough.home)
    _work(calm, 0)
    return calm, rough, collection, _work(rough, KILLS)


def _files(seed):
    return {"a.md": story(seed + 1, 60), "b.txt": story(seed + 2, 60), "c.txt": story(seed + 3, 40)}


def _work(settings, kills):
    """Have all be done; how often the worker was killed meanwhile."""
    draw, killed = random.Random(5), 0
    service = RagService(settings, Database(settings.url))
    service.start()
    end = time.monotonic() + 240
    try:
        while any(one.live for one in _additions(service)):
            assert time.monotonic() < end, _additions(service)
            done = sum(one.done for one in _additions(service))
            if killed < kills and done > killed * 16 and service.runtime.pid:
                time.sleep(draw.uniform(0, 0.4))
                killed += _killed(service.runtime.pid)
            time.sleep(0.05)
        assert [one.state for one in _additions(service)] == [State.SUCCEEDED] * 2
    finally:
        service.close()
    return killed


def _additions(service):
    return [one for found in service.store.collections("ann") for one in service.store.additions(found.id)]


def _killed(pid):
    if not pid:
        return 0
    os.kill(pid, signal.SIGKILL)
    return 1


def _texts(settings, collection):
    """Chunk id → text."""
    store = Bench(settings).store
    found = {}
    for document in store.documents(collection):
        text = read_text(text_file(settings, collection, document.id, store.revision(document.id)))
        found |= {chunk.id: text[chunk.start : chunk.end] for chunk in store.chunks_of(document.id)}
    return found


def test_no_chunk_is_missing_and_none_is_there_twice(ended):
    calm, rough, collection, killed = ended
    assert killed == KILLS
    assert _texts(calm, collection) == _texts(rough, collection)
    names = [[one.name for one in Bench(home).store.documents(collection)] for home in (calm, rough)]
    assert names[0] == names[1] == ["a.md", "b.txt", "c.txt", "d.txt"]


def test_every_vector_is_there_once_and_finds_itself(ended):
    calm, rough, collection, _ = ended
    texts, found = _texts(calm, collection), []
    for settings in (calm, rough):
        vectors = Vectors(settings)
        ids, matrix = vectors.matrix(collection, 1)
        assert sorted(ids) == sorted(texts)
        for id_, vector in zip(ids, matrix, strict=True):
            (first, *_), scores, _ = vectors.search(collection, 1, vector, 1, "hnsw")
            assert scores[0] > 0.999 and texts[first] == texts[id_]
        found.append(dict(zip(ids, matrix, strict=True)))
    for id_, vector in found[0].items():
        np.testing.assert_allclose(vector, found[1][id_], atol=0.02)  # batches of other lengths


def test_every_chunk_is_found_by_its_words(ended):
    calm, rough, collection, _ = ended
    texts = _texts(calm, collection)
    for settings in (calm, rough):
        lexical = Lexical(settings)
        for id_, text in texts.items():
            ids, _ = lexical.search(collection, text, len(texts))
            assert id_ in ids and set(ids) <= set(texts)


def test_nothing_else_is_left(ended):
    _, rough, collection, _ = ended
    folder = rough.rag / collection
    assert not list(folder.glob("incoming/*")) and len(list(folder.glob("texts/*"))) == 4


def test_deleted_the_disk_has_everything_back(ended):
    """As ``du`` counts it, but for pages that the databases keep for what comes next."""
    _, settings, collection, _ = ended
    service = RagService(settings, Database(settings.url))
    folders = (settings.rag, settings.home / "chroma")
    before = sum(map(disk_bytes, folders))
    try:
        assert service.delete(collection, "ann", wait=120)
    finally:
        service.close()
    assert not (settings.rag / collection).exists()
    assert sum(map(disk_bytes, folders)) < 500_000 < before
    assert not [path for path in folders[1].iterdir() if path.is_dir()]  # no folder of vectors is left
