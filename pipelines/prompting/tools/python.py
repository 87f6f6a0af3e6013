"""Python for a model: its code runs in the one sandbox, and what it printed is told, with the value of its
last line. Each run begins anew. Where nothing on this machine can hold such code, it is not run.
"""

from dataclasses import dataclass, field

from pipelines.common.sandbox.run import Limits, NoSandboxError, Ran, run_python, way
from pipelines.prompting.tools.base import MOST, bounded

LIMITS = Limits(memory=256 << 20, seconds=3, output=16 << 10)
_CODE = 10_000
_ERRORS = 600  # characters of one error
_MARK = "<python>"  # what the code is called in a traceback

# Runs in the sandbox, in front of nothing that must be kept: the code may do what it likes with it. Output is
# written by the line, so that it is there even if the process is ended. An error is told in a line, for the
# frames above are this program's; but what ends in MemoryError is known to the sandbox by just that.
_PROGRAM = """
import ast, sys
sys.stdout.reconfigure(line_buffering=True)

def run(code):
    tree, names = ast.parse(code, MARK), {"__name__": "__main__"}
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, MARK, "exec"), names)
    if last and (value := eval(compile(ast.Expression(last.value), MARK, "eval"), names)) is not None:
        print(repr(value))

def line_of(error):
    found, frame = error.lineno if isinstance(error, SyntaxError) else None, error.__traceback__
    while frame is not None:
        found = frame.tb_lineno if frame.tb_frame.f_code.co_filename == MARK else found
        frame = frame.tb_next
    return f" (line {found})" if found else ""

def hint(error):
    if isinstance(error, OSError):
        return " Here Python only computes: there are no files, no network and no other programs."
    if isinstance(error, ImportError):
        return " Here is only Python's standard library."
    return ""

try:
    run(CODE)
except MemoryError:
    raise
except Exception as error:
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    told = type(error).__name__ + (f": {said}"[:MOST].rstrip(".") if said else "")
    sys.exit(f"{told}{line_of(error)}.{hint(error)}")
"""


@dataclass(frozen=True)
class Python:
    limits: Limits = field(default=LIMITS)
    name: str = "python"
    does: str = "runs a Python program and shows what it prints"

    def __call__(self, given: str) -> str:
        if not given.strip():
            return "python needs a program: python[print(12 * 7)]"
        if len(given) > _CODE:
            return f"python accepts at most {_CODE:,} characters; these are {len(given):,}."
        try:
            ran = run_python(_program(given), self.limits)
        except NoSandboxError as error:
            return bounded(str(error))
        return _told(ran, self.limits)


def why_not() -> str:
    """Why no Python can be run on this machine; empty where it can."""
    try:
        way()
    except NoSandboxError as error:
        return str(error)
    return ""


def _program(code: str) -> str:
    return f"CODE, MARK, MOST = {code!r}, {_MARK!r}, {_ERRORS}\n{_PROGRAM}"


def _told(ran: Ran, limits: Limits) -> str:
    """What was printed, and below it how it ended, which is never cut off."""
    end = _end(ran, limits)
    output = ran.output.rstrip() or (ran.errors.strip() if ran.state == "done" else "")
    if not output:
        return end or "It ran and printed nothing. Print the result, or end with it on a line of its own."
    return "\n".join([bounded(output, MOST - len(end) - 1), *([end] if end else [])])


def _end(ran: Ran, limits: Limits) -> str:
    match ran.state:
        case "done":
            return ""
        case "late":
            return f"It was ended: it ran for more than {limits.seconds} s, or waited for twice as long."
        case "full":
            return f"It was ended: it needed more than {limits.memory >> 20:,} MB of memory."
        case "loud":
            return f"It was ended: it printed more than {limits.output:,} bytes."
    return bounded(ran.errors.strip(), 2 * _ERRORS) or "It ended with an error and said nothing."
