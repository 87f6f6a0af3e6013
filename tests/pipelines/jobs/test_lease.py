"""Device names: which are accepted, and which share hardware."""

import pytest

from pipelines.core.errors import SpecError
from pipelines.jobs import lease


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("cpu", "cpu", True),
        ("cpu", "cuda", False),
        ("cuda", "cuda:1", True),
        ("cuda:0", "cuda:1", False),
        ("cuda:0,1", "cuda:1,2", True),
        ("cuda:0,1", "cuda:2", False),
        ("mps", "cpu", False),
        ("", "cpu", False),
    ],
)
def test_overlap_is_symmetric(one, other, shared):
    assert lease.overlap(one, other) is lease.overlap(other, one) is shared


@pytest.mark.parametrize("setting", ["gpu", "cuda:", "cuda:a", "", "cuda:0,", "CPU"])
def test_other_names_are_refused(setting):
    with pytest.raises(SpecError, match="device accepts auto, cpu"):
        lease.resolve(setting)


@pytest.mark.parametrize(
    ("nvidia", "visible", "family"), [(True, "0", "cuda"), (True, "", None), (False, "0", None)]
)
def test_auto_takes_cuda_where_a_driver_shows_a_device(monkeypatch, nvidia, visible, family):
    monkeypatch.setattr(lease, "_has_nvidia", lambda: nvidia)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert (lease.resolve("auto") == "cuda") is (family == "cuda")
