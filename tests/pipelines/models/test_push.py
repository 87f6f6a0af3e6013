"""Sending a model's folder to a Hub on loopback, by LFS."""

import json
import subprocess
import sys

import huggingface_hub
import pytest
from huggingface_hub import _commit_api

from pipelines.core.errors import ConflictError, GlassworksError, SpecError
from pipelines.models.hub import HubError
from pipelines.models.push import Push, push
from tests.support.fake_hub import hub_with
from tests.support.hub_writing import READER, WRITER

REPO = "anna/fox"


@pytest.fixture
def folder(tmp_path):
    """An adapter's, with files that are not to be sent."""
    made = tmp_path / "artifact"
    made.mkdir()
    (made / "adapter_model.safetensors").write_bytes(bytes(range(256)) * 900)
    (made / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "owner/base"}))
    (made / "README.md").write_text("# Fox\n")
    (made / ".hidden").write_text("stays here")
    (made / "link.json").symlink_to("/etc/hostname")
    return made


@pytest.fixture
def hub(tmp_path, monkeypatch):
    with hub_with(tmp_path, "other/model") as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(_commit_api, "is_xet_available", lambda: False)
        yield server


def test_a_new_repository_is_private_and_gets_the_files_with_the_card(hub, folder):
    *steps, url = push(folder, Push(REPO, WRITER))
    assert url == f"{hub.address}/{REPO}" and hub.written.repos == {REPO: "private"}
    sent = {path: content for (repo, path), content in hub.written.files.items() if repo == REPO}
    assert set(sent) == {"README.md", "adapter_config.json", "adapter_model.safetensors"}
    assert sent["adapter_model.safetensors"] == (folder / "adapter_model.safetensors").read_bytes()
    assert sent["README.md"].startswith(b"# Fox") and b"`owner/base`" in sent["README.md"]
    assert "Sending adapter_model.safetensors (0.2 MB), 3 of 3" in steps and len(hub.written.messages) == 1
    with pytest.raises(ConflictError, match="on the Hub already"):
        list(push(folder, Push(REPO, WRITER)))
    (folder / "README.md").write_text("# Another fox\n")
    list(push(folder, Push(REPO, WRITER, private=False, existing=True)))
    assert hub.written.files[REPO, "README.md"].startswith(b"# Another") and len(hub.written.messages) == 2
    assert hub.written.repos == {REPO: "private"}, "an existing one stays as it was"
    assert hub.written.tokens == {WRITER}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Push(REPO, "hf_unknown"), "does not know this token"),
        (Push(REPO, READER), "may not write to anna/fox"),
        (Push("somebody/fox", WRITER), "may not write to somebody/fox"),
        (Push(REPO, WRITER, existing=True), "no repository anna/fox"),
    ],
)
def test_what_the_hub_refuses_is_said_without_the_token(hub, folder, asked, words):
    with pytest.raises(GlassworksError, match=words) as refused:
        list(push(folder, asked))
    assert asked.token not in str(refused.value) and asked.token not in repr(asked)
    assert hub.written.files == {}


def test_a_fault_after_the_repository_was_made_says_what_stands_there(hub, folder, monkeypatch):
    def full(*_, **__):
        raise RuntimeError(f"no quota for {WRITER}")

    monkeypatch.setattr(_commit_api, "_upload_lfs_files", full)
    with pytest.raises(HubError, match="no quota for … anna/fox was made but holds no model yet"):
        list(push(folder, Push(REPO, WRITER)))


def test_no_hub_and_no_network_are_told(hub, folder, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HubError, match=r"127\.0\.0\.1:9 cannot be reached"):
        list(push(folder, Push(REPO, WRITER)))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="HF_HUB_OFFLINE"):
        list(push(folder, Push(REPO, WRITER)))


@pytest.mark.parametrize(
    "repo", ["", "fox", "a/b/c", "anna/../x", "anna/fox.git", "anna/f x", "-a/b", "anna/", None, 3, "a" * 200]
)
def test_a_name_that_the_hub_does_not_take_is_refused_here(repo):
    with pytest.raises(SpecError, match="owner/name"):
        Push(repo, WRITER)


@pytest.mark.parametrize("token", ["", "two words", "two\nlines", "ümlaut", None, "x" * 501])
def test_a_wrong_token_is_refused_and_never_shown(token):
    with pytest.raises(GlassworksError, match="token accepts") as refused:
        Push(REPO, token)
    assert not token or token not in str(refused.value)


def test_the_process_is_told_by_its_input_and_tells_by_lines(hub, folder, monkeypatch):
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    command = [sys.executable, "-m", "pipelines.models.push", str(folder)]

    def done(asked):
        ended = subprocess.run(command, input=asked.told() + "\n", capture_output=True, text=True)
        assert asked.token not in ended.stdout + ended.stderr
        return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()]

    code, told = done(Push(REPO, WRITER, private=False))
    assert code == 0 and told[-1] == {"url": f"{hub.address}/{REPO}"} and len(told) > 4
    assert hub.written.repos == {REPO: "public"} and (REPO, "README.md") in hub.written.files
    code, told = done(Push(REPO, "hf_unknown"))
    assert code == 1 and "does not know this token" in told[-1]["error"]
