"""The tasks by name. Reads no file; standard library only."""

from pipelines.core.errors import NotFoundError
from pipelines.evaluation.tasks.choice.all import CHOICE
from pipelines.evaluation.tasks.judged.all import JUDGED
from pipelines.evaluation.tasks.probes.all import PROBES
from pipelines.evaluation.tasks.task import Task
from pipelines.evaluation.tasks.writing.all import WRITING

TASKS: dict[str, Task] = {task.name: task for task in (*CHOICE, *WRITING, *JUDGED, *PROBES)}
_KINDS = {
    "Options are scored": ("choice", "score"),
    "The model writes": ("writing",),
    "Another model judges": ("judged",),
}


def task_named(name: str) -> tuple[Task, str]:
    """``mmlu/anatomy`` → (MMLU, ``anatomy``); the part is empty where all are meant. Raises NotFoundError
    that lists what there is."""
    found, _, part = name.partition("/")
    if found not in TASKS:
        raise NotFoundError(f"There is no task {found!r}; there are {', '.join(sorted(TASKS))}.")
    task = TASKS[found]
    if part and part not in task.parts:
        there = f"its parts are {', '.join(task.parts)}" if task.parts else "it has no parts"
        raise NotFoundError(f"{task.title} has no part {part!r}; {there}.")
    return task, part


def groups() -> dict[str, tuple[Task, ...]]:
    """Heading → tasks, for whoever chooses: what comes with the app first, then by how it is asked."""
    rest = [task for task in TASKS.values() if not task.bundled]
    found = {"Comes with the app": tuple(task for task in TASKS.values() if task.bundled)}
    for heading, kinds in _KINDS.items():
        found[heading] = tuple(task for task in rest if task.kind in kinds)
    return {heading: tasks for heading, tasks in found.items() if tasks}
