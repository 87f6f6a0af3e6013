"""What a run has found: live while it goes on, read another way without asking again, down to each call.

The server holds nothing for a visitor but marks of what was last drawn. One event draws what belongs to the
whole run; when it has, it changes the hidden ``drawn``, and the parts that hang on a choice (a pair, a page
of items, one item, another run) follow, each with one event of its own.
"""

import json
import time
from typing import Any

import gradio as gr

from app import units
from app.choosers import chooser, put
from app.edits import edits
from app.errors import message_of, shown
from app.opening import rest_when_left, when_opened
from app.parts import PICKED
from app.prompt_lab import downloads, sensitivity
from app.prompt_lab.beside_view import HINT as BESIDE_HINT
from app.prompt_lab.beside_view import beside_html
from app.prompt_lab.cells_view import EMPTY, note_html, rows_of, sentence_html, table_html
from app.prompt_lab.found import Finder, Found
from app.prompt_lab.items_view import chosen, items_html, lines_of
from app.prompt_lab.pairs_view import HINT as PAIR_HINT
from app.prompt_lab.pairs_view import numbered, pair_html, pairs_html
from app.prompt_lab.plots import curve_figure, draws_figure, seconds_figure, tokens_figure, votes_figure
from app.prompt_lab.results_layout import AS_RUN, lay_out
from app.prompt_lab.script import HINT as CODE_HINT
from app.prompt_lab.script import script_for, script_html
from app.prompt_lab.sensitivity_view import places_html, spreads_html
from app.prompt_lab.trace_view import HINT as TRACE_HINT
from app.prompt_lab.trace_view import item_html
from app.prompt_lab.votes_view import votes_html, voting
from app.services import Services
from app.signal import signal
from app.tabs.pretrain_views import error_html
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.jobs.service import Job
from pipelines.prompting.extraction.reading import CUSTOM, FLEXIBLE
from pipelines.prompting.lab.summary import Results
from pipelines.prompting.specs import Answers

_EVERY_SECONDS = 4.0
_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_LIVE = {**_QUIET, "trigger_mode": "always_last"}
_SAVE_JS = "(text) => text && glassworks.saveData(text, 'prompt-lab{ending}')"
_NO_PATTERN = "a regular expression, under “Read the answers another way”"


class ResultsPart:
    """Components, callbacks and wiring. Write a job's id to ``job_id`` and the part shows that run; without
    one it begins with the newest."""

    def __init__(self, services: Services):
        self.services, self.finder = services, Finder(services)
        self.job_id, self.nudge, self.drawn = signal(), signal(), signal()
        self.item, self.page = signal(), signal()
        self.mark, self.trace_mark = gr.State(()), gr.State(())
        self.timer = gr.Timer(_EVERY_SECONDS, active=False)
        self.see = lay_out()

    def follow(self, event: Any) -> None:
        """Look again after an event of another part of the page, such as a resumed job."""
        event.success(lambda: str(time.monotonic_ns()), None, self.nudge, **_QUIET)

    def wire(self) -> None:
        see = self.see
        self._reading = {see.run, see.rule, see.kind, see.form, see.pattern, see.pick}
        known = {self.mark, see.first, see.second, see.other, see.code_cell, *self._reading}
        whole = [self.mark, self.timer, self.drawn, see.note, see.body, see.sentence, see.table, see.tokens]
        whole += [see.seconds, see.first, see.second, see.pairs, see.votes_fold, see.votes, see.calibration]
        whole += [see.draws, see.spread_fold, see.places, see.spreads, see.curve, see.other]
        whole += [see.code_cell, see.read_error, see.read_fold]
        changes = [see.run.change, self.nudge.change, self.timer.tick, see.rule.input]
        changes += [see.kind.input, see.form.input, see.pick.input, see.pattern.submit, see.read.click]
        gr.on(changes, self._draw, known, whole, **_LIVE)
        self._wire_choices()
        self._wire_downloads()
        self.job_id.change(self._followed, self.job_id, see.run, **_QUIET)
        rest_when_left(self.timer)
        when_opened(self._come_back, see.run, [see.run, self.timer])

    def _wire_choices(self) -> None:
        see, after = self.see, self.drawn.change
        pair = [after, see.first.change, see.second.change]
        gr.on(pair, self._pair, {*self._reading, see.first, see.second}, see.pair, **_LIVE)
        listed = [after, see.filter.input, edits(see.search), self.page.change, self.item.change]
        asked = {*self._reading, see.filter, see.search, self.page, self.item}
        gr.on(listed, self._items, asked, see.items, **_LIVE)
        asked = {*self._reading, self.item, self.trace_mark}
        gr.on([after, self.item.change], self._trace, asked, [see.trace, self.trace_mark], **_LIVE)
        gr.on([after, see.other.input], self._beside, {*self._reading, see.other}, see.beside, **_LIVE)
        chosen_code, told = {*self._reading, see.code_cell}, [see.code, see.code_file]
        gr.on([after, see.code_cell.change], self._code, chosen_code, told, **_LIVE)
        picks = [see.items.select, see.pair.select, see.pairs.select]
        turned = [self.item, self.page, see.first, see.second]
        gr.on(picks, self._picked, {see.run, see.filter, see.search}, turned, queue=False, **PICKED)

    def _wire_downloads(self) -> None:
        see = self.see
        for button, make, ending in (
            (see.csv, downloads.items_csv, "-items.csv"),
            (see.json, downloads.figures_json, "-figures.json"),
            (see.jsonl, lambda results, _: downloads.traces_jsonl(results), "-traces.jsonl"),
        ):
            told = button.click(self._saving(make), self._reading, see.text, **_QUIET)
            told.success(None, see.text, None, js=_SAVE_JS.replace("{ending}", ending))
        told = see.code_file.click(shown(self._script), {*self._reading, see.code_cell}, see.text, **_QUIET)
        told.success(None, see.text, None, js=_SAVE_JS.replace("{ending}", ".py"))

    # Callbacks: each is public and checks on its own who asks.

    def _followed(self, job_id: str, request: gr.Request) -> Any:
        """A run that was just begun is the one that is looked at."""
        return {**self._offered(job_id, request), "value": job_id} if job_id else gr.skip()

    def _come_back(self, run: str | None, request: gr.Request) -> tuple[Any, Any]:
        """The timer slept while another tab was looked at; its next tick says whether it goes on."""
        return self._offered(run, request), gr.Timer(active=bool(run))

    def _draw(self, given: dict[Any, Any], request: gr.Request) -> Any:
        """Everything of the run anew, unless it stands there."""
        see = self.see
        if not given[see.run]:
            return self._nothing(EMPTY)
        try:
            answers = self._answers(given)
        except Exception as error:  # the page keeps what it shows
            return {see.read_error: error_html(message_of(error))}
        try:
            found = self.finder.found(given[see.run], request, answers)
        except NotFoundError as error:
            return self._nothing(error_html(message_of(error)))
        except Exception as error:
            return {see.read_error: error_html(message_of(error)), self.timer: gr.Timer(active=False)}
        now = (found.mark, given[see.rule])
        if now == given[self.mark]:
            return gr.skip() if found.goes_on else {self.timer: gr.Timer(active=False), see.read_error: ""}
        return self._updates(now, found, given, request)

    def _pair(self, given: dict[Any, Any], request: gr.Request) -> str:
        see = self.see
        results, rule = self._results(given, request)
        first, second = given[see.first], given[see.second]
        if results is None or not first or not second:
            return PAIR_HINT
        if first == second:
            return '<p class="gw-muted">Choose two different ones.</p>'
        try:
            return pair_html(results, (int(first), int(second)), rule)
        except Exception as error:
            return error_html(message_of(error))

    def _items(self, given: dict[Any, Any], request: gr.Request) -> str:
        results, rule = self._results(given, request)
        if results is None:
            return ""
        wanted, typed = str(given[self.see.filter]), str(given[self.see.search] or "")
        lines = chosen(lines_of(results), wanted, typed, rule)
        page = _page_of(given[self.page], [given[self.see.run], wanted, typed])
        return items_html(lines, page, rule, len(results.items), str(given[self.item] or ""))

    def _trace(self, given: dict[Any, Any], request: gr.Request) -> Any:
        """Left as it is while nothing new is known of the item: its folds stay as the visitor has them."""
        results, rule = self._results(given, request)
        item = str(given[self.item] or "")
        if results is None or not item:
            return {self.see.trace: TRACE_HINT, self.trace_mark: ()}
        try:
            asked = len(results.traces(results.item(item).id))
            mark = (given[self.see.run], item, rule, results.reading, asked)
            if mark == given[self.trace_mark]:
                return gr.skip()
            return {self.see.trace: item_html(results, item, rule), self.trace_mark: mark}
        except NotFoundError:
            return {self.see.trace: TRACE_HINT, self.trace_mark: ()}

    def _beside(self, given: dict[Any, Any], request: gr.Request) -> str:
        other, run = given[self.see.other], given[self.see.run]
        if not other or not run:
            return BESIDE_HINT
        try:
            answers = self._answers(given)
            here, there = (self.finder.found(one, request, answers) for one in (run, other))
            if here.results is None or there.results is None:
                return BESIDE_HINT
            return beside_html(
                (here.job, here.results), (there.job, there.results), self._rule(given, here.results)
            )
        except Exception as error:
            return error_html(message_of(error))

    def _code(self, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        see = self.see
        if not given[see.run] or not given[see.code_cell]:
            return {see.code: CODE_HINT, see.code_file: gr.Button(interactive=False)}
        try:
            html = script_html(self._script(given, request))
        except Exception as error:
            return {see.code: error_html(message_of(error)), see.code_file: gr.Button(interactive=False)}
        return {see.code: html, see.code_file: gr.Button(interactive=True)}

    def _script(self, given: dict[Any, Any], request: gr.Request) -> str:
        """Of the chosen combination, whose answers it reads as the page does now."""
        found = self.finder.found(given[self.see.run], request, self._answers(given))
        number = given[self.see.code_cell]
        if found.results is None:
            raise NotFoundError("This run has not asked anything yet.")
        if not isinstance(number, int):
            raise SpecError("cell", number, "one of the combinations")
        return script_for(self.services, found.results, number - 1)

    def _picked(self, given: dict[Any, Any], event: gr.EventData) -> dict[Any, Any]:
        """A button in a table: an item, a page of items, or a pair; what else was sent changes nothing."""
        see, told = self.see, getattr(event, "_data", None) or {}
        if isinstance(told.get("item"), str):
            return {self.item: told["item"][:300]}
        if isinstance(told.get("page"), int):
            place = [given[see.run], str(given[see.filter]), str(given[see.search] or "")]
            return {self.page: json.dumps([*place, told["page"]])}
        if isinstance(told.get("pair"), list) and len(told["pair"]) == 2:
            return dict(zip((see.first, see.second), told["pair"], strict=True))
        return gr.skip()

    def _saving(self, make: Any) -> Any:
        @shown
        def save(given: dict[Any, Any], request: gr.Request) -> str:
            found = self.finder.found(given[self.see.run], request, self._answers(given))
            if found.results is None:
                raise NotFoundError("This run has not asked anything yet.")
            return make(found.results, self._rule(given, found.results))

        return save

    # What the browser holds, and what it is shown.

    def _answers(self, given: dict[Any, Any]) -> Answers | None:
        """Another way of reading than the run's own, or None. Raises SpecError for a pattern that is none."""
        see = self.see
        pattern = str(given[see.pattern] or "")
        kind, form = ("" if given[one] in (None, AS_RUN) else str(given[one]) for one in (see.kind, see.form))
        if not (kind or form or pattern):
            return None
        return Answers(kind=kind, form=form or "answer_is", pattern=pattern, pick=str(given[see.pick]))

    def _rule(self, given: dict[Any, Any], results: Results) -> str:
        rule = str(given[self.see.rule] or FLEXIBLE)
        if rule not in results.reading.rules:
            if rule == CUSTOM:
                raise SpecError("pattern", "", _NO_PATTERN)
            raise SpecError("rule", rule, "one of " + ", ".join(results.reading.rules))
        return rule

    def _results(self, given: dict[Any, Any], request: gr.Request) -> tuple[Results | None, str]:
        """None where there is nothing to show: the part that draws the whole run says why."""
        try:
            found = self.finder.found(given[self.see.run], request, self._answers(given))
            return (found.results, self._rule(given, found.results)) if found.results else (None, FLEXIBLE)
        except Exception:
            return None, FLEXIBLE

    def _updates(self, mark: Any, found: Found, given: dict[Any, Any], request: gr.Request) -> dict[Any, Any]:
        see, results = self.see, found.results
        told = {
            see.note: note_html(found),
            see.read_error: "",
            self.timer: gr.Timer(active=found.goes_on),
            see.other: self._others(found.job.id, given[see.other], request),
        }
        if results is None:
            told |= {see.sentence: sentence_html(found, (), FLEXIBLE), see.body: gr.Column(visible=False)}
            return told | {self.mark: mark}
        try:
            rule = self._rule(given, results)
        except SpecError as error:
            told = error_html(message_of(error))
            return {see.read_error: told, see.note: told, see.read_fold: gr.Accordion(open=True)}
        told |= {self.mark: mark, self.drawn: str(time.monotonic_ns()), see.body: gr.Column(visible=True)}
        told |= {see.code_cell: self._codes(results, given)}
        return told | self._figures(found, rule) | self._chosen_pair(results, given)

    def _figures(self, found: Found, rule: str) -> dict[Any, Any]:
        see, results = self.see, found.results
        rows, votes = rows_of(results, rule), voting(results)
        places, spreads = sensitivity.by_place(results, rule), sensitivity.spreads(results, rule)
        curves = sensitivity.curves(results, rule)
        return {
            see.sentence: sentence_html(found, rows, rule),
            see.table: table_html(results, rows, rule),
            see.tokens: tokens_figure(rows),
            see.seconds: seconds_figure(rows),
            see.pairs: pairs_html(results, rule),
            see.votes_fold: gr.Accordion(visible=bool(votes)),
            see.votes: votes_html(votes),
            see.calibration: votes_figure(votes[0].calibration) if votes else None,
            see.draws: draws_figure([(one.number, one.cell) for one in votes]) if votes else None,
            see.spread_fold: gr.Accordion(visible=bool(places or spreads)),
            see.places: places_html(places),
            see.spreads: spreads_html(spreads),
            see.curve: gr.Plot(curve_figure(curves[0].points) if curves else None, visible=bool(curves)),
        }

    def _chosen_pair(self, results: Results, given: dict[Any, Any]) -> dict[Any, Any]:
        """The two that were chosen, where they are still there; else the first two."""
        see, choices = self.see, numbered(results)
        there = {number for _, number in choices}
        pair = (given[see.first], given[see.second])
        if pair[0] == pair[1] or not set(pair) <= there:
            pair = (1, 2 if len(choices) > 1 else 1)
        return {
            box: gr.update(choices=list(choices), **put(given[box], number))
            for box, number in zip((see.first, see.second), pair, strict=True)
        }

    def _codes(self, results: Results, given: dict[Any, Any]) -> Any:
        """The combinations; what was chosen of them stays chosen."""
        return chooser(numbered(results), given[self.see.code_cell])

    def _nothing(self, html: str) -> dict[Any, Any]:
        hidden = {self.see.body: gr.Column(visible=False), self.timer: gr.Timer(active=False)}
        return {self.mark: (), self.see.note: html, self.see.read_error: "", **hidden}

    def _offered(self, run: str | None, request: gr.Request) -> Any:
        """This visitor's runs; with nothing chosen, the newest."""
        choices = [(_labelled(job), job.id) for job in self.finder.runs(request)]
        return chooser(choices, run, choices[0][1] if choices else None)

    def _others(self, run: str, other: str | None, request: gr.Request) -> Any:
        choices = [(_labelled(job), job.id) for job in self.finder.runs(request) if job.id != run]
        return chooser(choices, other)


def _labelled(job: Job) -> str:
    """Without its state, which would be an old one soon."""
    return f"{job.title} · {units.moment(job.created)}"


def _page_of(told: str | None, place: list[Any]) -> int:
    """The page that was turned to, while the same run is shown by the same filter; else the first."""
    try:
        *of, page = json.loads(told or "[]")
    except ValueError:
        return 0
    return page if of == place and isinstance(page, int) else 0
