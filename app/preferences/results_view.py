"""What came of the votes, for the round's owner: progress, people, agreement, quality, ratings, the win rate
of a re-vote. Pure; names and titles are escaped here.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from app import units
from app.preferences.words import pairs_of, span
from app.tokenizer.chips import count_of
from pipelines.preferences.measures.agreement import Agreement
from pipelines.preferences.measures.finding import FINE, LOOK, Finding
from pipelines.preferences.measures.quality import Quality
from pipelines.preferences.measures.ratings import Rating
from pipelines.preferences.measures.winning import WinRate
from pipelines.preferences.records import Kind, Round, Vote

_SIGNS = {FINE: ("✓", "fine"), LOOK: ("!", "worth a look")}
_KINDS = {Kind.HUMAN: "", Kind.JUDGE: "judge, a model", Kind.PROGRAM: "rule, a program"}
_COEFFICIENTS = (
    ("krippendorff", "Krippendorff’s α", "every vote on a pair with several"),
    ("fleiss", "Fleiss’ κ", "pairs with the commonest number of votes"),
    ("cohen", "Cohen’s κ", "each two annotators, by the pairs of both"),
)


def not_yours_html() -> str:
    return empty_html("For its owner", "What came of the votes is shown to who made the round.")


def empty_html(title: str, words: str) -> str:
    told = f'<p class="gw-empty-title">{escape(title)}</p><p>{escape(words)}</p>'
    return f'<div class="gw-pref-empty">{told}</div>'


def summary_html(round: Round, progress: Any, decided: int) -> str:
    """The numbers that everything below rests on."""
    facts = (
        (f"{progress.pairs:,}", "pairs"),
        (f"{progress.votes:,} of {progress.wanted:,}", "votes"),
        (f"{decided:,}", "pairs decided"),
        (f"{progress.annotators:,}", "people"),
    )
    told = "".join(f"<div><dt>{words}</dt><dd>{number}</dd></div>" for number, words in facts)
    state = "" if round.open else '<b class="gw-pref-closed">closed</b>'
    return f'<dl class="gw-pref-facts">{told}</dl>{state}'


def won_html(people: WinRate, judge: WinRate | None = None) -> str:
    """Of a re-vote: how often the trained model won, and how much longer it writes."""
    rows = _won_row("People", people) + (_won_row("Judge", judge) if judge and judge.count else "")
    heads = _heads("Voted by", "Win rate", "95 % interval", "Won, tied, lost", "Words, and the change")
    return _section(
        f"Does it win? {people.model}", f"<table>{heads}<tbody>{rows}</tbody></table>",
        "A tie is half a win. Where the interval holds 50 %, the votes cannot tell the two apart yet.",
    )  # fmt: skip


def _won_row(who: str, rate: WinRate) -> str:
    if rate.share is None:
        return f'<tr><th scope="row">{who}</th><td colspan="4">No pair is decided yet.</td></tr>'
    lengths = "–"
    if rate.lengths:
        ends = (
            f" ({rate.lengths.low:+.1f} to {rate.lengths.high:+.1f})"
            if rate.lengths.low is not None and rate.lengths.high is not None
            else ""
        )
        lengths = f"{rate.lengths.mine:.1f}, {rate.lengths.change:+.1f}{ends}"
    return (
        f'<tr><th scope="row">{who}</th><td><b>{100 * rate.share:.1f} %</b></td><td>'
        f"{span(rate.low, rate.high)}</td><td>{rate.wins}, {rate.ties}, {rate.losses}</td>"
        f"<td>{lengths}</td></tr>"
    )


def people_html(quality: Quality, votes: Sequence[Vote]) -> str:
    """Who voted, how often, and how long a vote took them; judges and programs are marked as such."""
    paces = {one.annotator: one for one in quality.paces}
    rows = ""
    for annotator in dict.fromkeys(one.annotator for one in votes):
        mine = [one for one in votes if one.annotator == annotator]
        pace = paces.get(annotator)
        kind = _KINDS[mine[-1].kind]
        mark = f' <small class="gw-pref-kind">{kind}</small>' if kind else ""
        seconds = units.duration(pace.seconds) if pace and pace.seconds is not None else "–"
        fast = f"{pace.fast:,}" if pace else "–"
        cells = "".join(f"<td>{one}</td>" for one in (f"{len(mine):,}", seconds, fast))
        rows += f'<tr><th scope="row">{escape(mine[-1].name or annotator)}{mark}</th>{cells}</tr>'
    heads = _heads("Annotator", "Votes", "Median time", "Faster than one reads")
    return _section("Annotators", f"<table>{heads}<tbody>{rows}</tbody></table>")


def agreement_html(found: Agreement) -> str:
    rows = ""
    for name, title, words in _COEFFICIENTS:
        value = getattr(found, name)
        ends = ""
        if name == "krippendorff" and found.low is not None:
            ends = f" <small>{found.low:.2f} to {found.high:.2f}</small>"
        shown = f"<b>{value:.2f}</b>{ends}" if value is not None else escape(found.reasons.get(name, "–"))
        rows += f'<tr><th scope="row">{title}<small>{words}</small></th><td>{shown}</td></tr>'
    observed = f", {100 * found.observed:.0f} % of votes alike" if found.observed is not None else ""
    told = f"{pairs_of(found.judged_by_several)} judged by several{observed}. 0 is chance, 1 is agreement."
    return _section("Agreement", f"<table><tbody>{rows}</tbody></table>", told)


def quality_html(found: Quality) -> str:
    rows = "".join(map(_finding, found.findings))
    look = len(found.to_look_at)
    told = (
        "Nothing speaks against training on these." if not look else f"{count_of(look, 'thing')} to look at."
    )
    heads = _heads("", "What", "Measured", "Judged by")
    return _section("Quality", f"<table>{heads}<tbody>{rows}</tbody></table>", told)


def _finding(one: Finding) -> str:
    sign, words = _SIGNS.get(one.verdict, ("–", "not measured"))
    value = "–"
    if one.value is not None:
        value = f"{100 * one.value:.1f} %" if one.unit == "share" else f"{one.value:.4g} {escape(one.unit)}"
        if one.low is not None and one.high is not None:
            ends = span(one.low, one.high) if one.unit == "share" else f"{one.low:.3g} to {one.high:.3g}"
            value += f" <small>{ends}</small>"
    note = f"<small>{escape(one.note)}</small>" if one.note else ""
    return (
        f'<tr data-verdict="{escape(one.verdict)}"><td><b title="{words}" role="img" aria-label="{words}">'
        f'{sign}</b></td><th scope="row">{escape(one.title)}</th><td>{value} <small>of {one.count:,}</small>'
        f"</td><td>{escape(one.rule)}{note}</td></tr>"
    )


def ratings_html(rated: Sequence[Rating], elo: Sequence[Rating]) -> str:
    """Both scales beside each other, the strongest model first."""
    others = {one.model: one for one in elo}
    rows = "".join(
        f'<tr><th scope="row"><code>{escape(one.model)}</code></th><td>{_rated(one)}</td>'
        f"<td>{_rated(others[one.model]) if one.model in others else '–'}</td><td>{one.games:,}</td></tr>"
        for one in rated
    )
    heads = _heads("Model", "Bradley–Terry", "Elo", "Votes")
    told = (
        "A vote is a game, a tie half a win; 95 % intervals (bootstrap). 400 points are odds of ten to one."
    )
    return _section("Ratings", f"<table>{heads}<tbody>{rows}</tbody></table>", told)


def _rated(one: Rating) -> str:
    ends = f" <small>{one.low:.0f} to {one.high:.0f}</small>" if one.low is not None else ""
    return f"<b>{one.score:.0f}</b>{ends}"


def _section(title: str, inside: str, words: str = "") -> str:
    told = f'<p class="gw-muted">{escape(words)}</p>' if words else ""
    return f'<section class="gw-pref-table"><h4>{escape(title)}</h4>{told}{inside}</section>'


def _heads(*titles: str) -> str:
    heads = "".join(f'<th scope="col">{one}</th>' for one in titles)
    return f"<thead><tr>{heads}</tr></thead>"
