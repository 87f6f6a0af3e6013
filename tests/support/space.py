"""A simulated Space: the app as the Hub would run it, behind TLS, from a tree that it may not write to.

with simulated_space(folder, login) as space:
    space.public  # https://127.0.0.1:…/, as a visitor's browser has it
"""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.app_process import ROOT, AppProcess, free_port
from tests.support.fake_login import FakeLogin
from tests.support.tls_proxy import tls_in_front_of

AUTHOR = "ada"
_PARTS = ("app.py", "app", "pipelines", "assets", "requirements.txt", "README.md")
_CORES = 2  # of CPU Basic
_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


class SimulatedSpace(AppProcess):
    """``environment`` adds to the variables that the Hub sets. Its disk is ``home``, which does not outlive a
    restart on the Hub: :meth:`wipe` it while the app is down."""

    command = ("app.py",)  # what the tree of a Space holds, whatever the other apps of the tests run as

    def __init__(self, folder: Path, home: Path, public_port: int, **environment: str):
        self.public = f"https://127.0.0.1:{public_port}/"
        hub = {
            "SYSTEM": "spaces",
            "SPACE_ID": f"{AUTHOR}/glassworks",
            "SPACE_AUTHOR_NAME": AUTHOR,
            "SPACE_HOST": f"127.0.0.1:{public_port}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        super().__init__(home, **{**hub, **environment})
        self.root = folder / "tree"
        _copied(self.root)
        self._files = _state(self.root)

    def start(self, wait: bool = True) -> "SimulatedSpace":
        super().start(wait=False)
        cores = sorted(os.sched_getaffinity(0))[:_CORES]
        os.sched_setaffinity(self.process.pid, cores)
        if wait:
            self.wait_until_it_answers()
        return self

    def wipe(self) -> None:
        """What a restart does to a Space's disk."""
        shutil.rmtree(self.home)
        self.home.mkdir()

    def written_in_the_tree(self) -> list[str]:
        """Files of the tree that are new, gone or changed. Asked too because root may write anywhere."""
        return sorted(str(path) for path, _ in _state(self.root) ^ self._files)


@contextmanager
def simulated_space(
    folder: Path, login: FakeLogin | None = None, **environment: str
) -> Iterator[SimulatedSpace]:
    """A running Space; ``login`` is who lets visitors sign in, without one all are guests."""
    home, oauth = folder / "home", login.environment if login else {}
    home.mkdir()
    with ExitStack() as stack:
        inside = free_port()
        public = stack.enter_context(tls_in_front_of(inside, folder))
        space = SimulatedSpace(folder, home, public, GRADIO_SERVER_PORT=str(inside), **oauth, **environment)
        space.port = inside
        yield stack.enter_context(space)


def _copied(tree: Path) -> None:
    tree.mkdir()
    for name in _PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree / name)
    for path in (tree, *tree.rglob("*")):
        path.chmod(path.stat().st_mode & ~_WRITE)


def _state(tree: Path) -> set[tuple[Path, tuple[int, int]]]:
    """Size and time of every file but those that Python compiles for itself where it can."""
    files = (path for path in tree.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {(path.relative_to(tree), (path.stat().st_size, path.stat().st_mtime_ns)) for path in files}
