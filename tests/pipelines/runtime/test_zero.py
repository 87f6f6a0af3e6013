"""What goes to the borrowed GPU and what does not, with a lender that lends at once and in this process: what
``spaces.GPU`` is outside ZeroGPU. The copies are in ``test_zero_forked.py``.
"""

import threading
from importlib.metadata import version

import pytest
import spaces

from pipelines.core.errors import GlassworksError, NotFoundError, WorkerDiedError
from pipelines.core.settings import ZERO_GPU_GB, Settings
from pipelines.generation.comparing import DecodeRequest, StepRequest, StepShown
from pipelines.generation.requests import Finished, GenerateRequest, Token
from pipelines.generation.specs import DecodingSpec
from pipelines.generation.strategy import strategy
from pipelines.runtime.client import RuntimeClient
from pipelines.runtime.messages import Loading, PreloadRequest, UnloadRequest
from pipelines.runtime.operations import INFERENCE, WorkerKind
from pipelines.runtime.zero import ZeroRuntime, inference


class Here:
    """The worker on the CPU; remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def stream(self, request):
        self.asked.append(request)
        yield "here"


class Lender:
    """``spaces.GPU``, and the arguments of its calls."""

    def __init__(self, fault=None):
        self.seconds, self.fault = [], fault

    def __call__(self, function, duration):
        lent = spaces.GPU(function, duration=duration)

        def call(*given):
            self.seconds.append(duration(*given))
            if self.fault:
                raise self.fault
            yield from lent(*given)

        return call


class Refusal(Exception):
    """Has what a gradio.Error has."""

    def __init__(self, title, message):
        self.title, self.message = title, message


@pytest.fixture
def made(settings):
    """``made(millions, fault)`` → (runtime, here, lender)."""

    def make(millions=0.0, fault=None):
        here, lender = Here(), Lender(fault)
        changed = settings.model_copy(update={"zero_cpu_millions": millions, "threads": 1})
        return ZeroRuntime(changed, here, lender), here, lender

    return make


def asked(folder, tokens=4) -> GenerateRequest:
    return GenerateRequest(f"path:{folder}", "Once", DecodingSpec(max_new_tokens=tokens, temperature=0))


def test_a_large_model_is_borrowed_for(made, tiny_llama):
    runtime, here, lender = made()
    first, again = (runtime.call(asked(tiny_llama)) for _ in range(2))
    assert first[0] == Loading(f"path:{tiny_llama}") and isinstance(first[-1], Finished)
    assert [e for e in first if isinstance(e, Token)] == [e for e in again if isinstance(e, Token)]
    assert len(lender.seconds) == 2 and not here.asked


def test_a_small_model_is_not(made, tiny_llama):
    runtime, here, lender = made(millions=1)
    assert runtime.call(asked(tiny_llama)) == ["here"]
    assert here.asked == [asked(tiny_llama)] and not lender.seconds


def test_nothing_is_borrowed_to_have_a_model_ready_or_to_forget_one(made, tiny_llama):
    runtime, here, lender = made()
    assert runtime.call(PreloadRequest(f"path:{tiny_llama}")) == []
    assert runtime.call(UnloadRequest("run/0b4xk2m9qwer")) == ["here"]
    assert not lender.seconds and len(here.asked) == 1


def test_a_model_that_is_not_there_is_refused_before_a_gpu_is_asked_for(made):
    runtime, _, lender = made()
    with pytest.raises(NotFoundError, match="There is no model 'house/nope'"):
        runtime.call(GenerateRequest("house/nope", "Once"))
    assert not lender.seconds


def test_a_closed_stream_ends_what_is_computed(made, tiny_llama):
    runtime, _, _ = made()
    stream = runtime.stream(asked(tiny_llama, 40))
    next(stream), next(stream)
    stream.close()
    assert isinstance(runtime.call(asked(tiny_llama))[-1], Finished)


def test_a_step_has_time_for_its_run_anew(made, tiny_llama):
    runtime, _, lender = made()
    model, drawn = f"path:{tiny_llama}", strategy("temperature")
    runtime.call(DecodeRequest(model, "Once", (drawn,), max_new_tokens=50, run="a run"))
    *_, step = runtime.call(StepRequest(model, "a run", column=0, sample=0, position=0, strategy=drawn))
    assert isinstance(step, StepShown)
    assert lender.seconds[0] == lender.seconds[1]
    with pytest.raises(NotFoundError, match="no longer remembered"):
        runtime.call(StepRequest(model, "no run", column=0, sample=0, position=0, strategy=drawn))


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Refusal("ZeroGPU quota exceeded", "Try again in 1:00:00."), GlassworksError, "in 1:00:00. Mod"),
        (Refusal("ZeroGPU worker error", "GPU task aborted"), WorkerDiedError, "was lent for 1[0-9] seconds"),
        (RuntimeError("the inside"), GlassworksError, "^No GPU could be borrowed for this now"),
    ],
)  # fmt: skip
def test_what_the_lender_says_is_told_in_words(made, tiny_llama, fault, kind, words):
    runtime, _, _ = made(fault=fault)
    with pytest.raises(kind, match=words):
        runtime.call(asked(tiny_llama))


def test_calls_at_the_same_time_import_once(made, tiny_llama, monkeypatch):
    """A copy of the process is never made while another thread imports what computes."""
    runtime, _, _ = made()
    importing, overlaps = threading.Event(), []
    load = INFERENCE.load_handlers

    def slow(_):
        overlaps.append(importing.is_set())
        importing.set()
        try:
            return load()
        finally:
            importing.clear()

    monkeypatch.setattr(WorkerKind, "load_handlers", slow)
    threads = [threading.Thread(target=runtime._import) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert overlaps == [False] * 4


def test_a_space_s_settings(monkeypatch):
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    settings = Settings(device="cuda")
    assert (settings.device, settings.max_models_gb) == ("cpu", ZERO_GPU_GB)
    assert Settings(max_models_gb=8).max_models_gb == 8
    monkeypatch.delenv("SPACES_ZERO_GPU")
    assert (Settings().device, Settings().max_models_gb) == ("auto", 4)


def test_elsewhere_there_is_the_worker(settings):
    assert isinstance(inference(settings), RuntimeClient)


def test_without_the_package_the_start_says_so(settings, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "spaces", None)
    with pytest.raises(GlassworksError, match="`spaces` is not installed"):
        inference(settings.model_copy(update={"zero_gpu": True}))


def test_the_decorator_outside_zero_gpu_is_the_function():
    def function():
        yield

    assert spaces.GPU(function, duration=3) is function, version("spaces")
