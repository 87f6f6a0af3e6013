"""What lies in the tree: nothing too large, nothing that an app wrote, nothing that cannot be read."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch

from pipelines.space.tree import Tree

MOST_BYTES = 10_000_000  # the Hub wants larger files in its large file storage, and people on slow lines none
_FOLDERS = {"data", "runs", "chroma", "uploads", "cache", "tests", ".git", ".gradio", "__pycache__", ".venv"}
_FILES = (
    *("*.db", "*.db-wal", "*.db-shm", "*.sqlite", "*.sqlite3", "*.log", "*.lock", "*.pyc"),
    *(".env", ".env.*", "*.env", ".netrc", ".pypirc", "id_rsa*", "id_ed25519*", "*.pem", "*.key"),
    *("*.pkl", "*.pickle", "*.pt", "*.pth", "*.bin", "*.ckpt", "app.lock", "credentials*.json"),
)
_NAME = re.compile(r"[\x20-\x7e]+")


def sizes(tree: Tree) -> Iterator[str]:
    """Files of more than 10 MB."""
    for name in tree.files:
        path = tree.root / name
        size = 0 if path.is_symlink() else path.stat().st_size
        if size > MOST_BYTES:
            yield f"{name} has {size / 1e6:.1f} MB; at most {MOST_BYTES / 1e6:.0f} MB are accepted."


def data(tree: Tree) -> Iterator[str]:
    """Databases, runs, uploads, environments, keys, weights in pickles; links; odd names."""
    for name in tree.files:
        *folders, file = name.split("/")
        # In ``app`` and ``pipelines`` a folder's name is a package's.
        inside = folders[:1] if folders[:1] in (["app"], ["pipelines"]) else folders
        hidden = {"__pycache__", ".git"} & set(folders)
        if wrong := (_FOLDERS & set(inside)) | hidden:
            yield f"{name} lies in {sorted(wrong)[0]}/, which is no part of the app. Take it out."
        elif any(fnmatch(file.lower(), pattern) for pattern in _FILES):
            yield f"{name} looks like data, a key or a setting of one machine. Take it out."
        elif (tree.root / name).is_symlink():
            yield f"{name} is a link; only files are uploaded."
        elif not _NAME.fullmatch(name):
            yield f"{name!r} has letters that not every disk takes. Name it in ASCII."


def syntax(tree: Tree) -> Iterator[str]:
    """Python files that are no Python."""
    for name in tree.files:
        if name.endswith(".py") and name not in tree.modules:
            yield f"{name} is not valid Python."
