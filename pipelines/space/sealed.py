"""Run a program with no network, on a tree that it cannot write: in namespaces of its own where the kernel
gives them (Linux), else with a hook in every Python that refuses connections.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# A new network has nothing but a loopback of its own. The tree ("$1") is laid over itself, for reading only.
_UNSHARE = ("unshare", "--user", "--map-root-user", "--net", "--mount", "sh", "-ec")
_ENTER = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; shift; exec "$@"'
_GUARD = Path(__file__).with_name("guard")
_NOWHERE = "http://127.0.0.1:9"  # nobody listens there: a proxy that leads nowhere
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@dataclass(frozen=True)
class Sealed:
    """What to run, in which environment; ``how`` it is sealed, in words."""

    command: list[str]
    environment: dict[str, str]
    how: str


@cache
def namespaces() -> bool:
    """Whether the kernel gives a network and a view of the disk of one's own."""
    if not shutil.which("unshare"):
        return False
    with tempfile.TemporaryDirectory() as folder:
        try:
            tried = subprocess.run([*_UNSHARE, _ENTER, "sh", folder, "true"], capture_output=True, timeout=60)
        except (OSError, subprocess.SubprocessError):
            return False
    return tried.returncode == 0


@contextmanager
def sealed(command: Sequence[str], tree: Path, environment: Mapping[str, str]) -> Iterator[Sealed]:
    """``command`` as it runs sealed, until the end of the block."""
    if namespaces():
        whole = [*_UNSHARE, _ENTER, "sh", str(tree), *command]
        yield Sealed(whole, dict(environment), "in a network of its own, its tree mounted for reading only")
        return
    proxies = {**dict.fromkeys(_PROXIES, _NOWHERE), "no_proxy": "127.0.0.0/8,localhost"}
    guarded = {**environment, **proxies, "PYTHONPATH": str(_GUARD)}
    with _unwritable(tree):
        yield Sealed(list(command), guarded, "its connections refused, its folders without leave to write")


@contextmanager
def _unwritable(tree: Path) -> Iterator[None]:
    """Folders that nobody but root may write into."""
    folders = [tree, *(path for path in tree.rglob("*") if path.is_dir())]
    modes = {folder: folder.stat().st_mode for folder in folders}
    try:
        for folder in folders:
            folder.chmod(0o555)
        yield
    finally:
        for folder, mode in modes.items():
            folder.chmod(mode)
