"""Public sets from the Hub: what is asked of it, what is kept, what is said where it cannot be reached."""

import json
import os
import subprocess
import sys

import pytest

from pipelines.common import hub_rows as shared
from pipelines.common.hub_rows import HubDataError
from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.core.settings import REPOSITORY
from pipelines.prompting.tasks.public import kept
from pipelines.prompting.tasks.public.hub import hub_rows
from pipelines.prompting.tasks.public.loading import from_hub
from pipelines.prompting.tasks.public.sets import PUBLIC, HubPlace
from tests.support.fake_hub import hub_with

READ = """
import json, sys
from pathlib import Path
from pipelines.core.errors import GlassworksError
from pipelines.prompting.tasks.public.loading import from_hub
from pipelines.prompting.tasks.public.sets import PUBLIC
told = []
for name in ("last_letters_kojima", "gsm8k"):
    try:
        found = from_hub(PUBLIC[name], "", Path(sys.argv[1]))
        told.append([[item.question, item.answer] for item in found.items])
    except GlassworksError as fault:
        told.append(str(fault))
print(json.dumps(told))
"""


@pytest.fixture
def asked(monkeypatch) -> list[HubPlace]:
    """A Hub that has two rows for every name; the names that were asked for."""
    places: list[HubPlace] = []

    def rows(place, most):
        places.append(place)
        return [
            {"input": f"{place.config} {i}?", "target": "5", "question": "q", "answer": "5"} for i in range(2)
        ]

    monkeypatch.setattr(kept, "hub_rows", rows)
    return places


def test_each_task_of_bbh_is_a_configuration(asked, tmp_path):
    found = from_hub(PUBLIC["bbh"], "navigate", tmp_path)
    assert asked == [HubPlace("SaylorTwift/bbh", "navigate", "test")]
    assert found.name == "bbh/navigate" and found.items[1].question == "navigate 1?"
    assert len(from_hub(PUBLIC["bbh"], "", tmp_path).items) == 54 and len(asked) == 27  # navigate was here


def test_what_was_fetched_is_kept(asked, tmp_path):
    first = from_hub(PUBLIC["gsm8k"], "", tmp_path)
    assert from_hub(PUBLIC["gsm8k"], "", tmp_path).digest == first.digest
    assert asked == [HubPlace("openai/gsm8k", "main", "test")]
    assert [file.name for file in tmp_path.iterdir()] == ["openai--gsm8k--main--test.jsonl"]
    assert from_hub(PUBLIC["gsm8k"]).digest == first.digest and len(asked) == 2


def test_a_set_that_the_hub_lacks(tmp_path):
    with pytest.raises(GlassworksError, match="No copy of AddSub on the Hub"):
        from_hub(PUBLIC["addsub"], "", tmp_path)


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (ConnectionError("reset by peer at 10.0.0.1"), HubDataError, "cannot be reached"),
        (TimeoutError(), HubDataError, "cannot be reached"),
        (PermissionError("o/n is a gated dataset on the Hub"), HubDataError, "accept its terms"),
        (RuntimeError("Dataset scripts are no longer supported"), HubDataError, "never run"),
        (ValueError("Bad split: x. Available splits: ['train']"), HubDataError, "Available splits"),
    ],
)
def test_what_the_library_raises_is_said_in_words(monkeypatch, fault, kind, words):
    def rows(_):
        yield {"a": 1}
        raise fault

    monkeypatch.setattr(shared, "_loaded", rows)
    assert hub_rows(HubPlace("o/n"), 1) == [{"a": 1}]
    with pytest.raises(kind) as caught:
        hub_rows(HubPlace("o/n"), 5)
    assert words in str(caught.value) and "10.0.0.1" not in str(caught.value)


def test_a_name_that_the_hub_does_not_know(monkeypatch):
    def rows(_):
        raise type("DatasetNotFoundError", (FileNotFoundError,), {})("no")
        yield

    monkeypatch.setattr(shared, "_loaded", rows)
    with pytest.raises(NotFoundError, match="no public data set named 'o/n'"):
        hub_rows(HubPlace("o/n"), 5)


@pytest.mark.slow
def test_rows_of_a_hub_on_loopback_and_a_set_that_it_lacks(tmp_path):
    remote = tmp_path / "remote"
    remote.mkdir()
    (remote / "test.jsonl").write_text(
        '{"question": "q", "answer": "ab"}\n{"question": "r", "answer": "cd"}\n'
    )
    with hub_with(remote, "ChilleD/LastLetterConcat", "datasets") as server:
        settings = {"HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "0", "HF_ENDPOINT": server.address}
        done = subprocess.run(
            [sys.executable, "-c", READ, str(tmp_path / "kept")],
            cwd=REPOSITORY,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=240,
        )
    assert done.returncode == 0, done.stderr
    found, lacking = json.loads(done.stdout.splitlines()[-1])
    assert found == [["q", "ab"], ["r", "cd"]]
    assert "The Hub has no public data set named 'openai/gsm8k'" in lacking
