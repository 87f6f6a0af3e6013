"""This repository itself: each target's tree passes, starts as on a Space, and fails on what must never be
uploaded."""

import shutil
from pathlib import Path

import pytest

from pipelines.core.settings import REPOSITORY
from pipelines.space.checks import CHECKS, Fault, faults
from pipelines.space.gather import assemble
from pipelines.space.starting import starts
from pipelines.space.targets import TARGETS
from pipelines.space.tree import Tree
from tests.support.space_trees import change, put

# What differs from one target to another; the other checks read the same files for all.
BY_TARGET = ("front matter", "python", "gradio", "pins", "torch")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    place = tmp_path_factory.mktemp("space") / "tree"
    return Tree(assemble(REPOSITORY, place, TARGETS["cpu"]), TARGETS["cpu"])


@pytest.fixture(scope="module")
def found(tree: Tree) -> list[Fault]:
    return faults(tree)


def test_the_tree_passes_every_check(tree, found):
    assert [str(one) for one in found] == []
    assert {"app.py", "pipelines/worker.py", "assets/models/story-base/config.json"} <= set(tree.files)


@pytest.mark.parametrize("name", ["gpu", "zero"])
def test_the_trees_of_other_hardware_pass_what_is_their_own(tmp_path, name):
    other = Tree(assemble(REPOSITORY, tmp_path / "tree", TARGETS[name]), TARGETS[name])
    assert [message for check in BY_TARGET for message in CHECKS[check](other)] == []


def test_it_fails_on_what_must_never_be_uploaded(tree, found, tmp_path):
    root = Path(shutil.copytree(tree.root, tmp_path / "tree"))
    put(root, "assets/models/large.safetensors", bytes(20_000_000))
    put(root, "assets/notes.txt", "hf_" + "aB3" * 12)
    change(root, "requirements.txt", "\ngradio==", "\ngradio>=")
    change(root, "app/launch.py", '"quiet": True', '"quiet": True, "server_name": "127.0.0.1"')
    told = {one.check: one.message for one in faults(Tree(root, tree.target)) if one not in found}
    assert set(told) == {"sizes", "tokens", "gradio", "address"}
    assert "large.safetensors has 20.0 MB" in told["sizes"] and "assets/notes.txt, line 1" in told["tokens"]
    assert "gradio>=" in told["gradio"] and "app/launch.py" in told["address"]


@pytest.mark.slow
@pytest.mark.process
def test_it_starts_with_no_network_on_files_that_it_cannot_write(tree):
    assert list(starts(tree)) == []
