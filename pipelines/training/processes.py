"""What surrounds the work of a job that computes: quiet libraries, its threads, and the group of processes
that it may be one of.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from accelerate import PartialState
from transformers.utils import logging

from pipelines.core.settings import Settings


@contextmanager
def computing(settings: Settings) -> Iterator[PartialState]:
    """The processes of this run; their group ends with the block."""
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    if settings.threads:
        torch.set_num_threads(settings.threads)
    processes = PartialState(cpu=settings.device == "cpu")
    try:
        yield processes
    finally:  # a process that ends with the group still open may abort on its way out
        processes.destroy_process_group()
