"""What the Start tab leads to is there, and the links' inputs are those that their tabs restore."""

from html import unescape
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import gradio as gr
import pytest

from app.decoding.linked import linked
from app.links import restored
from app.shell import TABS
from app.start.cards import FREE, WALK, free_html, walk_html
from app.tabs import attention, tokenizer
from pipelines.generation.fill_mask_requests import FillMaskSpec

KNOWN = {name for _, name, _, _ in TABS}


def query(card) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(card.link).query))


@pytest.mark.parametrize("card", [*FREE, *WALK], ids=lambda card: card.link)
def test_every_card_leads_into_a_tab(card):
    assert query(card) == {"tab": card.tab, **dict(card.inputs)} and card.tab in KNOWN


def test_inputs_are_restored_by_their_tabs():
    for card in FREE:
        asked, request = query(card), SimpleNamespace(query_params=query(card))
        given = list(dict(card.inputs).values())
        if card.tab == "decoding":
            assert linked(asked) == dict(card.inputs)
        if card.tab == "attention":
            assert [one for one in attention._restore(request) if isinstance(one, str)] == given
        if card.tab == "tokenizer":
            assert tokenizer._restore(request)[0] == given[0]
        if card.tab == "fill-mask":
            assert restored(request, "fill-mask", ["text"], FillMaskSpec)[0]["value"] == given[0]


def test_the_tokenizer_s_step_opens_its_training():
    request = SimpleNamespace(query_params=query(WALK[1]))
    assert isinstance(tokenizer._linked_tool(request), gr.Tabs)


def test_what_is_the_owner_s_is_said_only_where_others_are():
    assert "owner" not in walk_html(shared=False) + free_html()
    assert walk_html(shared=True).count("<small>") == sum(bool(card.shared) for card in WALK) > 3


def test_links_are_whole_in_the_page():
    for card in FREE:
        assert f'href="{card.link}"' in unescape(free_html())
