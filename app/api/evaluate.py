"""Named endpoints of evaluations: put tasks to models, read the figures, the items, two models side by side.

Nothing is computed here: each function validates, calls one part and returns plain JSON.
"""

import dataclasses
from typing import Any

import gradio as gr

from app.api.jobs import spec_object
from app.api.uploaded import uploaded
from app.errors import shown
from app.evaluate.seen import seen_board, seen_result
from app.job_panel.access import seen_job, submit
from app.services import Services
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.evaluation.results.board import Board
from pipelines.evaluation.results.browsing import Browsed, Shown
from pipelines.evaluation.results.comparing import Compared
from pipelines.evaluation.results.records import plain, result_as_json
from pipelines.evaluation.results.under_way import Progressed
from pipelines.evaluation.specs import EvalSpec

KIND = "evaluate"
_FORMS = ("figures", "items", "lm_eval")


def build(services: Services) -> None:
    """Add the endpoints to the page that is being built."""

    def evaluate(
        request: gr.Request,
        model: Any = "house/story-base",
        task: Any = "story_cloze",
        limit: int = 0,
        settings: str = "{}",
        file: Any = None,
    ) -> str:
        """Put tasks to models, and return the job's id for /evaluation and /job. Items are kept as they are
        answered: what is known from an earlier run, of whatever limit, is not asked again.

        Parameters:
            model: a model that continues text, or a list: house/…, run/…, run/…@<step>, <owner>/<name>,
                path:<folder> or endpoint:<name>.
            task: a task's name ("hellaswag", "arc_easy", "mmlu", "gsm8k" …), or a list; "mmlu/anatomy" for
                one of its parts; "text:<corpus>" for language modelling on a corpus, such as "text:sample".
            limit: the first so many items of each part; 0 for all.
            settings: what else the spec has, as a JSON object: "num_fewshot", "seed", "chat", "checkpoints"
                (a run's too), "samples", "judge" (a model's name), "context_length" and "stride" (of language
                modelling), "weights" ("int8" or "nf4": the models' linear layers in 8 or 4 bits),
                "batch_tokens", "fresh" (ask again), "name".
            file: the rows of one task in its published format, an uploaded .jsonl, .json, .csv or .tsv file,
                also packed as .gz: handle_file(path) in Python.
        """
        asked = {"models": _names(model), "tasks": _names(task), "limit": limit}
        rows = {"file": _kept(services, request, file)} if file else {}
        spec = EvalSpec.from_dict({**asked, **rows, **spec_object(settings)})
        return submit(services, KIND, spec, request).id

    def evaluation(
        request: gr.Request,
        job_id: str = "",
        result: str = "",
        other: str = "",
        form: str = "figures",
        only: str = "all",
        start: int = 0,
        count: int = 20,
    ) -> dict[str, Any]:
        """What evaluations have found. Of a job, also while it goes on; of one result; or, with neither, the
        leaderboard over all models that you may see.

        Parameters:
            job_id: the id that /evaluate gave.
            result: the key of a result, as the others name it.
            other: a second key: the two are compared on the items that both have.
            form: "figures", "items" (of a result: what was asked and answered), or "lm_eval" (of a result or
                of a job: the files that lm-evaluation-harness would write).
            only: of the items: "all", "right", "wrong" or "differ" (from "other").
            start: the first item, from 0.
            count: how many items, 1 to 500.
        Returns:
            of a job {"results", "failed" (why, by the place among the results)}. A result has "key" (empty
            while it is asked), "model", "task", "settings", "count" of "wanted" items, "figures": [{"metric",
            "value", "stderr" (as lm-evaluation-harness reckons it), "count"}] and "parts", and may have
            "compared": {"count", "differences": [{"metric", "first", "second", "difference", "low", "high"
            (95 %), "p_value" (paired), "test", "wins", "losses"}]}. Of the leaderboard {"columns": what was
            put in the same way to all that stand in it, "rows": [{"model", "results" by the column's
            "setup"}]}. Of items {"total", "items": [{"place", "right", "values", "prompt", "wanted",
            "options" (scored), "texts" (written), …}]}. Of lm_eval {"files": {name: text}}.
        """
        if form not in _FORMS:
            raise SpecError("form", form, f"one of {', '.join(_FORMS)}")
        if result:
            return _of_result(services, request, result, other, form, (start, count, only))
        if job_id:
            return _of_job(services, request, job_id, form)
        if form != "figures":
            raise SpecError("form", form, "figures, where neither a job nor a result is named")
        return board_as_json(seen_board(services, request))

    gr.api(shown(evaluate), api_name="evaluate")
    gr.api(shown(evaluation), api_name="evaluation", queue=False)


def _names(given: Any) -> tuple[Any, ...]:
    return tuple(given) if isinstance(given, list | tuple) else (given,)


def _kept(services: Services, request: gr.Request, file: Any) -> str:
    """The id of the rows that the file became."""
    path, owner = uploaded(file), services.identity.visitor(request).id
    return services.rows.add_file(path, str(file.get("orig_name") or path.name), owner).id


def _of_job(services: Services, request: gr.Request, job_id: str, form: str) -> dict[str, Any]:
    job = seen_job(services, job_id, request)
    if job.kind != KIND:
        raise NotFoundError(f"The job {job.id} is no evaluation.")
    found = services.evaluation.under_way(job.id)
    if form == "items":
        raise SpecError("form", form, "items of a result: name its key, as the figures of the job do")
    return _files(services, found.keys) if form == "lm_eval" else progressed_as_json(found)


def _of_result(
    services: Services, request: gr.Request, key: str, other: str, form: str, page: tuple[int, int, str]
) -> dict[str, Any]:
    result = seen_result(services, key, request)
    beside = seen_result(services, other, request).key if other else None
    if form == "lm_eval":
        return _files(services, (result.key,))
    if form == "items":
        return browsed_as_json(services.evaluation.outcomes(result.key, *page, beside))
    told = result_as_json(result)
    return told | compared_as_json(services.evaluation.compare(result.key, beside)) if beside else told


def _files(services: Services, keys: tuple[str, ...]) -> dict[str, Any]:
    if not keys:
        raise NotFoundError("Nothing of this evaluation is done yet; see /job for how far it is.")
    return {"files": {one.name: one.text for one in services.evaluation.export(keys)}}


def progressed_as_json(found: Progressed) -> dict[str, Any]:
    """JSON has no keys but texts."""
    failed = {str(place): why for place, why in found.failed.items()}
    return {"results": [result_as_json(one) for one in found.results], "failed": failed}


def board_as_json(board: Board) -> dict[str, Any]:
    columns = [plain(dataclasses.asdict(one)) for one in board.columns]
    rows = [{"model": row.model, "results": _by_setup(row.results)} for row in board.rows]
    return {"columns": columns, "rows": rows}


def _by_setup(results: Any) -> dict[str, Any]:
    """Without what the column says already."""
    named = ("key", "digest", "figures", "parts", "count", "wanted", "created", "seconds")
    told = {setup: result_as_json(one) for setup, one in results.items()}
    return {setup: {name: one[name] for name in named} for setup, one in told.items()}


def browsed_as_json(found: Browsed) -> dict[str, Any]:
    return {"total": found.total, "start": found.start, "items": [_item(one) for one in found.items]}


def _item(one: Shown) -> dict[str, Any]:
    told = {"place": one.place, "right": one.right, **plain(dataclasses.asdict(one.outcome))}
    other = plain(dataclasses.asdict(one.other)) if one.other else None
    return told | {"fields": plain(one.kept.fields), "other": other, "other_right": one.other_right}


def compared_as_json(found: Compared) -> dict[str, Any]:
    differences = [
        {**plain(dataclasses.asdict(one)), "metric": one.metric.name, "claimed": one.claimed}
        for one in found.differences
    ]
    counts = {name: getattr(found, name) for name in ("count", "only_first", "only_second")}
    return {"compared": {"second": found.second.key, **counts, "differences": differences}}
