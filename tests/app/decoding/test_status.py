"""The status line of a comparison: what is going on, numbers with units, and no markup from outside."""

from app.decoding.moment import Growing, Moment
from app.decoding.status import status_html
from pipelines.generation.comparing import DecodeRequest
from pipelines.generation.strategy import strategy

REQUEST = DecodeRequest("m", "Hi", (strategy("greedy"), strategy("top_p")))


def test_numbers_have_units():
    texts = {(0, 0): Growing(ids=[1] * 1200), (1, 0): Growing(ids=[1] * 800)}
    html = status_html(Moment(REQUEST, "done", texts=texts, first=0.25, seconds=2.25))
    for words in (
        "All done", "2 strategies", "2,000 tokens", "1 k tokens/s together", "first after 250 ms", "2.2 s",
    ):  # fmt: skip
        assert words in html


def test_one_strategy_and_nothing_written_yet():
    html = status_html(Moment(DecodeRequest("m", "Hi", (strategy("greedy"),))))
    assert "1 strategy<" in html and "tokens" not in html


def test_a_model_s_name_is_text():
    assert "<img" not in status_html(Moment(REQUEST, "loading", "<img src=x>"))
