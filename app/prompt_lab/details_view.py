"""What a strategy tells of itself beside its calls: the steps of ReAct, the tree of thoughts, the versions of
self-refine, the simpler questions of least-to-most. Values are a model's: all is escaped, and any may lack.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

from app.prompt_lab import words
from app.prompt_lab.tree_view import tree_html

_ENDS = {
    "finish": "It finished by itself.",
    "loop": "It was ended: it repeated itself twice.",
    "steps": "It was ended: no answer within the steps allowed.",
    "rounds": "It was ended: the rounds allowed were over.",
    "right": "It ended: the critique found no fault.",
    "same": "It ended: the new version was the old one.",
}
_PROBLEMS = {
    "malformed": "cannot be read as a step",
    "unknown tool": "there is no such tool",
    "repeated": "done just so before",
    "failed": "the tool failed",
}


def details_html(details: Mapping[str, Any]) -> str:
    """Whatever of them there is."""
    if isinstance(details.get("nodes"), list):
        return tree_html(details["nodes"], details.get("best"), str(details.get("evaluation", "")))
    parts = [_acting(details["steps"]) if _has(details, "steps") and _acts(details["steps"]) else ""]
    parts += [_simpler(details["steps"]) if _has(details, "steps") and not _acts(details["steps"]) else ""]
    parts += [_versions(details["versions"]) if _has(details, "versions") else ""]
    ended = _ENDS.get(str(details.get("ended", "")), "")
    shown = "".join(parts)
    return f'<div class="gw-found-own">{shown}<p class="gw-muted">{ended}</p></div>' if shown or ended else ""


def _has(details: Mapping[str, Any], name: str) -> bool:
    found = details.get(name)
    return isinstance(found, list) and bool(found) and all(isinstance(one, dict) for one in found)


def _acts(steps: list[dict[str, Any]]) -> bool:
    return "observation" in steps[0]


def _acting(steps: list[dict[str, Any]]) -> str:
    return f'<h5>Thought, action, observation</h5><ol class="gw-found-steps">{"".join(map(_act, steps))}</ol>'


def _act(step: Mapping[str, Any]) -> str:
    problem = _PROBLEMS.get(str(step.get("problem", "")), str(step.get("problem", "")))
    tool, given = str(step.get("tool", "")), str(step.get("given", ""))
    action = f"<code>{words.text_html(f'{tool}[{given}]' if tool else given)}</code>"
    rows = [("Thought", words.text_html(str(step.get("thought", ""))))]
    rows += [("Action" if tool else "Written", action)]
    rows += [("Observation", words.text_html(str(step.get("observation", ""))))]
    listed = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows if value)
    badge = f'<p class="gw-found-problem"><b>⚠</b> {escape(problem)}</p>' if problem else ""
    return f"<li><dl>{listed}</dl>{badge}</li>"


def _simpler(steps: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<li><dl><dt>Question</dt><dd>{words.text_html(str(one.get('question', '')))}</dd>"
        f"<dt>Answer</dt><dd>{words.text_html(str(one.get('answer', '')))}</dd></dl></li>"
        for one in steps
    )
    return f'<h5>Simpler questions, in turn</h5><ol class="gw-found-steps">{rows}</ol>'


def _versions(versions: list[dict[str, Any]]) -> str:
    rows = "".join(map(_version, versions))
    return f'<h5>Draft, critique, better version</h5><ol class="gw-found-steps">{rows}</ol>'


def _version(one: Mapping[str, Any]) -> str:
    critique = words.text_html(str(one.get("critique", "")))
    judged = "<dt>Critique</dt><dd>" + critique + "</dd>" if critique else ""
    found = '<p class="gw-found-fine"><b>✓</b> no fault found</p>' if one.get("right") else ""
    text = words.text_html(str(one.get("text", "")))
    return f"<li><dl><dt>Version</dt><dd>{text}</dd>{judged}</dl>{found}</li>"
