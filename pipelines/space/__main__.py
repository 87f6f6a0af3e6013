"""``python -m pipelines.space``: assemble what a Space gets, check it, start it, and send it where asked."""

import argparse
import sys
from pathlib import Path

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import REPOSITORY
from pipelines.space.checks import CHECKS, Fault, faults
from pipelines.space.gather import assemble
from pipelines.space.sending import send
from pipelines.space.starting import starts
from pipelines.space.targets import TARGETS, target
from pipelines.space.tree import Tree

PLACE = Path("build") / "space"


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pipelines.space", description=__doc__)
    parser.add_argument("--target", default="cpu", choices=list(TARGETS), help="hardware (cpu)")
    parser.add_argument("--upload", default="", metavar="OWNER/NAME", help="send it to this Space")
    parser.add_argument(
        "--index", default="", metavar="URL", help="one more package index, such as PyTorch's of CPU builds"
    )
    parser.add_argument("--no-start", action="store_true", help="check the files only")
    return parser.parse_args(given)


def run(options: argparse.Namespace, root: Path = REPOSITORY) -> list[Fault]:
    """Assemble, check and, where nothing was found, send. Returns what was found."""
    tree = Tree(assemble(root, root / PLACE, target(options.target), options.index), target(options.target))
    size = sum((tree.root / name).stat().st_size for name in tree.files)
    print(f"{PLACE}: {len(tree.files):,} files, {size / 1e6:.1f} MB, for {tree.target.name}", flush=True)
    found = faults(tree)
    if not found:
        print(f"checked: {', '.join(CHECKS)}", flush=True)
        if not options.no_start:
            found = [Fault("start", message) for message in starts(tree)]
            print(*([] if found else ["started with no network, and its page was answered"]), flush=True)
    if options.upload and not found:
        for told in send(tree, options.upload):
            print(told, flush=True)
    return found


def main() -> None:
    try:
        found = run(arguments())
    except GlassworksError as error:
        sys.exit(str(error))
    for one in found:
        print(one, file=sys.stderr)
    if found:
        sys.exit(f"Faults: {len(found)}. Nothing was sent.")


if __name__ == "__main__":
    main()
