"""Whatever bytes come, under whatever name: a document or a refusal in words, and who asked lives on."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.kinds import SUFFIXES, kind_of
from pipelines.rag.documents.limits import Limits
from pipelines.rag.documents.normal import normal
from pipelines.rag.documents.reading import read_document
from tests.support.documents import docx_bytes, encrypted_pdf, pdf_bytes, prose

pytestmark = pytest.mark.process
WHOLE = {
    ".pdf": pdf_bytes([prose(90, seed) for seed in range(3)], "Tides", [("Tides", 0)]),
    ".docx": docx_bytes([("Heading 1", "Tides"), ("", prose(50)), ("List Number", "x")], [[["a", "b"]]]),
    ".html": b"<html><head><title>T</title></head><body><h1>Tides</h1><table><tr><td>a<td>b</table><ul><li>x",
    ".md": b"---\ntitle: T\n---\n# Tides\n\n- a\n  1. b\n\n|a | b |\n|---|---|\n|1|2|\n\n```\ncode\n```\n<b>",
    ".csv": b'port,hours\n"Brest, F",6\n"a ""b""",7\n',
    ".jsonl": b'{"title": "T", "text": "a", "n": [1, {"b": 2}]}\n{"text": "c"}\n',
    ".json": b'{"data": [{"text": "a\\u00e9"}, {"b": {"c": 1}}]}',
    ".py": b"class A:\n    def f(self):\n        return 'x'\n",
    ".java": b"class A {\n  int f(int a) {\n  }\n}\n",
    ".txt": "The café\r\nat high tide.".encode("utf-16"),
}


def tried(path: Path, name: str) -> None:
    """Raises for anything but a document or a refusal with words."""
    try:
        found = read_document(path, name, Limits(seconds=20))
    except GlassworksError as error:
        assert str(error).startswith(name) and str(error).endswith("."), error
        return
    assert found.text.strip() and found.kind == kind_of(name)
    assert found.kind == "code" or normal(found.text) == found.text
    for mark in found.marks:
        assert found.text[mark.start : mark.end].strip()


def damaged(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, a part doubled or left out."""
    made = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(made))
        act = rng.randrange(4)
        if act == 0:
            made[at] = rng.randrange(256)
        elif act == 1:
            made[at:at] = made[max(0, at - rng.randint(1, 60)) : at]
        elif act == 2:
            del made[at : at + rng.randint(1, 30)]
        else:
            made[at : at + 2] = rng.choice([b"\0\0", b"\xff\xfe", b"<<", b">>", b"]]", b"((", b"99"])
        made = made or bytearray(b"x")
    return bytes(made)


def all_tried(files: list[tuple[bytes, str]], folder: Path) -> None:
    def one(at: int) -> None:
        path = folder / str(at)
        path.write_bytes(files[at][0])
        tried(path, files[at][1])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(len(files))))


def test_random_bytes_under_every_name(tmp_path):
    rng = random.Random(1)
    ends = {kind_of(f"x{end}"): end for end in SUFFIXES}.values()  # one a kind
    all_tried(
        [(rng.randbytes(rng.choice([1, 30, 3000])), f"x{end}") for end in ends for _ in range(2)], tmp_path
    )


def test_every_kind_under_every_other_name(tmp_path):
    ends = [".pdf", ".docx", ".html", ".md", ".jsonl"]
    all_tried([(WHOLE[one], f"x{other}") for one in (".pdf", ".docx") for other in ends], tmp_path)


@pytest.mark.parametrize("end", [".pdf", ".docx"])
def test_damaged_files(tmp_path, end):
    rng = random.Random(2)
    files = [(damaged(WHOLE[end], rng), f"x{end}") for _ in range(6)]
    files += [(WHOLE[end][: rng.randrange(len(WHOLE[end]))], f"x{end}") for _ in range(2)]
    if end == ".pdf":
        files += [(damaged(encrypted_pdf(WHOLE[end], ""), rng), "x.pdf") for _ in range(2)]
    all_tried(files, tmp_path)


def test_damaged_texts_here(read):
    """Without a process each, so that there can be many."""
    rng = random.Random(3)
    for end in (".html", ".md", ".csv", ".jsonl", ".json", ".py", ".java", ".txt"):
        for _ in range(150):
            try:
                found = read(damaged(WHOLE[end], rng), f"x{end}", Limits(rows=50))
            except GlassworksError:
                continue
            assert found.kind == "code" or normal(found.text) == found.text
