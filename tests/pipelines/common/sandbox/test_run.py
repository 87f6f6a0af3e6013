"""A stranger's code can compute. What it tries beyond that is refused, whichever way it is confined."""

import re
import socket
from pathlib import Path

import pytest

from pipelines.common.sandbox import run as sandbox
from pipelines.common.sandbox.run import Limits, NoSandboxError, run_python
from pipelines.common.sandbox.seccomp import _CLONE, _CLONE3, _REFUSED
from pipelines.core.errors import SpecError

SHORT = Limits(seconds=1)
HEADERS = (
    "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "/usr/include/asm-generic/unistd.h",
)


def _works(how: str) -> bool:
    try:
        return sandbox._ran("print(1)", Limits(), how).state == "done"
    except NoSandboxError:
        return False


@pytest.fixture(params=["inside", "around"])
def ran(request):
    if not _works(request.param):
        pytest.skip(f"this machine cannot confine a process {request.param}")
    return lambda code, limits=SHORT: sandbox._ran(code, limits, request.param)


def test_it_computes_and_says_what_it_found(ran):
    code = "import math, json, decimal, threading\nprint(json.dumps([math.factorial(20), 'ü']))"
    found = ran(code)
    assert (found.state, found.output, found.errors) == ("done", '[2432902008176640000, "\\u00fc"]\n', "")


def test_a_thread_is_no_process(ran):
    found = ran("import threading\nt = threading.Thread(target=lambda: print('beside'))\nt.start()\nt.join()")
    assert found.output == "beside\n"


def test_no_file_of_ours_is_read_or_written(ran, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden")
    does = ("print(open({}).read())", "open({}, 'w').write('x')", "import os; os.remove({})",
            "import os; os.truncate({}, 0)", "import os; os.chmod({}, 0o777)",
            "print(open('/etc/passwd').read())")  # fmt: skip
    for code in (one.format(repr(str(secret))) for one in does):
        found = ran(code)
        assert found.state == "failed" and "hidden" not in found.output and "root:" not in found.output
    assert secret.read_text() == "hidden"


def test_nothing_of_the_app_s_environment_is_seen(ran, monkeypatch):
    monkeypatch.setenv("GLASSWORKS_SECRET", "hidden")
    found = ran("import os\nprint(dict(os.environ))\nprint(open(f'/proc/{os.getppid()}/environ').read())")
    assert "hidden" not in found.output


def test_no_server_is_reached(ran):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        assert ran(f"import socket; socket.create_connection(('127.0.0.1', {port}), 1)").state == "failed"
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("while True: pass", "late"),
        ("import time; time.sleep(60)", "late"),
        ("x = bytearray(10 ** 10)", "full"),
        ("while True: print('again and again')", "loud"),
        ("import sys\nwhile True: sys.stderr.write('again and again')", "loud"),
        ("1 / 0", "failed"),
        ("import sys; sys.exit(3)", "failed"),
        ("not Python", "failed"),
        ("input()", "failed"),
    ],
)
def test_how_it_ended_is_told(ran, code, state):
    found = ran(code)
    assert found.state == state
    assert len(found.output) <= SHORT.output and len(found.errors) <= SHORT.output


def test_the_traceback_is_that_of_the_code(ran):
    assert 'File "<code>", line 2' in ran("x = 1\nx / 0").errors


@pytest.mark.skipif(not _works("inside"), reason="no Landlock or no seccomp here")
@pytest.mark.parametrize(
    "code",
    [
        "import os; os.fork()",
        "import os; os.execv('/bin/true', ['true'])",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.kill(os.getppid(), 9)",
        "import socket; socket.socket()",
        "import socket; socket.socketpair()",
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (99, 99))",
        "import ctypes\nassert ctypes.CDLL(None, use_errno=True).ptrace(16, 1, 0, 0) == 0",
        "import ctypes\nassert ctypes.CDLL(None, use_errno=True).unshare(0x10000000) == 0",
    ],
)
def test_from_inside_nothing_else_is_started_or_changed(code):
    assert sandbox._ran(code, SHORT, "inside").state == "failed"


def test_where_nothing_confines_it_nothing_runs_and_the_reasons_are_said(monkeypatch, tmp_path):
    """A child that cannot confine itself, and no bubblewrap."""
    child = tmp_path / "child.py"
    child.write_text("import sys; sys.exit('the kernel has no Landlock')")
    monkeypatch.setattr(sandbox, "_CHILD", child)
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox.way.cache_clear()
    try:
        with pytest.raises(NoSandboxError, match=r"not run.*no Landlock; bubblewrap is not installed"):
            run_python("print(1)")
    finally:
        sandbox.way.cache_clear()


def test_a_way_that_lets_files_be_read_does_not_count(monkeypatch, tmp_path):
    child = tmp_path / "child.py"
    child.write_text("import sys; exec(sys.stdin.read())")
    monkeypatch.setattr(sandbox, "_CHILD", child)
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox.way.cache_clear()
    try:
        with pytest.raises(NoSandboxError, match="inside: files could be read"):
            sandbox.way()
    finally:
        sandbox.way.cache_clear()


@pytest.mark.parametrize("changed", [{"memory": 1}, {"seconds": 0}, {"output": 0}, {"seconds": True}])
def test_limits_out_of_range_are_named(changed):
    (name,) = changed
    with pytest.raises(SpecError, match=f"{name} accepts"):
        Limits(**changed)


@pytest.mark.parametrize("column", [0, 1])
def test_the_numbers_are_the_kernel_s(column):
    """A call that is newer than these headers is not compared."""
    header = Path(HEADERS[column])
    if not header.exists():
        pytest.skip(f"{header} is not here")
    defined = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text()))
    known = {**_REFUSED, "clone": _CLONE, "clone3": (_CLONE3, _CLONE3)}
    compared = 0
    for name, numbers in known.items():
        if name in defined:
            assert numbers[column] == int(defined[name]), name
            compared += 1
        elif column == 1 and numbers[1] is not None and max(numbers) < 440:
            raise AssertionError(f"{name} is no call of ARM64's")
    assert compared > 80
