"""The page's process stays light: the whole UI is built without torch, transformers or plotly."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "transformers", "tokenizers", "accelerate", "plotly")
ENDPOINTS = (
    *("/models", "/generate", "/fill_mask", "/submit_job", "/job", "/jobs", "/control_job"),
    *("/compare_runs", "/lineage", "/curate_corpus", "/corpus_report", "/packing_preview"),
)

BUILD = """
import json, sys
from pathlib import Path
from app.services import make_services
from app.shell import build
from pipelines.core.settings import Settings
settings = Settings(home=Path(sys.argv[1]))
settings.make_folders()
page = build(make_services(settings))
print(json.dumps({"modules": sorted(sys.modules), "api": sorted(page.get_api_info()["named_endpoints"])}))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> dict:
    """What is loaded, and which endpoints are named, after the whole page has been built."""
    home = tmp_path_factory.mktemp("light")
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(home)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("heavy", HEAVY)
def test_building_the_page_does_not_import(built, heavy):
    assert "gradio" in built["modules"], "the page was not built at all"
    assert heavy not in built["modules"]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_endpoint_has_its_name(built, endpoint):
    assert endpoint in built["api"]


HELP = """
import runpy, sys
sys.argv = ["app.py", "--help"]
try:
    runpy.run_path("app.py", run_name="__main__")
except SystemExit as end:
    print(end.code, "gradio" in sys.modules)
"""


def test_help_answers_without_gradio():
    done = subprocess.run([sys.executable, "-c", HELP], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "0 False", done.stderr
