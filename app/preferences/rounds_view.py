"""A round as its owner and its annotators see it beside the board. Pure; titles are escaped here."""

from html import escape
from urllib.parse import urlencode

from app.preferences.words import TAB
from pipelines.preferences.records import Round


def link_of(round: Round) -> str:
    """What the address ends in for those who are to vote."""
    return "?" + urlencode({"tab": TAB, "round": round.code})


def head_html(round: Round, mine: bool) -> str:
    """What is compared, and for its owner the link and what can be done. Annotators are not told the
    models."""
    if not mine:
        return (
            f'<div class="gw-pref-round"><p><b>{escape(round.title)}</b><small>Opened by a link: its owner '
            "sees your votes.</small></p></div>"
        )
    spec = round.spec
    pair = (spec.model_a, spec.model_b)
    models = escape(pair[0] if pair[0] == pair[1] else " against ".join(pair))
    state = "" if round.open else ' <b class="gw-pref-closed">closed</b>'
    each = "one vote a pair" if spec.annotators == 1 else f"{spec.annotators} votes a pair"
    kind = "Re-vote: " if spec.purpose == "revote" else ""
    return (
        f'<div class="gw-pref-round"><p><b>{kind}{models}</b>{state}<small>{each} · '
        f"{escape(spec.prompts)} prompts · {spec.max_new_tokens} new tokens</small></p>{_manage(round)}</div>"
    )


def _manage(round: Round) -> str:
    title, link = escape(round.title), escape(link_of(round))
    turn = ("close", "Close it") if round.open else ("reopen", "Open it again")
    return (
        '<div class="gw-rag-buttons"><button type="button" data-copy-link="' + link + '">Copy the link for '
        'annotators</button></div><details data-key="manage"><summary>Rename, close, delete</summary>'
        '<div class="gw-rag-manage"><form data-does="rename"><label>Title <input name="title" '
        f'value="{title}" maxlength="120" autocomplete="off"></label><button type="submit">Rename</button>'
        f'</form><div class="gw-rag-buttons"><button type="button" data-does="{turn[0]}">{turn[1]}</button>'
        '<button type="button" class="gw-rag-delete" data-does="delete" data-sure="Delete '
        f'“{title}” with all its pairs and votes? There is no way back.">Delete the round</button></div>'
        "</div></details>"
    )
