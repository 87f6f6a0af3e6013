"""The README tells the truth: commands, links and picture exist, and a Space can read its front matter."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from PIL import Image

from tests.support.screenshots import MOST_BYTES, STATES

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def front_matter() -> dict:
    return yaml.safe_load(TEXT.split("---")[1])


def commands(page: Path) -> list[str]:
    """The lines of a page's ``bash`` blocks, comments left out."""
    blocks = re.findall(r"^```bash\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    found = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in found if line]


def ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


def test_front_matter_is_what_a_gradio_space_reads():
    fields = front_matter()
    assert fields["sdk"] == "gradio" and (ROOT / fields["app_file"]).is_file()
    assert str(fields["python_version"]) in ("3.11", "3.12")
    assert fields["suggested_hardware"] == "cpu-basic"
    assert re.fullmatch(r"\d+[mh]", fields["startup_duration_timeout"])
    assert {"title", "emoji", "colorFrom", "colorTo", "sdk_version", "short_description"} <= set(fields)
    assert len(fields["short_description"]) <= 60  # the Hub refuses a longer one
    assert fields["hf_oauth"] is True and 0 < fields["hf_oauth_expiration_minutes"] <= 30 * 24 * 60


def test_pictures_are_those_that_the_script_takes():
    """Each of them, small enough to be loaded with the page, of the size that it promises, and no other."""
    shown = re.findall(r"!\[[^\]]+\]\((docs/images/\w+\.png)\)", TEXT)
    assert sorted(shown) == sorted(f"docs/images/{name}.png" for name in STATES)
    for path in shown:
        assert (ROOT / path).stat().st_size <= MOST_BYTES
        with Image.open(ROOT / path) as picture:
            assert picture.size == (1280, 800)


def test_the_first_commands_are_the_promised_ones():
    assert any(line == "make run" for line in commands(ROOT / "README.md"))
    assert any(line == "make test" for line in commands(ROOT / "README.md"))


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_make_targets_exist(page):
    for line in commands(page):
        for target in re.findall(r"\bmake ([a-z]+)", line):
            done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
            assert done.returncode == 0, f"{line}: {done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_files_and_modules_in_commands_exist(page):
    for line in commands(page):
        for word in re.findall(r"(?<=-r )[\w./-]+|(?<=python )[\w./-]+\.py", line):
            assert (ROOT / word).is_file(), line
        for module in re.findall(r"python -m ((?:benchmarks|tests|app|pipelines)[\w.]*)", line):
            assert (ROOT / (module.replace(".", "/") + ".py")).is_file(), line


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_relative_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_python_blocks_are_python(page):
    for block in re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
        compile(block, str(page), "exec")


def test_every_setting_is_documented():
    from pipelines.core.settings import Settings

    text = (ROOT / "docs" / "how-to" / "settings.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        variable = field.validation_alias or f"GLASSWORKS_{name.upper()}"
        assert f"`{variable}`" in text, f"docs/how-to/settings.md does not name {variable}"
