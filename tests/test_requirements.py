"""The locks pin everything, offer what the Space's front matter names, and cover every import."""

import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.imports import ROOT, imports, sources

OURS = {"app", "assets", "pipelines", "tests", "benchmarks"}
# Imported only where it is there: Ray by a setting (docs/how-to/settings.md), langdetect by IFEval, which
# says of each item whether its own rules stood in, spaces on ZeroGPU, whose requirements are generated.
OPTIONAL = {"ray", "langdetect", "spaces"}


def lines(name: str) -> list[str]:
    text = (ROOT / name).read_text()
    return [line for raw in text.splitlines() if (line := raw.partition("#")[0].strip())]


def required(name: str) -> dict[str, Requirement]:
    parsed = [Requirement(line) for line in lines(name) if not line.startswith("-r")]
    return {canonicalize_name(r.name): r for r in parsed}


def direct(name: str) -> set[str]:
    return set(required(name))


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-test.txt"])
def test_every_line_is_one_exact_version(lock):
    for name, requirement in required(lock).items():
        assert re.fullmatch(r"==[\w.!]+", str(requirement.specifier)), f"{name} is not pinned with =="


def test_torch_is_pinned_without_a_build():
    """``2.13.0`` takes the CPU build where an index offers it and the CUDA build elsewhere."""
    assert str(required("requirements.txt")["torch"].specifier) == "==2.13.0"
    assert not [n for n in required("requirements.txt") if n.startswith(("nvidia-", "triton", "cuda-"))]


@pytest.mark.parametrize("pair", [("requirements.in", "requirements.txt"),
                                  ("requirements-test.in", "requirements-test.txt")])  # fmt: skip
def test_the_lock_holds_what_was_asked_for(pair):
    asked, lock = required(pair[0]), {**required("requirements.txt"), **required(pair[1])}
    for name, requirement in asked.items():
        pin = next(iter(lock[name].specifier)).version
        assert requirement.specifier.contains(pin), f"{name} is locked at {pin}: run `make lock`"


def test_gradio_is_the_version_that_the_space_runs():
    front_matter = (ROOT / "README.md").read_text().split("---")[1]
    version = re.search(r"^sdk_version: ([\w.]+)$", front_matter, re.M).group(1)
    assert str(required("requirements.txt")["gradio"].specifier) == f"=={version}"


def missing(files: list[Path], allowed: set[str]) -> set[str]:
    """Imports whose distribution is not among ``allowed``."""
    owners = packages_distributions()
    tops = {name.split(".")[0] for path in files for name in imports(path)} - {""} - OURS
    outside = {top for top in tops if top not in sys.stdlib_module_names}
    return {t for t in outside if not {canonicalize_name(o) for o in owners.get(t, [])} & allowed}


def test_every_import_of_the_app_is_a_direct_requirement():
    files = [*sources("app"), *sources("pipelines"), ROOT / "app.py"]
    assert not missing(files, direct("requirements.in") | OPTIONAL)


def test_every_import_of_tests_and_tools_is_a_requirement():
    files = [*sources("tests"), *sources("benchmarks")]
    assert not missing(files, set(required("requirements.txt")) | set(required("requirements-test.txt")))


def test_each_direct_requirement_is_explained():
    text = (ROOT / "docs" / "dependencies.md").read_text().lower()
    for name in direct("requirements.in") | direct("requirements-test.in"):
        assert f"`{name}`" in text, f"docs/dependencies.md does not say why {name} is here"
