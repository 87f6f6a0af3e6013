"""Which code made something: written beside every artefact."""

import subprocess

from pipelines.core.settings import REPOSITORY


def code_version() -> str:
    """The commit of this repository, or nothing where it is not a git checkout."""
    command = ["git", "-C", str(REPOSITORY), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
