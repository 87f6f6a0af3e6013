"""Named endpoints for preferences: rounds, pairs, votes. Their docstrings are the API's documentation.

Nothing is computed here: each function validates, calls the service and returns plain JSON. Whose a round is,
and which pair is open for whom, the service asks.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from typing import Any

import gradio as gr

from app.api.jobs import spec_object
from app.errors import shown
from app.identity import Visitor
from app.preference_rights import made_round, otherwise
from app.saving import noted, saved
from app.services import Services
from app.your_data.notice import before_the_first_vote
from pipelines.core.errors import SpecError
from pipelines.preferences.records import Making, Round, Served, Vote
from pipelines.preferences.specs import RoundSpec

_GAP = 0.05  # seconds between two updates of texts that grow
_ACTIONS = ("close", "reopen", "delete")


def build(services: Services) -> None:
    """Add the endpoints to the page that is being built."""
    for name, function in {**_rounds(services), **_voting(services)}.items():
        gr.api(shown(function), api_name=name, queue=False)
    gr.api(shown(_making(services)), api_name="preference_pair", concurrency_id="generation")


def _rounds(services: Services) -> dict[str, Any]:
    preferences, visitor_of = services.preferences, services.identity.visitor

    def preference_round(request: gr.Request, settings: str = "{}") -> dict[str, Any]:
        """Open a round: pairs that are collected together, from which a model can be trained.

        Parameters:
            settings: a JSON object; its fields, all with a default, are in the reference's table.
        Returns:
            id (yours), code (for annotators: whoever knows it may join), title, open, created, settings.
        """
        visitor = visitor_of(request)
        return round_row(made_round(services, visitor, RoundSpec.from_dict(spec_object(settings))))

    def preference_rounds(request: gr.Request) -> list[dict[str, Any]]:
        """Your rounds, newest first, each as /preference_round gives it."""
        return [round_row(one) for one in preferences.rounds(visitor_of(request).id)]

    def preference_control(request: gr.Request, round: str, action: str) -> dict[str, Any]:
        """Close, reopen or delete one of your rounds.

        Parameters:
            round: its id.
            action: "close" (no votes are taken any more), "reopen", or "delete", with all pairs and votes.
        Returns:
            The round, or {"deleted": its id}.
        """
        owner = visitor_of(request).id
        if action not in _ACTIONS:
            raise SpecError("action", action, f"one of {', '.join(_ACTIONS)}")
        if action == "delete":
            preferences.delete(round, owner)
            return {"deleted": round}
        return round_row((preferences.close_round if action == "close" else preferences.reopen)(round, owner))

    def preference_progress(request: gr.Request, round: str) -> dict[str, int]:
        """How far a round is.

        Parameters:
            round: its id or code.
        Returns:
            pairs; votes, of so many wanted in all; mine (your votes and skips); annotators.
        """
        return asdict(preferences.progress(round, visitor_of(request).id))

    return {
        one.__name__: one
        for one in (preference_round, preference_rounds, preference_control, preference_progress)
    }


def _voting(services: Services) -> dict[str, Any]:
    preferences, visitor_of = services.preferences, services.identity.visitor

    def preference_join(request: gr.Request, round: str, name: str, consented: bool) -> dict[str, Any]:
        """Join a round under a nickname, which its owner sees beside your votes. Without consent to their
        being kept and exported no vote is taken; /preference_forget takes all of them back.

        Parameters:
            round: its code, or its id where you have joined before.
            name: 1 to 40 characters.
            consented: true or false.
        Returns:
            name, consented, the round's id, title and guidelines, and notice: what is kept with your votes,
            where, who sees it, how long.
        """
        visitor = visitor_of(request).id
        one = preferences.join(round, visitor, name, consented)
        found = preferences.round(round, visitor)
        told = {"round": found.id, "title": found.title, "guidelines": found.spec.guidelines}
        notice = list(before_the_first_vote(services.settings))
        return {"name": one.name, "consented": one.consented, **told, "notice": notice}

    def preference_next(request: gr.Request, round: str) -> dict[str, Any]:
        """A pair of a round that waits for your vote. One that you have open comes again.

        Parameters:
            round: its id or code.
        Returns:
            pair (its id), prompt (messages with role and content), left and right; or {"pair": ""} when none
            waits: /preference_pair then makes one.
        """
        found = preferences.next(round, visitor_of(request).id)
        return served_row(found) if found else {"pair": ""}

    def preference_vote(
        request: gr.Request,
        pair_id: str,
        choice: str,
        strength: int = 1,
        tags: list[str] | None = None,
        note: str = "",
        edited: str = "",
        seconds: float = 0.0,
        revise: bool = False,
    ) -> dict[str, Any]:
        """Vote on a pair that is open for you. When this returns, the vote is on the disk; sent twice it
        counts once.

        Parameters:
            pair_id: as /preference_next or /preference_pair gave it.
            choice: "left", "right", "tie", "both_bad" or "skip".
            strength: 1 (a little better) to 3 (much).
            tags: why, some of "helpful", "correct", "clear", "style", "length", "follows the prompt",
                "harmless", "ending".
            note: why, in your own words.
            edited: a better text than both.
            seconds: how long you looked; 0 takes the time since the pair was opened.
            revise: change the vote that you gave on this pair before.
        Returns:
            id (of the vote), pair, choice as you saw it, created; saved: whether it is also where votes are
            kept, and if it is not yet, receipt for /preference_saved and where.
        """
        visitor = visitor_of(request).id
        said = (pair_id, visitor, choice, strength, tags or (), note, edited)
        vote = preferences.revise(*said) if revise is True else preferences.vote(*said, seconds)
        return {**vote_row(vote, choice), **noted(services, preferences.round_of(vote))}

    def preference_saved(request: gr.Request, round: str, receipt: str = "") -> dict[str, Any]:
        """Whether your vote is where votes are kept: the owner's data set on the Hub, a mounted folder.

        Parameters:
            round: its id or code.
            receipt: as /preference_vote gave it; empty for all that is in the round now. After a restart of
                the app it is not known any more: send the vote again, it counts once.
        Returns:
            saved; where, empty if only this disk keeps them; fault, why it takes so long.
        """
        return saved(services, preferences.round(round, visitor_of(request).id).id, str(receipt))

    def preference_rank(
        request: gr.Request, round: str, prompt: str, texts: list[str], order: list[int]
    ) -> list[str]:
        """Put answers to one prompt in an order: a vote for every two of them.

        Parameters:
            round: its id or code.
            prompt: what was asked.
            texts: 2 to 8 answers.
            order: their places in texts, from 0, the best one's first.
        Returns:
            The ids of the votes.
        """
        return [one.id for one in preferences.rank(round, visitor_of(request).id, prompt, texts, order)]

    def preference_forget(request: gr.Request, round: str) -> dict[str, int]:
        """Delete your votes and your name in a round.

        Parameters:
            round: its id or code.
        Returns:
            votes: how many were deleted; saved, receipt and where as of /preference_vote: whether they are
            gone from where votes are kept too.
        """
        visitor = visitor_of(request).id
        found = preferences.round(round, visitor)
        votes = preferences.forget(visitor, round)
        return {"votes": votes, **noted(services, found.id)}

    joining = (preference_join, preference_next, preference_forget)
    endpoints = (*joining, preference_vote, preference_rank, preference_saved)
    return {one.__name__: one for one in endpoints}


def _making(services: Services) -> Any:
    preferences = services.preferences

    def preference_pair(
        request: gr.Request,
        round: str = "",
        prompt: str = "",
        model_a: str = "",
        model_b: str = "",
        settings: str = "{}",
    ) -> Iterator[dict[str, Any]]:
        """Two answers to one prompt, blind and in random order, streamed as they are written. Without a
        prompt it is a pair that waits for your vote, else one for the round's next prompt.

        Parameters:
            round: a round's id or code; empty for one of your own, in which you vote alone.
            prompt: what both models are asked; empty for what comes next.
            model_a: in a round of your own, another model than the round's.
            model_b: as model_a.
            settings: in a round of your own, a JSON object of "system", "max_new_tokens", "temperature_a",
                "temperature_b", "top_p" and "seed".
        Returns:
            An object that grows: prompt (messages with role and content), left, right, done, and pair, the id
            for /preference_vote, empty until it is done.
        """
        visitor = services.identity.visitor(request)
        found = _round(services, visitor, round)
        changes = {name: value for name, value in (("model_a", model_a), ("model_b", model_b)) if value}
        spec = otherwise(services, visitor, found.spec, {**changes, **spec_object(settings)})
        waits = preferences.next(found.id, visitor.id) if not prompt and spec is None else None
        if waits:
            yield {**served_row(waits), "done": True}
            return
        yield from _told(preferences.generate(found.id, visitor.id, prompt, spec))

    return preference_pair


def _round(services: Services, visitor: Visitor, named: str) -> Round:
    """By its name, else the visitor's own."""
    preferences = services.preferences
    return preferences.round(named, visitor.id) if named else preferences.personal(visitor.id, visitor.name)


def _told(moments: Iterator[Making]) -> Iterator[dict[str, Any]]:
    """At most every so often while the texts grow."""
    at = float("-inf")
    with closing(moments):
        for now in moments:
            if now.done or time.monotonic() - at >= _GAP:
                at = time.monotonic()
                prompt = [asdict(one) for one in now.prompt]
                texts = {"left": now.left, "right": now.right, "done": now.done}
                yield {"pair": now.pair, "prompt": prompt, **texts}


def round_row(found: Round) -> dict[str, Any]:
    names = {"id": found.id, "code": found.code, "title": found.title, "open": found.open}
    return {**names, "created": found.created, "settings": found.spec.to_dict()}


def served_row(found: Served) -> dict[str, Any]:
    prompt = [asdict(one) for one in found.prompt]
    return {"pair": found.pair, "prompt": prompt, "left": found.left, "right": found.right}


def vote_row(vote: Vote, choice: str) -> dict[str, Any]:
    return {"id": vote.id, "pair": vote.pair, "choice": choice, "created": vote.created}
