"""Every question with how each configuration fared on it, by pages; and one question's way through the stages
in words. Pure; all text is escaped here.
"""

from collections.abc import Sequence
from html import escape

from app.pager import pager_html
from app.prompt_lab import words
from app.rag.measure_run import Board
from app.rag.measure_view import counted, short
from pipelines.rag.measuring.failing import WORDS, Failure, Rank
from pipelines.rag.measuring.questions import Gold, Question
from pipelines.rag.measuring.scores import BY_NAME, Score

PAGE = 20
FILTERS = {
    "all": "All",
    "failed": "Failed somewhere",
    "always": "Failed everywhere",
    "differ": "Right here, wrong there",
}
TRACE_HINT = '<p class="gw-muted">Choose a question to read which way its passage went.</p>'
_TITLES = {
    "bm25": "BM25",
    "dense": "Dense",
    "fusion": "Fusion",
    "copies": "Without copies",
    "mmr": "MMR",
    "rerank": "Reranker",
    "neighbours": "With neighbours",
    "hits": "Found",
}
_ORIGINS = {
    "rules": "made by rules",
    "cloze": "a cloze",
    "model": "written by a model",
    "imported": "imported",
}


def chosen(board: Board, wanted: str) -> list[int]:
    """Places of the questions that the filter keeps."""
    return [place for place in range(len(board.questions)) if _keeps(_failed(board, place), wanted)]


def items_html(board: Board, places: Sequence[int], page: int, opened: int | None) -> str:
    """A page, from 0; beyond the last one the last."""
    if not places:
        return '<p class="gw-muted">No question is like that.</p>'
    pages = -(-len(places) // PAGE)
    page = min(max(0, page), pages - 1)
    heads = '<th scope="col">Question</th>' + "".join(
        f'<th scope="col">{escape(one.name)}</th>' for one in board.configurations
    )
    shown = places[page * PAGE : (page + 1) * PAGE]
    body = "".join(_row(board, place, place == opened) for place in shown)
    title = f"{len(places):,} of {counted(len(board.questions), 'question')}"
    table = words.table(title, heads, body, "gw-measure-table gw-measure-items")
    return table + pager_html(page, pages, "questions")


def item_html(board: Board, place: int) -> str:
    """The question, what is right, and the way of its passage by each configuration."""
    question = board.questions[place]
    ways = "".join(
        _way(one.name, scores[place])
        for one, scores in zip(board.configurations, board.scores, strict=True)
        if place in scores
    )
    return f'<article class="gw-measure-item">{_question(question)}{ways}</article>'


def way(ranks: Sequence[Rank]) -> str:
    """
    >>> way([Rank("bm25", 3, 50), Rank("dense", 0, 50), Rank("hits", 1, 5)])
    'BM25: 3rd of 50. Dense: not among 50. Found: 1st of 5.'
    """
    return " ".join(f"{_title(one.stage)}: {_rank(one)}." for one in ranks)


def _failed(board: Board, place: int) -> list[bool]:
    return [bool(scores[place].failed) for scores in board.scores if place in scores]


def _keeps(failed: Sequence[bool], wanted: str) -> bool:
    return {
        "failed": any(failed),
        "always": bool(failed) and all(failed),
        "differ": any(failed) and not all(failed),
    }.get(wanted, True)


def _row(board: Board, place: int, opened: bool) -> str:
    question = board.questions[place]
    button = (
        f'<button type="button" class="gw-found-item" data-item="{place}">'
        f"{escape(words.clipped(question.text))}</button>"
    )
    cells = "".join(f"<td>{' '.join(_mark(scores.get(place)))}</td>" for scores in board.scores)
    here = ' aria-current="true"' if opened else ""
    return f'<tr{here}><th scope="row">{button}</th>{cells}</tr>'


def _mark(score: Score | None) -> tuple[str, str]:
    """The sign, and the stage at which it failed."""
    if score is None:
        return words.mark_html(words.WAITING), ""
    if not score.failed:
        known = words.RIGHT if score.figures else ("–", "not judged", "gw-found-unread")
        return words.mark_html(known), ""
    sign = words.FAILED if score.failed == Failure.ERROR else words.WRONG
    return words.mark_html(sign), f"<small>{escape(short(score.failed))}</small>"


def _question(question: Question) -> str:
    right = " or ".join(f"<b>{escape(one)}</b>" for one in question.answers)
    origin = f" <small>{_ORIGINS[question.origin]}</small>" if question.origin in _ORIGINS else ""
    answers = f"<p>Right: {right}</p>" if right else ""
    golds = "".join(
        f"<blockquote><small>{escape(one.document)}</small><p>{_passage(one)}</p></blockquote>"
        for one in question.gold
    )
    return (
        f'<header><p class="gw-measure-question">{escape(question.text)}{origin}</p>{answers}{golds}</header>'
    )


def _passage(gold: Gold) -> str:
    return escape(words.clipped(gold.text, 600)) if gold.text else "Anywhere in this document."


def _way(name: str, score: Score) -> str:
    sign, stage = _mark(score)
    why = score.note or (WORDS[Failure(score.failed)] if score.failed else "")
    said = f'<p class="gw-measure-why">{escape(why)}</p>' if why else ""
    cut = (
        '<p class="gw-muted">No chunk has the whole passage: a cut goes through it.</p>' if score.cut else ""
    )
    stages = f"<p>{escape(way(score.ranks))}</p>" if score.ranks else ""
    return (
        f"<section><h5>{sign} {escape(name)} {stage}</h5>{said}{cut}{stages}{_answer(score)}"
        f'<p class="gw-muted">{_figures(score)}</p></section>'
    )


def _answer(score: Score) -> str:
    if score.abstained:
        return "<p>Answer: not in these documents.</p>"
    return f"<p>Answer: “{escape(words.clipped(score.answer, 600))}”</p>" if score.answer else ""


def _figures(score: Score) -> str:
    told = [
        f"{escape(BY_NAME[name].title)} {value:.2f}"
        for name, value in score.figures.items()
        if value is not None and not BY_NAME[name].binary
    ]
    return " · ".join([*told, words.seconds(score.seconds)])


def _title(stage: str) -> str:
    return _TITLES.get(stage, stage.capitalize())


def _rank(one: Rank) -> str:
    if not one.rank:
        return f"not among {one.of}"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(one.rank % 10 if one.rank % 100 not in (11, 12, 13) else 0, "th")
    return f"{one.rank}{ending} of {one.of}"
