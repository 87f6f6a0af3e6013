"""Values of a table as texts. Standard library only."""

import json
import re
from typing import Any

from pipelines.core.errors import SpecError

_GSM8K = re.compile(r"\s*####\s*(?P<answer>[^\n]*?)\s*$")
_NOTES = re.compile(r"<<[^<>\n]*>>")  # what the calculator said, in GSM8K
_GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def as_text(value: Any) -> str:
    """Whole floats lose their point, lists and objects are written as JSON.

    >>> as_text(39.0), as_text(True), as_text(None), as_text(" a ")
    ('39', 'true', '', 'a')
    """
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        raise SpecError("items", "a value", "lists and objects that nest less deep") from None


def split_gsm8k(answer: str) -> tuple[str, str]:
    """(worked solution without the calculator's notes, answer without commas); the first is empty for an
    answer of another form.

    >>> split_gsm8k("She has 2 x 600 = <<2*600=1200>>1200.\\n#### 1,200")
    ('She has 2 x 600 = 1200.', '1200')
    """
    found = _GSM8K.search(answer)
    if not found or not found["answer"]:
        return "", answer
    told = found["answer"]
    number = told.replace(",", "") if _GROUPED.fullmatch(told) else told
    return _NOTES.sub("", answer[: found.start()]).strip(), number
