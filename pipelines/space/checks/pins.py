"""``requirements.txt``: what gets installed is exactly what was tested, and what the front matter says."""

from collections.abc import Iterator

from pipelines.space.gather import LOCK
from pipelines.space.tree import Tree


def gradio(tree: Tree) -> Iterator[str]:
    """The Hub installs ``sdk_version`` first and the requirements after it: two versions would fight."""
    wanted, line = str(tree.front.get("sdk_version", "")), tree.requirements.get("gradio")
    if line is None:
        yield f"{LOCK} does not name gradio: it needs gradio=={wanted}, the front matter's sdk_version."
    elif line.version != wanted:
        yield f"{LOCK} has {line.text!r} where the front matter's sdk_version needs gradio=={wanted}."


def exact(tree: Tree) -> Iterator[str]:
    """Every other line has one version."""
    if not tree.requirements:
        yield f"{LOCK} names no packages."
    for line in tree.requirements.values():
        if not line.version and line.name != "gradio":  # of gradio its own check tells more
            yield f"{LOCK} does not pin {line.name} with ==: {line.text!r}. Run `make lock`."


def torch(tree: Tree) -> Iterator[str]:
    """ZeroGPU runs some versions of PyTorch only, and needs its own package beside it."""
    line, accepted = tree.requirements.get("torch"), tree.target.torches
    if accepted and (line is None or line.version not in accepted):
        got = line.text if line else "none"
        yield f"{LOCK}: torch on {tree.target.name} accepts {', '.join(accepted)}; got {got}."
    for package in tree.target.packages:
        name = package.partition("==")[0]
        if name not in tree.requirements:
            yield f"{LOCK} does not name {name}, which {tree.target.name} needs: {package}."
