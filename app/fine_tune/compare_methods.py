"""Comparisons of methods: what each would take, their jobs, how they stand; each for whoever may see it. The
page and the API ask here. No Gradio components.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.api.estimate_tuning import footprint_of
from app.compare.reader import CurveReader
from app.figures.comparison import LETTERS
from app.fine_tune.compare_results import Outcome, outcome
from app.fine_tune.compare_variants import Variant, checked, first_refusal, spec_of
from app.fine_tune.form import kind_of
from app.job_panel.access import reached, submit
from app.services import Services
from pipelines.core.errors import ConflictError, GlassworksError, NotAllowedError, NotFoundError
from pipelines.jobs.groups import Group
from pipelines.jobs.service import JobStatus
from pipelines.jobs.states import Action, JobState
from pipelines.training.tuning.footprint import Footprint

KIND = "methods"  # of the groups of jobs that are such comparisons
LISTED = 30
_NAMELESS = "Methods compared"


@dataclass(frozen=True)
class Planned:
    """What one method would take. ``reason`` says why it cannot be done, and then there is no ``spec``;
    ``footprint`` is also None for a model that is not on this machine yet."""

    letter: str
    variant: Variant
    spec: Any = None
    footprint: Footprint | None = None
    reason: str = ""


class MethodComparisons:
    """One serves all visitors."""

    def __init__(self, services: Services):
        self._services = services
        self._reader = CurveReader(services.jobs)

    def planned(
        self, values: Mapping[str, Any], variants: Sequence[Variant], title: str, request: gr.Request
    ) -> list[Planned]:
        """Each method on its own: what one cannot do is said of that one. Raises a GlassworksError where the
        visitor may not use what the settings name."""
        return [self._plan(LETTERS[place], values, one, title, request) for place, one in enumerate(variants)]

    def launched(
        self, values: Mapping[str, Any], variants: tuple[Variant, ...], title: str, request: gr.Request
    ) -> Group:
        """Put a job a method into the queue, all on the same data, split, seed and steps; what cannot be done
        is kept with its reason. Raises a GlassworksError where nothing can."""
        title = " ".join(str(title or "").split())[:80] or _NAMELESS
        planned = self.planned(values, checked(tuple(variants)), title, request)
        if all(one.spec is None for one in planned):
            raise first_refusal([one.reason for one in planned])
        owner = self._services.identity.visitor(request).id
        entries = [self._submitted(one, request) for one in planned]
        return self._services.groups.add(KIND, owner, title, entries)

    def seen(self, group_id: Any, request: gr.Request) -> Group:
        """The comparison, when this visitor may see it; to everyone else it does not exist."""
        missing = NotFoundError(f"There is no comparison {str(group_id)[:40]!r} among yours.")
        try:
            group = self._services.groups.get(group_id)
        except NotFoundError:
            raise missing from None
        identity = self._services.identity
        if group.kind != KIND or not identity.may_see(identity.visitor(request), group):
            raise missing
        return group

    def listed(self, request: gr.Request) -> list[Group]:
        """This visitor's, newest first, those left out whose jobs are all deleted."""
        visitor = self._services.identity.visitor(request)
        owner = None if visitor.is_owner else visitor.id
        return [g for g in self._services.groups.list(KIND, owner, LISTED) if self._remains(g)]

    def outcomes(self, group: Group) -> list[Outcome]:
        """How each method of a comparison stands now. Whoever asks may see it."""
        return [self._outcome(place, entry) for place, entry in enumerate(group.entries)]

    def cancel(self, group: Group) -> int:
        """Cancel what waits or runs; how many that were."""
        waiting = [one.job_id for one in self.outcomes(group) if one.waits]
        for job_id in reversed(waiting):  # the last first, so that none starts meanwhile
            try:
                self._services.jobs.control(job_id, Action.CANCEL)
            except GlassworksError:  # it has ended by itself
                continue
        return len(waiting)

    def _plan(
        self, letter: str, values: Mapping[str, Any], variant: Variant, title: str, request: gr.Request
    ) -> Planned:
        try:
            spec = reached(self._services, spec_of(values, variant, title), request)
            return Planned(letter, variant, spec, self._footprint(spec, request))
        except (NotAllowedError, NotFoundError):
            raise
        except GlassworksError as error:
            return Planned(letter, variant, reason=str(error))

    def _footprint(self, spec: Any, request: gr.Request) -> Footprint | None:
        """None for a model that is not on this machine yet: its size is read from its files."""
        try:
            return footprint_of(self._services, spec, request)
        except ConflictError:
            return None

    def _submitted(self, one: Planned, request: gr.Request) -> dict[str, Any]:
        variant = one.variant
        told = {"label": variant.label, "method": variant.method, "size": variant.size}
        entry = {**told, "learning_rate": variant.learning_rate, "job": "", "reason": one.reason}
        if one.spec is None:
            return entry
        job = submit(self._services, kind_of(one.spec), one.spec, request)
        return {**entry, "task": one.spec.task, "learning_rate": one.spec.learning_rate, "job": job.id}

    def _remains(self, group: Group) -> bool:
        return any(self._status(entry) is not None for entry in group.entries)

    def _status(self, entry: Mapping[str, Any]) -> JobStatus | None:
        try:
            return self._services.jobs.status(str(entry.get("job") or ""))
        except NotFoundError:
            return None

    def _outcome(self, place: int, entry: Mapping[str, Any]) -> Outcome:
        status = self._status(entry)
        begun = status is not None and status.job.state is not JobState.QUEUED
        return outcome(place, entry, status, self._reader.read(status.job.id) if begun else None)
