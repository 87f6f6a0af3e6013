"""One app a folder: the lock refuses a second holder and ends with its process."""

import subprocess
import sys

import pytest

from pipelines.core.errors import ConflictError
from pipelines.core.lock import HomeLock
from pipelines.core.settings import REPOSITORY

HOLD = """
import sys
from pipelines.core.lock import HomeLock
HomeLock(sys.argv[1]).acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_holder_is_told_which_folder(tmp_path):
    with (
        HomeLock(tmp_path / "home"),
        pytest.raises(ConflictError, match=r"Another Glassworks is open on .*home"),
    ):
        HomeLock(tmp_path / "home").acquire()


def test_released_and_reacquired(tmp_path):
    lock = HomeLock(tmp_path)
    lock.acquire()
    lock.acquire()  # holding it already is no conflict with oneself
    lock.release()
    lock.release()
    with HomeLock(tmp_path):
        pass


@pytest.mark.process
def test_a_killed_holder_leaves_the_folder_free(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(ConflictError):
        HomeLock(tmp_path).acquire()
    holder.kill()
    holder.communicate()
    with HomeLock(tmp_path):
        pass


@pytest.mark.process
def test_programs_started_meanwhile_do_not_keep_it(tmp_path):
    lock = HomeLock(tmp_path)
    lock.acquire()
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    lock.release()
    try:
        with HomeLock(tmp_path):
            pass
    finally:
        child.kill()
        child.communicate()
