"""A checked tree on its way to the Hub, as ``hf upload`` sends it: a git push refuses binary files."""

import os
import re
from collections.abc import Iterator

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.space.tree import Tree

_NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)


def send(tree: Tree, repo: str) -> Iterator[str]:
    """Make ``tree`` what the Space ``repo`` holds; files that it has no more are deleted there. A new one is
    private. Yields what is being done, the address last.

    The token is the one that ``hf auth login`` or ``HF_TOKEN`` has left. Raises GlassworksError.
    """
    from huggingface_hub import HfApi, errors

    if not _NAME.fullmatch(repo):
        raise SpecError("SPACE", repo, "owner/name of letters, digits, dots, - and _ (my-name/glassworks)")
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None, library_name="glassworks")
    try:
        if not api.repo_exists(repo, repo_type="space"):
            yield f"Making the Space {repo}"
            api.create_repo(repo, repo_type="space", space_sdk="gradio", private=True)
        yield f"Sending {len(tree.files)} files"
        api.upload_folder(
            repo_id=repo,
            repo_type="space",
            folder_path=tree.root,
            commit_message=_message(tree),
            delete_patterns="*",
        )
    except errors.HfHubHTTPError as error:
        raise GlassworksError(_refused(repo, getattr(error.response, "status_code", 0))) from None
    except errors.LocalTokenNotFoundError:
        raise GlassworksError(_refused(repo, 401)) from None
    except (OSError, errors.OfflineModeIsEnabled, errors.HTTPError) as error:
        raise GlassworksError(f"The Hub cannot be reached: {type(error).__name__}.") from error
    yield f"{api.endpoint}/spaces/{repo}"


def _message(tree: Tree) -> str:
    commit = tree.text("commit.txt").strip()[:12]
    return f"Glassworks {commit} for {tree.target.name}".replace("  ", " ")


def _refused(repo: str, status: int) -> str:
    if status == 401:
        return "The Hub knows no token of yours. Sign in with `hf auth login`, or set HF_TOKEN."
    if status == 403:
        return f"Your token may not write to {repo}. It needs the right to write there."
    return f"The Hub refused {repo}{f' with status {status}' if status else ''}."
