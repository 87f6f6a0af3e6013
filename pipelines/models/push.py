"""The folder of a model or a data set into a repository of the Hugging Face Hub, with the token of whoever
asks.

``python -m pipelines.models.push FOLDER`` does it in a process of its own. It reads the request, a
:class:`Push` as JSON, from its standard input, so that the token stands in no command line, no environment
and no file, and tells each step as a line of JSON: ``{"step": …}``, at the end ``{"url": …}`` or
``{"error": …}``. The address of the Hub is that of ``HF_ENDPOINT``.
"""

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.core.errors import ConflictError, GlassworksError, SpecError
from pipelines.models.adapters import own_card
from pipelines.models.hub import HubError

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?")
_MAX_TOKEN = 500
_CARD = "README.md"
_NOUNS = {"model": "model", "dataset": "data set"}
_FOLDERS = {"model": "", "dataset": "datasets/"}  # of the Hub's addresses
_WHY = 200  # characters of the Hub's own words that are passed on


@dataclass(frozen=True, repr=False)
class Push:
    """``repo`` is ``owner/name``; an ``existing`` one gets a new commit, else it must be new. ``kind`` is
    ``model`` or ``dataset``, as the Hub calls them."""

    repo: str
    token: str
    private: bool = True
    existing: bool = False
    kind: str = "model"

    def __post_init__(self) -> None:
        names = self.repo.split("/") if isinstance(self.repo, str) else []
        named = len(names) == 2 and all(_NAME.fullmatch(one) for one in names)
        if not named or ".." in self.repo or "--" in self.repo or self.repo.endswith(".git"):
            raise SpecError(
                "repo", self.repo, "owner/name of letters, digits, dots, - and _ (my-name/my-model)"
            )
        if self.kind not in _NOUNS:
            raise SpecError("kind", self.kind, f"one of {', '.join(_NOUNS)}")
        if not (isinstance(self.token, str) and self.token.isascii() and self.token.isprintable()):
            raise GlassworksError(_NO_TOKEN)  # not a SpecError: that would show what was given
        if not 1 <= len(self.token) <= _MAX_TOKEN or " " in self.token:
            raise GlassworksError(_NO_TOKEN)
        for field in ("private", "existing"):
            if not isinstance(getattr(self, field), bool):
                raise SpecError(field, getattr(self, field), "true or false")

    @property
    def noun(self) -> str:
        return _NOUNS[self.kind]

    def __repr__(self) -> str:
        return f"Push({self.repo!r}, private={self.private}, existing={self.existing})"

    def told(self) -> str:
        """For the process that does it."""
        return json.dumps(asdict(self))


def push(folder: Path, asked: Push) -> Iterator[str]:
    """Make the repository and send the folder's files in one commit; yields what is being done, the address
    last. Raises :class:`GlassworksError` with what the Hub has against it; it never holds the token."""
    from huggingface_hub import HfApi, errors

    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None, token=asked.token, library_name="glassworks")
    made = False
    try:
        yield "Asking the Hub who you are"
        name = api.whoami()["name"]
        if not asked.existing:
            yield f"Making the repository {asked.repo} for {name}"
            api.create_repo(asked.repo, repo_type=asked.kind, private=asked.private)
            made = True
        yield from _send(api, folder, asked)
    except errors.HfHubHTTPError as error:
        raise _refused(asked, error, made) from None
    except errors.OfflineModeIsEnabled:
        raise HubError("HF_HUB_OFFLINE is set where Glassworks runs, so nothing is sent.") from None
    except (OSError, errors.HTTPError) as error:
        where = api.endpoint.partition("://")[2]
        raise HubError(f"The Hub at {where} cannot be reached. {_left(asked, made)}".strip()) from error
    except Exception as error:  # what the upload's own libraries raise
        words = _clean(str(error), asked.token) or type(error).__name__
        raise HubError(f"The upload failed: {words} {_left(asked, made)}".strip()) from None
    yield f"{api.endpoint}/{_FOLDERS[asked.kind]}{asked.repo}"


def _send(api: Any, folder: Path, asked: Push) -> Iterator[str]:
    """The large files one by one, then all in one commit."""
    from huggingface_hub import CommitOperationAdd

    files = [p for p in sorted(folder.iterdir()) if p.is_file() and not p.is_symlink() and p.name[0] != "."]
    card = own_card(folder)
    sources: dict[str, Any] = {path.name: str(path) for path in files}
    if card is not None:
        sources[_CARD] = card.encode()
    operations = [CommitOperationAdd(name, source) for name, source in sources.items()]
    for place, (one, path) in enumerate(zip(operations, sources, strict=True), 1):
        size = one.upload_info.size
        yield f"Sending {path} ({_megabytes(size)}), {place} of {len(operations)}"
        api.preupload_lfs_files(asked.repo, [one], repo_type=asked.kind)
    yield "Making the commit"
    message = f"{asked.noun.capitalize()} made with Glassworks"
    api.create_commit(asked.repo, operations, commit_message=message, repo_type=asked.kind)


def _refused(asked: Push, error: Any, made: bool) -> GlassworksError:
    status = getattr(error.response, "status_code", 0)
    if status == 401:
        return HubError(
            "The Hub does not know this token. Make one that may write in the settings of your account there."
        )
    if status == 403:
        return HubError(
            f"This token may not write to {asked.repo}: it needs the right to write and to make repositories "
            f"of {asked.repo.partition('/')[0]}. {_left(asked, made)}".strip()
        )
    if status == 409 and not made:
        return ConflictError(
            f"{asked.repo} is on the Hub already. Take another name, or tick that it exists to add a commit."
        )
    if status == 404:
        return HubError(f"There is no repository {asked.repo} that this token may write to.")
    words = _clean(getattr(error, "server_message", "") or "", asked.token)
    why = f": {words}" if words else ""
    return HubError(f"The Hub has refused with status {status}{why}. {_left(asked, made)}".strip())


def _left(asked: Push, made: bool) -> str:
    """What stands there after a fault."""
    if not made:
        return ""
    return f"{asked.repo} was made but holds no {asked.noun} yet: tick that it exists, and push again."


def _clean(words: str, token: str) -> str:
    return " ".join(words.replace(token, "…").split())[:_WHY].rstrip(".")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"


def main(folder: str) -> int:
    """Each step as a line of JSON; nothing else is written anywhere."""
    try:
        last = ""
        for last in push(Path(folder), Push(**json.loads(sys.stdin.readline()))):
            print(json.dumps({"step": last}), flush=True)
    except GlassworksError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return 1
    print(json.dumps({"url": last}), flush=True)
    return 0


_NO_TOKEN = (
    "token accepts an access token of the Hub that may write, on one line without spaces: it is made in the "
    "settings of your account there."
)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
