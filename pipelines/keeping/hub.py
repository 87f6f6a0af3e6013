"""A repository of the Hugging Face Hub as a place: one commit for all changes, private when it is made here.

The token is the process's own (``HF_TOKEN``), the address that of ``HF_ENDPOINT``. Whatever the Hub answers
becomes a :class:`PlaceError` that names the repository and no secret.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.keeping.source import Content, PlaceError

_SECONDS = 60.0  # without a byte; huggingface_hub's own client waits for ever
_AWAY = (401, 403, 404)
_AT_ONCE = 8  # files that are fetched together


class HubPlace:
    """``kind`` is "dataset" or "model"; ``card`` the README of a repository that is made here."""

    def __init__(self, repo: str, kind: str, card: str):
        self.name, self._kind, self._card = repo, kind, card

    def names(self) -> list[str]:
        from huggingface_hub import errors

        with self._told("read"), contextlib.suppress(errors.RepositoryNotFoundError):
            return self._listed()
        return []

    def fetch(self, names: Sequence[str], into: Path) -> None:
        api = self._api()

        def one(name: str) -> None:
            api.hf_hub_download(self.name, name, repo_type=self._kind, local_dir=into)

        with self._told("read"), ThreadPoolExecutor(_AT_ONCE) as threads:
            list(threads.map(one, names))

    def commit(self, changes: Mapping[str, Content], message: str) -> None:
        from huggingface_hub import errors

        with self._told("written"):
            try:
                self._commit(self._there(changes), message)
            except errors.RepositoryNotFoundError:
                self._api().create_repo(self.name, repo_type=self._kind, private=True, exist_ok=True)
                self._commit({"README.md": self._card.encode(), **_written(changes)}, message)

    def _there(self, changes: Mapping[str, Content]) -> dict[str, Content]:
        """Without what is to be taken away and is not there, which the Hub calls a fault."""
        if all(content is not None for content in changes.values()):
            return dict(changes)
        names = self._listed()
        known = {*names, *(f"{folder}/" for name in names for folder in PurePosixPath(name).parents)}
        return {name: content for name, content in changes.items() if content is not None or name in known}

    def _commit(self, changes: Mapping[str, Content], message: str) -> None:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        operations = [
            CommitOperationDelete(name)
            if content is None
            else CommitOperationAdd(name, content if isinstance(content, bytes) else str(content))
            for name, content in changes.items()
        ]
        if operations:
            self._api().create_commit(self.name, operations, commit_message=message, repo_type=self._kind)

    def _listed(self) -> list[str]:
        found = self._api().repo_info(self.name, repo_type=self._kind, timeout=_SECONDS)
        return [one.rfilename for one in found.siblings or ()]

    def _api(self) -> Any:
        from huggingface_hub import HfApi, get_session

        get_session().timeout = _SECONDS
        return HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None, library_name="glassworks")

    @contextmanager
    def _told(self, done: str) -> Iterator[None]:
        from huggingface_hub import errors

        failed = f"{self.name} could not be {done}"
        try:
            yield
        except errors.HfHubHTTPError as error:
            raise PlaceError(f"{failed}: {_why(error.response)}", _after(error.response)) from error
        except errors.OfflineModeIsEnabled as error:
            raise PlaceError(f"{failed}: HF_HUB_OFFLINE is set") from error
        except (OSError, errors.HTTPError) as error:
            raise PlaceError(f"{failed}: the Hub cannot be reached") from error
        except PlaceError:
            raise
        except Exception as error:  # what the upload's own libraries raise
            raise PlaceError(f"{failed}: {type(error).__name__}") from error


def _written(changes: Mapping[str, Content]) -> dict[str, Content]:
    return {name: content for name, content in changes.items() if content is not None}


def _why(response: Any) -> str:
    status = getattr(response, "status_code", 0)
    if status in _AWAY:
        return f"the Hub's answer is {status}: HF_TOKEN needs the right to write there"
    if status == 429:
        return "the Hub asks to wait"
    return f"the Hub's answer is {status}"


def _after(response: Any) -> float:
    """Seconds that the Hub asks to wait; 0 where it does not say, or says a date."""
    told = getattr(response, "headers", {}).get("Retry-After", "")
    return float(told) if told.isdecimal() else 0.0
