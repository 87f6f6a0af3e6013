"""A megabyte of text costs hardly more memory than a tenth of it; the logits of a batch are never whole."""

import subprocess
import sys

import pytest

from pipelines.core.settings import REPOSITORY

_MEASURING = """
import resource
from dataclasses import replace
from pipelines.evaluation.language.measure import measure
from tests.support.tiny_models import tiny

def grown(times, vocabulary, context):
    model = tiny("gpt2", vocab_size=vocabulary, n_positions=context)
    text = "Anna found a red kite by the river. The little dog barked at the cat. Once upon a time. " * times
    measure(replace(model, context_length=context), [text[: len(text) // 10]])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = measure(replace(model, context_length=context), [text])
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(len(found.documents), len(text), (after - before) // 1024)

grown(12_000, 400, 128)
grown(80, 50_000, 1024)
"""


@pytest.fixture(scope="module")
def grown() -> list[list[int]]:
    """Of each measurement: documents, characters, megabytes beside what a tenth of the text took."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURING], cwd=REPOSITORY, capture_output=True, text=True, timeout=120,
        env={"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1", "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [list(map(int, line.split())) for line in done.stdout.splitlines()[-2:]]


def test_a_megabyte(grown):
    (documents, characters, more), _ = grown
    assert documents == 1 and characters > 1_000_000 and more < 100


def test_the_logits_of_a_batch(grown):
    """Those of a window of a thousand tokens would be 200 megabytes; here are two."""
    _, (_, characters, more) = grown
    assert characters > 7_000 and more < 100
