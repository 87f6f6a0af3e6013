"""The items of the open result, all or some, page by page; one of them whole."""

import json
from typing import Any

import gradio as gr

from app.choosers import chooser
from app.errors import message_of
from app.evaluate.items_view import FILTERS, PAGE, filters_of, items_html
from app.evaluate.outcome_view import HINT, outcome_html
from app.evaluate.seen import seen_result
from app.parts import PICKED
from app.services import Services
from app.signal import signal
from app.tabs.pretrain_views import error_html
from pipelines.core.errors import GlassworksError
from pipelines.evaluation.results.browsing import Browsed

_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_LIVE = {**_QUIET, "trigger_mode": "always_last"}
_PICK_JS = "glassworks.evaluate.pick(element, trigger, 'eval-item'); // 'select'"
_MOST_PLACE = 10**7


class ItemsPart:
    """Laid out in the present place of the page. ``first`` and ``second`` hold the keys of results."""

    def __init__(self, services: Services, first: gr.Dropdown, second: gr.Dropdown):
        self._services, self._first, self._second = services, first, second
        self.item, self.page = signal(), signal()
        self.only = gr.Radio(
            [(FILTERS["all"], "all")], value="all", label="Show", show_label=False, container=False,
            elem_id="eval-only",
        )  # fmt: skip
        self.list = gr.HTML(elem_id="eval-items", js_on_load=_PICK_JS)
        self.one = gr.HTML(HINT, elem_id="eval-item", js_on_load="glassworks.evaluate.keep(element, watch);")

    def wire(self) -> None:
        both = [self._first, self._second]
        moved = [one.change for one in both]
        gr.on(moved, self._filters, [*both, self.only], self.only, **_LIVE)
        listed = [*moved, self.only.input, self.page.change, self.item.change]
        known = [*both, self.only, self.page, self.item]
        gr.on(listed, self._listed, known, [self.list, self.one], **_LIVE)
        self.list.select(self._picked, [*both, self.only], [self.item, self.page], queue=False, **PICKED)

    # Callbacks: each is public, and asks on its own which results this visitor may see.

    def _filters(self, first: str | None, second: str | None, only: str, request: gr.Request) -> Any:
        try:
            offered = filters_of(seen_result(self._services, first, request), bool(second))
        except GlassworksError:
            offered = [(FILTERS["all"], "all")]
        return chooser(offered, only, "all", visible=len(offered) > 1)

    def _listed(
        self, first: str | None, second: str | None, only: str, page: str, item: str, request: gr.Request
    ) -> tuple[str, str]:
        if not first:
            return "", ""
        try:
            result = seen_result(self._services, first, request)
            if second:
                seen_result(self._services, second, request)
            only = only if only in [name for _, name in filters_of(result, bool(second))] else "all"
            start = PAGE * _number(page, [first, second, only])
            found = self._services.evaluation.outcomes(first, start, PAGE, only, second or None)
            place = _number(item, [first], -1)
            return items_html(found, place), self._whole(found, place, second)
        except Exception as error:
            return error_html(message_of(error)), ""

    def _whole(self, found: Browsed, place: int, second: str | None) -> str:
        """An item of the page as it stands there; one of another page is fetched by its place."""
        if not 0 <= place < found.result.count:
            return HINT
        shown = next((one for one in found.items if one.place == place), None)
        if shown is None:
            key = found.result.key
            found = self._services.evaluation.outcomes(key, place, 1, "all", second or None)
            shown = next(iter(found.items), None)
        return HINT if shown is None else outcome_html(found, shown)

    def _picked(self, first: Any, second: Any, only: str, event: gr.EventData = None) -> dict[Any, Any]:
        """An item by its place, or a page; each with what it is a page of, for when that changes."""
        told = getattr(event, "_data", None) or {}
        if (place := _place(told.get("item"))) is not None:
            return {self.item: json.dumps([first, place])}
        if (page := _place(told.get("page"))) is not None:
            return {self.page: json.dumps([first, second, only, page])}
        return gr.skip()


def _number(told: str, of: list[Any], otherwise: int = 0) -> int:
    """The number that was told of just this; another's does not count."""
    try:
        *what, number = json.loads(told) if told else [None]
    except (ValueError, TypeError):
        return otherwise
    number = _place(number)
    return number if what == of and number is not None else otherwise


def _place(value: Any) -> int | None:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if text.isdecimal() and len(text) < 9 and int(text) < _MOST_PLACE else None
