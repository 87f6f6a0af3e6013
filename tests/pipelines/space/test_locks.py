"""Requirement lines are read as pip reads them, and written for a target that runs another PyTorch."""

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipelines.core.settings import REPOSITORY
from pipelines.space import locks
from pipelines.space.targets import TARGETS
from tests.support.space_trees import LOCK


def test_the_repositorys_lock_is_read_as_packaging_reads_it():
    text = (REPOSITORY / "requirements.txt").read_text()
    parsed = [
        Requirement(line.partition("#")[0]) for line in text.splitlines() if line.partition("#")[0].strip()
    ]
    expected = {canonicalize_name(one.name): next(iter(one.specifier)).version for one in parsed}
    assert {name: line.version for name, line in locks.read(text).items()} == expected and len(expected) > 100


def test_a_line_is_taken_apart():
    line = locks.read('Foo.Bar[x,y]==1.2 ; python_version < "3.12"  # torch, them\n')["foo-bar"]
    assert (line.version, line.by) == ("1.2", ("torch", "them"))
    assert line.text == 'Foo.Bar[x,y]==1.2 ; python_version < "3.12"'


def test_what_is_no_exact_version_is_no_pin():
    text = (
        "a\nb>=1\nc==1.*\nd==1,<2\ne @ https://example.org/e.whl\n-r other.txt\n--extra-index-url x\n# f==1\n"
    )
    assert {name: line.version for name, line in locks.read(text).items()} == dict.fromkeys("abcde", "")


def test_cpu_and_gpu_keep_every_pin():
    for name in ("cpu", "gpu"):
        made = locks.written(LOCK, TARGETS[name])
        assert {n: line.version for n, line in locks.read(made).items()} == {
            n: line.version for n, line in locks.read(LOCK).items()
        }


def test_zero_takes_its_torch_and_leaves_to_it_what_only_torch_asked_for():
    made = {n: line.text for n, line in locks.read(locks.written(LOCK, TARGETS["zero"])).items()}
    assert made == {
        "gradio": "gradio==6.31.0",
        "numpy": "numpy==2.4.6",
        "torch": "torch==2.11.0",
        "spaces": "spaces==0.51.3",
    }


def test_a_package_that_the_lock_has_is_not_named_twice():
    made = locks.written(LOCK + "spaces==0.50.0  # requirements.in\n", TARGETS["zero"])
    assert made.count("spaces==") == 1 and "spaces==0.50.0" in made


def test_another_index_comes_before_the_packages():
    lines = locks.written(LOCK, TARGETS["cpu"], "https://example.org/cpu").splitlines()
    assert lines[1] == "--extra-index-url https://example.org/cpu"
