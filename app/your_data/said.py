"""What a visitor has said: votes and names in rounds, rounds of their own, chats, question sets, trees."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from app.services import Services
from app.your_data.kind import File, Gone, Kind, lines_file
from pipelines.core.errors import NotFoundError
from pipelines.preferences.records import Round, Vote
from pipelines.rag.measuring.questions import as_json
from pipelines.rag.measuring.store import QuestionSets


def kinds(services: Services) -> tuple[Kind, ...]:
    return (_votes(services), _rounds(services), _chats(services), _questions(services), _trees(services))


def _votes(services: Services) -> Kind:
    mine = services.preferences.mine

    def files(visitor: str) -> Iterator[File]:
        yield from lines_file("votes.jsonl", mine.votes(visitor))
        yield from lines_file("names.jsonl", mine.names(visitor))

    def more(visitor: str) -> str:
        named = len(mine.names(visitor))
        return f"and your name, in {named:,} round{'' if named == 1 else 's'}" if named else ""

    return Kind("votes", "Votes", "vote", mine.held, files, lambda one: Gone(mine.forget(one)), more)


def _rounds(services: Services) -> Kind:
    """Of the votes in them, other people's are theirs: the zip has judges' and programs' alone."""
    preferences = services.preferences

    def files(visitor: str) -> Iterator[File]:
        found = preferences.rounds(visitor)
        yield from lines_file("rounds.jsonl", map(_round_row, found))
        for one in found:
            with suppress(NotFoundError):  # deleted meanwhile
                pairs, votes = preferences.pairs(one.id, visitor), preferences.votes(one.id, visitor)
                yield from lines_file(f"rounds/{one.id}/pairs.jsonl", map(asdict, pairs))
                yield from lines_file(f"rounds/{one.id}/judged.jsonl", map(asdict, filter(_is_made, votes)))

    def forget(visitor: str) -> Gone:
        found = preferences.rounds(visitor)
        for one in found:
            with suppress(NotFoundError):
                preferences.delete(one.id, visitor)
        return Gone(len(found))

    words = "with their pairs and everybody’s votes"
    return Kind("rounds", "Rounds", "round", preferences.mine.held_rounds, files, forget, lambda _: words)


def _chats(services: Services) -> Kind:
    chats = services.rag.chats

    def told(visitor: str) -> Iterator[dict[str, Any]]:
        for chat in chats.list(visitor):
            with suppress(NotFoundError):
                messages = chats.messages(chat.id, visitor)
                yield {**asdict(chat), "messages": [asdict(one) for one in messages]}

    def files(visitor: str) -> Iterator[File]:
        return lines_file("chats.jsonl", told(visitor))

    return Kind("chats", "Chats", "chat", chats.held, files, lambda one: Gone(chats.forget(one)))


def _questions(services: Services) -> Kind:
    sets = QuestionSets(services.rag.store.database)

    def told(visitor: str) -> Iterator[dict[str, Any]]:
        for collection, one in sets.all(visitor):
            questions = [as_json(question) for question in one.questions]
            yield {"id": one.id, "collection": collection, "title": one.title, "questions": questions}

    def files(visitor: str) -> Iterator[File]:
        return lines_file("question_sets.jsonl", told(visitor))

    forget = lambda one: Gone(sets.forget(one))  # noqa: E731
    return Kind("question_sets", "Question sets", "question set", sets.held, files, forget)


def _trees(services: Services) -> Kind:
    trees = services.trees

    def told(visitor: str) -> Iterator[dict[str, Any]]:
        for one in trees.list(visitor):
            with suppress(NotFoundError):
                yield {**asdict(one), "tree": trees.get(visitor, one.id).tree}

    def files(visitor: str) -> Iterator[File]:
        return lines_file("trees.jsonl", told(visitor))

    forget = lambda one: Gone(trees.forget(one))  # noqa: E731
    return Kind("trees", "Branch trees", "tree", trees.held, files, forget)


def _round_row(one: Round) -> dict[str, Any]:
    names = {"id": one.id, "title": one.title, "code": one.code, "open": one.open, "created": one.created}
    return {**names, "settings": one.spec.to_dict()}


def _is_made(vote: Vote) -> bool:
    """By ``model:…``, ``program:…`` or ``import:…``; no id of a visitor has a colon."""
    return ":" in vote.annotator
