"""HTML: what is seen of a page."""

import pytest

from pipelines.core.errors import GlassworksError

PAGE = """<!DOCTYPE html><html><head><title>On &lt;tides&gt;</title><style>p {color: red}</style>
<script>alert("head")</script></head><body onload="alert(1)"><!-- a comment -->
<h1>High <b>tide</b></h1><p>The sea
   rises,<br>twice   a <a href="javascript:alert(2)">day</a>.<script>alert("body")</script></p>
<noscript>no script</noscript><template><p>template</p></template><svg><text>drawn</text></svg>
<p hidden>hidden one</p><div style="color:red; DISPLAY : none">hidden two</div><p aria-hidden="true">three</p>
<ul><li>moon<li>sun<ol start="4"><li>spring</li></ol></ul><pre>  if tide:
    wait()</pre><h3>Low</h3>tail &copy;</body></html>"""


def marks(found) -> list[tuple[str, int, str]]:
    return [(m.kind, m.level, found.text[m.start : m.end]) for m in found.marks]


def test_what_is_seen_and_nothing_else(read):
    found = read(PAGE, "a.html")
    assert found.title == "On <tides>"
    assert found.text == (
        "High tide\n\nThe sea rises,\ntwice a day.\n\n- moon\n- sun\n  4. spring\n\n"
        "  if tide:\n    wait()\n\nLow\n\ntail ©"
    )
    assert marks(found) == [
        ("heading", 1, "High tide"),
        ("block", 0, "  if tide:\n    wait()"),
        ("heading", 3, "Low"),
    ]


def test_tables_as_rows(read):
    head = "<table><caption>Ports</caption><tr><th>port<th>hours</tr>"
    found = read(f"{head}<tr><td>Brest<br>(F)<td> 6 <i hidden>x</i></table>", "a.html")
    assert ("block", 0, "Ports\nport | hours\nBrest (F) | 6") in marks(found)


def test_a_table_that_lays_out_a_page_is_read_as_a_page(read):
    page = (
        "<table><tr><td><h2>Menu</h2></td><td><table><tr><td>a</td><td>b</td></tr></table></td></tr></table>"
    )
    found = read(page, "a.html")
    assert found.text == "Menu\n\na | b" and marks(found) == [("heading", 2, "Menu"), ("block", 0, "a | b")]


def test_the_encoding_that_a_page_names(read):
    page = '<html><head><meta charset="koi8-r"></head><body>Привет</body></html>'
    assert read(page.encode("koi8-r"), "a.html").text == "Привет"
    assert read("<p>naïve".encode("cp1252"), "a.html").notes == ("Not UTF-8; read as Windows-1252.",)


def test_without_a_title_the_first_heading_is_one(read):
    assert read("<h2>Low</h2><p>x", "a.html").title == "Low"
    assert read("<p>x", "a.html").title == "a.html"


def test_deep_nesting_is_read(read):
    assert read("<div>" * 3000 + "deep" + "</div>" * 3000, "a.html").text == "deep"
    assert read("<table><tr><td>" * 300 + "deep", "a.html").text == "deep"


@pytest.mark.parametrize("page", ["<script>alert(1)</script>", "<!-- x -->", "<html></html>", "<p> </p>"])
def test_nothing_to_see(read, page):
    with pytest.raises(GlassworksError, match="it is empty"):
        read(page, "a.html")
