"""Imports go one way: app.py → app → pipelines/<topic> → {common,models,runtime,jobs} → pipelines/core.

Checked over the syntax trees, so an import inside a function counts as much as one at the top.
"""

import ast
import sys
from pathlib import Path

import pytest

from tests.support.imports import ROOT, imports, module_of, sources

INFRASTRUCTURE = ("common", "models", "runtime", "jobs", "keeping")
TOPICS = sorted(
    p.name
    for p in (ROOT / "pipelines").iterdir()
    if p.is_dir() and p.name not in ("core", *INFRASTRUCTURE, "__pycache__")
)
USE_GENERATION = {"prompting", "preferences", "rag", "evaluation"}

HEAVY = {
    "torch",
    "transformers",
    "tokenizers",
    "accelerate",
    "safetensors",
    "trl",
    "peft",
    "chromadb",
    "datasets",
}
LIGHT_TOPIC_FILES = {
    "specs", "requests", "dial", "stages", "schedules", "special_lines", "interventions", "tasks", "examples",
    "distribution", "spec", "template", "extraction", "strategies", "tools", "document", "differences",
    "rewards",
}  # fmt: skip


def found(folder: str, wrong) -> list[str]:
    """``file: import`` for every import under ``folder`` that ``wrong(path, name)`` objects to."""
    return [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources(folder)
        for name in imports(path)
        if wrong(path, name)
    ]


def layer(name: str) -> str | None:
    """``core``, an infrastructure package or a topic; ``worker`` for the entry; None outside pipelines."""
    parts = name.split(".")
    return parts[1] if parts[0] == "pipelines" and len(parts) > 1 else None


def test_the_rules_look_at_something():
    assert len(sources("app")) > 3 and len(sources("pipelines")) > 10
    assert "training" in TOPICS and "generation" in TOPICS


def test_app_imports_nothing_that_computes():
    assert not found("app", lambda _, name: name.split(".")[0] in HEAVY)


def test_figures_know_no_gradio():
    assert not found("app/figures", lambda _, name: name.split(".")[0] == "gradio")


def test_pipelines_know_no_page():
    assert not found(
        "pipelines", lambda _, name: name.split(".")[0] in {"gradio", "plotly", "app", "fastapi"}
    )


def test_core_stands_alone():
    assert not found("pipelines/core", lambda _, name: layer(name) not in (None, "core"))


@pytest.mark.parametrize("package", INFRASTRUCTURE)
def test_infrastructure_reaches_no_topic(package):
    assert not found(f"pipelines/{package}", lambda _, name: layer(name) in {*TOPICS, "worker"})


@pytest.mark.parametrize("topic", TOPICS)
def test_topics_do_not_import_each_other(topic):
    mine = {topic, "generation"} if topic in USE_GENERATION else {topic}
    assert not found(f"pipelines/{topic}", lambda _, name: layer(name) in set(TOPICS) - mine)


def test_specs_need_the_standard_library_and_core_only():
    """The form is built from a spec's module, and a worker reads it: it must cost nothing to import."""

    def wrong(path: Path, name: str) -> bool:
        top = name.split(".")[0]
        topic = ".".join(module_of(path).split(".")[:2])
        light = name.startswith(f"{topic}.") and not LIGHT_TOPIC_FILES.isdisjoint(name.split("."))
        inner = name == "pipelines" or light or name.startswith("pipelines.core")
        return path.stem in LIGHT_TOPIC_FILES and not (top in sys.stdlib_module_names or inner)

    assert not found("pipelines", wrong)


def test_composition_root_is_all_that_imports_every_layer():
    """Nothing imports ``app.py`` itself, and the tests' support is for tests, benchmarks and the Makefile."""
    for folder in ("app", "pipelines"):
        assert not found(folder, lambda _, name: name.split(".")[0] in {"tests", "benchmarks"})


def test_no_pickle_and_no_remote_code():
    for path in (*sources("app"), *sources("pipelines"), ROOT / "app.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {name.split(".")[0] for name in imports(path)}
        assert not names & {"pickle", "dill", "cloudpickle", "joblib"}, path
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "trust_remote_code":
                assert isinstance(node.value, ast.Constant) and node.value.value is False, path
