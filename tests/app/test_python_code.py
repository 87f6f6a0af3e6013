"""Code for taking away is shown as text."""

from app.python_code import code_html


def test_code_is_shown_as_text():
    assert "<script" not in code_html("<script>alert(1)</script>")


def test_without_code_there_is_a_hint():
    assert "gw-hint" in code_html("")
