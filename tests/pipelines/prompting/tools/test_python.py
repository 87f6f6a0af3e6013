"""What a model is told of its program: in the sandbox of this machine, or that there is none."""

import pytest

from pipelines.common.sandbox.run import Limits, NoSandboxError
from pipelines.prompting.tools import python
from pipelines.prompting.tools.base import MOST
from pipelines.prompting.tools.python import Python, why_not

BLIND = "Here Python only computes: there are no files, no network and no other programs."
LIBRARY = "Here is only Python's standard library."
LOUD = "It was ended: it printed more than 16,384 bytes."
run = Python(Limits(memory=256 << 20, seconds=1, output=16 << 10))
held = pytest.mark.skipif(bool(why_not()), reason="no sandbox works on this machine")


@held
@pytest.mark.process
@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("print('a', 1)\nx = 3\nx * 2", "a 1\n6"),
        ("'abc'", "'abc'"),
        ("import math\nmath.comb(50, 25)", "126410606437752"),
        ("def f(n):\n    return 1 if n < 2 else n * f(n - 1)\n\nprint(f(5))", "120"),
        ("x = 1", "It ran and printed nothing. Print the result, or end with it on a line of its own."),
        ("import sys; sys.stderr.write('aside')", "5"),
        ("print(1)\n\n1 / 0", "1\nZeroDivisionError: division by zero (line 3)."),
        ("a b", "SyntaxError: invalid syntax (line 1)."),
        ("assert False", "AssertionError (line 1)."),
        ("import sys; sys.exit('so')", "so"),
        ("import none", f"ModuleNotFoundError: No module named 'none' (line 1). {LIBRARY}"),
        ("__file__", "NameError: name '__file__' is not defined (line 1)."),
    ],
)  # fmt: skip
def test_what_it_printed_and_its_last_value(code, told):
    assert run(code) == told


@held
@pytest.mark.process
@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("open('/etc/passwd').read()", f"Permission denied: '/etc/passwd' (line 1). {BLIND}"),
        ("open('mine', 'w')", BLIND),
        ("open('not there')", BLIND),
        ("import os\nos.fork()", BLIND),
        ("import subprocess\nsubprocess.run(['ls'])", BLIND),
        ("import socket\nsocket.create_connection(('127.0.0.1', 80))", BLIND),
        ("x = bytearray(10 ** 10)", "It was ended: it needed more than 256 MB of memory."),
        ("print('begun')\nwhile True: pass", "begun\nIt was ended: it ran for more than 1 s, or waited"),
        ("print('x' * 10 ** 7)", f"xxx… (cut: 16,384 characters)\n{LOUD}"),
        ("raise ValueError('y' * 99_999)", "ValueError: yyy"),
        ("import os; os._exit(5)", "It ended with an error and said nothing."),
    ],
)  # fmt: skip
def test_what_it_may_not_do_is_told_clearly(code, told):
    found = run(code)
    assert told in found and len(found) <= MOST and "Traceback" not in found and "CODE" not in found


@held
@pytest.mark.process
def test_nothing_stays_between_calls():
    assert run("kept = 1\nkept") == "1"
    assert run("kept").startswith("NameError: name 'kept' is not defined")


def test_a_program_that_is_none_is_not_run(monkeypatch):
    monkeypatch.setattr(python, "run_python", None)
    assert "python needs a program" in run(" \n")
    assert "at most 10,000 characters" in run("1\n" * 5_001)


def test_where_no_sandbox_works_it_is_said(monkeypatch):
    def none(*_):
        raise NoSandboxError("No sandbox works on this machine, so the code is not run.")

    monkeypatch.setattr(python, "run_python", none)
    monkeypatch.setattr(python, "way", none)
    assert run("1") == why_not() == "No sandbox works on this machine, so the code is not run."
