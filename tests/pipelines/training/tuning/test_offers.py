"""What is offered to a run that does not fit the memory."""

import pytest
import torch

from pipelines.training.tuning.offers import is_refusal, offered_words, offers
from tests.pipelines.training.tuning.families import spec_of

AGAIN = {"gradient_checkpointing": True}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"batch_size": 5}, ({"batch_size": 3, "gradient_accumulation_steps": 2}, AGAIN)),
        ({"batch_size": 1}, (AGAIN,)),
        ({"batch_size": 1, **AGAIN, "max_length": 256}, ({"max_length": 128},)),
        ({"batch_size": 1, **AGAIN, "max_length": 8}, ()),
        (
            {"batch_size": 8, "gradient_accumulation_steps": 200, **AGAIN},
            ({"batch_size": 4, "gradient_accumulation_steps": 256},),
        ),
        ({"batch_size": 8, "processes": 4}, ({"batch_size": 4, "gradient_accumulation_steps": 2}, AGAIN)),
    ],
)
def test_the_offers_follow_one_another(changes, found):
    assert offers(spec_of("instruct", **changes)) == found


def test_what_the_method_cannot_do_is_not_offered():
    assert AGAIN not in offers(spec_of("instruct", batch_size=4, method="prefix"))


def test_the_sentence_says_what_it_changes():
    said = offered_words(spec_of("instruct", batch_size=8))
    assert said.startswith("Try batch_size 4 and gradient_accumulation_steps 2 (the same rows a step")
    assert "about as many rows" in offered_words(spec_of("instruct", batch_size=5))
    assert "qlora" in said and "qlora" not in offered_words(spec_of("instruct", method="qlora"))
    assert offered_words(spec_of("instruct", batch_size=1, max_length=8, **AGAIN)) == ""
    assert offers(None) == offers("none") == ()


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"), True),
        (OSError(12, "Cannot allocate memory"), True),
        (ValueError("no"), False),
    ],
)
def test_a_refused_allocation_is_known(error, is_one):
    assert is_refusal(error) is is_one
