"""What an annotator sees: the consent, the pair that is being written, the pair to vote on, and what stands
there when none waits. Pure; all that people and models wrote is escaped here.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from app.preferences.words import pairs_of
from pipelines.preferences.records import Making, Message, Round, Served, Several
from pipelines.preferences.specs import MAX_NOTE, MAX_PROMPT, MAX_TEXT, TAGS

SIDES = ("left", "right")
_RANKED = (3, 4, 5, 6)
_EDIT = ("edit", "Edit", "Make it better")
_CHOICES = (
    ("left", "Left", "←", "better"),
    ("tie", "Tie", "↓", "equally good"),
    ("both_bad", "Both bad", "↑", "neither will do"),
    ("right", "Right", "→", "better"),
    ("skip", "Skip", "S", "no opinion"),
)
_STRENGTHS = (("1", "a little"), ("2", "clearly"), ("3", "much"))


def nothing_html(words: str = "Make a round on the left, or open one by its link.") -> str:
    """No round is chosen."""
    return board_html("none", _empty("Which answer is better?", words))


def consent_html(round: Round, notice: Sequence[str], name: str = "", refused: str = "") -> str:
    """Asked once a round, before the first pair; ``notice`` says what is kept, where, for whom, how long."""
    told = "".join(f"<p>{escape(one)}</p>" for one in notice)
    guidelines = f"<blockquote>{escape(round.spec.guidelines)}</blockquote>" if round.spec.guidelines else ""
    form = (
        f'<form data-does="join"><h3>{escape(round.title)}</h3>{guidelines}'
        "<p>You will see two answers to a prompt, without the names of the models and in random order, and "
        f"say which one is better.</p>{told}<p>You can have your votes deleted at any time: <b>Delete my "
        "votes</b> stands below the pairs, and <b>Your data</b> at the top has those of all rounds.</p>"
        f'<label>Your name here <input name="name" value="{escape(name)}" maxlength="40" required '
        'autocomplete="nickname" placeholder="A nickname will do"></label>'
        '<label class="gw-pref-tick"><input type="checkbox" name="consented" required> I agree that my votes '
        f'are kept and used so.</label>{_refused(refused)}<button type="submit" class="gw-pref-go">Begin'
        "</button></form>"
    )
    return board_html("consent", f'<div class="gw-pref-consent">{form}</div>')


def waiting_html(round: Round, progress: Any, refused: str = "") -> str:
    """No pair is open: the next one is asked for, or a prompt of one's own."""
    if not round.open:
        words = "Its votes are in; its owner can open it again."
        return board_html(
            "closed", head_html(round, progress) + _empty("This round is closed", words) + foot_html()
        )
    own = (
        '<form data-does="own"><label>Or a prompt of your own <textarea name="prompt" rows="2" '
        f'maxlength="{MAX_PROMPT}" required placeholder="Tell me a story of a fox who …"></textarea></label>'
        '<button type="submit">Answer this</button></form>'
    )
    numbers = "".join(f'<option value="{n}"{" selected" if n == 4 else ""}>{n}</option>' for n in _RANKED)
    several = (
        '<form data-does="several"><label>Or put several in an order <select name="count" '
        f'aria-label="How many answers">{numbers}</select></label>'
        '<button type="submit">Write them</button></form>'
    )
    ready = (
        '<button type="button" class="gw-pref-go" data-does="next">Show me a pair <kbd>N</kbd></button>'
        f"{_refused(refused)}{several}{own}"
    )
    title = "Ready for the next one" if progress.mine else "Two answers, one question"
    words = "The next prompt is answered twice, side by side, while you look on."
    return board_html("waiting", head_html(round, progress) + _empty(title, words, ready) + foot_html())


def writing_html(round: Round, progress: Any, run: str, moment: Making | Several) -> str:
    """The answers as they grow: the page's script asks for more of them by the name of the run."""
    cards = "".join(card_html(side, text, busy=True) for side, text in texts_of(moment).items())
    stop = '<button type="button" data-does="stop">Stop</button>'
    told = (
        '<p class="gw-pref-told" role="status"><i class="gw-dot"></i><span data-doing>'
        f"{doing_words(moment.loading)}</span>{stop}</p>"
    )
    prompt = f"<div data-prompt>{prompt_html(moment.prompt)}</div>"
    inside = f'{head_html(round, progress)}{prompt}<div class="gw-pref-cards">{cards}</div>{told}'
    return board_html("writing", inside, run=run)


def texts_of(moment: Making | Several) -> dict[str, str]:
    """Side → text: ``left`` and ``right``, or ``1``, ``2`` … of several."""
    if isinstance(moment, Several):
        return {str(number): one.text for number, one in enumerate(moment.answers, start=1)}
    return {"left": moment.left, "right": moment.right}


def doing_words(loading: bool) -> str:
    return "A model is being read: the first time takes longer …" if loading else "Being written …"


def voting_html(round: Round, progress: Any, served: Served) -> str:
    """The pair to vote on. The page's script sends the vote and shows it as kept when the server said so."""
    texts = zip(SIDES, (served.left, served.right), strict=True)
    cards = "".join(card_html(side, text) for side, text in texts)
    inside = (
        f"{head_html(round, progress)}{prompt_html(served.prompt)}"
        f'<div class="gw-pref-cards">{cards}</div>{_choices()}{_more()}'
        f'<div class="gw-pref-told" role="status"></div>{_keys()}{foot_html()}'
    )
    return board_html("voting", inside, pair=served.pair)


def prompt_html(messages: Sequence[Message]) -> str:
    said = "".join(
        f'<p data-role="{escape(one.role)}"><small>{escape(one.role)}</small>{escape(one.content)}</p>'
        for one in messages
    )
    return f'<div class="gw-pref-prompt" aria-label="Prompt">{said}</div>'


def progress_html(progress: Any) -> str:
    """Yours first; then all, of what is wanted."""
    share = 100 * min(1.0, progress.votes / progress.wanted) if progress.wanted else 0
    people = f" · {progress.annotators} people" if progress.annotators > 1 else ""
    return (
        f'<p class="gw-pref-progress"><b>{progress.mine:,}</b> by you<small>{pairs_of(progress.pairs)} · '
        f"{progress.votes:,} of {progress.wanted:,} votes{people}</small>"
        f'<span role="progressbar" aria-label="Votes of this round" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{share:.0f}"><i style="width:{share:.1f}%"></i></span></p>'
    )


def board_html(state: str, inside: str, **data: str) -> str:
    marks = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    return f'<div class="gw-pref-board" data-state="{state}" tabindex="-1"{marks}>{inside}</div>'


def head_html(round: Round, progress: Any) -> str:
    told = (
        f'<details data-key="guidelines" open><summary>What to prefer</summary>'
        f"<p>{escape(round.spec.guidelines)}</p></details>"
        if round.spec.guidelines
        else ""
    )
    return (
        f'<div class="gw-pref-head"><h3>{escape(round.title)}</h3><div data-progress>'
        f"{progress_html(progress)}</div>{told}</div>"
    )


def card_html(side: str, text: str, busy: bool = False, place: bool = False) -> str:
    """One answer, under way with ``busy``; with ``place`` it waits for one in an order, else it is edited."""
    does, words, title = ("place", "Next best", "Give it the next place") if place else _EDIT
    button = (
        f'<button type="button" data-does="{does}" data-side="{side}" title="{title}">{words}</button>'
        if not busy
        else ""
    )
    mark = '<b class="gw-pref-mark"></b>'
    return (
        f'<article class="gw-pref-card" data-side="{side}"{" data-busy" if busy else ""} '
        f'aria-label="Answer {side}"><header>{side.capitalize()}{mark}{button}</header>'
        f'<p class="gw-pref-text" data-text>{escape(text)}</p></article>'
    )


def _choices() -> str:
    buttons = "".join(
        f'<button type="button" data-does="vote" data-choice="{choice}"><b>{words}</b><small>{meaning}'
        f"</small><kbd>{key}</kbd></button>"
        for choice, words, key, meaning in _CHOICES
    )
    return f'<div class="gw-pref-choices" role="group" aria-label="Which one is better?">{buttons}</div>'


def _more() -> str:
    """How much better, why, and a note: all before the choice, which sends them with it."""
    strengths = "".join(
        f'<button type="button" data-does="strength" data-strength="{number}" '
        f'aria-pressed="{"true" if number == "1" else "false"}">{words} <kbd>{number}</kbd></button>'
        for number, words in _STRENGTHS
    )
    tags = "".join(
        f'<button type="button" data-does="tag" data-tag="{escape(tag)}" aria-pressed="false">{escape(tag)}'
        "</button>"
        for tag in TAGS
    )
    return (
        '<div class="gw-pref-more"><div role="group" aria-label="How much better"><span>Better by</span>'
        f'{strengths}</div><div role="group" aria-label="Reasons"><span>Because of</span>{tags}</div>'
        f'<label><span>Note</span><input name="note" maxlength="{MAX_NOTE}" autocomplete="off" '
        'placeholder="If you wish"></label></div>'
    )


def edit_html(side: str, text: str) -> str:
    """The field in which a better text than both is made of one."""
    return (
        f'<form class="gw-pref-edit" data-does="edited" data-side="{escape(side)}">'
        '<textarea name="edited" class="gw-pref-better" '
        f'maxlength="{MAX_TEXT}" rows="10" aria-label="The {escape(side)} answer, made better">{escape(text)}'
        '</textarea><button type="submit">Vote for this text</button><button type="button" data-does="leave">'
        "Leave it</button><small>It is kept as better than both. Ctrl + Enter votes, Escape leaves.</small>"
        "</form>"
    )


def _keys() -> str:
    told = (("← →", "better"), ("↓", "tie"), ("↑", "both bad"), ("S", "skip"), ("1 2 3", "by how much"))
    told += (("E then ← →", "edit it"), ("N", "next"))
    keys = "".join(f"<span><kbd>{key}</kbd> {words}</span>" for key, words in told)
    at_once = '<label><input type="checkbox" data-at-once> Go on at once</label>'
    return f'<p class="gw-pref-keys">{keys}{at_once}</p>'


def foot_html() -> str:
    return (
        '<p class="gw-pref-foot"><span data-saved role="status"></span>'
        '<button type="button" data-does="forget" data-sure="Delete all your votes '
        'in this round? There is no way back." data-yes="Delete them">Delete my votes</button></p>'
    )


def _empty(title: str, words: str, inside: str = "") -> str:
    return (
        f'<div class="gw-pref-empty"><p class="gw-empty-title">{escape(title)}</p><p>{escape(words)}</p>'
        f"{inside}</div>"
    )


def _refused(message: str) -> str:
    return f'<p class="gw-pref-refused" role="alert">{escape(message)}</p>' if message else ""
