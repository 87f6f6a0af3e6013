"""A run as a few lines for lm-evaluation-harness, whose numbers these are. Knows no page."""

from collections.abc import Sequence

from app.identity import Visitor
from app.services import Services
from app.sources import source_of
from pipelines.evaluation.results.export import task_name
from pipelines.evaluation.specs import WHOLE, EvalSpec
from pipelines.evaluation.tasks.registry import TASKS
from pipelines.models.names import Source, parse

NOTHING = (
    '<p class="gw-hint">These tasks are of this app alone. Choose a public one: the same run then stands '
    "here for lm-evaluation-harness.</p>"
)
_OWN = ("toxic_words",)  # measures of this app
_RUNS_CODE = "humaneval"
_CODE = """import lm_eval
from lm_eval.models.huggingface import HFLM
from lm_eval.utils import make_table

for arguments in {models}:
    model = HFLM(**arguments, dtype="float32")
    found = lm_eval.simple_evaluate(
        model=model,
        tasks={tasks},
        num_fewshot={num_fewshot},
        limit={limit},
        fewshot_random_seed={seed},
        apply_chat_template={chat},{unsafe}
    )
    print(arguments)
    print(make_table(found))
"""


def evaluate_code(services: Services, visitor: Visitor, spec: EvalSpec) -> str:
    """Empty where nothing of the run is the harness's to do. What it leaves out stands in a comment. The
    visitor may use the models. Raises a GlassworksError for one that is not there."""
    tasks = [one for one in spec.tasks if is_the_harness_s(one)]
    models = written_of(spec.models)
    if not tasks or not models:
        return ""
    unsafe = "\n        confirm_run_unsafe_code=True,  # it runs what the model writes, without a sandbox"
    code = _CODE.format(
        models=_listed([repr(_arguments(services, visitor, one)) for one in models]),
        tasks=[task_name(one) for one in tasks],
        num_fewshot=spec.num_fewshot,
        limit=spec.limit or None,
        seed=spec.seed,
        chat=spec.chat,
        unsafe=unsafe if _RUNS_CODE in tasks else "",
    )
    whole = (
        ""
        if spec.weights == WHOLE
        else f"# The weights were in {spec.weights} here; these lines have them whole.\n"
    )
    return _left_out([*spec.models, *spec.tasks], [*models, *tasks]) + whole + code


def is_the_harness_s(name: str) -> bool:
    """Whether lm-evaluation-harness has the task, by the same name."""
    task = TASKS.get(name.partition("/")[0])
    return task is not None and not task.bundled and task.kind != "judged" and task.name not in _OWN


def written_of(models: Sequence[str]) -> list[str]:
    """Those that can stand in the lines: a server's address and key cannot."""
    return [one for one in models if parse(one).source is not Source.ENDPOINT]


def _arguments(services: Services, visitor: Visitor, name: str) -> dict[str, str]:
    """Of HFLM. An adapter of this disk is laid upon its base; nothing is fetched for the lines."""
    if parse(name).source is Source.HUB:
        return {"pretrained": name}
    place = services.models.place(name)
    if place.base is None:
        return {"pretrained": source_of(services, visitor, name)}
    base = source_of(services, visitor, place.base.name)
    return {"pretrained": base, "peft": source_of(services, visitor, name)}


def _listed(items: Sequence[str]) -> str:
    """One a line, where there are several."""
    return f"[{items[0]}]" if len(items) == 1 else "[\n    " + ",\n    ".join(items) + ",\n]"


def _left_out(asked: Sequence[str], kept: Sequence[str]) -> str:
    gone = [one for one in asked if one not in kept]
    return f"# Only this app can ask: {', '.join(gone)}\n" if gone else ""
