"""A small tree that a Space would take, for faults to be planted in."""

from pathlib import Path

README = """---
title: Small
emoji: 🔬
colorFrom: blue
colorTo: yellow
sdk: gradio
sdk_version: 6.31.0
python_version: "3.11"
app_file: app.py
suggested_hardware: cpu-basic
startup_duration_timeout: 15m
short_description: A page
hf_oauth: true
hf_oauth_expiration_minutes: 480
---

# Small

![A picture](docs/images/shown.png)
"""
LOCK = """# Made by `make lock`; do not edit.
gradio==6.31.0  # requirements.in
numpy==2.4.6  # gradio, requirements.in
setuptools==84.2.1  # torch
sympy==1.14.0  # torch
torch==2.13.0  # requirements.in
"""
APP = """import gradio as gr
import numpy as np

with gr.Blocks() as page:
    gr.Markdown("A page")
page.launch()
"""


def write_tree(root: Path) -> Path:
    """The tree in ``root``, made where it is not there."""
    put(root, "README.md", README)
    put(root, "requirements.txt", LOCK)
    put(root, "app.py", APP)
    put(root, "app/data/kept.py", "from app import data\n")
    put(root, "docs/images/shown.png", "a picture")
    return root


def put(root: Path, name: str, content: str | bytes) -> None:
    """One file, its folders made."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def change(root: Path, name: str, old: str, new: str) -> None:
    """Put ``new`` in the place of ``old``, which must be there."""
    text = (root / name).read_text("utf-8")
    assert old in text, f"{name} has no {old!r}"
    (root / name).write_text(text.replace(old, new), "utf-8")
