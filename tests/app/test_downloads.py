import zipfile
from types import SimpleNamespace

import pytest

from app import downloads
from pipelines.core.errors import ConflictError


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "sub" / "weights").write_bytes(b"abc")
    (folder / "secret").symlink_to("/etc/hostname")
    return folder


def test_the_archive_holds_the_plain_files_and_follows_no_link(model, tmp_path):
    path = downloads.zipped(model, "run/abc", tmp_path / "out")
    assert path.name == "run-abc.zip"
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["run-abc/config.json", "run-abc/sub/weights"]
        assert archive.read("run-abc/sub/weights") == b"abc"


def test_an_adapter_goes_alone_and_its_card_names_the_base(model, tmp_path):
    (model / "adapter_config.json").write_text('{"base_model_name_or_path": "house/tales"}')
    for card in (None, "---\ntags: [x]\n---\n# Crab\n", "# Made from `house/tales`\n"):
        if card:
            (model / "README.md").write_text(card)
        with zipfile.ZipFile(downloads.zipped(model, "run/abc", tmp_path / "out")) as archive:
            names, told = archive.namelist(), archive.read("run-abc/README.md").decode()
        assert len(names) == len(set(names)) == 4
        assert told.startswith(card or "## Its base") and told.count("`house/tales`") == 1


def test_only_the_newest_archives_stay(model, tmp_path):
    for i in range(6):
        downloads.zipped(model, f"run/{i}", tmp_path / "out")
    left = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert len(left) == 3 and "run-5.zip" in left


def test_no_name_leaves_the_folder(model, tmp_path):
    path = downloads.zipped(model, "../../evil", tmp_path / "out")
    assert path.parent == tmp_path / "out"


def test_a_full_disk_is_said_before_anything_is_written(model, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(ConflictError, match="no room"):
        downloads.zipped(model, "run/abc", tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())
