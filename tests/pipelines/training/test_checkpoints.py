"""Only a whole checkpoint is resumed from."""

from pipelines.training.checkpoints import facts_of, last_complete, mark_complete, step_of


def checkpoint(folder, step, **facts):
    made = folder / f"checkpoint-{step}"
    made.mkdir()
    (made / "model.safetensors").write_bytes(b"weights")
    if facts:
        mark_complete(made, **facts)
    return made


def test_the_newest_by_number(tmp_path):
    for step in (5, 100, 20):
        checkpoint(tmp_path, step, elapsed=step / 2)
    found = last_complete(tmp_path)
    assert step_of(found) == 100 and facts_of(found)["elapsed"] == 50


def test_one_without_marker_is_removed(tmp_path):
    good, broken = checkpoint(tmp_path, 5, elapsed=1), checkpoint(tmp_path, 10)
    assert last_complete(tmp_path) == good and not broken.exists()


def test_one_with_a_cut_file_is_removed(tmp_path):
    good, cut = checkpoint(tmp_path, 5, elapsed=1), checkpoint(tmp_path, 10, elapsed=2)
    (cut / "model.safetensors").write_bytes(b"weig")
    assert last_complete(tmp_path) == good and not cut.exists()


def test_none(tmp_path):
    assert last_complete(tmp_path) is None and last_complete(tmp_path / "gone") is None
