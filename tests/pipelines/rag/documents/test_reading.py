"""The bounded process: what it gives back, how it ends, and that it ends."""

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from pipelines.common.sandbox import landlock, seccomp
from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.limits import Limits
from pipelines.rag.documents.reading import Reading, read_document, read_text
from tests.support.documents import docx_bomb, docx_bytes, encrypted_pdf, pdf_bytes, prose
from tests.support.imports import ROOT

SLOW = b"<div>" * 200_000 + b"x"  # HTML that takes seconds
pytestmark = pytest.mark.process


@pytest.fixture
def file(tmp_path: Path):
    def write(data: bytes) -> Path:
        path = tmp_path / "upload.bin"
        path.write_bytes(data)
        return path

    return write


def refused(path: Path, name: str, limits: Limits = Limits()) -> str:  # noqa: B008
    with pytest.raises(GlassworksError) as caught:
        read_document(path, name, limits)
    return str(caught.value)


def test_a_document_comes_back_whole_under_its_safe_name(file):
    found = read_document(file(pdf_bytes([prose(200, 1), "Second page."], "Tides")), "../../x.pdf")
    assert (found.name, found.kind, found.title, found.pages) == ("x.pdf", "pdf", "Tides", 2)
    assert found.text.endswith("Second page.") and found.page_at(len(found.text) - 1) == 2


def test_steps_can_be_taken_between(file):
    reading = Reading(file(b"# Tides\n\nTurn."), "x.md")
    asked = 0
    while not reading.done():
        asked += 1
        time.sleep(0.001)
    assert asked and reading.result().text == "Tides\n\nTurn."
    assert reading.result() is reading.result()
    reading.close()
    assert reading.result().title == "Tides"


def test_two_files_of_one_name_are_two_documents(file, tmp_path):
    other = tmp_path / "other"
    other.write_bytes(b"other")
    with Reading(file(b"one"), "x.txt") as first, Reading(other, "x.txt") as second:
        assert (first.result().text, second.result().text) == ("one", "other")


def test_pasted_text_is_read_as_a_file_would_be():
    assert read_text("# Tides  \r\nturn\ud800").text == "# Tides\nturn"
    found = read_text("# Tides\n\nturn", "pasted.md")
    assert (found.kind, found.title, found.marks[0].label) == ("markdown", "Tides", "Tides")


def test_faults_have_the_name_and_what_is_accepted(file):
    assert refused(file(b""), "../x.txt") == "x.txt: it is empty; a document with some text is accepted."
    assert "accepted are PDF" in refused(file(b"x"), "x.exe")
    assert "larger than the 1 MB accepted" in refused(
        file(b"x" * 1_000_001), "x.txt", Limits(bytes=1_000_000)
    )
    assert "longer than the 5 characters accepted" in refused(file(b"abcdef"), "x.txt", Limits(characters=5))
    assert refused(file(encrypted_pdf(pdf_bytes(["x"]), "secret")), "x.pdf").startswith(
        "x.pdf: it is encrypted"
    )
    assert "x.pdf: it is damaged" in refused(file(pdf_bytes(["x"])[:300]), "x.pdf")
    assert "x.docx: it is damaged" in refused(file(changed_document(b"<w:p>")), "x.docx")
    assert "cannot be opened" in refused(Path("/no/such/file"), "x.txt")


def changed_document(xml: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx_bytes([("", "x")]))) as given, zipfile.ZipFile(written, "w") as made:
        for name in given.namelist():
            made.writestr(name, xml if name == "word/document.xml" else given.read(name))
    return written.getvalue()


def test_a_zip_bomb_is_refused_by_its_directory_and_by_memory(file):
    assert "unpacks to more than is accepted: at most 400 MB" in refused(file(docx_bomb(450)), "x.docx")
    assert "more than 200 MB of memory" in refused(file(docx_bomb(30)), "x.docx", Limits(memory=200 << 20))


def test_a_zip_bomb_that_lies_about_its_size(file):
    """zipfile unpacks no more than the directory says, and finds that it does not fit."""
    data = bytearray(docx_bomb(40))
    at = (
        data.index(b"word/document.xml", data.rindex(b"PK\x01\x02", 0, data.rindex(b"word/document.xml")))
        - 46
    )
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    assert "x.docx: it is damaged" in refused(file(bytes(data)), "x.docx")


def test_too_long_by_the_processor_and_by_the_clock(file):
    assert "took longer than the 1 s allowed" in refused(file(SLOW), "x.html", Limits(seconds=1))
    reading = Reading(file(SLOW), "x.html")
    reading._end = 0
    assert reading.done() and ended(reading._process.pid)
    with pytest.raises(GlassworksError, match="took longer"):
        reading.result()
    reading.close()


def test_closing_ends_it(file):
    reading = Reading(file(SLOW), "x.html")
    pid = reading._process.pid
    assert not reading.done()
    reading.close()
    reading.close()
    assert ended(pid)
    with pytest.raises(GlassworksError, match="reading was ended"):
        reading.result()


def test_a_killed_one_says_so(file):
    reading = Reading(file(SLOW), "x.html")
    os.kill(reading._process.pid, signal.SIGKILL)
    with pytest.raises(GlassworksError, match="ended, perhaps for lack of memory"):
        reading.result()
    reading.close()


def test_it_ends_with_its_parent(file):
    code = (
        "import sys, time; from pathlib import Path; from pipelines.rag.documents.reading import Reading\n"
        "reading = Reading(Path(sys.argv[1]), 'x.html')\n"
        "print(reading._process.pid, flush=True); time.sleep(60)"
    )
    started = [sys.executable, "-c", code, str(file(SLOW * 4))]
    with subprocess.Popen(started, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    until = time.monotonic() + 30
    while not ended(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert ended(pid)


def ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        return "(zombie)" in Path(f"/proc/{pid}/status").read_text()  # of a parent that does not look
    except OSError:
        return True


CONFINED = """
import socket, subprocess, sys
from pipelines.rag.documents.child import confine
confine()
for act in (
    lambda: open("/etc/passwd"),
    lambda: open(sys.argv[1]),
    lambda: open(sys.argv[1] + ".new", "w"),
    lambda: socket.socket(),
    lambda: subprocess.run(["/bin/true"]),
):
    try:
        act()
    except OSError:
        print("refused")
import pypdf, docx, bs4, markdown_it
print("ready")
"""


def test_the_process_sees_no_file_and_no_network(file):
    if not seccomp.is_known() or not landlock.version():
        pytest.skip("this kernel has no Landlock, or its system calls are not known here")
    ran = subprocess.run(
        [sys.executable, "-c", CONFINED, str(file(b"x"))], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.stdout.split() == ["refused"] * 5 + ["ready"], ran.stderr[-500:]


def test_secrets_of_the_environment_are_not_handed_on(file, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "secret")
    with Reading(file(SLOW), "x.html") as reading:
        given = Path(f"/proc/{reading._process.pid}/environ")
        if not given.exists():
            pytest.skip("no /proc to look into")
        assert b"secret" not in given.read_bytes()
