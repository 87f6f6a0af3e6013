"""Files that a client has uploaded, as parameters of endpoints."""

from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from pipelines.core.errors import SpecError


def uploaded(file: Any) -> Path:
    """A client may name any path of this machine: only what it has uploaded itself is taken."""
    named = file.get("path") if isinstance(file, dict) else None
    path = Path(named).resolve() if isinstance(named, str) and "\0" not in named else None
    if path is None or not path.is_relative_to(Path(get_upload_folder()).resolve()) or not path.is_file():
        raise SpecError("file", named, "an uploaded file, as gradio_client's handle_file(path) gives it")
    return path
