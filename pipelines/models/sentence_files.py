"""The files of a sentence-transformers model: a transformer, and in folders beside it what makes one vector
of its states (``1_Pooling/``, ``2_Dense/`` …), as ``modules.json`` lists them. Reads files only.
"""

import re
from pathlib import Path

from pipelines.core.files import read_json
from pipelines.models.artifacts import WEIGHTS, BrokenArtifactError, check_artifact, is_adapter

MODULES = "modules.json"
_LIBRARY = "sentence_transformers."
_FOLDER = r"\d{1,2}_[A-Za-z]\w{0,60}"
_FILES = re.compile(rf"{_FOLDER}/(config\.json|{re.escape(WEIGHTS)})")
_WITH_WEIGHTS = ("Dense", "LayerNorm", "WeightedLayerPooling")
_WITHOUT_FILES = ("Transformer", "Normalize")
_PICKLES = (".bin", ".pt", ".pth")


def module_files(names: list[str]) -> list[str]:
    """Of a repository's file names, those of modules in folders of their own.

    >>> module_files(["config.json", "1_Pooling/config.json", "2_Dense/pytorch_model.bin", "onnx/model.onnx"])
    ['1_Pooling/config.json']
    """
    return [name for name in names if _FILES.fullmatch(name)]


def check_encoder(folder: Path) -> None:
    """Raise :class:`BrokenArtifactError` unless the folder holds a whole sentence-transformers model, with
    safetensors weights in every module and no code of its own."""
    check_artifact(folder)
    modules = read_json(folder / MODULES)
    if is_adapter(folder) or not isinstance(modules, list) or not modules:
        raise BrokenArtifactError(
            f"{folder.name} is no sentence-transformers model: {MODULES}, which names its parts, is missing."
        )
    for module in modules:
        _check_module(folder, module if isinstance(module, dict) else {})


def is_whole(folder: Path) -> bool:
    """Whether :func:`check_encoder` finds nothing wrong."""
    try:
        check_encoder(folder)
    except BrokenArtifactError:
        return False
    return True


def _check_module(folder: Path, module: dict) -> None:
    kind, path = str(module.get("type", "")), str(module.get("path", ""))
    name = kind.rpartition(".")[2]
    if not kind.startswith(_LIBRARY):
        raise BrokenArtifactError(f"{MODULES} names {kind[:60]!r}, code of its own; such models are refused.")
    if path and not re.fullmatch(_FOLDER, path):
        raise BrokenArtifactError(f"{MODULES} names the folder {path[:60]!r}; 1_Pooling and alike are read.")
    if not path or name in _WITHOUT_FILES:
        return
    if not (folder / path / "config.json").is_file():
        raise BrokenArtifactError(f"{path}/config.json, which {MODULES} asks for, is missing.")
    if not (folder / path / WEIGHTS).is_file() and (name in _WITH_WEIGHTS or _pickles(folder / path)):
        raise BrokenArtifactError(f"{path} has no {WEIGHTS}; pickled weights are never read.")


def _pickles(folder: Path) -> bool:
    return any(file.suffix in _PICKLES for file in folder.iterdir())
