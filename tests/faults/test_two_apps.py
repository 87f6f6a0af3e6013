"""Two apps on one data folder: the second says so and stops; a kill of the first leaves the folder free."""

from pathlib import Path

import pytest

from tests.support.app_process import AppProcess

pytestmark = [pytest.mark.process, pytest.mark.slow]


def test_the_second_says_so_and_stops(home: Path, tmp_path: Path):
    second = AppProcess(home)
    with AppProcess(home) as first:
        with pytest.raises(RuntimeError, match=r"app\.py ended with 1"):
            second.start()
        said = second.tail()
        assert f"Glassworks cannot start: Another Glassworks is open on {home}." in said
        assert "Close it, or choose another folder with GLASSWORKS_HOME." in said
        assert "Traceback" not in said
        first.wait_until_it_answers()  # and the first has not noticed

        with AppProcess(tmp_path / "other"):
            pass  # another folder is another app's

        first.kill()
        with second:  # a killed app's lock is gone with it
            second.wait_until_it_answers()
