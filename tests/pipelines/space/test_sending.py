"""What ``make space SPACE=owner/name`` does to a Space, on a Hub of loopback."""

from pathlib import Path

import pytest
from huggingface_hub import constants

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.space.sending import send
from pipelines.space.targets import TARGETS
from pipelines.space.tree import Tree
from tests.support.fake_hub import FakeHub, hub_with
from tests.support.hub_writing import OWNER, READER, WRITER
from tests.support.space_trees import put, write_tree

REPO = f"{OWNER}/glassworks"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (there := tmp_path / "there").mkdir()
    with hub_with(there, REPO, "spaces") as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("HF_TOKEN", WRITER)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        yield server


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    root = write_tree(tmp_path / "tree")
    put(root, "assets/model.safetensors", bytes(1000))
    put(root, "commit.txt", "c" * 40)
    return Tree(root, TARGETS["gpu"])


def sent(hub: FakeHub) -> dict[str, bytes]:
    return {path: content for (repo, path), content in hub.written.files.items() if repo == REPO}


def test_a_new_space_is_private_and_holds_the_tree(hub, tree):
    told = list(send(tree, REPO))
    assert told[-1] == f"{hub.address}/spaces/{REPO}"
    assert hub.written.repos == {REPO: "private"}
    assert sent(hub) == {name: (tree.root / name).read_bytes() for name in tree.files}
    assert hub.written.messages == ["Glassworks cccccccccccc for gpu"]


def test_what_the_tree_has_no_more_is_deleted_there(hub, tree):
    hub.written.repos[REPO] = "public"
    for name in ("app/old.py", ".gitattributes"):
        put(hub.folder, name, "")
        hub.written.files[REPO, name] = b""
    list(send(tree, REPO))
    assert set(sent(hub)) == {*tree.files, ".gitattributes"}
    assert hub.written.repos == {REPO: "public"}


def test_a_token_that_may_not_write_is_told(hub, tree, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", READER)
    with pytest.raises(GlassworksError, match="may not write to anna/glassworks"):
        list(send(tree, REPO))


def test_a_token_that_nobody_knows_is_told_and_not_shown(hub, tree, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_unknown")
    with pytest.raises(GlassworksError, match="hf auth login") as told:
        list(send(tree, REPO))
    assert "hf_unknown" not in str(told.value)


def test_a_hub_that_does_not_answer_is_told(hub, tree, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(GlassworksError, match="cannot be reached"):
        list(send(tree, REPO))


@pytest.mark.parametrize("name", ["", "glassworks", "a/b/c", "../x", "a b/c"])
def test_a_name_that_is_none_is_refused_before_anything_is_sent(hub, tree, name):
    with pytest.raises(SpecError, match="SPACE accepts owner/name"):
        list(send(tree, name))
    assert hub.asked == []
