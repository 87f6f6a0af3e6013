"""Precision and compilation: what the visitor asks for, then what the machine can do."""

import shutil

import pytest
import torch

from pipelines.training.machine import autocast_dtype, compiler_works, why_not_compiled

CPU = torch.device("cpu")


def test_precision():
    assert autocast_dtype("fp32", CPU) is None
    assert autocast_dtype("bf16", CPU) is torch.bfloat16
    assert autocast_dtype("auto", CPU) in (None, torch.bfloat16)


def test_a_short_run_is_not_compiled():
    assert "too short" in why_not_compiled(CPU, 10)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("g++"), reason="needs a compiler to find it working")
def test_a_compiler_is_found():
    assert compiler_works(CPU)


@pytest.mark.slow
def test_without_a_compiler_it_is_said(monkeypatch):
    from torch._inductor import config

    monkeypatch.setattr(config.cpp, "cxx", ("no-such-compiler",))
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert not compiler_works(CPU)
    assert "No working C++ compiler" in why_not_compiled(CPU, 10_000)
