"""Scripts that the page hands out, run as they are shown on a tiny model saved to a folder."""

import io
from contextlib import redirect_stdout
from pathlib import Path

from tests.support.tiny_models import build, tokenizer


def printed(code: str, family: str, folder: Path) -> list[str]:
    """The lines that the script prints; ``folder`` is the source that it names."""
    build(family).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    with redirect_stdout(io.StringIO()) as said:
        exec(compile(code, "shown", "exec"), {"__name__": "__main__"})
    return said.getvalue().splitlines()
