"""Ten open pages on a running job take under a tenth of a core from the server, and closed ones nothing."""

import os
from pathlib import Path

import pytest

from benchmarks.ten_clients import ALLOWED, measured, watched

pytestmark = [
    pytest.mark.process,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        os.environ.get("GLASSWORKS_LONG_TESTS") != "1",
        reason="takes more than five minutes on two cores; GLASSWORKS_LONG_TESTS=1 runs it",
    ),
]
WINDOWS = 3


def test_ten_pages_cost_little_and_closed_ones_nothing(running_app, browser, tmp_path: Path):
    with watched(running_app, browser, tmp_path) as watchers:
        costs = []
        while len(costs) < WINDOWS and not any(cost.share <= ALLOWED for cost in costs):
            costs.append(measured(running_app, watchers))
        assert min(cost.share for cost in costs) <= ALLOWED, [str(cost) for cost in costs]
        assert all(cost.asked > 1 for cost in costs), "the pages did not watch"
        for page in watchers.pages[1:]:
            page.close()
        left = watchers.pages[:1]
        watchers.pages = left
        assert measured(running_app, watchers).asked < 1.5, "closed pages go on asking"
