"""/compare_methods and /methods_compared through gradio_client, over real stores in a folder of their own."""

import json

import pytest
from gradio_client.exceptions import AppError

from app.api import compare_methods
from tests.support import workshop
from tests.support.endpoints import client_of, launched

services = workshop.services
SPEC = json.dumps(
    {"base": "house/story-base", "dataset": "sample:story-prompts", "chat_template": "house", "max_steps": 2}
)
WAYS = [{"method": "lora", "lora_r": 2}, {"method": "full", "learning_rate": 5e-5}, {"method": "bitfit"}]


def test_methods_are_submitted_read_again_and_kept_from_others(services):
    with launched(compare_methods, services) as url:
        eve, mallory = client_of(url, "eve"), client_of(url, "mallory")
        made = eve.predict(SPEC, WAYS, "Three ways", api_name="/compare_methods")
        assert (made["title"], made["measure"]) == ("Three ways", "loss")
        assert [one["label"] for one in made["methods"]] == ["LoRA, rank 2", "All weights", "BitFit (biases)"]
        assert [one["state"] for one in made["methods"]] == ["queued", "queued", ""]
        assert "no biases" in made["methods"][2]["reason"]
        assert {job.id for job in services.jobs.list(owner="eve")} == {
            one["job"] for one in made["methods"] if one["job"]
        }
        assert eve.predict(made["id"], api_name="/methods_compared") == made
        with pytest.raises(AppError, match="There is no comparison"):
            mallory.predict(made["id"], api_name="/methods_compared")
        for spec, ways, words in (
            (SPEC, [], "two to eight"),
            (SPEC, [{"method": "lora", "lora_r": 0}, {"method": "lora", "lora_r": 999}], "None of these"),
            (SPEC, [{"method": "magic"}, {"method": "full"}], "method accepts"),
            ("[]", WAYS, "spec accepts"),
            (SPEC.replace("sample:story-prompts", "upload:0123456789ab"), WAYS, "0123456789ab"),
            (SPEC.replace('"max_steps"', '"stepps"'), WAYS, "stepps accepts nothing"),
        ):
            with pytest.raises(AppError, match=words):
                eve.predict(spec, ways, api_name="/compare_methods")
        assert len(services.jobs.list()) == 2
