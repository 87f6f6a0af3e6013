"""The map as a figure."""

import numpy as np

from app.rag.map_figure import map_figure
from app.rag.map_words import note_html
from pipelines.rag.answers import Mapped


def mapped(
    count: int = 6, documents: int = 2, asked: bool = True, explained: float = 0.4, total: int = 0
) -> Mapped:
    rng = np.random.default_rng(0)
    return Mapped(
        points=rng.standard_normal((count, 2)).astype(np.float32),
        query=np.array([0.5, -0.5], np.float32) if asked else np.zeros(0, np.float32),
        ids=tuple(f"c{n}" for n in range(count)),
        names=tuple(f"d{n % documents}.txt" for n in range(count)),
        snippets=tuple(f"the <b>words</b> of {n}" for n in range(count)),
        explained=explained,
        total=total or count,
    )


def test_every_passage_is_drawn_once_in_its_documents_colour():
    figure = map_figure(mapped(), {"c1"}, "where?")
    names = [trace.name for trace in figure.data]
    assert names == ["d0.txt", "d1.txt", "found", "the question"]
    assert sum(len(trace.x) for trace in figure.data[:2]) == 6
    assert list(figure.data[2].x) == [float(mapped().points[1, 0])]
    assert (figure.data[3].x[0], figure.data[3].y[0]) == (0.5, -0.5)


def test_many_documents_share_one_colour():
    figure = map_figure(mapped(30, 10))
    assert figure.data[6].name == "4 other documents"
    assert sum(len(trace.x) for trace in figure.data[:7]) == 30


def test_without_a_question_there_is_no_star():
    assert "the question" not in [trace.name for trace in map_figure(mapped(asked=False)).data]


def test_the_axes_say_what_they_are():
    assert "40% of the variance" in map_figure(mapped()).layout.xaxis.title.text
    assert "t-SNE" in map_figure(mapped(explained=float("nan"))).layout.xaxis.title.text


def test_texts_are_no_markup():
    figure = map_figure(mapped(), (), "<b>bold</b>")
    shown = [text for trace in figure.data for text in trace.hovertext]
    assert all("<b>" not in text for text in shown) and any("‹b›" in text for text in shown)


def test_the_note_says_what_part_is_drawn_and_where_the_question_stands():
    assert "6 of 600 passages, drawn at random" in note_html(mapped(total=600))
    assert "projected as the passages are" in note_html(mapped())
    assert "ten passages nearest" in note_html(mapped(explained=float("nan")))
    assert "question" not in note_html(mapped(asked=False))
