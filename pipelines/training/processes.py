"""What surrounds the work of a job that computes: quiet libraries, its threads, and the group of processes
that it may be one of.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
from accelerate import PartialState
from accelerate.utils import broadcast_object_list
from transformers.utils import logging

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.jobs.leaving import LeftEarly, asked_to_stop

# The others wait while the first one reads rows or writes the result. One that dies is noticed at once, by
# the launcher, and not by this.
_PATIENCE = timedelta(hours=6)


@contextmanager
def computing(settings: Settings, distribution: str = "ddp") -> Iterator[PartialState]:
    """The processes of this run; their group ends with the block, when all have come to its end."""
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    if settings.threads:
        torch.set_num_threads(settings.threads)
    _check_devices(settings.device, distribution)
    if distribution.startswith("zero"):  # accelerate's sign that DeepSpeed makes the group
        os.environ["ACCELERATE_USE_DEEPSPEED"] = "true"
    use_cpu = settings.device == "cpu" or (not torch.cuda.is_available() and _launched() > 1)
    processes = PartialState(cpu=use_cpu, timeout=_PATIENCE) if _launched() > 1 else PartialState(cpu=use_cpu)
    try:
        yield processes
        processes.wait_for_everyone()
    finally:  # a process that ends with the group still open may abort on its way out
        processes.destroy_process_group()


def how_many() -> int:
    """Processes of this run."""
    return torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1


def is_first() -> bool:
    return how_many() == 1 or torch.distributed.get_rank() == 0


def first_alone(work: Callable[[], Any]) -> None:
    """The first process does it while the others wait; where it leaves the job, all of them leave."""
    left = None
    if is_first():
        try:
            work()
        except LeftEarly as early:
            left = early.state
    if how_many() > 1:
        left = broadcast_object_list([left], from_process=0)[0]
    if left:
        raise LeftEarly(left)


def in_turn(work: Callable[[], Any]) -> Any:
    """Each process does it, the first one before the others: what it fetches or writes lies there for them.
    Where the first one leaves the job, all of them leave."""
    found: list[Any] = []
    first_alone(lambda: found.append(work()))
    return found[0] if found else work()


def heed(context: JobContext) -> None:
    """Leave the job if that is asked, all processes at the same place: what the first one sees counts."""
    first_alone(lambda: asked_to_stop(context))


def _launched() -> int:
    """Processes that the launcher has started."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def _check_devices(device: str, distribution: str) -> None:
    """Raise :class:`GlassworksError` where there are fewer GPUs than processes."""
    wanted, found = int(os.environ.get("LOCAL_WORLD_SIZE", "1")), torch.cuda.device_count()
    on_gpus = device != "cpu" and found > 0
    if on_gpus and wanted > found:
        raise GlassworksError(f"{wanted} processes need as many GPUs; here are {found}. Lower processes.")
    if distribution.startswith("zero") and not on_gpus:
        raise GlassworksError("DeepSpeed's ZeRO is for GPUs; on a CPU take the distribution ddp or fsdp.")
