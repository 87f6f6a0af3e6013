"""The real worker process behind the real client: streams, cancels, and is killed."""

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from pipelines.core.errors import GlassworksError, NotFoundError, WorkerDiedError
from pipelines.core.settings import Settings
from pipelines.generation.requests import Finished, GenerateRequest, Started, Token
from pipelines.generation.specs import DecodingSpec
from pipelines.runtime.client import RuntimeClient
from pipelines.runtime.messages import Loading, PreloadRequest, UnloadRequest

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def model(save_tiny, tmp_path_factory) -> str:
    """Without an end token and with a long context: it writes until it is stopped."""
    folder = save_tiny(tmp_path_factory.mktemp("m") / "long", max_position_embeddings=8192, eos_token_id=None)
    config = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**config, "eos_token": None}))
    return f"path:{folder}"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    made = RuntimeClient(Settings(home=tmp_path_factory.mktemp("home"), device="cpu", threads=1))
    yield made
    made.close()


def request(model, tokens=8, seed=0, prompt="Once upon a time") -> GenerateRequest:
    return GenerateRequest(model, prompt, DecodingSpec(max_new_tokens=tokens, seed=seed))


def text(events) -> str:
    return "".join(event.text for event in events if isinstance(event, Token))


def wait_until(true, seconds=30.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "did not come true in time"
        time.sleep(0.02)


def test_a_stream_begins_and_ends_as_promised(client, model):
    client.call(UnloadRequest())
    events = client.call(request(model))
    assert [type(event) for event in events] == [Loading, Started, *[Token] * 8, Finished]
    assert events[-1].text == text(events) and events[-1].new_tokens == 8
    assert client.loaded() == (model,)


def test_same_seed_same_text_also_while_others_generate(client, model):
    alone = {seed: text(client.call(request(model, 60, seed))) for seed in range(4)}
    assert len(set(alone.values())) == 4
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda seed: text(client.call(request(model, 60, seed % 4))), range(8)))
    assert together == [alone[seed % 4] for seed in range(8)]


def test_streams_take_turns(client, model):
    """A short request comes through while a very long one is at work."""
    long = client.stream(request(model, 4000))
    for _ in range(5):
        next(long)
    assert isinstance(client.call(request(model, 3))[-1], Finished)
    assert isinstance(next(long), Token)
    long.close()


def test_a_closed_stream_ends_its_work_and_no_other(client, model):
    kept, dropped = client.stream(request(model, 300)), client.stream(request(model, 4000, seed=1))
    next(dropped), next(kept)
    dropped.close()
    events = list(kept)
    assert isinstance(events[-1], Finished) and events[-1].new_tokens == 300
    worker = psutil.Process(client.pid)

    def idle():
        before = sum(worker.cpu_times()[:2])
        time.sleep(0.3)
        return sum(worker.cpu_times()[:2]) - before < 0.1

    wait_until(idle)


def test_errors_come_as_themselves(client, model):
    with pytest.raises(NotFoundError, match="house/nope"):
        client.call(request("house/nope"))
    with pytest.raises(GlassworksError, match=r"config\.json"):
        client.call(request("path:/"))
    with pytest.raises(TypeError):
        client.call(Settings())
    assert isinstance(client.call(request(model))[-1], Finished)


def test_preload_and_unload(client, model):
    client.call(UnloadRequest(model))
    wait_until(lambda: client.loaded() == ())
    assert client.call(PreloadRequest(model)) == [Loading(model)]
    assert client.call(PreloadRequest(model)) == []
    assert client.loaded() == (model,)


def test_a_killed_worker_is_said_and_a_fresh_one_answers(client, model):
    streams = [client.stream(request(model, 4000, seed)) for seed in range(3)]
    for stream in streams:
        assert next(stream)
    killed = client.pid
    psutil.Process(killed).kill()
    for stream in streams:
        with pytest.raises(WorkerDiedError, match="try again"):
            list(stream)
    assert isinstance(client.call(request(model))[-1], Finished)
    assert client.pid not in (None, killed)


def test_a_worker_killed_while_idle_comes_back_by_itself(client, model):
    client.call(request(model, 1))
    killed = client.pid
    psutil.Process(killed).kill()
    wait_until(lambda: client.pid not in (None, killed))
    assert isinstance(client.call(request(model, 1))[-1], Finished)
    logs = sorted(os.listdir(client._settings.home))  # of the last two workers, however many there were
    assert logs == ["inference.log", "inference.log.old"]


def test_an_unusable_setting_fails_the_request_and_does_not_loop(home, model):
    client = RuntimeClient(Settings(home=home, device="toaster"))
    with pytest.raises(WorkerDiedError):
        client.call(request(model))
    assert client.pid is None
    assert "GLASSWORKS_DEVICE" in (home / "inference.log").read_text()
    client.close()


def test_the_worker_dies_with_its_parent_and_torch_stays_out_of_it(home, model):
    code = f"""
import sys, time
from pipelines.core.settings import Settings
from pipelines.generation.requests import GenerateRequest
from pipelines.generation.specs import DecodingSpec
from pipelines.runtime.client import RuntimeClient
client = RuntimeClient(Settings(home={str(home)!r}, device="cpu"))
stream = client.stream(GenerateRequest({model!r}, "a", DecodingSpec(max_new_tokens=4000)))
next(stream), next(stream)
assert "torch" not in sys.modules
print(client.pid, flush=True)
for event in stream: pass
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE, 10)


def test_close_ends_the_process_and_open_streams(client, model):
    """The last test that uses the module's client."""
    stream = client.stream(request(model, 4000))
    next(stream), next(stream)
    process = psutil.Process(client.pid)
    closer = threading.Thread(target=client.close)
    closer.start()
    with pytest.raises(WorkerDiedError):
        list(stream)
    closer.join()
    assert not process.is_running() and client.pid is None and client.loaded() == ()
