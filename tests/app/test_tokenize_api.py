"""/tokenize through gradio_client: the real services and the real tokenizer worker."""

import gradio as gr
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from tokenizers import Tokenizer

from app.api import tokenize
from app.identity import Visitor, new_secret
from app.launch import serve
from app.services import make_services
from app.tokenizer.asking import check_tokenizer
from app.tokenizer.upload import add_upload
from pipelines.core.errors import GlassworksError, NotAllowedError, NotFoundError, SpecError
from pipelines.core.settings import REPOSITORY, Settings
from tests.support.small_tokenizers import MAKERS, backend, texts

HOUSE = "house/story-base"
OWNER = Visitor("owner", True, "owner")


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"), device="cpu")
    settings.make_folders()
    made = make_services(settings)
    yield made
    made.tokenizers.close()


@pytest.fixture(scope="module")
def client(services):
    with gr.Blocks(analytics_enabled=False) as page:
        tokenize.build(services)
    url = serve(page, services.settings, server_name="127.0.0.1")
    found = Client(url, verbose=False)
    yield found
    found.close()
    page.close(verbose=False)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizers")
    for kind in MAKERS:
        backend(kind).save(str(folder / f"{kind}.json"))
    return {f"path:{folder / kind}.json": backend(kind) for kind in MAKERS}


def test_ids_and_offsets_are_the_library_s(client, files):
    house = Tokenizer.from_file(str(REPOSITORY / "assets" / "models" / "story-base" / "tokenizer.json"))
    cores = {**files, HOUSE: house}
    for text in [*texts(seed=11, count=8), "z" * 2_000]:
        answer = client.predict(text, list(cores), True, api_name="/tokenize")
        for found, core in zip(answer["tokenizers"], cores.values(), strict=True):
            encoding = core.encode(text)
            assert [t["id"] for t in found["tokens"]] == encoding.ids
            assert [(t["start"], t["end"]) for t in found["tokens"]] == encoding.offsets
            assert [t["token"] for t in found["tokens"]] == [core.id_to_token(i) for i in encoding.ids]
            assert found["measures"]["characters"] == answer["characters"] == len(text)


def test_byte_level_bytes_spell_the_text(client):
    text = "\n".join(texts(seed=5, count=9))
    (found,) = client.predict(text, [HOUSE], api_name="/tokenize")["tokenizers"]
    assert b"".join(bytes.fromhex(t["bytes"]) for t in found["tokens"]).decode() == text


def test_differing_boundaries_are_counted_against_all(client, files):
    names = list(files)
    one = client.predict("the quick fox", names[:1], api_name="/tokenize")
    same = client.predict("the quick fox", [names[0], HOUSE], api_name="/tokenize")
    assert one["differing"] == 0 < one["boundaries"]
    cuts = [
        {t["start"] for t in found["tokens"]} | {t["end"] for t in found["tokens"]}
        for found in same["tokenizers"]
    ]
    inner = set(range(1, len("the quick fox")))
    assert same["boundaries"] == len((cuts[0] | cuts[1]) & inner)
    assert same["differing"] == len((cuts[0] ^ cuts[1]) & inner)


def test_what_is_left_out_is_as_documented(client):
    answer = client.predict("Hello", api_name="/tokenize")
    assert [found["tokenizer"] for found in answer["tokenizers"]] == [HOUSE]
    assert client.predict(api_name="/tokenize")["tokenizers"][0]["tokens"] == []
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    names = [p["parameter_name"] for p in endpoints["/tokenize"]["parameters"]]
    assert names == ["text", "tokenizers", "add_special_tokens"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"text": 5}, "text accepts text of at most"),
        ({"text": "x" * 1_000_001}, "at most 1,000,000 characters"),
        ({"text": "x" * 600_000, "tokenizers": [HOUSE, "path:/b"]}, "at most 500,000 characters for 2"),
        ({"tokenizers": [HOUSE, HOUSE]}, "1 to 8 names of tokenizers, each once"),
        ({"tokenizers": [5]}, "1 to 8 names"),
        ({"tokenizers": "house"}, "1 to 8 names"),
        ({"tokenizers": ["nothing"]}, "house/<name>"),
        ({"tokenizers": ["house/none"]}, "There is no model or tokenizer 'house/none'"),
        ({"tokenizers": ["path:/nowhere"]}, "path:/nowhere"),
        ({"tokenizers": ["upload:../../x"]}, "upload the file again"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_is_accepted(client, given, message):
    with pytest.raises(AppError) as caught:
        client.predict(**{"text": "some text", **given}, api_name="/tokenize")
    assert message in str(caught.value) and "Traceback" not in str(caught.value)


def test_visitors_use_what_is_here_and_their_own_files(services, tmp_path):
    ann, bob = (Visitor(new_secret(), False, "visitor") for _ in range(2))
    file = tmp_path / "mine.json"
    backend("bpe").save(str(file))
    name = services.tokenizer_files.add(file, "mine.json", ann.id).name
    check_tokenizer(services, ann, name)
    check_tokenizer(services, OWNER, name)
    check_tokenizer(services, ann, HOUSE)
    with pytest.raises(NotFoundError):
        check_tokenizer(services, bob, name)
    for foreign in ("path:/etc", "openai-community/gpt2"):
        with pytest.raises(NotAllowedError):
            check_tokenizer(services, ann, foreign)
    with pytest.raises(SpecError, match="upload:<id>"):
        check_tokenizer(services, OWNER, "gpt2")


@pytest.mark.parametrize("content", [b"", b"just text", b'{"no": "tokenizer"}', bytes(range(256)) * 9])
def test_a_file_that_is_no_tokenizer_is_not_kept(services, tmp_path, content):
    file = tmp_path / "odd.json"
    file.write_bytes(content)
    before = services.tokenizer_files.list(OWNER.id)
    with pytest.raises(GlassworksError, match="tokenizer"):
        add_upload(services, OWNER, str(file), [HOUSE])
    assert services.tokenizer_files.list(OWNER.id) == before


def test_an_added_file_is_chosen_beside_the_others(services, tmp_path):
    file = tmp_path / "mine.json"
    backend("wordpiece").save(str(file))
    picker = add_upload(services, OWNER, str(file), [HOUSE])
    assert picker.value[0] == HOUSE and picker.value[1].startswith("upload:")
    assert any("mine.json" in caption for caption, _ in picker.choices)
