"""Calls on a borrowed GPU through the real ``spaces`` package: forked, pickled, counted."""

import json
import os
import subprocess
import sys

import pytest

from pipelines.core.settings import REPOSITORY

CALLS = [sys.executable, "-m", "tests.support.zero_calls"]


@pytest.fixture(scope="module")
def told(save_tiny, tmp_path_factory) -> dict:
    """What the calls in ``tests/support/zero_calls.py`` came to."""
    folder = save_tiny(tmp_path_factory.mktemp("models") / "long", max_position_embeddings=2048)
    home = {"GLASSWORKS_HOME": str(tmp_path_factory.mktemp("home")), "GLASSWORKS_ZERO_CPU_MILLIONS": "0"}
    environment = {**os.environ, **home, "OMP_NUM_THREADS": "1", "GLASSWORKS_THREADS": "1"}
    done = subprocess.run(
        [*CALLS, str(folder)], cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_a_call_is_answered_by_a_copy_that_is_kept(told):
    twice = told["twice"]
    assert twice["first"][:2] == ["Loading", "Started"]
    assert twice["again"] == twice["first"][1:], "the copy still holds the model"
    assert twice["copies"] == 1 and not twice["ours"]
    assert twice["none_here"], "no model and no engine in the page's process"


def test_a_fault_crosses_with_its_words(told):
    assert told["refused_there"].startswith("GlassworksError: ")
    assert "ZeroGPU" not in told["refused_there"]


def test_a_closed_stream_gives_the_gpu_back(told):
    closed = told["closed"]
    assert closed["begun"] == ["Started", "Token", "Token"]
    assert closed["released"] >= 1
    assert closed["after"] == told["twice"]["again"]


def test_a_gpu_that_is_taken_back_ends_this_answer_alone(told):
    killed = told["killed"]
    assert killed["fault"].startswith("WorkerDiedError: The GPU was lent for ")
    assert killed["copies"] == 2 and killed["after"] == told["twice"]["first"]


def test_a_step_is_shown_by_another_copy(told):
    assert told["steps"]["again"] == [told["steps"]["first"]]
    assert told["steps"]["lost"].startswith("NotFoundError: ")


def test_what_zero_gpu_refuses_is_said(told):
    assert told["no_quota"].startswith("GlassworksError: ZeroGPU quota exceeded: ")
    assert told["no_quota"].endswith("Models that come with Glassworks need no GPU.")


def test_all_other_processes_stay_on_the_cpu(told):
    assert told["settings"] == "cpu"
