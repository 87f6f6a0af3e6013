"""The memory that a run takes, read while it trains; and the measure that it is judged by."""

import pytest
import torch

from pipelines.training.tuning.dry_run import can_measure
from pipelines.training.tuning.encoders.answer import Answering
from pipelines.training.tuning.encoders.classify import Classifying
from pipelines.training.tuning.encoders.fill import Filling
from pipelines.training.tuning.encoders.tag import Tagging
from pipelines.training.tuning.peak import PeakMemory
from pipelines.training.tuning.tasks import TASKS

CPU = torch.device("cpu")
_MB = 1_000_000


@pytest.mark.skipif(not can_measure(CPU), reason="memory cannot be read here")
def test_the_peak_counts_the_model_and_what_training_takes_and_not_what_was_there_before():
    libraries = torch.ones(60 * _MB // 4)
    memory = PeakMemory(CPU)
    model = torch.ones(80 * _MB // 4)
    memory.watched(lambda: torch.ones(100 * _MB // 4).sum())
    peak = memory.figures["peak_memory_bytes"]
    assert 150 * _MB < peak < 235 * _MB, peak
    assert libraries[0] == model[0] == 1


def test_what_cannot_be_measured_is_trained_all_the_same():
    done = []
    memory = PeakMemory(torch.device("meta"))
    memory.watched(lambda: done.append(1))
    assert done == [1] and memory.figures == {}


def test_the_chief_measure_of_a_task_is_the_one_that_chooses_its_checkpoint():
    lessons = {"classify": Classifying, "tag": Tagging, "answer": Answering, "fill": Filling}
    for task in TASKS.values():
        assert task.measure == (lessons[task.name].best if task.name in lessons else "loss")
