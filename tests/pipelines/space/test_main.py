"""``python -m pipelines.space``: nothing is sent before everything has passed."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.core.settings import REPOSITORY
from pipelines.space import __main__ as command
from tests.support.space_trees import change, write_tree


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "repository")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    calls: list[tuple[str, str]] = []

    def send(tree, repo):
        calls.append((tree.target.name, repo))
        yield "an address"

    monkeypatch.setattr(command, "send", send)
    return calls


def run(root: Path, *words: str) -> list[str]:
    return [str(one) for one in command.run(command.arguments(list(words)), root)]


def test_a_tree_that_passes_is_sent(root, sent, capsys):
    assert run(root, "--no-start", "--upload", "me/it", "--target", "gpu") == []
    assert sent == [("gpu", "me/it")] and (root / "build" / "space" / "app.py").is_file()
    assert "an address" in capsys.readouterr().out


def test_nothing_is_sent_where_nobody_asked(root, sent):
    assert run(root, "--no-start") == [] and sent == []


def test_a_fault_of_a_file_keeps_it_here(root, sent, monkeypatch):
    change(root, "requirements.txt", "gradio==", "gradio>=")
    monkeypatch.setattr(command, "starts", lambda tree: pytest.fail("it was started all the same"))
    [told] = run(root, "--upload", "me/it")
    assert told.startswith("gradio: ") and sent == []


def test_a_fault_of_the_start_keeps_it_here(root, sent, monkeypatch):
    monkeypatch.setattr(command, "starts", lambda tree: iter(["it ended"]))
    assert run(root, "--upload", "me/it") == ["start: it ended"] and sent == []


def test_faults_end_the_command_with_an_error(root, monkeypatch, capsys):
    change(root, "requirements.txt", "numpy==2.4.6", "numpy")
    monkeypatch.setattr(sys, "argv", ["space", "--no-start"])
    found = command.run(command.arguments(), root)
    monkeypatch.setattr(command, "run", lambda options: found)
    with pytest.raises(SystemExit, match=r"Faults: 1\. Nothing was sent"):
        command.main()
    assert "pins: requirements.txt does not pin numpy" in capsys.readouterr().err


def test_make_space_hands_its_words_on():
    line = ["make", "-n", "space", "TARGET=zero", "SPACE=me/it", "ARGS=--no-start", "VENV=.venv"]
    done = subprocess.run(line, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert "-m pipelines.space --target zero --upload me/it --no-start" in done.stdout
