"""What is kept survives a kill at any byte, and is asked once."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from pipelines.core.settings import REPOSITORY
from pipelines.prompting.calling.kept import Kept, Replies, key_of
from tests.support.counting_caller import Counting, call, reply_to


def test_a_call_is_asked_once_even_by_the_run_that_comes_after(tmp_path):
    calls = [call("a"), call("b"), call("a"), call("b", begun="So"), call("a", purpose="vote")]
    for asked in (3, 0):
        caller, heard = Counting(), {}
        with Replies(tmp_path / "replies.jsonl") as replies:
            kept = Kept(caller, replies)
            given = kept.answer(calls, done=heard.__setitem__)
            assert (kept.asked, kept.found, len(caller.calls)) == (asked, 5 - asked, asked)
            assert kept.answer(calls) == given and len(caller.calls) == asked
        wanted = tuple(reply_to(one.messages[0].content) for one in calls)
        assert given == wanted and tuple(heard[at] for at in range(5)) == wanted


def test_what_a_reply_depends_on_makes_a_call_another_one():
    caller = Counting()
    greedy, drawn = call("a"), call("a", temperature=0.5)
    same = [replace(greedy, seed=4), replace(greedy, top_p=0.5), replace(greedy, purpose="vote")]
    assert {key_of(caller.told(one)) for one in same} == {key_of(caller.told(greedy))}
    changes = {"seed": 4, "top_p": 0.5, "stop": ("x",), "samples": 2, "max_new_tokens": 7, "temperature": 0.6}
    others = [drawn, *(replace(drawn, **{name: value}) for name, value in changes.items())]
    assert len({key_of(caller.told(one)) for one in others}) == len(others)


def test_an_error_is_not_kept(tmp_path):
    with Replies(tmp_path / "replies.jsonl") as replies:
        assert Kept(Counting(fails=("a",)), replies).answer([call("a"), call("b")])[0].error == "no"
        again = Kept(Counting(), replies)
        assert not again.answer([call("a"), call("b")])[0].error
        assert (again.asked, again.found) == (1, 1)


def test_who_leaves_early_keeps_what_was_answered(tmp_path):
    class Left(Exception):
        pass

    turns = iter(range(9))

    def check():
        if next(turns) == 2:
            raise Left

    with Replies(tmp_path / "replies.jsonl") as replies:
        with pytest.raises(Left):
            Kept(Counting(), replies).answer([call(text) for text in "abcd"], check)
        assert len(replies) == 2


def test_half_a_line_is_cut_off_at_whichever_byte(tmp_path):
    path = tmp_path / "replies.jsonl"
    with Replies(path) as replies:
        for text in "ab":
            replies.put(text, reply_to(text))
    whole = path.read_bytes()
    second = whole.index(b"\n") + 1
    for size in range(second, len(whole) + 1):
        path.write_bytes(whole[:size])
        with Replies(path) as replies:
            assert replies.get("a") == reply_to("a")
            assert replies.get("b") == (reply_to("b") if size == len(whole) else None)
            if size < len(whole):
                replies.put("b", reply_to("b"))
        assert path.read_bytes() == whole


def test_a_damaged_line_is_passed_over(tmp_path):
    path = tmp_path / "replies.jsonl"
    with Replies(path) as replies:
        for text in "abc":
            replies.put(text, reply_to(text))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"\0" * 40 + b"\n" + lines[2])
    with Replies(path) as replies:
        assert [text for text in "abc" if text in replies] == ["a", "c"]
        assert replies.get("c") == reply_to("c")


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "replies.jsonl"
    real = os.pwrite

    def full(file, data, place):
        if len(data) < 60:
            raise OSError(28, "No space left on device")
        return real(file, data[:50], place)

    with Replies(path) as replies:
        replies.put("a", reply_to("a"))
        before = path.read_bytes()
        monkeypatch.setattr(os, "pwrite", full)
        with pytest.raises(OSError):
            replies.put("b", reply_to("b"))
        assert path.read_bytes() == before and "b" not in replies


_RUN = """
import sys
from pathlib import Path
from pipelines.prompting.calling.kept import Kept, Replies
from tests.support.counting_caller import Counting, call
folder = Path(sys.argv[1])
with Replies(folder / "replies.jsonl") as replies:
    kept = Kept(Counting(folder / "asked.txt"), replies)
    for number in range(int(sys.argv[2])):
        kept.answer([call(f"{number:06d} " + "long " * 20_000)])
print(kept.asked, kept.found)
"""


def _run(folder, calls):
    command = [sys.executable, "-c", _RUN, str(folder), str(calls)]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)


def test_killed_in_the_middle_a_run_goes_on_and_asks_nothing_twice_that_was_kept(tmp_path):
    path, kills = tmp_path / "replies.jsonl", 2
    for _ in range(kills):
        before = path.stat().st_size if path.exists() else 0
        process = _run(tmp_path, 100_000)
        while process.poll() is None and (not path.exists() or path.stat().st_size < before + 1_000_000):
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        process.stdout.close()
    with Replies(path) as replies:
        kept = len(replies)
    total = kept + 10
    told, _ = _run(tmp_path, total).communicate()
    assert told.split() == ["10", str(kept)]
    asked = (tmp_path / "asked.txt").read_text().split()
    assert len(set(asked)) == total
    assert len(asked) <= total + kills  # the one under way at each kill may have been asked in vain
