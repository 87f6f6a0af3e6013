"""A job worker's entry: ``python -m pipelines.worker JOBDIR``. Job directory in, artefact out.

Knows no database and no page. Started again on the same directory it goes on from the last checkpoint. It
always leaves ``exit.json``, unless it is killed; the absence of that file is how a kill is recognised.
Started by a launcher in several processes, only the first of them writes.
"""

import contextlib
import ctypes
import errno
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.core import disk
from pipelines.core.errors import GlassworksError
from pipelines.core.files import read_json
from pipelines.core.lasting import lasting
from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.kinds import kind_named
from pipelines.jobs.states import Action, JobState
from pipelines.training.disk import clear_half_written, resume_words
from pipelines.training.tuning.offers import is_refusal, offered_words, offers

_ON_PARENTS_DEATH = 1  # PR_SET_PDEATHSIG, from Linux's prctl.h
_NICENESS = 10  # of 19: gives way to the page, still uses whatever is free
_GOOD = (JobState.SUCCEEDED, JobState.PAUSED, JobState.CANCELLED)


class WorkerContext(JobContext):
    """A context in which being told to end (SIGTERM) counts as being asked to pause."""

    told_to_end = False

    def asked(self) -> Action | None:
        return super().asked() or (Action.PAUSE if self.told_to_end else None)


class FollowerContext(WorkerContext):
    """The context of all processes but the first: it reads what is asked and writes nothing."""

    def __enter__(self) -> "FollowerContext":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def emit(self, type: str, **fields: Any) -> None:
        pass


def main(arguments: list[str]) -> int:
    """The process's exit code: 0 for succeeded, paused and cancelled."""
    if len(arguments) != 1:
        print("usage: python -m pipelines.worker JOBDIR", file=sys.stderr)
        return 2
    job, first = JobDir(Path(arguments[0])), os.environ.get("RANK", "0") == "0"
    if first:
        job.exit_file.unlink(missing_ok=True)
        disk.reserve(job.path)
    left = _work(job, first)
    if first:
        disk.give_up_reserve(job.path)
        if left.state is not JobState.FAILED:
            job.ask(None)  # what was asked is done; a resume must not find it again
        try:
            job.leave(left)
        except OSError as fault:
            return errno.ENOSPC if disk.is_full(fault) else 1  # the code is a word that needs no room
    return 0 if left.state in _GOOD else 1


def _work(job: JobDir, first: bool) -> Exit:
    told, spec = read_json(job.spec_file, {}), None
    with (WorkerContext if first else FollowerContext)(job, str(told.get("job_id", ""))) as context:
        signal.signal(signal.SIGTERM, lambda *_: setattr(context, "told_to_end", True))
        try:
            kind = kind_named(told.get("kind"))
            spec = kind.parse(told.get("spec"))
            with lasting():
                runner = kind.load_runner()
            return Exit(runner(spec, context))
        except Exception as fault:
            with contextlib.suppress(OSError):  # the log lies on the same disk
                traceback.print_exc()
            message = full_disk(job, context) if first and disk.is_full(fault) else explained(fault, spec)
            with contextlib.suppress(OSError):
                context.emit("error", kind=type(fault).__name__, message=message, **_offered(fault, spec))
            return _last_word(job, first, Exit(JobState.FAILED, message), _says_itself(fault))


def _last_word(job: JobDir, first: bool, word: Exit, clear: bool) -> Exit:
    """Of several processes the one with a reason speaks: to the others it is a connection that was closed."""
    if first:
        return word if clear else job.left() or word
    if clear and job.left() is None:
        job.leave(word)
    return word


def _says_itself(fault: Exception) -> bool:
    return isinstance(fault, GlassworksError) or is_refusal(fault) or disk.is_full(fault)


def full_disk(job: JobDir, context: JobContext) -> str:
    """Clear away what is half written, and say what it was, how little room there was, and what to do."""
    free = disk.free_bytes(job.path)
    half = clear_half_written(job)
    disk.give_up_reserve(job.path)
    what = half or f"the output of the phase {context.doing or 'starting'!r}"
    return disk.full_message(what, free, resume_words(job.checkpoints))


def explained(fault: Exception, spec: Any = None) -> str:
    """The fault in words for the visitor."""
    if isinstance(fault, GlassworksError):
        return str(fault)
    if is_refusal(fault):
        less = offered_words(spec) or "Lower batch_size or context_length, or the model."
        return f"The machine's memory is not enough for this. {less}"
    return f"{type(fault).__name__}: {fault}"


def _offered(fault: Exception, spec: Any) -> dict[str, Any]:
    """``mends`` of the error's event: fields of the spec with which the run would take less memory."""
    mends = getattr(fault, "mends", ()) or (offers(spec) if is_refusal(fault) else ())
    return {"mends": list(mends)} if mends else {}


def visible_gpus(device: str, environment: Mapping[str, str]) -> str | None:
    """What CUDA_VISIBLE_DEVICES must be for a process alone to see the one GPU it may use; None: as it is.

    >>> visible_gpus("cuda:1", {"CUDA_VISIBLE_DEVICES": "4,7"})
    '7'
    """
    if "WORLD_SIZE" in environment or device.partition(":")[0] not in ("auto", "cuda"):
        return None
    listed = environment.get("CUDA_VISIBLE_DEVICES")
    number = int(device.partition(":")[2] or 0)
    if listed is None:
        return str(number)
    names = listed.split(",")
    return names[number] if number < len(names) else listed


def _end_with_the_launcher() -> None:
    """A launcher of several processes gives each a group of its own, which the signals to a job do not reach:
    when it is killed, the kernel ends them too. Elsewhere than on Linux they end at their next exchange."""
    if sys.platform == "linux" and "TORCHELASTIC_RUN_ID" in os.environ:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_ON_PARENTS_DEATH, signal.SIGKILL)


def _be_a_good_neighbour() -> None:
    """Keep to one device and leave the page its share of the machine; must run before torch is imported."""
    gpus = visible_gpus(Settings().device, os.environ)
    if gpus is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpus
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # waiting threads sleep, they do not spin
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    os.nice(_NICENESS)
    # Linux weighs sessions against each other, and niceness counts only within one: say it for ours too.
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_NICENESS))


if __name__ == "__main__":
    _end_with_the_launcher()
    _be_a_good_neighbour()
    sys.exit(main(sys.argv[1:]))
