"""The job directory: cursors, half-written and damaged lines, and files that are missing."""

import json
import threading

import pytest

from pipelines.jobs import leg
from pipelines.jobs.job_dir import Exit, Heartbeat, JobDir
from pipelines.jobs.states import Action, JobState


@pytest.fixture
def job(tmp_path):
    made = JobDir(tmp_path / "job")
    made.create("pretrain", "id", {"a": 1})
    return made


def types(job, cursor=0):
    return [event["type"] for event in job.read_events(cursor)[0]]


def test_nothing_there_reads_as_nothing(tmp_path):
    job = JobDir(tmp_path / "none")
    assert (job.read_events(), job.tail_log(), job.asked()) == (([], 0), "", None)
    assert (job.heartbeat(), job.left()) == (None, None)


def test_a_folder_is_made_once(job):
    with pytest.raises(FileExistsError):
        job.create("pretrain", "id", {})


def test_a_half_written_line_waits_for_its_end(job):
    job.append({"type": "a"})
    whole = job.events_file.read_bytes()
    with job.events_file.open("ab") as out:
        out.write(b'{"type": "b", "te')
    events, cursor = job.read_events()
    assert ([e["type"] for e in events], cursor) == (["a"], len(whole))
    assert job.read_events(cursor) == ([], cursor)
    with job.events_file.open("ab") as out:
        out.write(b'xt": "c"}\n')
    assert types(job, cursor) == ["b"]


@pytest.mark.parametrize("damage", [b'{"type": "x"', b"\x00\x00", b"\xff\xfe", b"[1]", b"7", b"", b"nul"])
def test_a_damaged_line_is_left_out(job, damage):
    job.append({"type": "a"})
    with job.events_file.open("ab") as out:
        out.write(damage + b"\n")
    job.append({"type": "b"})
    assert types(job) == ["a", "b"]


def test_cursors_of_any_block_size_give_every_event_once(job):
    for n in range(50):
        job.append({"type": "x", "n": n, "text": "漢ü\n" * (n % 7)})
    seen, cursor = [], 0
    while True:
        events, after = job.read_events(cursor, limit_bytes=300)
        if after == cursor:
            break
        seen, cursor = seen + events, after
    assert [e["n"] for e in seen] == list(range(50))
    assert cursor == job.events_file.stat().st_size


def test_lines_of_several_writers_do_not_mix(job):
    def write(name):
        for n in range(50):
            job.append({"type": name, "n": n})

    writers = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    events, _ = job.read_events()
    assert len(events) == 200
    assert all([e["n"] for e in events if e["type"] == name] == list(range(50)) for name in "abcd")


def test_a_number_that_json_has_no_word_for_is_refused_and_writes_nothing(job):
    with pytest.raises(ValueError, match="JSON"):
        job.append({"type": "a", "loss": float("nan")})
    assert job.read_events() == ([], 0)


def test_the_log_is_cut_at_a_line(job):
    job.log_file.write_text("first line\nsecond\nthird\n")
    assert job.tail_log(100) == "first line\nsecond\nthird\n"
    assert job.tail_log(16) == "third\n" or job.tail_log(16) == "second\nthird\n"
    assert "first" not in job.tail_log(16)


@pytest.mark.parametrize("action", Action)
def test_requests_round_trip_and_are_taken_back(job, action):
    job.ask(action)
    assert job.asked() is action
    job.ask(None)
    job.ask(None)
    assert job.asked() is None


def test_an_unknown_request_is_none(job):
    job.control_file.write_text("explode")
    assert job.asked() is None


def test_heartbeat_and_last_word_round_trip(job):
    beat = Heartbeat(7, 1.5, 2.5, "training", 3, 9, {"loss": 1.0})
    job.beat(beat)
    job.leave(Exit(JobState.PAUSED, "at step 3"))
    assert job.heartbeat() == beat
    assert job.left() == Exit(JobState.PAUSED, "at step 3")


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"state": "odd"}', '{"x": 1}', "7"])
def test_damaged_files_read_as_missing(job, content):
    job.exit_file.write_text(content)
    job.heartbeat_file.write_text(content)
    assert (job.left(), job.heartbeat()) == (None, None)


@pytest.mark.parametrize(("content", "after"), [(b"", b""), (b"{}\n", b"{}\n"), (b'{"a', b'{"a\n')])
def test_a_new_leg_ends_the_last_legs_half_line(job, content, after):
    job.events_file.write_bytes(content)
    leg.prepare(job)
    leg.prepare(job)
    assert job.events_file.read_bytes() == after
    assert json.loads(job.spec_file.read_text())["job_id"] == "id"
