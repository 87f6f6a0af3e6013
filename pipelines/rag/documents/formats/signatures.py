"""What functions and classes are called, by the look of a line, for languages that have no parser here. A
light guess: it may miss a name or take another line for one, and never changes the text. Standard library
only."""

import re
from collections.abc import Iterator, Sequence

Found = tuple[int, int, int]  # start, end, level

_MOST_CHARS = 300  # of a line that may be a definition
_MODIFIER = (
    r"(?:export|default|public|private|protected|internal|static|final|abstract|sealed|open|data|inline|override|"
    r"virtual|async|unsafe|const|extern|partial|declare|local|suspend|create|or|replace|pub(?:\([^)]{0,40}\))?)\s+"
)
_KEYWORD = (
    r"(?:class|interface|struct|enum|trait|impl|module|namespace|protocol|extension|object|record|func|fn|fun|"
    r"function\*?|def|sub|macro|message|service|table|view|procedure|trigger)"
)
_NAME = r"(?:\([^()]{0,80}\)\s*)?[\w$][\w$.:]*[!?]?"  # the receiver of Go's methods may stand before it
_NO_NAME = r"(?!(?:if|for|while|switch|catch|return|else|do|new|throw|case|elif|with|using|lock)\b)"
_DEFINED = re.compile(rf"\s*(?P<told>(?:{_MODIFIER}){{0,6}}{_KEYWORD}\s+{_NAME})", re.I)
_ASSIGNED = re.compile(
    r"\s*(?P<told>(?:export\s+)?(?:(?:const|let|var)\s+)?[\w$.]+)\s*(?:=|<-)\s*"
    r"(?:async\s*)?(?:function\b|\([^()]{0,120}\)\s*=>|\w+\s*=>)"
)
_TYPED = re.compile(  # int main(int count) {
    rf"\s*(?P<told>{_NO_NAME}(?:[\w$:<>,*&\[\]?~.]+\s+[*&]*){{0,6}}[\w$:~]+)\s*\([^();{{}}]{{0,200}}\)"
    r"[^;(){}=]{0,60}(?P<open>\{|$)"
)
ANY_LANGUAGE = (_DEFINED, _ASSIGNED, _TYPED)
PYTHON = (re.compile(r"\s*(?P<told>(?:async\s+)?def\s+\w+|class\s+\w+)"),)


def signatures(text: str, patterns: Sequence[re.Pattern[str]] = ANY_LANGUAGE) -> list[Found]:
    """Where ``func Add`` or ``class Tide`` stand, with a level by how far they are indented.

    >>> text = "class Tide {\\n  int height(int at) {"
    >>> [(text[start:end], level) for start, end, level in signatures(text)]
    [('class Tide', 1), ('int height', 2)]
    """
    found: list[Found] = []
    indents: list[int] = []
    for start, line, after in _lines(text):
        if told := _told(line, after, patterns):
            indent = len(line) - len(line.lstrip())
            while indents and indents[-1] >= indent:
                indents.pop()
            indents.append(indent)
            found.append((start + told.start("told"), start + told.end("told"), len(indents)))
    return found


def _told(line: str, after: str, patterns: Sequence[re.Pattern[str]]) -> re.Match[str] | None:
    if not line or line.isspace() or len(line) > _MOST_CHARS:
        return None
    told = next((found for pattern in patterns if (found := pattern.match(line))), None)
    if told and told.re is _TYPED and not told["open"] and not after.lstrip().startswith("{"):
        return None
    return told


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    """(where it starts, the line, the line after it)."""
    lines, start = text.split("\n"), 0
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        yield start, line, after
        start += len(line) + 1
