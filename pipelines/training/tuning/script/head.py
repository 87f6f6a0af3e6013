"""Of the script: what it needs, what it says of itself, what may be told to it."""

import sys
from collections.abc import Iterable

from pipelines.training.tuning.script.facts import Facts, Part, part
from pipelines.training.tuning.script.words import indented, literal, remark
from pipelines.training.tuning.specs import ADAPTERS, TuneSpec

_ALWAYS = ("accelerate", "numpy", "torch", "transformers")
_SAYS = '''\
"""A fine-tuning run as a script of its own: {libraries} do the work.

    uv run train.py                    # fetches the libraries that the lines above name
    python train.py --base FOLDER      # with libraries that are here already

train.jsonl and validation.jsonl beside this file are the rows of the run, split as they were. Settings,
tokens, what is learnt of them, the order of the batches and the measure that chooses the best checkpoint are
those of the run too, so that its losses come out again, up to rounding. Left out, as they change no weight:
compiling, pausing and resuming, samples on the way and the measures on general text.
"""
'''
_OPTIONS = """\
parser = argparse.ArgumentParser(description="Repeat a fine-tuning run.")
{base}
parser.add_argument("--data", default=Path(__file__).parent, type=Path, help="folder of the two .jsonl files")
parser.add_argument("--out", default="tuned", help="folder for checkpoints and result")
options = parser.parse_args()


def rows_of(file):
    with (options.data / file).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
"""


def metadata(facts: Facts, packages: Iterable[str]) -> str:
    """PEP 723's lines, from which uv and pipx install; the same for pip as a remark."""
    pinned = [_pin(name, facts.versions.get(name, "")) for name in sorted({*_ALWAYS, *packages})]
    lines = "".join(f"#     {literal(pin)},\n" for pin in pinned)
    pip = _wrapped(["pip install", *pinned])
    return f'# /// script\n# requires-python = ">=3.11"\n# dependencies = [\n{lines}# ]\n# ///\n#\n{pip}'


def docstring(spec: TuneSpec, facts: Facts, says: str = _SAYS) -> str:
    """``says`` is the script's own, with ``{libraries}`` in it."""
    sft = hasattr(spec, "chat_template")
    names = ["TRL"] if sft else []
    names += ["PEFT"] if spec.method in ADAPTERS else []
    libraries = " and ".join(
        [", ".join([*names[:-1], "transformers"]) if names[:-1] else "transformers", *names[-1:]]
    )
    about = f"job {remark(facts.job_id)}, " if facts.job_id else ""
    name = remark(spec.name) or "without a name"
    named = f"# The run: {name} ({about}task {spec.task}, method {spec.method})\n"
    if facts.ended:
        steps = f"{facts.ended:,} of {facts.steps:,} steps"
        named += f"# It was ended by hand after {steps}; this goes on to the end.\n"
    if spec.processes > 1:
        named += f"# It ran in {spec.processes} processes that shared each batch; here one takes it whole.\n"
    return named + says.format(libraries=libraries)


def options(facts: Facts) -> Part:
    words = literal(facts.base.words)
    given = f'"--base",\n    default={indented(literal(facts.base.default)).lstrip()},\n    help={words},\n'
    base = f"parser.add_argument(\n    {given})"
    return part(_OPTIONS.format(base=base), "argparse, json, pathlib:Path")


def imports_of(parts: Iterable[Part]) -> str:
    """All that the parts need, as a linter would sort it."""
    wanted = {name for one in parts for name in one.imports}
    ours, theirs = (
        [
            name
            for name in wanted
            if (name.partition(":")[0].split()[0].split(".")[0] in sys.stdlib_module_names) is own
        ]
        for own in (True, False)
    )
    return "\n\n".join(filter(None, (_section(names) for names in (ours, theirs))))


def _pin(name: str, version: str) -> str:
    return f"{name}=={version}" if version else name


def _section(names: list[str]) -> str:
    whole = sorted(name for name in names if ":" not in name)
    members: dict[str, list[str]] = {}
    for name in names:
        module, colon, member = name.partition(":")
        if colon:
            members.setdefault(module, []).append(member)
    froms = (_from(module, sorted(found)) for module, found in sorted(members.items()))
    return "\n".join([*(f"import {name}" for name in whole), *froms])


def _from(module: str, members: list[str]) -> str:
    line = f"from {module} import {', '.join(members)}"
    if len(line) <= 110:
        return line
    return f"from {module} import (\n" + "".join(f"    {member},\n" for member in members) + ")"


def _wrapped(words: list[str]) -> str:
    """A shell command as remarks, continued over lines."""
    lines, line = [], "#"
    for word in words:
        if len(line) + len(word) > 100:
            lines.append(line + " \\")
            line = "#    "
        line += " " + word
    return "\n".join([*lines, line]) + "\n"
