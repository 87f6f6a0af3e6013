"""A task as it is put to all models of a run: its items with their examples, and the way they are asked.
Reads the rows; asks no model.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipelines.core.settings import Settings
from pipelines.evaluation.records import Item
from pipelines.evaluation.results.keys import Way, digests_of, key_of
from pipelines.evaluation.results.records import Result
from pipelines.evaluation.specs import EvalSpec, fewer_bits
from pipelines.evaluation.tasks.registry import task_named
from pipelines.evaluation.tasks.rows import load
from pipelines.evaluation.tasks.shots import Shots
from pipelines.evaluation.tasks.task import Setting, Task

Upload = Callable[[str], Path]  # upload:<id> → its file
_DRAWN = ("writing", "judged")  # where a seed and a number of samples change what is said


@dataclass(frozen=True)
class Put:
    """``name`` is as it was asked, with the part. ``digests`` are (of the row, of the row with its examples),
    one pair an item."""

    task: Task
    name: str
    items: tuple[Item, ...]
    digests: tuple[tuple[str, str], ...]
    setting: Setting
    way: Way
    settings: dict[str, Any]

    @property
    def asked(self) -> list[str]:
        """The digests of what is asked, item by item."""
        return [digest for _, digest in self.digests]

    @property
    def judged(self) -> bool:
        return self.task.kind == "judged"

    def result(self, model: str, digest: str = "") -> Result:
        """Without figures. With the ``digest`` of the model it has the key that it gets when all is asked."""
        return Result(
            key=key_of(self.way.with_model(digest), self.asked, model) if digest else "",
            model=model,
            digest=digest,
            task=self.name,
            title=self.task.title,
            kind=self.task.kind,
            version=self.task.version,
            setup=self.way.with_items(self.asked),
            settings=self.settings,
            metrics=self.task.metrics,
            figures=(),
            even=self.task.even,
            wanted=len(self.items),
            reader=self.way.reader,
        )

    def of(self, asked: set[str]) -> "Put":
        """With those items alone of which the digest is among these."""
        kept = [place for place, digest in enumerate(self.asked) if digest in asked]
        items, digests = (tuple(every[place] for place in kept) for every in (self.items, self.digests))
        return replace(self, items=items, digests=digests)


def put_of(name: str, spec: EvalSpec, settings: Settings, upload: Upload, judge: str) -> Put:
    """``judge`` is the digest of the spec's. Raises :class:`GlassworksError` for rows that cannot be put."""
    task, part = task_named(name)
    shots = Shots(spec.num_fewshot, spec.seed)
    loaded = load(task, part, spec.file, spec.limit, settings, lambda id_: upload(f"upload:{id_}"), shots)
    drawn = task.kind in _DRAWN
    way = Way(
        task=task.name,
        version=task.version,
        seed=spec.seed if drawn else 0,
        chat=spec.chat,
        samples=spec.samples if drawn else 1,
        judge=judge if task.kind == "judged" else "",
        reader=spec.reader if spec.file else "",
        more=tuple(fewer_bits(spec).items()),
    )
    told = {"num_fewshot": len(loaded.shots), "seed": spec.seed, "chat": spec.chat, "samples": way.samples}
    return Put(
        task=task,
        name=name,
        items=loaded.items,
        digests=tuple(map(digests_of, loaded.items)),
        setting=Setting(shots=loaded.shots, chat=spec.chat, seed=spec.seed, samples=way.samples),
        way=way,
        settings=told | {"judge": spec.judge if task.kind == "judged" else ""} | fewer_bits(spec),
    )
