"""Which code made something: written beside every artefact."""

import subprocess
from pathlib import Path

from pipelines.core.settings import REPOSITORY

COMMIT_FILE = "commit.txt"  # what a tree that is uploaded without its history has instead


def code_version(root: Path = REPOSITORY) -> str:
    """The commit of the code in ``root``: as its file says, else as git does; nothing where neither is."""
    try:
        return (root / COMMIT_FILE).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return _of_git(root)


def _of_git(root: Path) -> str:
    command = ["git", "-C", str(root), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
