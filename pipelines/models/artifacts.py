"""A model folder seen from outside: is it whole, and how large is it? Reads headers only; knows no torch.

A sound folder has ``config.json``, ``tokenizer.json`` and safetensors weights. Pickled weights are never
read, so a folder that has nothing else is refused.
"""

import json
import math
import re
import struct
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.core.files import read_json

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
_MAX_HEADER = 100_000_000  # the safetensors format's own limit
_BUFFERS = re.compile(r"(\.attn\.(masked_)?bias|\.rotary_emb\.inv_freq)$")  # kept in old files, not learnt

Header = dict[str, dict[str, Any]]


class BrokenArtifactError(GlassworksError):
    """A model folder that cannot be loaded; the message says what is missing or damaged."""


def check_artifact(folder: Path) -> None:
    """Raise :class:`BrokenArtifactError` unless the folder holds a model that can be loaded."""
    folder = Path(folder)
    if not folder.is_dir():
        raise BrokenArtifactError(f"The model folder {folder.name!r} does not exist.")
    read_config(folder)
    if not isinstance(read_json(folder / "tokenizer.json"), dict):
        raise BrokenArtifactError("tokenizer.json is missing or is not JSON; a fast tokenizer is needed.")
    read_tensors(folder)


def read_config(folder: Path) -> dict[str, Any]:
    """``config.json`` as a dict; raises when it is absent, damaged or names no architecture."""
    config = read_json(folder / "config.json")
    if not isinstance(config, dict):
        raise BrokenArtifactError("config.json is missing or is not a JSON object.")
    if not isinstance(config.get("model_type"), str):
        raise BrokenArtifactError("config.json has no model_type, so the model's kind is not known.")
    return config


def read_tensors(folder: Path) -> Header:
    """Tensor name → ``{"dtype", "shape", "data_offsets"}`` over all shards; raises if one is not whole."""
    tensors: Header = {}
    for shard in weight_files(folder):
        tensors.update(_read_header(shard))
    missing = sorted(set(_weight_map(folder)) - set(tensors))
    if missing:
        raise BrokenArtifactError(
            f"{INDEX} lists {len(missing)} tensors that no shard has, {missing[0]} first."
        )
    return tensors


def count_parameters(tensors: Header) -> int:
    """Learnt numbers: tensors that share storage are saved once, so tied weights count once."""
    return sum(math.prod(t["shape"]) for name, t in tensors.items() if not _BUFFERS.search(name))


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files of the model, in name order; raises when there are none or a shard is missing."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    names = sorted(set(_weight_map(folder).values()))
    if not names:
        raise BrokenArtifactError(_no_weights(folder))
    for name in names:
        if Path(name).name != name or not (folder / name).is_file():
            raise BrokenArtifactError(f"The shard {name!r} that {INDEX} lists is missing.")
    return [folder / name for name in names]


def dir_size(path: Path) -> int:
    """Bytes of all files under ``path``; files that vanish meanwhile count nothing."""
    total = 0
    for file in Path(path).rglob("*"):
        try:
            total += file.stat().st_size if file.is_file() else 0
        except OSError:
            continue
    return total


def _weight_map(folder: Path) -> dict[str, str]:
    """Tensor name → shard, or nothing for a model in one file."""
    if (folder / WEIGHTS).is_file() or not (folder / INDEX).is_file():
        return {}
    index = read_json(folder / INDEX)
    weight_map = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(weight_map, dict) or not all(isinstance(v, str) for v in weight_map.values()):
        raise BrokenArtifactError(f"{INDEX} is damaged: it has no weight_map.")
    return weight_map


def _no_weights(folder: Path) -> str:
    other = sorted(p.name for pattern in ("*.bin", "*.pt", "*.pth", "*.ckpt") for p in folder.glob(pattern))
    if other:
        return f"Only safetensors weights are read, never pickled ones such as {other[0]}."
    return f"There are no weights: {WEIGHTS} or {INDEX} with its shards is needed."


def _read_header(file: Path) -> Header:
    """The JSON header: 8 bytes of length, the header, then exactly as many bytes as its offsets say."""
    try:
        with file.open("rb") as source:
            (length,) = struct.unpack("<Q", source.read(8))
            if length > _MAX_HEADER:
                raise ValueError("header too long")
            header = json.loads(source.read(length))
        header.pop("__metadata__", None)
        end = max((int(t["data_offsets"][1]) for t in header.values()), default=0)
        shapes_are_sound = all(all(isinstance(n, int) for n in t["shape"]) for t in header.values())
        if not shapes_are_sound or file.stat().st_size != 8 + length + end:
            raise ValueError("size and header disagree")
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, struct.error) as error:
        raise BrokenArtifactError(
            f"The weights file {file.name} is damaged or was not written to the end."
        ) from error
    return header
