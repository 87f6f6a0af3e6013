"""The tokenizer worker: what it answers is what the functions give, through the real codec and process."""

import dataclasses
import json

import numpy as np
import pytest

from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.core.settings import Settings
from pipelines.runtime.client import RuntimeClient
from pipelines.runtime.messages import Loading, UnloadRequest
from pipelines.runtime.operations import TOKENIZERS
from pipelines.tokenization import requests as ask_for
from pipelines.tokenization.batch import make_batch
from pipelines.tokenization.batch_spec import BatchSpec
from pipelines.tokenization.comparison import compare
from pipelines.tokenization.describe import describe
from pipelines.tokenization.encode import encode
from pipelines.tokenization.lines import line_starts
from pipelines.tokenization.load import load
from pipelines.tokenization.measures import compression_by_language
from pipelines.tokenization.replay.bpe import replay_bpe
from pipelines.tokenization.replay.unigram import lattice
from pipelines.tokenization.replay.wordpiece import replay_wordpiece
from pipelines.tokenization.roundtrip import round_trip
from pipelines.tokenization.rows import token_rows
from pipelines.tokenization.stage_view import stages
from pipelines.tokenization.vocabulary import VocabularyQuery
from pipelines.tokenization.window import make_window
from tests.support.small_tokenizers import backend, texts

KINDS = ("bpe", "wordpiece", "unigram")
TEXT = "The quick café 👩‍🚀 naïve\n  日本語 12345\x00 ##ing"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return Settings(home=tmp_path_factory.mktemp("home"), device="cpu")


@pytest.fixture(scope="module")
def names(tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("tokenizers")
    for kind in KINDS:
        backend(kind).save(str(folder / f"{kind}.json"))
    return {kind: f"path:{folder / kind}.json" for kind in KINDS}


@pytest.fixture(scope="module")
def worker(settings):
    client = RuntimeClient(settings, TOKENIZERS, 60)
    yield client
    client.close()


@pytest.fixture
def ask(worker):
    def asked(request):
        *_, answer = (event for event in worker.stream(request) if not isinstance(event, Loading))
        return answer

    return asked


def same(a, b) -> bool:
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if dataclasses.is_dataclass(a):
        return type(a) is type(b) and all(same(v, getattr(b, k)) for k, v in vars(a).items())
    if isinstance(a, tuple):
        return isinstance(b, tuple) and len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_those_of_the_functions(ask, names, settings, kind):
    name = names[kind]
    loaded = load(name, settings)
    encoded = encode(loaded, TEXT, add_special_tokens=True)
    assert same(ask(ask_for.TokensRequest(TEXT, name, True, 2, 5)), token_rows(encoded, 2, 5))
    plain = encode(loaded, TEXT)
    assert same(ask(ask_for.RoundTripRequest(TEXT, name)), round_trip(loaded, plain))
    assert same(ask(ask_for.StagesRequest(TEXT, name)).stages, stages(loaded, TEXT))
    assert same(ask(ask_for.DescribeRequest(name)), describe(loaded))
    assert same(ask(ask_for.LanguagesRequest(name)).rows, compression_by_language(loaded))
    query = {"search": "a", "rows": 7}
    assert same(ask(ask_for.VocabularyRequest(name, query)), loaded.index.page(VocabularyQuery(**query)))
    assert same(ask(ask_for.NeighboursRequest(name, 60)), loaded.index.neighbours(60))
    batch = ask(ask_for.BatchRequest(name, [TEXT, "a"], None, {"padding": "none"}))
    assert same(batch, make_batch(loaded, [TEXT, "a"], BatchSpec(padding="none")))
    replays = {"wordpiece": replay_wordpiece, "unigram": lattice}
    assert same(
        ask(ask_for.ReplayRequest("quick", name)), replays.get(loaded.kind, replay_bpe)(loaded, "quick")
    )


def test_several_tokenizers_on_one_text(ask, names, settings):
    chosen = tuple(names.values())[:3]
    loaded = [load(name, settings) for name in chosen]
    for text in texts(seed=3, count=6):
        encodings = [encode(one, text) for one in loaded]
        got = ask(ask_for.CompareRequest(text, chosen))
        without_time = [dataclasses.replace(column, seconds=0.0) for column in got.tokenizers]
        assert same(tuple(without_time), compare(loaded, encodings, [0.0] * 3).tokenizers)
        window = ask(ask_for.WindowRequest(text, chosen, False, 20, 1, 4))
        assert same(window, make_window(encodings, line_starts(text, 20), 1, 4))


def test_a_conversation(ask, names):
    messages = [{"role": "user", "content": "The fox"}, {"role": "assistant", "content": "runs"}]
    template = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
    got = ask(ask_for.ChatRequest(next(iter(names.values())), messages, template=template))
    assert got.text == "[user]The fox[assistant]runs"
    assert 0 < got.assistant_mask.sum() < len(got.ids)


@pytest.mark.parametrize(
    ("request_", "error", "words"),
    [
        (lambda n: ask_for.TokensRequest("\ud800", n), SpecError, "half of a surrogate pair"),
        (lambda n: ask_for.TokensRequest("x" * 5_000_001, n), SpecError, "5,000,000"),
        (lambda n: ask_for.BatchRequest(n, ["a"], None, {"padding": "up"}), SpecError, "padding"),
        (lambda n: ask_for.BatchRequest(n, ["a"], None, {"pad": 1}), SpecError, "pad"),
        (lambda n: ask_for.VocabularyRequest(n, {"rows": 0}), SpecError, "rows"),
        (lambda n: ask_for.NeighboursRequest(n, 10**9), NotFoundError, "ids go from 0"),
        (lambda n: ask_for.ChatRequest(n, [{"role": 1}]), SpecError, "role"),
        (lambda n: ask_for.DescribeRequest("nothing"), SpecError, "house/<name>"),
        (lambda n: ask_for.DescribeRequest("path:/nowhere/at/all"), NotFoundError, "nowhere"),
        (lambda n: ask_for.DescribeRequest("upload:" + "0" * 24), NotFoundError, "upload"),
    ],
)
def test_what_does_not_fit_is_refused_and_the_worker_stays(worker, ask, names, request_, error, words):
    name = next(iter(names.values()))
    pid = worker.pid
    with pytest.raises(error, match=words):
        ask(request_(name))
    assert len(ask(ask_for.TokensRequest("still here", name))) > 0
    assert worker.pid == pid or pid is None


@pytest.mark.parametrize("bad", [(), ("a", "a"), ("",), tuple("abcdefghi"), "abc"])
def test_names_are_one_to_eight_each_once(bad):
    with pytest.raises(SpecError, match="1 to 8"):
        ask_for.CompareRequest("text", bad)


def test_a_file_that_has_changed_is_read_again(ask, tmp_path):
    file = tmp_path / "tokenizer.json"
    backend("bpe").save(str(file))
    before = ask(ask_for.DescribeRequest(f"path:{file}"))
    backend("wordpiece").save(str(file))
    after = ask(ask_for.DescribeRequest(f"path:{file}"))
    assert (before.kind, after.kind) == ("bpe", "wordpiece")
    file.write_text(json.dumps({"no": "tokenizer"}))
    with pytest.raises(GlassworksError, match=r"tokenizer\.json"):
        ask(ask_for.DescribeRequest(f"path:{file}"))


def test_memory_is_given_back(worker, ask, names):
    name = next(iter(names.values()))
    ask(ask_for.DescribeRequest(name))
    assert name in worker.loaded()
    worker.call(UnloadRequest(name))
    ask(ask_for.DescribeRequest(tuple(names.values())[1]))
    assert name not in worker.loaded()


@pytest.mark.process
def test_what_takes_too_long_is_ended_and_a_fresh_worker_answers(settings, names):
    """A pattern may be made to take for ever; here the limit is made so short that a long text passes it."""
    name = next(iter(names.values()))
    client = RuntimeClient(settings, TOKENIZERS, 60)
    try:
        list(client.stream(ask_for.DescribeRequest(name)))
        first, client._seconds = client.pid, 0.05
        with pytest.raises(GlassworksError, match="took longer"):
            list(client.stream(ask_for.LanguagesRequest(name)))
            list(client.stream(ask_for.TokensRequest("the quick fox " * 300_000, name)))
        client._seconds = 60
        assert list(client.stream(ask_for.DescribeRequest(name)))
        assert client.pid != first
    finally:
        client.close()
