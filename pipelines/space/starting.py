"""Whether a tree starts where it will run: a Space's environment, no network, no leave to write."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import REPOSITORY
from pipelines.space.inside import Seen
from pipelines.space.sealed import sealed
from pipelines.space.tree import Tree

SECONDS = 180.0  # a machine that does other things too takes its time; the Hub waits longer
_SPACE = {
    "SYSTEM": "spaces",
    "SPACE_ID": "someone/glassworks",
    "SPACE_AUTHOR_NAME": "someone",
    "SPACE_REPO_NAME": "glassworks",
    "SPACE_TITLE": "Glassworks",
    "SPACE_HOST": "someone-glassworks.hf.space",
    "OAUTH_CLIENT_ID": "client",
    "OAUTH_CLIENT_SECRET": "not-a-secret",
    "OAUTH_SCOPES": "openid profile",
    "OPENID_PROVIDER_URL": "https://huggingface.co",
    "GRADIO_SERVER_NAME": "0.0.0.0",
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",  # what is uploaded is the tree as it was checked
}
_KEPT = ("PATH", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "OMP_WAIT_POLICY")


def starts(tree: Tree, seconds: float = SECONDS) -> Iterator[str]:
    """The faults of its start, none where its page was answered. Started with the packages that are installed
    here, whatever its requirements say."""
    with tempfile.TemporaryDirectory(prefix="space-") as scratch:
        seen = _seen(tree.root.resolve(), Path(scratch), seconds)
    yield from _faults(tree, seen, seconds)


def _seen(root: Path, scratch: Path, seconds: float) -> Seen:
    """What was seen within the seal; raises GlassworksError where nobody could look."""
    home = scratch / "home"
    home.mkdir()
    inside = [sys.executable, "-m", "pipelines.space.inside", str(root), str(home), str(seconds)]
    own = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with sealed(inside, root, {**own, **_SPACE, "HOME": str(scratch)}) as ready:
        done = subprocess.run(
            ready.command,
            cwd=REPOSITORY,
            env=ready.environment,
            capture_output=True,
            text=True,
            timeout=seconds + 60,
        )
    if done.returncode:
        raise GlassworksError(f"The start could not be watched {ready.how}:\n{done.stderr[-2000:]}")
    return Seen(**json.loads(done.stdout.splitlines()[-1]))


def _faults(tree: Tree, seen: Seen, seconds: float) -> Iterator[str]:
    if not seen.shut:
        yield "a connection left the sealed room, so that it is not known whether it starts with no network."
    if seen.code is not None:
        yield f"app.py ended with {seen.code}. The end of its log:\n{seen.log}"
    elif not seen.page:
        yield (
            f"no page was answered within {seconds:.0f} s at the address that the Hub asks (every address of "
            f"the machine, not loopback alone). The end of its log:\n{seen.log}"
        )
    elif str(tree.front.get("title", "")) not in seen.page:
        yield f"the page that was answered does not hold its title: {seen.page[:200]!r}."
    elif not seen.ready:
        yield f"it never said at /readyz that it is ready. The end of its log:\n{seen.log}"
