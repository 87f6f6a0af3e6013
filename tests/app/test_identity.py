"""Who is the owner, who is a visitor, and what must never pass for one of them."""

import time
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from app.access import check_model
from app.identity import COOKIE, Identity, new_secret
from pipelines.core.errors import NotAllowedError
from pipelines.core.settings import Settings


def request(peer="127.0.0.1", cookies=None, session=None, **headers):
    named = {"host": "127.0.0.1:7860", **{k.replace("_", "-"): v for k, v in headers.items()}}
    inner = SimpleNamespace(scope={"session": session} if session else {})
    return SimpleNamespace(
        headers=named, cookies=cookies or {}, client=SimpleNamespace(host=peer), request=inner
    )


def identity(**given):
    return Identity(Settings(**given))


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "[::1]:7860", "localhost"])
def test_loopback_at_home_is_the_owner(peer, host):
    assert identity().visitor(request(peer, host=host)).is_owner


def test_same_origin_browser_on_loopback_is_the_owner():
    sent = {"origin": "http://127.0.0.1:7860", "sec_fetch_site": "same-origin"}
    assert identity().visitor(request(**sent)).is_owner


@pytest.mark.parametrize(
    "spoiled",
    [
        {"x_forwarded_for": "127.0.0.1"},
        {"x_forwarded_host": "localhost"},
        {"forwarded": "for=127.0.0.1"},
        {"via": "1.1 proxy"},
        {"host": "rebound.example:7860"},
        {"host": ""},
        {"host": "127.0.0.1.example.org"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_loopback_alone_is_not_enough(spoiled):
    assert not identity().visitor(request(**spoiled)).is_owner


@pytest.mark.parametrize("peer", ["192.168.1.7", "10.0.0.1", "8.8.8.8", "testclient", ""])
def test_another_machine_is_a_visitor(peer):
    assert not identity().visitor(request(peer)).is_owner


def test_on_a_space_loopback_and_private_peers_are_visitors():
    space = identity(SPACE_ID="someone/glassworks", SPACE_AUTHOR_NAME="someone")
    for peer in ("127.0.0.1", "10.16.0.4"):
        assert not space.visitor(request(peer)).is_owner


def session(login, **more):
    return {"oauth_info": {"userinfo": {"preferred_username": login, **more}}}


def test_hub_login_of_the_spaces_author_is_the_owner_and_others_are_not():
    space = identity(SPACE_ID="someone/glassworks", SPACE_AUTHOR_NAME="someone")
    assert space.visitor(request("10.0.0.1", session=session("someone"))).is_owner
    other = space.visitor(request("10.0.0.1", session=session("else")))
    assert not other.is_owner and other.name == "else"
    assert other.id == space.visitor(request("10.0.0.2", session=session("else"))).id


def test_a_name_in_other_letters_is_the_same_account():
    space = identity(SPACE_ID="someone/glassworks", SPACE_AUTHOR_NAME="Someone")
    assert space.visitor(request("10.0.0.1", session=session("someone"))).is_owner


def test_who_is_signed_in_is_known_by_the_accounts_number_and_shown_by_its_name():
    space = identity(SPACE_ID="someone/glassworks", SPACE_AUTHOR_NAME="someone")
    before, renamed = (space.visitor(request("1.1.1.1", session=session(n, sub="7"))) for n in ("ada", "eva"))
    taken = space.visitor(request("1.1.1.1", session=session("ada", sub="8")))
    assert before.id == renamed.id != taken.id
    assert before.signed_in and renamed.name == "eva" and before.id != "hub-7"
    owner = space.visitor(request("1.1.1.1", session=session("someone", sub="1")))
    assert (owner.id, owner.name, owner.signed_in) == ("owner", "someone", True)


@pytest.mark.parametrize(("seconds", "signed_in"), [(60, True), (-60, False)])
def test_a_login_ends_when_the_hub_said_it_would(seconds, signed_in):
    space = identity(SPACE_ID="someone/glassworks", SPACE_AUTHOR_NAME="someone")
    kept = session("someone")
    kept["oauth_info"]["expires_at"] = time.time() + seconds
    assert space.visitor(request("10.0.0.1", session=kept)).is_owner is signed_in


def test_a_components_function_is_handed_the_servers_own_request():
    space = identity(SPACE_ID="someone/glassworks", SPACE_AUTHOR_NAME="someone")
    wrapped = request("10.0.0.1", session=session("ada"))
    bare = SimpleNamespace(**{**vars(wrapped), "scope": wrapped.request.scope, "request": None})
    assert space.visitor(bare) == space.visitor(wrapped) and space.visitor(bare).signed_in


FOREIGN = [
    {"sec_fetch_site": "cross-site", "origin": "https://evil.example"},
    {"sec_fetch_site": "same-site"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
]


@pytest.mark.parametrize("sent", FOREIGN)
def test_another_sites_page_speaks_for_nobody_whose_cookies_it_has_sent_along(sent):
    space = identity(SPACE_ID="someone/glassworks", SPACE_AUTHOR_NAME="someone")
    cookies = {COOKIE: new_secret()}
    host = {"host": "someone-glassworks.hf.space"}
    guest = space.visitor(request("10.0.0.1", cookies, **host))
    forged = space.visitor(request("10.0.0.1", cookies, session("someone"), **host, **sent))
    assert not forged.is_owner and not forged.signed_in and forged.id != guest.id


def test_our_own_page_in_the_hubs_frame_speaks_for_its_visitor():
    space = identity(SPACE_ID="someone/glassworks", SPACE_AUTHOR_NAME="someone")
    host, origin = "someone-glassworks.hf.space", "https://someone-glassworks.hf.space"
    for sent in ({"sec_fetch_site": "same-origin", "host": "internal:7860"}, {"host": host}):
        assert space.visitor(request("10.0.0.1", {}, session("someone"), origin=origin, **sent)).is_owner


def test_a_session_means_nothing_away_from_a_space():
    home = identity(owner="someone")
    assert not home.visitor(request("192.168.1.7", session=session("someone"))).is_owner


def test_a_space_without_a_known_owner_has_none():
    space = identity(SPACE_ID="x/y")
    assert not space.visitor(request("10.0.0.1", session={"oauth_info": {"userinfo": {}}})).is_owner


def test_owner_token():
    guarded = identity(owner_token="a long secret")
    assert guarded.visitor(request("8.8.8.8", x_glassworks_owner="a long secret")).is_owner
    assert not guarded.visitor(request("8.8.8.8", x_glassworks_owner="another")).is_owner
    assert not identity().visitor(request("8.8.8.8", x_glassworks_owner="")).is_owner


@pytest.mark.parametrize("sent", [{"sec_fetch_site": "cross-site"}, {"origin": "https://evil.example"}])
def test_the_owners_token_that_a_proxy_adds_is_not_for_another_sites_page(sent):
    guarded = identity(owner_token="t")
    assert not guarded.visitor(request("8.8.8.8", x_glassworks_owner="t", **sent)).is_owner
    mine = {"sec_fetch_site": "same-origin", "origin": "https://mine.example", "host": "internal:7860"}
    assert guarded.visitor(request("8.8.8.8", x_glassworks_owner="t", **mine)).is_owner


def test_the_owner_has_one_id_on_every_way_in():
    guarded = identity(owner_token="t")
    assert guarded.visitor(request()).id == guarded.visitor(request("8.8.8.8", x_glassworks_owner="t")).id


def test_cookie_and_header_name_the_same_visitor_and_hide_the_secret():
    secret = new_secret()
    by_cookie = identity().visitor(request("8.8.8.8", cookies={COOKIE: secret}))
    by_header = identity().visitor(request("9.9.9.9", x_glassworks_visitor=secret))
    assert by_cookie.id == by_header.id
    assert secret not in by_cookie.id
    assert by_cookie.id != identity().visitor(request("8.8.8.8", cookies={COOKIE: new_secret()})).id


def test_no_secret_or_a_forged_one_is_someone_new_each_time():
    for cookies in ({}, {COOKIE: "owner"}, {COOKIE: "0" * 31}):
        first, second = (identity().visitor(request("8.8.8.8", cookies=cookies)) for _ in range(2))
        assert first.id != second.id


def test_a_malformed_visitor_header_is_refused_with_what_is_accepted():
    with pytest.raises(NotAllowedError, match="32 hexadecimal digits"):
        identity().visitor(request("8.8.8.8", x_glassworks_visitor="short"))


@dataclass
class FakeJob:
    owner: str


def test_rights():
    house, secret = identity(), new_secret()
    owner = house.visitor(request())
    visitor = house.visitor(request("8.8.8.8", cookies={COOKIE: secret}))
    house.require_owner(owner, "delete models")
    with pytest.raises(NotAllowedError, match=r"Only the owner of this workshop may delete models\. Open it"):
        house.require_owner(visitor, "delete models")
    with pytest.raises(NotAllowedError, match=r"may delete models\. Sign in as its owner, or duplicate"):
        identity(SPACE_ID="x/y").require_owner(visitor, "delete models")
    assert house.may_see(owner, FakeJob("anyone"))
    assert house.may_see(visitor, FakeJob(visitor.id))
    assert not house.may_see(visitor, FakeJob("owner"))


def test_what_a_page_offers_to_whom():
    home, space = identity(), identity(SPACE_ID="x/y", SPACE_AUTHOR_NAME="x")
    owner = home.visitor(request())
    guest = space.visitor(request())
    assert set(home.may(owner)) == set(space.may(owner)) >= {"train", "delete", "reach"}
    assert set(space.may(guest)) == {"try", "collect", "vote"}
    assert set(home.may(guest)) == set(home.may(owner)) - {"reach"}


def test_the_owner_opens_hub_models_to_visitors():
    opened = identity(visitor_models="openai-community/gpt2, me/small")
    guest = opened.visitor(request(peer="10.0.0.1"))
    for name in ("me/small", "openai-community/gpt2", "house/story-base"):
        check_model(name, guest)
    for name in ("me/large", "path:/etc"):
        with pytest.raises(NotAllowedError, match="openai-community/gpt2; another Hub model"):
            check_model(name, guest)
