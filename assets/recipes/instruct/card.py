"""Take a finished adapter over as ``house/story-instruct``, with its figures and its card.

    python -m assets.recipes.instruct.card ARTIFACT EVALUATION.json instruct-rows FOLDER

``ARTIFACT`` is the job's, ``EVALUATION.json`` what ``evaluate`` printed of it, ``instruct-rows`` what
``instructions`` wrote. Standard library only.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

_FIRST = "path:story-instruct-first"  # what the first recipe makes, as the second calls it
TOOLS = "with a calculator"
_FRAME = Path(__file__).with_suffix(".md")
_PROGRAM = ("problems of this repository", "as the repository")
_STORIES = ("TinyStories (Eldan and Li 2023), partial copies; by GPT-3.5 and GPT-4", "CDLA-Sharing-1.0")
_SOURCES = {
    "step by step": _PROGRAM,
    "direct": _PROGRAM,
    "sums": _PROGRAM,
    "with a calculator": _PROGRAM,
    "answer": (f"FairytaleQA's train split (Xu et al. 2022); {_STORIES[0]}", f"Apache-2.0; {_STORIES[1]}"),
    "classify": ("sentence polarity, Rotten Tomatoes (Pang and Lee 2005), nine tenths", "CC BY 4.0"),
    "general": ("instructions of LLMs-from-scratch (Raschka)", "Apache-2.0"),
}


def share(found: dict[str, float]) -> str:
    """``83.2 % (79.7 to 86.2)``"""
    return f"{100 * found['share']:.1f} % ({100 * found['low']:.1f} to {100 * found['high']:.1f})"


def arithmetic(told: dict[str, Any]) -> str:
    lines = ["| problems | step by step | direct |", "|---|---|---|"]
    for title, found in (("held out", told["held out"]), ("of training's kind, new", told["as in training"])):
        for kind, some in ((title, found), *((f"{title}, {n} steps", found[f"{n} steps"]) for n in (2, 3))):
            both = share(some["step by step"]), share(some["direct"])
            lines.append(f"| {kind}: {some['direct']['count']} | {both[0]} | {both[1]} |")
    return "\n".join(lines)


def tools(told: dict[str, Any]) -> str:
    found = told["large numbers"]
    return (
        f"with the calculator {share(found['with a calculator'])}, step by step without it "
        f"{share(found['step by step'])}, of {found['step by step']['count']} held-out problems"
    )


def others(told: dict[str, Any]) -> str:
    lines = ["| skill | exact | F1 in words |", "|---|---|---|"]
    for skill, found in told["other skills"].items():
        if "words told" in found:
            mean = found["words told"]
            lines.append(f"| {skill} | {100 * mean['mean']:.0f} % of the given words are told | |")
        else:
            lines.append(f"| {skill} | {share(found['exact match'])} | {found['F1']['mean']:.2f} |")
    return "\n".join(lines)


def rows(counts: dict[str, int]) -> str:
    learnt = {name.removeprefix("train: "): n for name, n in counts.items() if name.startswith("train: ")}
    learnt[TOOLS] = counts.get(f"tools: {TOOLS}", 0)
    return "\n".join(
        f"| {n:,} {skill} | {' | '.join(_SOURCES.get(skill, _STORIES))} |" for skill, n in learnt.items()
    )


def card(told: dict[str, Any], counts: dict[str, int]) -> str:
    gain = told["held out"]["step by step less direct"]
    return _FRAME.read_text(encoding="utf-8").format(
        arithmetic=arithmetic(told),
        difference=f"{100 * gain['difference']:.1f}",
        interval=f"{100 * gain['low']:.1f} to {100 * gain['high']:.1f}",
        p_value=f"{gain['p_value']:.1g}",
        tools=tools(told),
        others=others(told),
        rows=rows(counts),
        left_out=sum(n for name, n in counts.items() if name.startswith("left out")),
    )


def lineage(artifact: Path, rows: Path, told: dict[str, Any]) -> dict[str, Any]:
    """As the second job wrote it, with paths as the recipe has them and what was measured."""
    text = (artifact / "glassworks.json").read_text(encoding="utf-8")
    written = json.loads(text.replace(f"path:{rows.resolve()}", "path:instruct-rows"))
    written["spec"]["start_adapter"] = _FIRST
    return {**written, "job_id": None, "test": told}


def take_over(artifact: Path, told: dict[str, Any], rows: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(artifact, folder)
    for file in folder.iterdir():
        file.chmod(0o644)
    origin = json.dumps(lineage(artifact, rows, told), indent=2, ensure_ascii=False)
    (folder / "glassworks.json").write_text(f"{origin}\n", encoding="utf-8")
    counts = json.loads((rows / "counts.json").read_text(encoding="utf-8"))
    (folder / "README.md").write_text(card(told, counts), encoding="utf-8")


def main() -> None:
    artifact, evaluation, rows, folder = map(Path, sys.argv[1:5])
    take_over(artifact, json.loads(evaluation.read_text(encoding="utf-8")), rows, folder)


if __name__ == "__main__":
    main()
