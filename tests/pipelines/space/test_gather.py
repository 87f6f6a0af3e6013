"""A Space gets what the app needs and nothing else, with the fields and requirements of its hardware."""

import subprocess
from pathlib import Path

import pytest

from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.core.settings import REPOSITORY
from pipelines.core.version import code_version
from pipelines.space import front_matter
from pipelines.space.gather import assemble, gathered
from pipelines.space.targets import TARGETS, target
from pipelines.space.tree import Tree
from tests.support.space_trees import put, write_tree

LEFT = ("tests/test_it.py", "benchmarks/it.py", "Makefile", "pipelines/space/it.py", "docs/images/unseen.png")
TAKEN = ("assets/logo.svg", "benchmarks/README.md", "pipelines/it.py", "docs/guide.md")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = write_tree(tmp_path / "repository")
    for name in (*LEFT, *TAKEN):
        put(made, name, "")
    return made


def test_the_tree_is_the_list_and_no_more(root, tmp_path):
    place = assemble(root, tmp_path / "build", TARGETS["cpu"])
    base = ("README.md", "app.py", "app/data/kept.py", "docs/images/shown.png", "requirements.txt")
    assert set(Tree(place, TARGETS["cpu"]).files) == {*base, *TAKEN}


def test_what_git_ignores_stays_and_what_is_new_comes(root):
    put(root, ".gitignore", "*.db\n")
    put(root, "app/it.db", "")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    subprocess.run(["git", "-C", str(root), "add", "app.py", "README.md"], check=True)
    put(root, "app/new.py", "")
    names = set(gathered(root))
    assert {"app.py", "app/new.py"} <= names and "app/it.db" not in names and not names & set(LEFT)


def test_a_second_assembly_leaves_nothing_of_the_first(root, tmp_path):
    place = assemble(root, tmp_path / "build", TARGETS["cpu"])
    put(place, "app/old.py", "")
    assert not (assemble(root, place, TARGETS["cpu"]) / "app" / "old.py").exists()


@pytest.mark.parametrize(
    ("name", "hardware", "python"),
    [("cpu", "cpu-basic", "3.11"), ("gpu", "t4-small", "3.11"), ("zero", "zero-a10g", "3.12")],
)
def test_the_front_matter_names_the_hardware_and_its_python(root, tmp_path, name, hardware, python):
    tree = Tree(assemble(root, tmp_path / "build", TARGETS[name]), TARGETS[name])
    before = front_matter.read((root / "README.md").read_text("utf-8"))
    changed = {"suggested_hardware": hardware, "python_version": python}
    assert tree.front == {**before, **changed}
    assert tree.text("README.md").endswith("---\n\n# Small\n\n![A picture](docs/images/shown.png)\n")


def test_a_field_that_was_not_there_is_put_into_the_block():
    text = front_matter.written("---\ntitle: T\n---\nsuggested_hardware: x\n", TARGETS["zero"])
    assert front_matter.read(text) == {
        "title": "T",
        "suggested_hardware": "zero-a10g",
        "python_version": "3.12",
    }
    assert text.endswith("---\nsuggested_hardware: x\n")


def test_the_tree_knows_the_commit_that_it_was_made_of(root, tmp_path):
    put(root, "commit.txt", "c" * 40 + "\n")
    place = assemble(root, tmp_path / "build", TARGETS["cpu"])
    assert code_version(place) == "c" * 40
    assert len(code_version(REPOSITORY)) in (0, 40)


def test_a_folder_that_is_no_repository_is_refused(tmp_path):
    with pytest.raises(GlassworksError, match=r"lacks README\.md, app\.py, requirements\.txt"):
        assemble(tmp_path, tmp_path / "build", TARGETS["cpu"])
    assert not (tmp_path / "build").exists()


def test_an_unknown_target_names_those_there_are():
    with pytest.raises(NotFoundError, match="cpu, gpu, zero"):
        target("tpu")
