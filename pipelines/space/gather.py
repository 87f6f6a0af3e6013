"""Which files of the repository a Space gets, and the folder made of them."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from pipelines.core.errors import GlassworksError
from pipelines.core.files import replacing
from pipelines.core.version import COMMIT_FILE, code_version
from pipelines.space import front_matter, locks
from pipelines.space.targets import Target

README, LOCK = "README.md", "requirements.txt"
# The guides are documents of the RAG chat as well; the benchmarks' page is what they and the README link to.
PARTS = ("app.py", "app", "assets", "pipelines", "docs", "benchmarks/README.md", README, LOCK)
_PICTURES = "docs/images/"
_TOOLS = "pipelines/space/"


def assemble(root: Path, place: Path, target: Target, index: str = "") -> Path:
    """Make ``place`` the tree that ``target`` gets, and nothing else; a folder that was there is replaced.

    ``index``: one more package index for its ``requirements.txt``. Raises GlassworksError.
    """
    names = list(gathered(root))
    if missing := {README, LOCK, "app.py"} - set(names):
        raise GlassworksError(f"{root} lacks {', '.join(sorted(missing))}: it is no Glassworks repository.")
    with replacing(place) as folder:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, folder / name)
        _write(folder / README, front_matter.written((root / README).read_text("utf-8"), target))
        _write(folder / LOCK, locks.written((root / LOCK).read_text("utf-8"), target, index))
        if commit := code_version(root):
            _write(folder / COMMIT_FILE, commit + "\n")
    return place


def gathered(root: Path) -> Iterator[str]:
    """The files by their place in the repository: what git does not ignore, without tests, tools and pictures
    that the README does not show."""
    readme = (root / README).read_text("utf-8") if (root / README).is_file() else ""
    for name in sorted(_by_git(root) or _by_walking(root)):
        tool = name.startswith(_TOOLS) or "__pycache__" in name
        unseen = name.startswith(_PICTURES) and name not in readme
        if not tool and not unseen and (root / name).is_file():
            yield name


def _by_git(root: Path) -> set[str]:
    """Nothing where ``root`` is no repository of git's own. A new file counts before its first commit."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
    if not (root / ".git").exists():
        return set()
    try:
        done = subprocess.run([*command, *PARTS], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return set()
    return {name for name in done.stdout.split("\0") if name}


def _by_walking(root: Path) -> set[str]:
    found = [path for part in PARTS for path in [root / part, *(root / part).rglob("*")]]
    return {path.relative_to(root).as_posix() for path in found if path.is_file()}


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
