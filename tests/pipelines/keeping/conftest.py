import huggingface_hub
import pytest
from huggingface_hub import _commit_api

from tests.support.hub_faults import KeepingHub, keeping_hub


@pytest.fixture
def hub(monkeypatch) -> KeepingHub:
    """A Hub on loopback that this process may write to."""
    with keeping_hub() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(_commit_api, "is_xet_available", lambda: False)
        yield server
