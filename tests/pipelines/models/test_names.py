import pytest

from pipelines.core.errors import SpecError
from pipelines.models.names import Source, parse

JOB = "576bzj2y6q66"


@pytest.mark.parametrize(
    ("name", "source", "rest"),
    [
        ("house/crab-5m", Source.HOUSE, "crab-5m"),
        (f"run/{JOB}", Source.RUN, JOB),
        (f"run/{JOB}@0", Source.RUN, JOB),
        (f"run/{JOB}@1200", Source.RUN, JOB),
        ("openai-community/gpt2", Source.HUB, "openai-community/gpt2"),
        ("Qwen/Qwen2.5-0.5B", Source.HUB, "Qwen/Qwen2.5-0.5B"),
        ("path:/some/folder", Source.PATH, "/some/folder"),
        ("endpoint:local", Source.ENDPOINT, "local"),
    ],
)
def test_a_name_is_its_parts_and_back(name, source, rest):
    parsed = parse(name)
    assert (parsed.source, parsed.rest) == (source, rest)
    assert str(parsed) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "gpt2", "/etc/passwd", "../x", "a/../b", "house/../x", "house/..", "house/a/b", "a/b/c"),
        *("run/nope", "run/", "run/../x", f"run/{JOB}x", "./x", "~/x", "a/", "/a", "a/.b", "a\\b", "C:\\x"),
        *(
            "path:",
            "path:  ",
            "file:/x",
            "endpoint:",
            "endpoint:a/b",
            "house/a\nb",
            "a/b\x00",
            "a/" + "b" * 600,
        ),
        *(f"run/{JOB}@{step}" for step in ("", "-1", "01", "x", "1.5", "1@2", "1/2", "9" * 10, "../1", "²")),
        *("a--b/c", None, 3, b"a/b", ["a/b"]),
    ],
)
def test_what_is_no_name_is_refused_with_the_scheme(name):
    with pytest.raises(SpecError, match="house/<name>"):
        parse(name)


def test_a_checkpoint_has_a_step():
    assert (parse(f"run/{JOB}@120").step, parse(f"run/{JOB}").step) == (120, None)


def test_only_a_folder_is_local():
    assert parse("path:/x").local
    assert not parse("house/x").local and not parse("a/b").local
