"""Adapters among the models: which base one belongs to, and the line of folders from it down to full weights.
Reads small files and headers only: no torch.

A base is named by its Glassworks name or, in a folder that was made elsewhere, as on the Hub. The name of an
adapter says who may use it; a folder of this disk is taken as its base only where the adapter was made or
lies here, and never on a Space.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.core.files import read_json
from pipelines.models.artifacts import (
    ADAPTER,
    BrokenArtifactError,
    Header,
    is_adapter,
    read_adapter_config,
    virtual_tokens,
)
from pipelines.models.names import ModelName, Source, parse

PREFIX = "base_model.model."  # before the name that a tensor has in the base, in PEFT's files
_DEEPEST = 4  # adapters upon each other
_FOLDER = "a folder of the owner's"
_OLD_NAMES = (  # models that the Hub still finds without their owner
    (re.compile(r"gpt2(-medium|-large|-xl)?"), "openai-community"),
    (re.compile(r"bert-(base|large)-[a-z-]+"), "google-bert"),
    (re.compile(r"(xlm-)?roberta-(base|large)"), "FacebookAI"),
    (re.compile(r"distil(gpt2|bert-[a-z-]+|roberta-base)"), "distilbert"),
    (re.compile(r"albert-[a-z0-9-]+"), "albert"),
    (re.compile(r"t5-(small|base|large|3b|11b)"), "google-t5"),
)


@dataclass(frozen=True)
class Place:
    """Where a model's files lie. ``base`` is the place of what it is an adapter for; None for full weights,
    and for an adapter whose base has not been fetched yet."""

    name: str
    folder: Path
    base: "Place | None" = None

    @property
    def is_adapter(self) -> bool:
        return is_adapter(self.folder)

    @property
    def virtual_tokens(self) -> int:
        """How many tokens it puts before each text, which no weights can hold; 0 for most."""
        return virtual_tokens(self.folder)

    def need_weights(self, what: str) -> None:
        """Raise :class:`GlassworksError`, saying ``what`` cannot be done, unless all of it is weights."""
        if count := self.virtual_tokens:
            named = f", {self.base.name}" if self.base else ""
            raise GlassworksError(
                f"{self.name} {what}: it puts {count} virtual tokens before each text (prompt or prefix "
                f"tuning), which no weights can hold. Take its base{named}."
            )

    def line(self) -> "Iterator[Place]":
        """Itself first, the full weights last."""
        yield self
        if self.base:
            yield from self.base.line()

    @property
    def tokenizer(self) -> Path:
        """The folder with its tokenizer: its own or the nearest base's."""
        return self._nearest("tokenizer.json")

    @property
    def config(self) -> Path:
        """The folder with its config.json, likewise."""
        return self._nearest("config.json")

    def _nearest(self, file: str) -> Path:
        return next((at.folder for at in self.line() if (at.folder / file).is_file()), self.folder)


def place_of(
    name: str, folder: Path, locate: Callable[[str], Path | None], on_space: bool, above: tuple[str, ...] = ()
) -> Place:
    """The line that begins at ``folder``. ``locate(name)`` gives a base's folder, None for one that is to be
    fetched later, and raises NotFoundError for none.

    Raises :class:`BrokenArtifactError`, naming both, for a base that is not here or may not be used, for a
    circle, and for more than four adapters upon each other.
    """
    if not is_adapter(folder):
        return Place(name, folder)
    base = base_of(name, folder, on_space)
    line = (*above, name)
    if base in line:
        raise BrokenArtifactError(f"{name} is an adapter for {base}, which is itself made of it.")
    if len(line) > _DEEPEST:
        raise BrokenArtifactError(f"{line[0]} is an adapter for adapters, more than {_DEEPEST} deep.")
    try:
        beneath = locate(base)
    except (NotFoundError, SpecError):
        shown = _FOLDER if parse(base).local and not parse(line[0]).local else base
        raise BrokenArtifactError(f"{name} is an adapter for {shown}, which is not here.") from None
    if beneath and (count := virtual_tokens(beneath)):
        raise BrokenArtifactError(
            f"{name} is an adapter for {base}, which puts {count} virtual tokens before each text: upon such "
            "a model no adapter is read."
        )
    return Place(name, folder, beneath and place_of(base, beneath, locate, on_space, line))


def base_of(name: str, folder: Path, on_space: bool) -> str:
    """The name of the base of the adapter in ``folder``; raises :class:`BrokenArtifactError` for one that
    stands for nothing here."""
    told = read_adapter_config(folder).get("base_model_name_or_path")
    if not isinstance(told, str) or not told.strip():
        raise BrokenArtifactError(f"{name} is an adapter that names no base: {ADAPTER} says nothing of it.")
    base = _named(told.strip())
    if base is None or base.source is Source.ENDPOINT:
        raise BrokenArtifactError(
            f"{name} is an adapter for {_shown(name, told)}, which is no model's name here. In its "
            f"{ADAPTER}, let base_model_name_or_path be house/<name>, run/<job id> or <owner>/<name>."
        )
    if base.local and (on_space or parse(name).source in (Source.HUB, Source.HOUSE)):
        where = "on a Space" if on_space else "from elsewhere"
        raise BrokenArtifactError(
            f"{name} is an adapter for a folder of this machine's disk; an adapter {where} may name a model "
            "of the house, a run or one of the Hub."
        )
    return str(base)


def check_fits(name: str, base: str, tensors: Header, beneath: Header) -> None:
    """Raise :class:`BrokenArtifactError` where a LoRA's sizes are not those of the base's layer of that name.
    What is not found by name is left to the loader."""
    for key in tensors:
        module, found, _ = key.removeprefix(PREFIX).partition(".lora_A")
        weight = _by_end(beneath, f"{module}.weight") if found else None
        other = tensors.get(key.replace(".lora_A", ".lora_B"))
        if weight is None or other is None or len(weight["shape"]) != 2:
            continue
        wanted, there = {tensors[key]["shape"][-1], other["shape"][0]}, set(weight["shape"])
        if weight["dtype"] in ("F32", "F16", "BF16", "F64") and wanted != there:
            raise BrokenArtifactError(
                f"{name} is an adapter for another base than {base}: its {module} is made for "
                f"{_sizes(wanted)}, that of {base} has {_sizes(there)}."
            )


def whole_rows(tensors: Header, name: str) -> int | None:
    """Rows of the base's tensor of that name where the adapter carries it whole."""
    found = tensors.get(PREFIX + name)
    return found["shape"][0] if found and len(found["shape"]) > 1 else None


def base_note(base: str) -> str:
    """What a card says, so that the folder alone can be used."""
    return (
        f"## Its base\n\nThis folder holds an adapter alone (PEFT). It changes the model `{base}`, which it "
        "needs beside it.\n"
    )


def with_base(card: str, base: str) -> str:
    """The card, naming the base if it did not."""
    return card if base in card else f"{card.rstrip()}\n\n{base_note(base)}".lstrip()


def own_card(folder: Path) -> str | None:
    """The README of the adapter in ``folder`` with the name of its base; None for any other model."""
    told = read_json(folder / ADAPTER)
    base = told.get("base_model_name_or_path") if isinstance(told, dict) else None
    if not isinstance(base, str) or not base:
        return None
    card = folder / "README.md"
    return with_base(card.read_text(encoding="utf-8", errors="replace") if card.is_file() else "", base)


def labels_of(tensors: Header) -> int | None:
    """How many labels the head has that the adapter carries; None for one without."""
    ends = ("score.weight", "classifier.weight", "classifier.out_proj.weight", "classifier.dense.weight")
    return next((n for end in ends if (n := whole_rows(tensors, end))), None)


def told_names(tensors: Header) -> set[str]:
    """The names, as in the base, of the tensors that the adapter carries."""
    return {plain_name(key) for key in tensors}


def plain_name(key: str) -> str:
    """A tensor's name in the base, without what PEFT puts around it."""
    return key.removeprefix(PREFIX).replace(".base_layer.", ".")


def _named(told: str) -> ModelName | None:
    try:
        return parse(told)
    except SpecError:
        pass
    for form, owner in _OLD_NAMES:
        if form.fullmatch(told):
            return ModelName(Source.HUB, f"{owner}/{told}")
    absolute = told.isprintable() and Path(told).is_absolute()
    return ModelName(Source.PATH, told) if absolute and Path(told).is_dir() else None


def _shown(name: str, told: str) -> str:
    """A path is the owner's to know, who alone can ask for a model by one."""
    is_path = told.startswith(("path:", "/", "~", ".")) or "\\" in told
    return _FOLDER if is_path and not parse(name).local else repr(told[:120])


def _by_end(tensors: Header, name: str) -> dict[str, Any] | None:
    """The tensor of that name, which may miss the first parts that the model around it adds."""
    while name not in tensors:
        _, dot, name = name.partition(".")
        if name.count(".") < 2 or not dot:
            return None
    return tensors[name]


def _sizes(sizes: set[int]) -> str:
    """{64, 32} → ``32 × 64``; {32} → ``32 × 32``."""
    return " × ".join(map(str, sorted(sizes) if len(sizes) > 1 else [*sizes] * 2))
