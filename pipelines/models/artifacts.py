"""A model folder seen from outside: is it whole, and how large is it? Reads headers only; knows no torch.

A sound folder has ``config.json``, ``tokenizer.json`` and safetensors weights. An adapter's folder is known
by ``adapter_config.json`` and needs its weights alone: what it lacks is its base's. Pickled weights are never
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
ADAPTER, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
# PEFT's names of what can be merged into its base (DoRA and rsLoRA are LORA), and of what stands before text.
MERGED_KINDS, VIRTUAL_KINDS = ("LORA", "IA3", "PEANUT"), ("PROMPT_TUNING", "PREFIX_TUNING")
_MAX_HEADER = 100_000_000  # the safetensors format's own limit
_BUFFERS = re.compile(r"(\.attn\.(masked_)?bias|\.rotary_emb\.inv_freq)$")  # kept in old files, not learnt

Header = dict[str, dict[str, Any]]


class BrokenArtifactError(GlassworksError):
    """A model folder that cannot be loaded; the message says what is missing or damaged."""


def check_artifact(folder: Path) -> None:
    """Raise :class:`BrokenArtifactError` unless the folder holds a model that can be loaded, or an adapter,
    whose base is not asked for here."""
    folder = Path(folder)
    if not folder.is_dir():
        raise BrokenArtifactError(f"The model folder {folder.name!r} does not exist.")
    adapter = is_adapter(folder)
    if adapter:
        read_adapter_config(folder)
    for name, read in (("config.json", read_config), ("tokenizer.json", _read_tokenizer)):
        if not adapter or (folder / name).is_file():
            read(folder)
    read_tensors(folder)


def is_adapter(folder: Path) -> bool:
    """Whether the folder says that it holds an adapter; it may still be a broken one."""
    return (folder / ADAPTER).is_file()


def read_adapter_config(folder: Path) -> dict[str, Any]:
    """``adapter_config.json`` as a dict; raises when it is damaged or of a kind that is not read here."""
    config = read_json(folder / ADAPTER)
    if not isinstance(config, dict):
        raise BrokenArtifactError(f"{ADAPTER} is not a JSON object.")
    kind = config.get("peft_type")
    if kind not in (*MERGED_KINDS, *VIRTUAL_KINDS):
        raise BrokenArtifactError(
            f"{ADAPTER} names an adapter of the kind {str(kind)[:40]!r}; those that can be merged into their "
            f"base are read: {', '.join(MERGED_KINDS)}; and virtual tokens: {', '.join(VIRTUAL_KINDS)}."
        )
    if kind in VIRTUAL_KINDS:
        _check_virtual(config)
    if config.get("megatron_config"):
        raise BrokenArtifactError(
            f"{ADAPTER} asks for code of its own to be loaded; such adapters are refused."
        )
    return config


def virtual_tokens(folder: Path) -> int:
    """How many tokens the adapter in ``folder`` puts before each text; 0 for any other model."""
    if not is_adapter(folder):
        return 0
    config = read_adapter_config(folder)
    return config["num_virtual_tokens"] if config["peft_type"] in VIRTUAL_KINDS else 0


def _check_virtual(config: dict[str, Any]) -> None:
    kind, task, count = (config.get(name) for name in ("peft_type", "task_type", "num_virtual_tokens"))
    if task != "CAUSAL_LM" or config.get("num_transformer_submodules") not in (1, None):
        raise BrokenArtifactError(
            f"{ADAPTER} names {kind} for the task_type {str(task)[:40]!r}; virtual tokens are read for "
            "CAUSAL_LM alone, models that continue text."
        )
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise BrokenArtifactError(f"{ADAPTER} names {kind} without num_virtual_tokens, 1 or more.")


def read_config(folder: Path) -> dict[str, Any]:
    """``config.json`` as a dict; raises when it is absent, damaged or names no architecture."""
    config = read_json(folder / "config.json")
    if not isinstance(config, dict):
        raise BrokenArtifactError("config.json is missing or is not a JSON object.")
    if not isinstance(config.get("model_type"), str):
        raise BrokenArtifactError("config.json has no model_type, so the model's kind is not known.")
    return config


def _read_tokenizer(folder: Path) -> None:
    if not isinstance(read_json(folder / "tokenizer.json"), dict):
        raise BrokenArtifactError("tokenizer.json is missing or is not JSON; a fast tokenizer is needed.")


def read_tensors(folder: Path) -> Header:
    """Tensor name → ``{"dtype", "shape", "data_offsets"}`` over all shards; raises if one is not whole."""
    tensors: Header = {}
    for shard in weight_files(folder):
        tensors.update(read_header(shard)[0])
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
    """The safetensors files of the model or adapter, in name order; raises when there are none or a shard is
    missing."""
    if is_adapter(folder):
        return [_adapter_weights(folder)]
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


def _adapter_weights(folder: Path) -> Path:
    if (folder / ADAPTER_WEIGHTS).is_file():
        return folder / ADAPTER_WEIGHTS
    if (folder / "adapter_model.bin").is_file():
        raise BrokenArtifactError("Only safetensors weights are read, never pickled ones: adapter_model.bin.")
    raise BrokenArtifactError(f"The adapter has no weights: {ADAPTER_WEIGHTS} is needed.")


def _weight_map(folder: Path) -> dict[str, str]:
    """Tensor name → shard, or nothing for a model in one file."""
    if is_adapter(folder) or (folder / WEIGHTS).is_file() or not (folder / INDEX).is_file():
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


def read_header(file: Path) -> tuple[Header, int]:
    """(the JSON header, where the data begin): 8 bytes of length, the header, then exactly as many bytes as
    its offsets say. Raises :class:`BrokenArtifactError` for a file that is not so."""
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
    return header, 8 + length
