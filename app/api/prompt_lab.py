"""Named endpoints of the prompt lab: put a grid into the queue, read its figures and its traces.

Nothing is computed here: each function validates, calls one part and returns plain JSON.
"""

import dataclasses
import json
from typing import Any

import gradio as gr

from app.api.jobs import spec_object
from app.errors import shown
from app.job_panel.access import submit
from app.prompt_lab.found import Finder
from app.prompt_lab.script import script_for
from app.services import Services
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.core.fields import from_dict
from pipelines.prompting.extraction.reading import FLEXIBLE
from pipelines.prompting.lab.summary import Results, as_json
from pipelines.prompting.specs import OWN, Answers, PromptLabSpec
from pipelines.prompting.strategies.asking import Decoding
from pipelines.prompting.strategies.registry import STRATEGIES

_DECODING = {field.name for field in dataclasses.fields(Decoding)}


def build(services: Services) -> None:
    """Add the endpoints to the page that is being built."""
    finder = Finder(services)

    def run_prompt_lab(
        request: gr.Request,
        items: Any = "arithmetic",
        strategies: list[Any] | None = None,
        model: str = "house/story-instruct",
        settings: str = "{}",
        n: int = 50,
        seed: int = 0,
        spec: str = "{}",
    ) -> str:
        """Ask a model labelled questions by several strategies, and return the job's id for /prompt_results
        and /job. Replies are kept as they come, so a run that is interrupted asks nothing twice.

        Parameters:
            items: the name of a task set ("arithmetic", "last_letters", "gsm8k" …), or a list of objects
                {"question", "answer"} with perhaps "choices", "rationale" and other columns.
            strategies: names: "direct", "cot", "few_shot_cot", "self_consistency", "tot", "react",
                "self_refine", "least_to_most", "scratchpad"; default direct and cot.
            model: a model that continues text: house/…, run/…, <owner>/<name> or endpoint:<name>.
            settings: a JSON object: "temperature", "top_p", "max_new_tokens", "seed" and "stop" of the
                decoding, and by a strategy's name its own, such as {"self_consistency": {"samples": 5}}.
            n: how many items are asked.
            seed: which ones.
            spec: what else the lab's spec has, as a JSON object: "models", "prompts", "decodings" (lists of
                which every combination is asked), "answers" (how responses are read), "tools", prices.
        """
        fields = {"n": n, "seed": seed, "models": [model], **_items(items)}
        fields |= _asked_with(strategies or ["direct", "cot"], spec_object(settings))
        made = PromptLabSpec.from_dict({**fields, **spec_object(spec)})
        return submit(services, "prompt_lab", made, request).id

    def prompt_results(
        request: gr.Request, job_id: str, rule: str = FLEXIBLE, answers: str = "{}"
    ) -> dict[str, Any]:
        """The figures of a run, also while it goes on.

        Parameters:
            job_id: the id that /run_prompt_lab gave.
            rule: how answers are read: "strict" (in the form that was asked for), "flexible" (the last one
                that stands anywhere) or "custom" (your own pattern).
            answers: another way of reading, as a JSON object: "kind", "form", "pattern", "pick", "labels".
        Returns:
            {"sentence": what the numbers say, "strategies": [{"strategy", "model", "items", "accuracy",
            "interval" (95 %, Wilson), "by_rule", "tokens" and "seconds" of an item, "cost", "failed", …}],
            "paired": [{"first", "second", "difference", "low", "high", "p_value" (McNemar, exact), "verdict",
            "differences": the items that one alone got right}]}.
        """
        results = _read(finder, job_id, request, spec_object(answers))
        if rule not in results.reading.rules:
            raise SpecError("rule", rule, f"one of {', '.join(results.reading.rules)}")
        return as_json(results, rule)

    def prompt_trace(request: gr.Request, job_id: str, item: str) -> dict[str, Any]:
        """Everything that was asked and answered about one item.

        Parameters:
            job_id: the id that /run_prompt_lab gave.
            item: the item's id, as "differences" of /prompt_results name it.
        Returns:
            {"item", "cells": [{"cell", "response", "marks" (the answer found by each rule, and whether it is
            right), "votes", "details", "trace": each call with its messages, texts, tokens and seconds}]}.
        """
        results = _read(finder, job_id, request, {})
        found = results.item(item)
        told = [
            {
                "cell": cell.name,
                **dataclasses.asdict(record),
                "marks": {rule: dataclasses.asdict(mark) for rule, mark in graded.marks.items()},
            }
            for cell, record, graded in results.traces(item)
        ]
        return {"item": dataclasses.asdict(found), "cells": told}

    def prompt_script(request: gr.Request, job_id: str, cell: int = 0) -> str:
        """One combination of a run as a Python file that asks its items again, by transformers (or the
        server's client) alone: the prompts as they were sent, the strategy's loop, the reading of answers.
        Where nothing is drawn it writes the same responses.

        Parameters:
            job_id: the id that /run_prompt_lab gave.
            cell: its place in "strategies" of /prompt_results, from 0.
        Returns:
            the text of the file.
        """
        return script_for(services, _read(finder, job_id, request, {}), cell)

    gr.api(shown(run_prompt_lab), api_name="run_prompt_lab")
    gr.api(shown(prompt_results), api_name="prompt_results", queue=False)
    gr.api(shown(prompt_trace), api_name="prompt_trace", queue=False)
    gr.api(shown(prompt_script), api_name="prompt_script", queue=False)


def _items(items: Any) -> dict[str, Any]:
    if isinstance(items, str) and not items.lstrip().startswith(("[", "{")):
        return {"task": items}
    return {"task": OWN, "items": items if isinstance(items, str) else json.dumps(items)}


def _asked_with(strategies: list[Any], settings: dict[str, Any]) -> dict[str, Any]:
    unknown = next((name for name in settings if name not in _DECODING and name not in STRATEGIES), None)
    if unknown is not None:
        accepted = f"{', '.join(sorted(_DECODING))}, or a strategy's name with its settings"
        raise SpecError("settings", unknown, accepted)
    if not isinstance(strategies, list):
        raise SpecError("strategies", strategies, "a list of names")
    named = [
        {"name": one, "settings": settings.get(one, {})} if isinstance(one, str) else one
        for one in strategies
    ]
    decoding = {name: value for name, value in settings.items() if name in _DECODING}
    return {"strategies": named, "decodings": [decoding]}


def _read(finder: Finder, job_id: str, request: gr.Request, answers: dict[str, Any]) -> Results:
    results = finder.found(job_id, request, from_dict(Answers, answers) if answers else None).results
    if results is None:
        raise NotFoundError("This run has not asked anything yet; see /job for how far it is.")
    return results
