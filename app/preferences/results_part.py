"""The owner's view of a round: what the votes say, the pairs, and both taken in and out as files."""

from typing import Any

import gradio as gr

from app.errors import message_of
from app.preferences import results_view as view
from app.preferences.answering import Told, server_functions, text, whole
from app.preferences.judge_part import JudgePart
from app.preferences.pairs_view import pairs_html
from app.preferences.push_part import PushPart
from app.preferences.ratings_figure import ratings_figure
from app.preferences.results_files import bar_html, exported, imported, imported_words
from app.preferences.words import evaluation_of
from app.services import Services
from pipelines.preferences.records import Kind, Round

_BARE = {"apply_default_css": False}
_QUIET = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "always_last"}
_BAR_JS = "glassworks.preferences.results(element, trigger, server); // 'select'"
RESULTS = "results"


class ResultsPart:
    """Laid out in the present place of the page; drawn when it is looked at."""

    def __init__(self, services: Services):
        self._services = services
        self.answers = {"pref_pairs": self._pairs, "pref_export": self._export, "pref_import": self._import}
        self.bar = gr.HTML(
            elem_id="pref-bar",
            js_on_load=_BAR_JS,
            server_functions=server_functions(services, self.answers),
            **_BARE,
        )
        self.report = gr.HTML(elem_id="pref-report", **_BARE)
        self.ratings = gr.Plot(
            show_label=False, container=False, visible=False, elem_classes="gw-plot", elem_id="pref-ratings"
        )
        self.judge, self.push = JudgePart(services), PushPart(services)
        self.pairs = gr.HTML(elem_id="pref-pairs", **_BARE)

    def wire(self, round: Any, shown: Any) -> None:
        """``shown`` is the name of the view that is looked at."""
        outputs = [self.bar, self.report, self.ratings, self.pairs]
        self.judge.wire(round)
        self.push.wire(round)
        events = [round.change, shown.change, self.bar.select, self.judge.over.change]
        gr.on(events, self._drawn, [round, shown], outputs, **_QUIET)

    def _drawn(self, name: str, shown: str, request: gr.Request) -> Any:
        if shown != RESULTS:
            return gr.skip()
        owner = self._services.identity.visitor(request).id
        try:
            found = self._services.preferences.round(name, owner) if name else None
            if found is None:
                return self._only(
                    view.empty_html("No round yet", "Make one on the left, and collect some votes.")
                )
            return self._only(view.not_yours_html()) if found.owner != owner else self._whole(found, owner)
        except Exception as error:
            return self._only(view.empty_html("That did not work", message_of(error)))

    def _only(self, html: str) -> Any:
        return "", html, gr.Plot(visible=False), ""

    def _whole(self, found: Round, owner: str) -> Any:
        from pipelines.preferences.measures.agreement import agreement
        from pipelines.preferences.measures.majority import DECIDED, settled
        from pipelines.preferences.measures.quality import quality
        from pipelines.preferences.measures.ratings import bradley_terry, elo

        service = self._services.preferences
        pairs, votes = service.pairs(found.id, owner), service.votes(found.id, owner)
        decided = sum(choice in DECIDED for _, choice in settled(pairs, votes))
        report = view.summary_html(found, service.progress(found.id, owner), decided)
        if votes:
            measured = quality(pairs, votes, evaluation_of(found))
            report += _won_html(found, pairs, votes) + view.quality_html(measured)
            report += view.agreement_html(agreement(pairs, votes)) + view.people_html(measured, votes)
        rated = bradley_terry(pairs, votes) if votes else ()
        report += view.ratings_html(rated, elo(pairs, votes)) if rated else ""
        plot = gr.Plot(ratings_figure(rated), visible=True) if rated else gr.Plot(visible=False)
        return (
            bar_html(found.id),
            f'<div class="gw-pref-report">{report}</div>',
            plot,
            pairs_html(pairs, votes),
        )

    # What the page's script asks.

    def _pairs(self, data: Told, visitor: str) -> Told:
        """``{round, page}``"""
        name, service = text(data, "round"), self._services.preferences
        pairs, votes = service.pairs(name, visitor), service.votes(name, visitor)
        return {"html": pairs_html(pairs, votes, whole(data.get("page")))}

    def _export(self, data: Told, visitor: str) -> Told:
        """``{round, format}`` → the file's text and name."""
        name, service = text(data, "round"), self._services.preferences
        found = service.round(name, visitor)
        rows = exported(
            text(data, "format"), service.pairs(found.id, visitor), service.votes(found.id, visitor)
        )
        return {"text": rows, "name": f"preferences-{found.id}-{text(data, 'format')}.jsonl"}

    def _import(self, data: Told, visitor: str) -> Told:
        """``{round, text, format}``: what a file of any of the formats holds, beside what is there."""
        service = self._services.preferences
        found = service.round(text(data, "round"), visitor)
        added = imported(service, found.id, visitor, text(data, "text"), text(data, "format"))
        return {"said": imported_words(*added)}


def _won_html(found: Round, pairs: Any, votes: Any) -> str:
    """Of a re-vote: the trained model is the one that stands as b."""
    from pipelines.preferences.measures.winning import win_rate

    if found.spec.purpose != "revote":
        return ""
    people = [one for one in votes if one.kind is not Kind.JUDGE]
    judged = [one for one in votes if one.kind is Kind.JUDGE]
    model = found.spec.model_b
    return view.won_html(win_rate(pairs, people, model), win_rate(pairs, judged, model) if judged else None)
