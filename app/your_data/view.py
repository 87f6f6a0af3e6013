"""*Your data* as the page shows it. Pure; what visitors wrote is escaped here."""

from collections.abc import Iterable, Mapping
from html import escape

from app import units
from app.tokenizer.chips import count_of
from app.your_data.kind import Gone
from app.your_data.yours import Told

DIALOG = (
    '<dialog class="gw-your" aria-labelledby="gw-your-title"><header><h2 id="gw-your-title">Your data</h2>'
    '<button type="button" class="gw-your-close" data-close aria-label="Close">✕</button></header>'
    '<div data-inside></div><p class="gw-your-said" role="status"></p></dialog>'
)


def inside_html(told: Iterable[Told], who: str, notice: Iterable[str]) -> str:
    """The list, what can be done with it, and what is stored where."""
    there = [one for one in told if one.held.count or one.more]
    listed = _table(there) if there else '<p class="gw-your-none">Nothing is kept of you here.</p>'
    words = "".join(f"<p>{escape(one)}</p>" for one in notice)
    return f"<p>{escape(who)}</p>{listed}<section><h3>What is kept, and where</h3>{words}</section>"


def gone_words(gone: Mapping[str, Gone], titles: Mapping[str, str]) -> str:
    """What was deleted, and what was not with why."""
    done = [f"{titles[name]}: {one.count:,}" for name, one in gone.items() if one.count]
    left = [f"{one.what} is left: {one.why}" for several in gone.values() for one in several.left]
    said = f"Deleted. {'; '.join(done)}." if done else "Nothing was deleted." if left else "Deleted."
    return " ".join([said, *left])


def _table(there: list[Told]) -> str:
    rows = "".join(map(_row, there))
    sure = "Delete everything that is listed here? There is no way back."
    return (
        '<div class="gw-your-table"><table><thead><tr><th scope="col">What</th><th scope="col">How much</th>'
        '<th scope="col">Size</th><th scope="col"><span class="gw-your-hidden">Actions</span></th></tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
        '<div class="gw-rag-buttons gw-your-all"><button type="button" data-does="pack">Download all as a zip'
        f'</button><button type="button" class="gw-rag-delete" data-does="forget" data-sure="{sure}">Delete '
        "everything …</button></div>"
    )


def _row(one: Told) -> str:
    kind, held = one.kind, one.held
    number = count_of(held.count, kind.noun) if kind.noun != "corpus" else _corpora(held.count)
    more = f"<small>{escape(one.more)}</small>" if one.more else ""
    sure = f"Delete {kind.title.lower()}: {number}{f' {one.more}' if one.more else ''}? There is no way back."
    return (
        f'<tr data-kind="{kind.name}"><th scope="row">{escape(kind.title)}</th><td>{number}{more}</td>'
        f'<td>{units.size(held.bytes)}</td><td><div class="gw-rag-buttons"><button type="button" data-does='
        f'"pack" data-kind="{kind.name}" aria-label="Download {escape(kind.title)}">Download</button>'
        f'<button type="button" class="gw-rag-delete" data-does="forget" data-kind="{kind.name}" data-sure="'
        f'{escape(sure)}" aria-label="Delete {escape(kind.title)}">Delete …</button></div></td></tr>'
    )


def _corpora(count: int) -> str:
    return f"{count:,} {'corpus' if count == 1 else 'corpora'}"
