"""A training run small enough to repeat in a test: a corpus, a tiny model, an API client to drive it.

Knows the app through its named endpoints only.
"""

import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradio_client import Client

_WHO = ("Anna", "Ben", "the fox", "the old clock", "a small bird", "the baker", "her brother", "the moon")
_DID = ("found", "lost", "painted", "carried", "hid", "watched", "mended", "dreamt of")
_WHAT = ("a red kite", "the wooden box", "three blue stones", "a warm loaf", "the key", "an empty boat")
_WHERE = ("by the river", "under the stairs", "in the garden", "on the hill", "behind the mill", "at home")
ENDED = ("succeeded", "failed", "cancelled", "interrupted", "paused")


def write_corpus(path: Path, documents: int = 400, sentences: int = 8, seed: int = 0) -> str:
    """Stories as JSON lines at ``path``; returns the corpus name for a spec."""
    rng = random.Random(seed)
    lines = []
    for _ in range(documents):
        story = " ".join(
            f"{rng.choice(_WHO)} {rng.choice(_DID)} {rng.choice(_WHAT)} {rng.choice(_WHERE)}."
            for _ in range(sentences)
        )
        lines.append(json.dumps({"text": story}))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"path:{path}"


def tiny(corpus: str, **changed: Any) -> dict[str, Any]:
    """A spec of some 30,000 parameters that makes tens of steps a second on one core."""
    return {
        "corpus": corpus,
        "name": "tiny",
        "vocab_size": 320,
        "num_layers": 2,
        "hidden_size": 32,
        "num_heads": 2,
        "num_kv_heads": 1,
        "intermediate_size": 64,
        "context_length": 32,
        "max_steps": 60,
        "batch_size": 4,
        "warmup_steps": 5,
        "eval_every": 20,
        "checkpoint_every": 20,
        "sample_prompts": ["Anna found"],
        "sample_tokens": 8,
        "precision": "fp32",
        "compile": False,
        **changed,
    }


class Api:
    """The named endpoints of a running app."""

    def __init__(self, url: str):
        self.client = Client(url, verbose=False, analytics_enabled=False)

    def submit(self, spec: dict[str, Any], kind: str = "pretrain") -> str:
        return self.client.predict(kind, json.dumps(spec), api_name="/submit_job")

    def job(self, job_id: str) -> dict[str, Any]:
        return self.client.predict(job_id, api_name="/job")

    def control(self, job_id: str, action: str) -> dict[str, Any]:
        return self.client.predict(job_id, action, api_name="/control_job")

    def models(self) -> list[str]:
        return [model["name"] for model in self.client.predict(api_name="/models")]

    def generate(self, model: str, prompt: str = "Anna found", **knobs: Any) -> str:
        return self.client.predict(model, prompt, api_name="/generate", **knobs)

    def wait(
        self, job_id: str, until: Callable[[dict[str, Any]], bool], seconds: float = 400
    ) -> dict[str, Any]:
        """The job as soon as ``until`` holds; TimeoutError with its last state if that takes too long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            job = self.job(job_id)
            if until(job):
                return job
            time.sleep(0.25)  # a question costs client and app 30 ms that the job could have
        raise TimeoutError(f"the job is still at {job}")

    def wait_for_step(self, job_id: str, step: int, seconds: float = 400) -> dict[str, Any]:
        """Fails at once when the job ends before it gets there."""
        job = self.wait(job_id, lambda j: j["step"] >= step or j["state"] in ENDED, seconds)
        assert job["state"] not in ENDED, f"the job ended early: {job}"
        return job

    def wait_for_end(self, job_id: str, seconds: float = 600) -> dict[str, Any]:
        return self.wait(job_id, lambda j: j["state"] in ENDED, seconds)

    def train(self, spec: dict[str, Any]) -> str:
        """Run a job to its end and return the name of the model that it made."""
        job = self.wait_for_end(self.submit(spec))
        assert job["state"] == "succeeded", job
        return job["artifact"]
