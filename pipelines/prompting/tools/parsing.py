"""What a model wrote, read as a step of ReAct: ``Thought: …``, ``Action: tool[input]``, as
:mod:`pipelines.prompting.tools.words` asks for it.

Tolerant where models differ: the case of a tool, spaces, no thought, numbered steps (``Action 2:``, as in the
paper's prompts), stars and backticks around it, quotes and code fences around the input, ``tool("input")``
for ``tool[input]``, LangChain's ``Action Input:`` and ``Final Answer:``. Strict where a guess would do harm:
the first action counts, what follows it is not read, and a line that begins with ``Observation:`` ends the
text, for a model does not tell itself what it saw. Knows no tool but that Python has many lines. Standard
library only.
"""

import re
from dataclasses import dataclass

from pipelines.prompting.tools.words import ACTION, FINISH, OBSERVATION

_MOST = 20_000  # characters that are read
_MANY_LINES = ("python",)  # elsewhere, what LangChain's form gives ends with its line
_FORM = f"Write one line: {ACTION} tool[input]"


@dataclass(frozen=True)
class Action:
    """``tool`` is in lower case; whether there is such a tool is not known here."""

    thought: str
    tool: str
    given: str


@dataclass(frozen=True)
class Malformed:
    """``reason`` is written to the model: what is missing, and what is accepted."""

    reason: str


def _label(word: str) -> str:
    """``Action:``, ``**Action:**``, ``Action 2:`` …"""
    return rf"[*_#>]*{word}(?:[ \t]*\d{{1,4}})?[*_]*[ \t]*[:：][*_]*"


def _lines(word: str) -> re.Pattern[str]:
    return re.compile(rf"^[ \t]*{_label(word)}", re.IGNORECASE | re.MULTILINE)


_ACTION, _OBSERVATION, _THOUGHT = _lines("action"), _lines("observation"), _lines("thought")
_FINAL = _lines(r"final[ \t]+answer")
_INLINE = re.compile(rf"(?<=[\s.;,!?]){_label('Action')}")
_NEXT = _lines(r"(?:thought|action|observation|question|final[ \t]+answer)")
_TOOL = re.compile(r"[\s*_`'\"]{0,20}([A-Za-z][\w-]{0,63})[*`'\"]{0,4}")
_OPENED = re.compile(r"\s*\[|[ \t]*\(")
_INPUT = re.compile(r"\s*" + _label(r"action[ \t]+input") + r"[ \t]*", re.IGNORECASE)
_QUOTED = "|".join(
    (
        r"\\.",
        r"\"\"\"[\s\S]*?\"\"\"",
        r"'''[\s\S]*?'''",
        r"\"(?:\\.|[^\"\\\n])*\"",
        r"(?<!\w)[rbfu]{0,2}'(?:\\.|[^'\\\n])*'",  # but not the apostrophe of a word
    )
)
_FENCE = re.compile(r"`{3,}[ \t]*(?:\w+[ \t]*\n)?(.*?)(?:`{3,}|\Z)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}


def parse(text: str) -> Action | Malformed:
    """
    >>> parse("Thought: First 12 x 7.\\nAction: Calculator[12 x 7]\\nThat will do.")
    Action(thought='First 12 x 7.', tool='calculator', given='12 x 7')
    >>> parse("It must be 84.").reason
    'No action was found. Write one line: Action: tool[input]'
    """
    text = text[:_MOST]
    seen = _OBSERVATION.search(text)
    text = text[: seen.start()] if seen else text
    action, final = _ACTION.search(text) or _INLINE.search(text), _FINAL.search(text)
    if final and not (action and action.start() < final.start()):
        return Action(_thought(text[: final.start()]), FINISH, _bare(_put(text[final.end() :], True)))
    if action is None:
        why = f"{OBSERVATION} is not yours to write" if seen else "No action was found"
        return Malformed(f"{why}. {_FORM}")
    return _called(_thought(text[: action.start()]), text[action.end() :])


def _called(thought: str, rest: str) -> Action | Malformed:
    """``rest`` is what follows ``Action:``."""
    named = _TOOL.match(rest)
    if named is None:
        return Malformed(f"{ACTION} needs the name of a tool and its input. {_FORM}")
    tool, after = named[1].lower(), rest[named.end() :]
    if opened := _OPENED.match(after):
        given = _enclosed(after[opened.end() - 1 :], opened[0][-1])
    elif put := _INPUT.match(after):
        given = _put(after[put.end() :], tool in _MANY_LINES)
    else:
        form = _FORM if after.partition("\n")[0].strip() else _FORM.replace("tool", tool)
        return Malformed(f"{ACTION} {tool} has no input in brackets. {form}")
    if given is None:
        return Malformed(f"The bracket after {tool} is not closed. {_FORM.replace('tool', tool)}")
    return Action(thought, tool, _bare(given))


def _thought(text: str) -> str:
    label = _THOUGHT.search(text)
    return (text[label.end() :] if label else text).strip()


def _enclosed(text: str, opening: str) -> str | None:
    """What stands between the bracket that ``text`` begins with and the one that closes it, if one does.

    A bracket within a text of Python's closes nothing, if that leaves one which does; else quotes are only
    signs: ``search[5" [127 mm] pipe]``.

    >>> _enclosed('[print("]")] x', "["), _enclosed("[a[1]] and b]", "["), _enclosed("[a[1]", "[")
    ('print("]")', 'a[1]', None)
    """
    closing = {"[": "]", "(": ")"}[opening]
    pair = rf"[{re.escape(opening + closing)}]"
    for pattern in (f"{_QUOTED}|{pair}", pair):
        depth = 0
        for found in re.finditer(pattern, text):
            depth += {opening: 1, closing: -1}.get(found[0], 0)
            if not depth:
                return text[1 : found.start()]
    return None


def _put(text: str, many: bool) -> str:
    """The input in LangChain's form, which nothing closes: its line, or all up to the next label."""
    if text.lstrip().startswith("```"):
        return text
    end = _NEXT.search(text)
    text = text[: end.start()].strip() if end else text.strip()
    return text if many else text.partition("\n")[0]


def _bare(given: str) -> str:
    """Without the fence or the quotes around it.

    >>> _bare("```python\\nprint(1)\\n```"), _bare('"12 x 7"'), _bare('"a" + "b"'), _bare("“x”")
    ('print(1)', '12 x 7', '"a" + "b"', 'x')
    """
    given = given.strip()
    if fence := _FENCE.match(given):
        return fence[1].strip()
    if given[:1] + given[-1:] in ("“”", "‘’", "``") and len(given) > 1:
        return given[1:-1].strip()
    quote = given[:1]
    if quote not in ('"', "'") or not re.fullmatch(rf"{quote}(?:\\.|[^{quote}\\])*{quote}", given, re.DOTALL):
        return given
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), given[1:-1], flags=re.DOTALL)
