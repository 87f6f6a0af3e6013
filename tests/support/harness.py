"""lm-evaluation-harness itself as the oracle of tests: its tasks on rows that the test has, nothing fetched.

judged = harness(folder, "arc/arc_easy", rows, limit=20)
judged["figures"]["acc,none"], judged["samples"][0]["resps"]
"""

import logging
import random
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import datasets
import lm_eval
import numpy as np
import torch
from lm_eval.api.instance import Instance
from lm_eval.api.task import ConfigurableTask
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks._yaml_loader import load_yaml

from pipelines.models.loader import LoadedModel

_TASKS = Path(lm_eval.__file__).parent / "tasks"
_SPLITS = ("training_split", "validation_split", "test_split", "fewshot_split")
_SEED = 1234
Rows = Sequence[Mapping[str, Any]]

logging.getLogger("lm_eval").setLevel(logging.ERROR)


def harness(
    model: Path | LoadedModel | HFLM,
    task: str | Mapping[str, Any],
    rows: Rows,
    limit: int | None = None,
    shots: Rows = (),
    num_fewshot: int | None = None,
    chat: bool = False,
    **changed: Any,
) -> dict[str, Any]:
    """``figures`` by lm-eval's names (``acc,none``, ``acc_stderr,none``, ``exact_match,strict-match``),
    ``samples`` its records of the items in the rows' order, one for each ``filter`` (``doc``, ``arguments``,
    ``resps``, ``filtered_resps`` and each metric), ``task`` its task.

    ``task`` is the file of one of its tasks, without ending (``"mmlu/default/mmlu_astronomy"``), or a
    configuration of one's own; ``changed`` are fields of it put otherwise. ``rows`` stand for the split that
    is asked, ``shots`` for all others, from which it takes the examples as it always does."""
    built = task_of(task, rows, shots, **changed)
    if num_fewshot is not None:
        built.set_config(key="num_fewshot", value=num_fewshot)
    elif built.get_config("num_fewshot") is None:
        built.set_config(key="num_fewshot", value=0)
    built.set_fewshot_seed(seed=_SEED)
    random.seed(0)
    np.random.seed(_SEED)
    torch.manual_seed(_SEED)
    name = built.task_name
    found = lm_eval.evaluate(
        language_model(model),
        {"tasks": {name: built}, "groups": {}, "group_map": {}},
        limit=limit,
        bootstrap_iters=100,
        apply_chat_template=chat,
        fewshot_as_multiturn=chat,
        confirm_run_unsafe_code=True,
    )
    samples = sorted(found["samples"][name], key=lambda sample: sample["doc_id"])
    return {"figures": found["results"][name], "samples": samples, "task": built}


def task_of(task: str | Mapping[str, Any], rows: Rows, shots: Rows = (), **changed: Any) -> ConfigurableTask:
    """One of the harness's tasks over these rows."""
    config = dict(configuration(task) if isinstance(task, str) else task) | changed
    asked = config.get("test_split") or config.get("validation_split") or "test"
    config |= {"test_split": config.get("test_split") or (None if config.get("validation_split") else asked)}
    splits = {config[key]: shots for key in _SPLITS if config.get(key)} | {asked: rows}
    made = {name: datasets.Dataset.from_list([dict(row) for row in each]) for name, each in splits.items()}
    config.setdefault("task", "local")
    config |= {"dataset_kwargs": None, "metadata": None, "custom_dataset": lambda: made}
    return ConfigurableTask(config=config)


def configuration(file: str) -> dict[str, Any]:
    """Of the harness's own task."""
    return dict(load_yaml(_TASKS / f"{file}.yaml"))


def task_files(pattern: str) -> list[str]:
    """The harness's tasks whose file matches, such as ``"blimp/*"``, as :func:`harness` takes them."""
    found = (path for path in _TASKS.glob(f"{pattern}.yaml") if not path.name.startswith("_"))
    names = (path.relative_to(_TASKS).with_suffix("").as_posix() for path in found)
    return sorted(
        name for name in names if re.search(r'^"?task"?:', (_TASKS / f"{name}.yaml").read_text(), re.M)
    )


def language_model(model: Path | LoadedModel | HFLM, batch: int = 8) -> HFLM:
    """In float32 on the CPU."""
    if isinstance(model, HFLM):
        return model
    if isinstance(model, LoadedModel):
        return HFLM(pretrained=model.model, tokenizer=model.tokenizer, batch_size=batch)
    return _read(str(model), batch)


def log_probs(model: Path | LoadedModel | HFLM, asks: Sequence[tuple[str, str]]) -> list[tuple[float, bool]]:
    """Of (context, continuation), and whether it is the greedy one."""
    return language_model(model).loglikelihood(_instances("loglikelihood", asks), disable_tqdm=True)


def rolling(model: Path | LoadedModel | HFLM, texts: Sequence[str]) -> list[float]:
    """The log-probability of each text as a whole."""
    asked = _instances("loglikelihood_rolling", [(text,) for text in texts])
    return language_model(model).loglikelihood_rolling(asked, disable_tqdm=True)


def written(model: Path | LoadedModel | HFLM, asks: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """Of (context, its generation settings: until, max_gen_toks, …)."""
    asked = _instances("generate_until", [(context, dict(given)) for context, given in asks])
    return language_model(model).generate_until(asked, disable_tqdm=True)


def _instances(kind: Any, asks: Sequence[tuple[Any, ...]]) -> list[Instance]:
    return [Instance(request_type=kind, doc={}, arguments=ask, idx=at) for at, ask in enumerate(asks)]


@cache
def _read(folder: str, batch: int) -> HFLM:
    return HFLM(pretrained=folder, device="cpu", dtype="float32", batch_size=batch)
