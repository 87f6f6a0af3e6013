"""Precision and compilation: what the visitor asks for, then what the machine can do."""

import os
import shutil
import subprocess
import sys

import pytest
import torch

from pipelines.core.settings import REPOSITORY
from pipelines.training.loss import next_token_loss
from pipelines.training.machine import (
    attention_for,
    autocast_dtype,
    compiler_works,
    head_size_of,
    why_not_compiled,
)
from pipelines.training.model import build_model
from pipelines.training.specs import PretrainSpec

CPU = torch.device("cpu")


def test_precision():
    assert autocast_dtype("fp32", CPU) is None
    assert autocast_dtype("bf16", CPU) is torch.bfloat16
    assert autocast_dtype("auto", CPU) in (None, torch.bfloat16)


@pytest.mark.parametrize(
    ("device", "compiled", "context", "head_size", "attention"),
    [
        ("cpu", True, 512, 64, "eager"),
        ("cpu", True, 1024, 64, None),
        ("cpu", True, 512, 32, None),
        ("cpu", False, 64, 64, None),
        ("cuda", True, 64, 64, None),
    ],
)
def test_attention_by_plain_products_where_they_are_faster(device, compiled, context, head_size, attention):
    assert attention_for(torch.device(device), compiled, context, head_size) == attention


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "bert", "t5"])
def test_a_head_s_size_is_known_of_every_architecture(architecture):
    spec = PretrainSpec(architecture=architecture, hidden_size=96, num_heads=2, num_kv_heads=2)
    assert head_size_of(build_model(spec, 300, 0, 1).config) == 48


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_both_ways_to_attend_are_one_model(architecture):
    spec = PretrainSpec(architecture=architecture, context_length=64)
    model, ids = build_model(spec, 300, 0, 1), torch.randint(2, 300, (3, 64))
    fused = next_token_loss(model, ids, ids.roll(-1, 1))
    model.set_attn_implementation("eager")
    torch.testing.assert_close(next_token_loss(model, ids, ids.roll(-1, 1)), fused)


def test_a_short_run_is_not_compiled():
    assert "too short" in why_not_compiled(CPU, 10)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("g++"), reason="needs a compiler to find it working")
def test_a_compiler_is_found():
    assert compiler_works(CPU)


@pytest.mark.slow
def test_without_a_compiler_it_is_said():
    """In a process of its own: torch remembers what it has found out about the compiler."""
    code = """
from torch._inductor import config

config.cpp.cxx = ("no-such-compiler",)

import torch

from pipelines.training.machine import compiler_works, why_not_compiled

assert not compiler_works(torch.device("cpu"))
print(why_not_compiled(torch.device("cpu"), 10_000))
"""
    environment = {**os.environ, "CXX": "no-such-compiler"}
    command = [sys.executable, "-c", code]
    told = subprocess.run(
        command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert "No working C++ compiler" in told.stdout
