"""Each check is silent on a tree that a Space takes, and tells the one fault that is planted in it."""

from pathlib import Path

import pytest

from pipelines.space.checks import CHECKS, faults
from pipelines.space.targets import TARGETS
from pipelines.space.tree import Tree
from tests.support.space_trees import change, put, write_tree

TOKEN = "hf_" + "aB3" * 12


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "tree")


def told(root: Path, target: str = "cpu") -> list[tuple[str, str]]:
    return [(one.check, one.message) for one in faults(Tree(root, TARGETS[target]))]


def test_a_good_tree_has_no_faults(root):
    assert told(root) == []


CHANGED = [  # check, file, what is there, what stands there instead, words of the message
    ("gradio", "requirements.txt", "gradio==6.31.0", "gradio", "'gradio'"),
    ("gradio", "requirements.txt", "gradio==6.31.0", "gradio>=6.31.0", "gradio>=6.31.0"),
    ("gradio", "requirements.txt", "gradio==6.31.0", "gradio==6.30.0", "gradio==6.30.0"),
    ("gradio", "README.md", "sdk_version: 6.31.0", "sdk_version: 6.32.0", "gradio==6.32.0"),
    ("pins", "requirements.txt", "numpy==2.4.6", "numpy", "numpy"),
    ("pins", "requirements.txt", "numpy==2.4.6", "numpy>=2,<3", "numpy"),
    ("imports", "requirements.txt", "numpy==2.4.6", "", "app.py imports numpy"),
    ("imports", "app.py", "import numpy as np", "from torchvision.io import x", "torchvision"),
    ("python", "README.md", '"3.11"', '"3.9"', "3.11 or 3.12"),
    ("front matter", "README.md", "title: Small\n", "", "lacks the field title"),
    ("front matter", "README.md", "emoji: 🔬", "emoji: microscope", "one emoji"),
    ("front matter", "README.md", "colorFrom: blue", "colorFrom: teal", "one of red"),
    ("front matter", "README.md", "sdk: gradio", "sdk: docker", "sdk accepts gradio"),
    ("front matter", "README.md", "app_file: app.py", "app_file: main.py", "a file of the tree"),
    ("front matter", "README.md", "A page", "A" * 61, "at most 60 characters"),
    ("front matter", "README.md", "cpu-basic", "l4x1", "cpu-basic, cpu-upgrade"),
    ("front matter", "README.md", "15m", "soon", "30m or 1h"),
    ("front matter", "README.md", "hf_oauth: true\n", "", "so that visitors can sign in"),
    ("front matter", "README.md", "hf_oauth: true", "hf_oauth: 'yes'", "so that visitors can sign in"),
    ("front matter", "README.md", "minutes: 480", "minutes: 50000", "43200"),
    ("links", "README.md", "shown.png", "lost.png", "docs/images/lost.png"),
    ("syntax", "app.py", "import gradio", "import gradio as", "app.py is not valid Python"),
    ("address", "app.py", "launch()", "launch(server_name='127.0.0.1')", "app.py, line 6"),
    ("address", "app.py", "launch()", "launch(**{'server_name': 'localhost'})", "app.py, line 6"),
    ("address", "README.md", "# Small", "GRADIO_SERVER_NAME=127.0.0.1 python app.py", "README.md, line 17"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "file", "old", "new", "words"), CHANGED)
def test_a_changed_line_is_told(root, check, file, old, new, words):
    change(root, file, old, new)
    found = told(root)
    assert {name for name, _ in found} == {check}, found
    assert len(found) == 1 and words in found[0][1]


ENVIRONMENTS = (
    "import os\nos.environ['GRADIO_SERVER_NAME'] = '127.0.0.1'\n",
    "import os\nos.environ.setdefault('GRADIO_SERVER_NAME', '::1')\n",
    "import os\nos.environ.update(GRADIO_SERVER_NAME='localhost')\n",
    "import os\nos.environ.update({'GRADIO_SERVER_NAME': '127.0.1.1'})\n",
    "\nserver_name: str = 'localhost'\n",
)


@pytest.mark.parametrize("text", ENVIRONMENTS)
def test_an_environment_that_sets_loopback_is_told(root, text):
    put(root, "app/launch.py", text)
    assert [(check, "app/launch.py, line 2" in message) for check, message in told(root)] == [
        ("address", True)
    ]


@pytest.mark.parametrize("value", ["'0.0.0.0'", "None", "options.host", "'10.1.2.3'"])
def test_any_other_address_is_not_told(root, value):
    change(root, "app.py", "launch()", f"launch(server_name={value})")
    assert told(root) == []


ADDED = [  # check, file, its bytes, words of the message
    ("sizes", "assets/model.safetensors", bytes(20_000_000), "20.0 MB; at most 10 MB"),
    ("data", "app/glassworks.db", b"", "data, a key or a setting"),
    ("data", "app/glassworks.db-wal", b"", "data, a key or a setting"),
    ("data", ".env", b"A=1", "data, a key or a setting"),
    ("data", "assets/id_rsa", b"", "data, a key or a setting"),
    ("data", "assets/server.pem", b"", "data, a key or a setting"),
    ("data", "assets/model.bin", b"", "data, a key or a setting"),
    ("data", "assets/weights.pkl", b"", "data, a key or a setting"),
    ("data", "runs/0190/spec.json", b"{}", "lies in runs/"),
    ("data", "chroma/index", b"", "lies in chroma/"),
    ("data", "data/uploads/a.txt", b"", "no part of the app"),
    ("data", "tests/test_it.py", b"", "lies in tests/"),
    ("data", "app/__pycache__/it.txt", b"", "lies in __pycache__/"),
    ("data", "assets/bücher.txt", b"", "Name it in ASCII"),
    ("tokens", "assets/notes.md", f"one\ntwo {TOKEN}\n".encode(), "line 2, holds a Hugging Face token"),
    ("tokens", "assets/a.json", b'{"key": "sk-proj-' + b"aB3-" * 10 + b'"}', "an OpenAI or Anthropic key"),
    ("tokens", "app/a.py", b'x = "ghp_' + b"aB3" * 12 + b'"\n', "a GitHub token"),
    ("tokens", "app/a.py", b'x = "github_pat_' + b"aB3_" * 12 + b'"\n', "a GitHub token"),
    ("tokens", "assets/a.txt", b"AKIA" + b"ABCD2345" * 2, "an AWS key"),
    ("tokens", "assets/a.txt", b"AIza" + b"aB3_-" * 7, "a Google key"),
    ("tokens", "assets/a.txt", b"xoxb-" + b"123456789-" * 3, "a Slack token"),
    ("tokens", "assets/a.txt", b"-----BEGIN RSA " + b"PRIVATE KEY-----\n", "a private key"),
    ("tokens", "assets/a.txt", b"postgresql://anna:" + b"tr0ub4dor@host/db", "a password in an address"),
    ("tokens", "assets/w.safetensors", bytes(1000) + TOKEN.encode() + bytes(9), "a Hugging Face token"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "file", "content", "words"), ADDED, ids=lambda value: str(value)[:30])
def test_an_added_file_is_told(root, check, file, content, words):
    put(root, file, content)
    found = told(root)
    assert {name for name, _ in found} == {check}, found
    assert len(found) == 1 and words in found[0][1] and file in found[0][1]


def test_a_token_is_told_without_being_shown(root):
    put(root, "assets/notes.md", TOKEN)
    assert not any(TOKEN[3:] in message for _, message in told(root))


def test_what_only_looks_like_a_token_is_not_told(root):
    words = (
        "hf_hub_download",
        "gw-risk-" + "a" * 40,
        "sk-learn",
        "postgresql://user:password@host/name",
        "hf_…",
    )
    put(root, "assets/notes.md", "\n".join(words))
    assert told(root) == []


def test_a_link_is_told(root):
    (root / "assets").mkdir()
    (root / "assets" / "outside.txt").symlink_to("/etc/hostname")
    assert [(check, "is a link" in message) for check, message in told(root)] == [("data", True)]


def test_a_readme_without_fields_is_told_once(root):
    put(root, "README.md", "# Small\n")
    assert [message for check, message in told(root) if check == "front matter"] == [
        "README.md must begin with the Space's fields in YAML between two lines of ---."
    ]


def test_zero_needs_its_torch_and_its_package(root):
    change(root, "README.md", "cpu-basic", "zero-a10g")
    change(root, "README.md", '"3.11"', '"3.12"')
    found = told(root, "zero")
    assert [check for check, _ in found] == ["torch", "torch"]
    assert "2.11.0" in found[0][1] and "2.13.0" in found[0][1] and "spaces==" in found[1][1]


def test_every_check_has_a_planted_fault():
    planted = {check for check, *_ in (*CHANGED, *ADDED)}
    assert planted | {"torch"} == set(CHECKS)  # torch: the test before this one
