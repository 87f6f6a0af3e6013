"""Results of evaluations as a run leaves them, without a model: choices between two endings, some of them
right. Texts hold HTML, as those of a task or a model may.
"""

from collections.abc import Sequence
from typing import Any

from pipelines.core.settings import Settings
from pipelines.evaluation.records import Item, Option, Outcome
from pipelines.evaluation.results.figures import pooled
from pipelines.evaluation.results.keys import Way, digests_of, key_of
from pipelines.evaluation.results.records import Kept, Result
from pipelines.evaluation.results.store import ResultStore
from pipelines.evaluation.tasks.registry import task_named

HOSTILE = "<img src=x onerror=alert(1)>"


def write_result(
    settings: Settings, model: str, rights: Sequence[bool], task: str = "story_cloze", **changed: Any
) -> str:
    """The key of the result of a model that chose the right ending where ``rights`` says so. ``changed`` are
    fields of :class:`Result`; of ``parts`` the names, which the items get in turn."""
    found, names = task_named(task)[0], changed.pop("parts", ("",))
    way = Way(task, 1, reader=changed.get("reader", ""))
    items = [_item(number, names[number % len(names)]) for number in range(len(rights))]
    outcomes = [_outcome(item, right, found) for item, right in zip(items, rights, strict=True)]
    digests = [digests_of(item) for item in items]
    asked = [digest for _, digest in digests]
    figures, parts = pooled(outcomes, found.metrics, found.even)
    fields = {"count": len(items), "wanted": len(items), "created": 1.0, "seconds": 2.5, **changed}
    settings_told = {"num_fewshot": 0, "seed": 1234, "chat": False, "samples": 1, "judge": ""}
    result = Result(
        key=key_of(way.with_model(model), asked, model),
        model=model,
        digest="0" * 16,
        task=task,
        title=found.title,
        kind=found.kind,
        version=1,
        setup=way.with_items(asked),
        settings=settings_told,
        metrics=found.metrics,
        figures=figures,
        parts=parts,
        even=found.even,
        **fields,
    )
    kept = (Kept(*told, one, item.fields) for item, told, one in zip(items, digests, outcomes, strict=True))
    ResultStore(settings).save(result, kept)
    return result.key


def _item(number: int, part: str) -> Item:
    story = f"{HOSTILE} Story {number} of a fox."
    return Item(str(number), {"story": story, "endings": ["It slept.", "It table."], "label": 0}, part)


def _outcome(item: Item, right: bool, task: Any) -> Outcome:
    better, worse = -3.25, -7.5
    options = (
        Option("It slept.", better if right else worse, 3, right, True),
        Option(f"It table. {HOSTILE}", worse if right else better, 3, not right, False),
    )
    values = {metric.name: float(right) for metric in task.metrics}
    prompt = str(item.fields["story"])
    return Outcome(item.id, item.part, values, prompt, "It slept.", options, details={"cut": 2})
