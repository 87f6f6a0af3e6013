"""What a visitor has brought: documents in collections, corpora, data sets of rows, tokenizers."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.services import Services
from app.your_data.kind import File, Gone, Kind, copied, lines_file, safe, text_file
from pipelines.core.errors import NotFoundError
from pipelines.core.held import Held


def kinds(services: Services) -> tuple[Kind, ...]:
    corpora, rows, tokenizers = services.corpora, services.rows, services.tokenizer_files
    read = _names(tokenizers.list)
    return (
        _collections(services),
        _uploads("corpora", "Corpora", "corpus", _ids(corpora.list), corpora.path, corpora.delete),
        _uploads("data_sets", "Data sets of rows", "data set", _ids(rows.list), rows.path, rows.delete),
        _uploads("tokenizers", "Tokenizers", "tokenizer", read, tokenizers.path, tokenizers.remove),
    )


def _collections(services: Services) -> Kind:
    rag = services.rag

    def documents(visitor: str) -> Iterator[Any]:
        for one in rag.store.collections(visitor):
            yield from rag.store.documents(one.id)

    def held(visitor: str) -> Held:
        size = sum(one.bytes for one in documents(visitor))
        return Held(len(rag.store.collections(visitor)), size)

    def files(visitor: str) -> Iterator[File]:
        for found in rag.store.collections(visitor):
            folder = f"collections/{found.id}"
            told = ({**asdict(one), "state": one.state.value} for one in rag.store.documents(found.id))
            settings = {"id": found.id, "shared": found.shared, "settings": found.spec.to_dict()}
            yield from lines_file(f"{folder}/collection.jsonl", [settings])
            yield from lines_file(f"{folder}/documents.jsonl", told)
            for one in rag.store.documents(found.id):
                with suppress(NotFoundError):  # not read yet, or deleted meanwhile
                    text = rag.text(found.id, one.id, visitor)
                    yield text_file(f"{folder}/texts/{one.id} {safe(one.name)}.txt", text)

    def forget(visitor: str) -> Gone:
        found = rag.store.collections(visitor)
        for one in found:
            with suppress(NotFoundError):
                rag.delete(one.id, visitor)
        return Gone(len(found))

    def more(visitor: str) -> str:
        count = sum(1 for _ in documents(visitor))
        return f"with {count:,} document{'' if count == 1 else 's'}" if count else ""

    return Kind("collections", "Collections", "collection", held, files, forget, more)


def _uploads(
    name: str,
    title: str,
    noun: str,
    ids: Callable[[str], Iterable[str]],
    path: Callable[[str], Path],
    delete: Callable[[str], None],
) -> Kind:
    """Files that lie as they came."""

    def paths(visitor: str) -> Iterator[tuple[str, Path]]:
        for one in ids(visitor):
            with suppress(NotFoundError):
                yield one, path(one)

    def files(visitor: str) -> Iterator[File]:
        for id_, file in paths(visitor):
            yield copied(f"{name}/{id_.rpartition(':')[2]} {safe(file.name)}", file)

    def held(visitor: str) -> Held:
        sizes = [file.stat().st_size for _, file in paths(visitor)]
        return Held(len(sizes), sum(sizes))

    def forget(visitor: str) -> Gone:
        mine = list(ids(visitor))
        for one in mine:
            with suppress(NotFoundError):
                delete(one)
        return Gone(len(mine))

    return Kind(name, title, noun, held, files, forget)


def _ids(listed: Callable[[str], Iterable[Any]]) -> Callable[[str], list[str]]:
    return lambda visitor: [one.id for one in listed(visitor)]


def _names(listed: Callable[[str], Iterable[Any]]) -> Callable[[str], list[str]]:
    return lambda visitor: [one.name for one in listed(visitor)]
