"""What a Hub on loopback does with what is sent to it: the routes of ``create_repo`` and ``create_commit``,
as huggingface_hub calls them when large files go by LFS.
"""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

OWNER, WRITER, READER = (
    "anna",
    "hf_writer",
    "hf_reader",
)  # whose Hub it is; a token that may write, one that not


@dataclass
class Written:
    """``repos`` is name → visibility, ``files`` (name, path) → content; ``sent`` are the large files by their
    sha256. ``tokens`` are those that came with any request."""

    repos: dict[str, str] = field(default_factory=dict)
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    sent: dict[str, bytes] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    messages: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, token: str, body: bytes, address: str) -> tuple[int, Any]:
        """Status and JSON."""
        if path.startswith("/lfs/"):  # the address of the upload is its own permission
            self.sent[path.removeprefix("/lfs/")] = body
            return 200, {}
        self.tokens.add(token)
        if token not in (WRITER, READER):
            return 401, {"error": "Invalid username or password."}
        if path == "/api/whoami-v2":
            return 200, {"name": OWNER, "type": "user", "orgs": []}
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}
        if token != WRITER:
            return 403, {"error": "You don't have the rights"}
        if path == "/api/repos/create":
            return self._create(json.loads(body), address)
        repo = path.removeprefix("/").removeprefix("api/models/").removeprefix("api/datasets/")
        repo = repo.removeprefix("datasets/").removeprefix("api/spaces/").removeprefix("spaces/")
        repo = repo.partition(".git/")[0]
        repo = "/".join(repo.split("/")[:2])
        if repo not in self.repos:
            return 404, {"error": "Repository not found"}
        if path.endswith("/preupload/main"):
            files = json.loads(body)["files"]
            modes = {True: "lfs", False: "regular"}
            told = [
                {"path": f["path"], "uploadMode": modes[f["path"].endswith(".safetensors")]} for f in files
            ]
            return 200, {"files": [{**one, "shouldIgnore": False} for one in told]}
        if path.endswith("/info/lfs/objects/batch"):
            return 200, {
                "transfer": "basic",
                "objects": [_upload(o, address) for o in json.loads(body)["objects"]],
            }
        if path.endswith("/commit/main"):
            self._commit(repo, [json.loads(line) for line in body.splitlines() if line])
            return 200, {"commitUrl": f"{address}/{repo}/commit/{'b' * 40}", "commitOid": "b" * 40}
        return 404, {"error": f"No route {method} {path}"}

    def _create(self, asked: dict[str, Any], address: str) -> tuple[int, Any]:
        repo = f"{asked['organization']}/{asked['name']}"
        if asked["organization"] != OWNER:
            return 403, {"error": "You don't have the rights to create a model under this namespace"}
        if repo in self.repos:
            return 409, {"error": "You already created this model repo", "url": f"{address}/{repo}"}
        self.repos[repo] = asked.get("visibility", "public")
        return 200, {"url": f"{address}/{repo}"}

    def _commit(self, repo: str, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            kind, value = line["key"], line["value"]
            if kind == "header":
                self.messages.append(value["summary"])
            elif kind == "file":
                self.files[repo, value["path"]] = base64.b64decode(value["content"])
            elif kind == "lfsFile":
                content = self.sent[value["oid"]]
                assert hashlib.sha256(content).hexdigest() == value["oid"]
                self.files[repo, value["path"]] = content
            elif kind == "deletedFile":
                del self.files[repo, value["path"]]
            elif kind == "deletedFolder":
                inside = [key for key in self.files if key[0] == repo and key[1].startswith(value["path"])]
                assert inside, "the Hub takes away nothing that is not there"
                for key in inside:
                    del self.files[key]


def _upload(asked: dict[str, Any], address: str) -> dict[str, Any]:
    return {**asked, "actions": {"upload": {"href": f"{address}/lfs/{asked['oid']}", "header": {}}}}
