"""Which servers the owner has named, and that no fault quotes what may be a key."""

import json

import pytest

from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.core.settings import Settings
from pipelines.models.catalogue import Catalogue
from pipelines.models.endpoints import Endpoint

LOCAL = {"url": "http://127.0.0.1:8000/v1", "model": "served"}


def catalogue(home, told):
    return Catalogue(Settings(home=home, endpoints=told if isinstance(told, str) else json.dumps(told)))


def test_none_is_configured(home):
    assert catalogue(home, "").endpoints() == []
    with pytest.raises(NotFoundError, match="none is; the owner names them in GLASSWORKS_ENDPOINTS"):
        catalogue(home, "").endpoint("endpoint:local")


def test_those_that_are_named_are_listed_and_found(home):
    found = catalogue(
        home, {"local": LOCAL, "a": {**LOCAL, "key_env": "A_KEY", "parallel": 8, "context": 4096}}
    )
    assert [one.full_name for one in found.endpoints()] == ["endpoint:a", "endpoint:local"]
    assert found.endpoint("endpoint:a") == Endpoint("a", **LOCAL, key_env="A_KEY", parallel=8, context=4096)
    for other in ("endpoint:b", "house/a"):
        with pytest.raises(NotFoundError, match="configured: endpoint:a, endpoint:local"):
            found.endpoint(other)
    with pytest.raises(NotFoundError, match="server"):
        found.resolve("endpoint:a")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("{sk-secret", "JSON object"),
        ('["sk-secret"]', "JSON object"),
        ({"a b": LOCAL}, "names of letters"),
        ({"a": "sk-secret"}, "for a an object with url, model"),
        ({"a": {**LOCAL, "key": "sk-secret"}}, "for a an object with url, model"),
        ({"a": {"url": LOCAL["url"]}}, "for a an object with url, model"),
        ({"a": {**LOCAL, "url": "ftp://sk-secret"}}, "for a.url http"),
        ({"a": {**LOCAL, "url": "https://me:sk-secret@host/v1"}}, "for a.url http"),
        ({"a": {**LOCAL, "url": "https://[sk-secret"}}, "for a.url http"),
        ({"a": {**LOCAL, "model": " "}}, "for a.model"),
        ({"a": {**LOCAL, "key_env": "sk-secret"}}, "not the key itself"),
        ({"a": {**LOCAL, "timeout": 0}}, "for a.timeout"),
        ({"a": {**LOCAL, "parallel": True}}, "for a.parallel"),
        ({"a": {**LOCAL, "begun": "sk-secret"}}, "for a.begun message or vllm or instruction"),
    ],
)
def test_what_cannot_be_read_is_refused_without_quoting_it(home, told, words):
    with pytest.raises(SpecError) as refused:
        catalogue(home, told).endpoints()
    assert words in str(refused.value) and "secret" not in str(refused.value)
    assert refused.value.field == "GLASSWORKS_ENDPOINTS"


def test_the_key_comes_from_the_environment(monkeypatch):
    one = Endpoint("a", **LOCAL, key_env="A_KEY")
    monkeypatch.delenv("A_KEY", raising=False)
    with pytest.raises(GlassworksError, match="A_KEY, which is not set"):
        one.key()
    monkeypatch.setenv("A_KEY", " k \n")
    assert (one.key(), Endpoint("b", **LOCAL).key()) == ("k", "")
