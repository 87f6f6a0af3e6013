"""What stands before each gap, and the lists of a model that reads from the left."""

from types import SimpleNamespace

import pytest

from app.filling import Moment
from app.filling_beside import beside, beside_html, texts_before
from app.identity import Visitor
from pipelines.core.errors import NotAllowedError
from pipelines.generation.fill_mask_requests import Filled, Filling, Gap, NextTokens, NextTokensRequest
from pipelines.runtime.messages import Loading

HOSTILE = "<img src=x onerror=alert(1)>"


def moment(text, *gaps):
    return Moment("done", text, Filled("masked-lm", gaps, 9, 0.01))


def gap(start, end, word):
    return Gap(start, end, (Filling(word, 0.5, (1,)), Filling(" other", 0.1, (2,))))


def test_gaps_before_hold_their_likeliest_filling():
    text = "The <mask> dog <mask>."
    shown = moment(text, gap(3, 10, " big"), gap(14, 21, " ran"))
    assert texts_before(shown) == ("The", "The big dog")
    first = moment("<mask> dog <mask>", gap(0, 6, " A"), gap(10, 17, " ran"))
    assert texts_before(first) == ("", "A dog")


def test_the_worker_is_asked_for_all_gaps_at_once():
    asked = []

    def stream(request):
        asked.append(request)
        yield Loading("house/one")
        yield NextTokens(((Filling(" cat", 0.4, (3,)),),))

    services = SimpleNamespace(runtime=SimpleNamespace(stream=stream))
    owner, guest = Visitor("owner", True, "owner"), Visitor("guest", False, "guest")
    shown = moment("The <mask>", gap(3, 10, " dog"))
    assert beside(services, guest, "house/one", shown, 3).fillings[0][0].text == " cat"
    assert asked == [NextTokensRequest("house/one", ("The",), asked[0].spec)] and asked[0].spec.top_k == 3
    assert beside(services, owner, "path:/somewhere", shown, 3)
    with pytest.raises(NotAllowedError):
        beside(services, guest, "path:/somewhere", shown, 3)


def test_no_text_becomes_html():
    html = beside_html(HOSTILE, NextTokens(((Filling(HOSTILE, 0.25, (1,)),),)))
    assert "<img" not in html and "25.0 %" in html and "Gap 1" in html
