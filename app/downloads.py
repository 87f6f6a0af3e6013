"""A model's folder as one zip for the browser, made on demand in a place that cannot grow without end."""

import shutil
import zipfile
from pathlib import Path

from pipelines.core.errors import ConflictError
from pipelines.models.adapters import own_card

_KEPT = 3
_CARD = "README.md"
_LEFT_FREE = 500_000_000  # bytes that must stay free on the disk


def zipped(folder: Path, name: str, into: Path) -> Path:
    """``into/<name>.zip`` with the folder's plain files, written beside and then renamed. An adapter goes
    alone, and its README names the base that it needs.

    Only the newest few archives stay in ``into``. Raises ConflictError when the disk has no room.
    Weights do not compress, so nothing is.
    """
    into.mkdir(parents=True, exist_ok=True)
    _make_room(into, _KEPT - 1)
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    if shutil.disk_usage(into).free < sum(p.stat().st_size for p in files) + _LEFT_FREE:
        raise ConflictError("There is no room on the disk for this archive; delete a job or a model first.")
    target = into / f"{_safe(name)}.zip"
    beside = target.with_suffix(".part")
    with zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED, strict_timestamps=False) as archive:
        card = own_card(folder)
        for path in files:
            if card is None or path != folder / _CARD:
                archive.write(path, f"{_safe(name)}/{path.relative_to(folder).as_posix()}")
        if card is not None:
            archive.writestr(f"{_safe(name)}/{_CARD}", card)
    return beside.replace(target)


def _make_room(into: Path, keep: int) -> None:
    newest = sorted(into.glob("*.zip"), key=lambda p: p.stat().st_mtime, reverse=True)
    for path in [*newest[keep:], *into.glob("*.part")]:
        path.unlink(missing_ok=True)


def _safe(name: str) -> str:
    """``run/abc`` → ``run-abc``: a file name on every system."""
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip(".") or "model"
