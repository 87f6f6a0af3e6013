"""Sentences by the house's rules beside Punkt's, on running text."""

import pytest

from pipelines.core.settings import REPOSITORY
from pipelines.evaluation.tasks.reading import rows_of
from pipelines.evaluation.tasks.writing.ifeval import counting
from tests.support.ifeval_oracle import ifeval

FILE = REPOSITORY.parent / "shared" / "data" / "eval" / "gsm8k_test.jsonl.gz"


def test_the_house_and_punkt_mostly_agree(monkeypatch):
    if not FILE.is_file():
        pytest.skip("needs gsm8k_test.jsonl.gz of the shared data")
    ifeval()
    from lm_eval.tasks.ifeval.instructions_util import count_sentences

    texts = [f"{row.values['question']} {row.values['answer']}" for row in rows_of(FILE)[:500]]
    monkeypatch.setattr(counting, "_punkt", lambda: None)
    same = sum(counting.sentences(text) == count_sentences(text) for text in texts)
    assert same / len(texts) > 0.97
