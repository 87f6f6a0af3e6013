"""Write the locks from the environment it runs in: every package that the ``.in`` files reach, with ``==``.

Run by ``make lock`` in a fresh environment. Markers are evaluated for each platform the app is meant for, so
a package that only one of them needs keeps its marker. PyTorch's own CUDA packages are left out: they
come with its CUDA build, pinned there, and must not be forced on a machine that takes the CPU build.
"""

from collections import defaultdict
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
CUDA = ("nvidia-", "triton", "cuda-")
PLATFORMS = [
    {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": name,
     "platform_system": system, "platform_machine": machine, "os_name": "posix"}
    for python in ("3.11", "3.12")
    for name, system, machine in (("linux", "Linux", "x86_64"), ("linux", "Linux", "aarch64"),
                                  ("darwin", "Darwin", "arm64"))
]  # fmt: skip

Pins = dict[str, set[str]]  # package → what asked for it


def roots(path: Path) -> list[Requirement]:
    """The requirements of an ``.in`` file, those it includes with ``-r`` as well."""
    found: list[Requirement] = []
    for line in path.read_text().splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("-r"):
            found += roots(path.parent / line[2:].strip())
        elif line:
            found.append(Requirement(line))
    return found


def reach(wanted: list[Requirement], source: str, platform: dict[str, str]) -> Pins:
    """Every package that ``wanted`` brings in on ``platform``, and by whom."""
    environment = {**default_environment(), **platform}
    reached: Pins = defaultdict(set)
    opened: set[tuple[str, frozenset[str]]] = set()
    todo = [(requirement, source) for requirement in wanted]
    while todo:
        requirement, by = todo.pop()
        name = canonicalize_name(requirement.name)
        reached[name].add(by)
        if (name, frozenset(requirement.extras)) not in opened:
            opened.add((name, frozenset(requirement.extras)))
            todo += [(needed, name) for needed in _needs(requirement, environment)]
    return reached


def _needs(requirement: Requirement, environment: dict[str, str]) -> list[Requirement]:
    extras = ("", *requirement.extras)
    needed = [Requirement(line) for line in distribution(requirement.name).requires or ()]
    applies = [
        r
        for r in needed
        if not r.marker or any(r.marker.evaluate({**environment, "extra": e}) for e in extras)
    ]
    return [r for r in applies if not r.name.startswith(CUDA)]


def locked(source: str) -> list[str]:
    """The lines of a lock: ``name==version`` with a marker where not every platform needs it, and why."""
    wanted = roots(ROOT / source)
    each = [(platform, reach(wanted, source, platform)) for platform in PLATFORMS]
    lines = []
    for name in sorted({name for _, reached in each for name in reached}):
        having = [platform for platform, reached in each if name in reached]
        by = set().union(*(reached.get(name, set()) for _, reached in each))
        marker = "" if len(having) == len(each) else _marker(having)
        lines.append(f"{_pin(name)}{marker}  # {', '.join(sorted(by))}")
    return lines


def _pin(name: str) -> str:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        raise SystemExit(f"{name} is needed on one of the platforms but not installed here") from None
    return f"{found.metadata['Name']}=={found.version.partition('+')[0]}"  # 2.13.0+cpu → 2.13.0: any build


def _marker(platforms: list[dict[str, str]]) -> str:
    tests = sorted(
        {
            f'(python_version == "{p["python_version"]}" and sys_platform == "{p["sys_platform"]}"'
            f' and platform_machine == "{p["platform_machine"]}")'
            for p in platforms
        }
    )
    return " ; " + " or ".join(tests)


def main() -> None:
    head = "# Made by `make lock`; do not edit. The right column says what needs each package."
    run = locked("requirements.in")
    (ROOT / "requirements.txt").write_text("\n".join([head, *run, ""]))
    pins = {line.split("==")[0] for line in run}
    extra = [line for line in locked("requirements-test.in") if line.split("==")[0] not in pins]
    (ROOT / "requirements-test.txt").write_text("\n".join([head, "-r requirements.txt", *extra, ""]))


if __name__ == "__main__":
    main()
