"""The three kinds of hardware that the same tree is made for."""

from dataclasses import dataclass

from pipelines.core.errors import NotFoundError

CPU = ("cpu-basic", "cpu-upgrade")
ZERO = ("zero-a10g",)
GPU = (
    *("t4-small", "t4-medium", "l4x1", "l4x4", "l40sx1", "l40sx4", "l40sx8"),
    *("a10g-small", "a10g-large", "a10g-largex2", "a10g-largex4", "a100-large", "a100x4", "a100x8"),
    *("rtx-pro-6000", "rtx-pro-6000x2", "rtx-pro-6000x4", "rtx-pro-6000x8"),
)


@dataclass(frozen=True)
class Target:
    """``hardware`` are the Hub's names for it, the suggested one first; ``pythons`` and ``torches`` the
    versions that run there, the one that is installed first. No ``torches``: the lock's.
    ``packages`` are needed there beside the lock."""

    name: str
    hardware: tuple[str, ...]
    pythons: tuple[str, ...]
    torches: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


TARGETS = {
    one.name: one
    for one in (
        Target("cpu", CPU, ("3.11", "3.12")),
        Target("gpu", GPU, ("3.11", "3.12")),
        # What the Hub's page on ZeroGPU supports; its Python 3.10 is too old for the app.
        Target("zero", ZERO, ("3.12",), ("2.11.0", "2.10.0", "2.9.1", "2.8.0"), ("spaces==0.51.3",)),
    )
}


def target(name: str) -> Target:
    """Raises NotFoundError, with the names that there are."""
    if name not in TARGETS:
        raise NotFoundError(f"There is no target {name!r}. There are: {', '.join(TARGETS)}.")
    return TARGETS[name]
