"""Who may do what on a Space, over everything that a browser or a client can call there: the named endpoints
by a table, and every handler and server function of the page called by a guest who knows all of the owner's
ids. A new endpoint without a line here fails; a new handler is called as all others are.
"""

import contextlib
import inspect
import sqlite3
import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio.helpers import special_args
from starlette.requests import Request

from app.identity import COOKIE, Identity, new_secret
from app.services import make_services
from app.shell import build
from app.visitor_jobs import FROM_ONE_ADDRESS, KINDS
from pipelines.core.errors import WorkerDiedError
from pipelines.core.ids import OWNER_ID
from pipelines.core.settings import Settings
from pipelines.preferences.formats import read
from pipelines.preferences.specs import RoundSpec
from pipelines.rag.specs import CollectionSpec
from pipelines.runtime.client import RuntimeClient
from pipelines.training.specs import PretrainSpec

FREE = "anyone, with what is for all"
OWN = "anyone, with what is their own"
JOB = "the owner: it starts a job that makes something for others to use, or takes long"
RUN = "anyone, for some minutes: it starts a job that only measures"
ENDPOINTS = {
    FREE: "models generate compare_decoding fill_mask predict prompt_script metric attention "
    "attention_summary logit_lens intervene tokenize export_script",
    OWN: "prompt_results prompt_trace rag_add rag_delete rag_share rag_collections rag_documents rag_search "
    "rag_ask rag_evaluate evaluation preference_round preference_rounds preference_control "
    "preference_progress preference_join preference_next preference_forget preference_vote preference_rank "
    "preference_saved preference_pair preferences_export preferences_import preferences_report "
    "preferences_push check_dataset estimate control_job add_corpus job jobs job_events corpus "
    "corpus_report packing_preview compare_runs lineage methods_compared my_data forget_me",
    JOB: "train_tokenizer submit_job curate_corpus compare_methods",
    RUN: "run_prompt_lab evaluate",
}
STARTING = {  # the page's buttons for the same, as the handlers' own names
    "app.tabs.pretrain:_Inputs._start",
    "app.tabs.corpus_part:CorpusPart._submit",
    "app.tokenizer.train_part:TrainPart._submit",
}
RUNNING = {"app.prompt_lab.tab:PromptLab._start", "app.evaluate.run_part:RunPart._start"}
SECRET = "zebra4711"
PROMPT = f'{{"prompt": "{SECRET}", "chosen": "{SECRET} a", "rejected": "{SECRET} b"}}'
TUNED = '{"base": "house/story-instruct", "dataset": "sample:story-prompts"}'
TYPED = (gr.State, gr.Textbox, gr.Dropdown)
GIVEN = {"kind": "pretrain", "model": "house/story-base", "format": "trl", "choice": "left", "settings": "{}"}
ACTIONS = {"preference_control": "delete", "control_job": "cancel"}


@pytest.fixture(scope="module")
def space(tmp_path_factory) -> Iterator[SimpleNamespace]:
    """A Space with things of its owner's, no worker at work, and a note of who was refused what."""
    with pytest.MonkeyPatch.context() as patch:

        def refuses(*_: Any) -> Iterator[Any]:
            raise WorkerDiedError("No model is asked here.")
            yield

        patch.setattr(RuntimeClient, "stream", refuses)
        patch.setattr(RuntimeClient, "start", lambda _: None)
        settings = Settings(
            home=tmp_path_factory.mktemp("audit"), SPACE_ID="ada/glassworks", SPACE_AUTHOR_NAME="ada"
        )
        settings.make_folders()
        patch.setenv("GLASSWORKS_HOME", str(settings.home))
        refused: list[str] = []
        require = Identity.require_owner

        def noting(self: Identity, visitor: Any, what: str) -> None:
            if not visitor.is_owner:
                refused.append(what)
            require(self, visitor, what)

        patch.setattr(Identity, "require_owner", noting)
        services = make_services(settings)
        ids = owners_things(services)
        made = SimpleNamespace(settings=settings, services=services, ids=ids, refused=refused)
        made.rows, made.files, made.page = rows(made), files(made), build(services)
        yield made


def owners_things(services: Any) -> list[str]:
    """One of everything; their ids as a stranger would send them."""
    job = services.jobs.submit("pretrain", PretrainSpec(name=SECRET).to_dict(), owner="owner", title=SECRET)
    found = services.preferences.create(RoundSpec(title=SECRET), "owner")
    services.preferences.add_pairs(found.id, "owner", *read(PROMPT, "trl"))
    collection = services.rag.create(CollectionSpec(name=SECRET), "owner", True)
    chat = services.rag.chats.create("owner", collection.id, SECRET)
    corpus = services.corpora.add_text(f"{SECRET} once upon a time.\n\n" * 20, "owner", SECRET)
    tree = services.trees.add("owner", SECRET, "house/story-base", {"text": SECRET})
    group = services.groups.add("methods", "owner", SECRET, [{"letter": "A", "job": job.id}])
    return [job.id, f"run/{job.id}", found.id, collection.id, chat.id, corpus.id, tree.id, group.id]


def guest() -> Request:
    cookie = f"{COOKIE}={new_secret()}".encode()
    headers = [
        (b"host", b"ada-glassworks.hf.space"),
        (b"cookie", cookie),
        (b"sec-fetch-site", b"same-origin"),
    ]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    return Request({**scope, "client": ("203.0.113.7", 1), "session": {}})


def named(handler: Any) -> str:
    plain = inspect.unwrap(handler.fn)
    plain = getattr(plain, "__func__", plain)
    return f"{plain.__module__}:{plain.__qualname__}" if hasattr(plain, "__qualname__") else ""


def handlers(space: SimpleNamespace) -> list[Any]:
    """The page's own; of a part that stands in several tabs only one, where its handlers are methods."""
    found = {}
    for one in space.page.fns.values():
        if one.fn is not None and one.api_visibility != "public":
            name = named(one)
            found[(name, len(one.inputs)) if "<locals>" not in name and name else one._id] = one
    return list(found.values())


def values_of(handler: Any, typed: str | None) -> list[Any]:
    """What the page would send as it stands; ``typed`` in every field and state that holds a text."""
    values = [
        typed if typed is not None and isinstance(one, TYPED) else getattr(one, "value", None)
        for one in handler.inputs
    ]
    return [dict(zip(handler.inputs, values, strict=True))] if handler.inputs_as_dict else values


def called(function: Any, given: list[Any], request: Any, chosen: str = "") -> str:
    """All that it answers, or what it says against it."""
    event = gr.EventData(
        None, {"index": [0, 0], "value": chosen, "row_value": [chosen] * 9, "selected": True}
    )
    made: list[Any] = []
    try:
        arguments, *_ = special_args(function, list(given), request, event)
        answer = function(*arguments)
        made = (
            [one for one, _ in zip(answer, range(4), strict=False)]
            if inspect.isgenerator(answer)
            else [answer]
        )
    except Exception as error:
        made = [error]
    return " ".join(repr(getattr(one, "message", one)) for one in made)


def rows(space: SimpleNamespace) -> set[tuple[str, str]]:
    with contextlib.closing(sqlite3.connect(space.settings.home / "glassworks.db")) as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        return {(name, repr(row)) for name in tables for row in database.execute(f"select * from {name}")}


def files(space: SimpleNamespace) -> set[str]:
    return {
        str(path) for path in space.settings.home.rglob("*") if path.is_file() and "cache" not in path.parts
    }


@pytest.fixture
def untouched(space) -> Iterator[None]:
    """Whatever is called in the test, the owner's things stay as they are and no job begins but a guest's own
    run, of which no more wait than may."""
    yield
    assert space.rows - rows(space) == set()
    assert space.files - files(space) == set()
    theirs = [job for job in space.services.jobs.list() if job.owner != OWNER_ID]
    assert {job.kind for job in theirs} <= set(KINDS) and len(theirs) <= FROM_ONE_ADDRESS
    for job in theirs:
        space.services.jobs.delete(job.id)
    assert len(space.services.jobs.list()) == 1


def public(space: SimpleNamespace) -> dict[str, Any]:
    return {one.api_name: one for one in space.page.fns.values() if one.api_visibility == "public"}


def test_every_endpoint_has_a_line_in_the_table(space):
    lines = [name for names in ENDPOINTS.values() for name in names.split()]
    assert sorted(lines) == sorted(public(space))


def given_to(function: Any, text: str) -> list[Any]:
    """One value for each parameter of an endpoint: the text wherever one is asked for and may be any."""
    known = {**GIVEN, "action": ACTIONS.get(function.__name__, text)}
    asked = [one for one in inspect.signature(function).parameters.values() if one.name != "request"]
    return [
        known.get(
            one.name, text if one.annotation is str else None if one.default is one.empty else one.default
        )
        for one in asked
    ]


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("name", ENDPOINTS[OWN].split())
def test_an_endpoint_shows_and_changes_nothing_of_the_owners(space, name):
    function = public(space)[name].fn
    told = [called(function, given_to(function, id_), gr.Request(guest())) for id_ in space.ids]
    assert not any(SECRET in one for one in told)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    "name",
    [
        "job",
        "jobs",
        "corpus",
        "preference_rounds",
        "preferences_export",
        "rag_collections",
        "methods_compared",
    ],
)
def test_what_the_audit_looks_for_is_there_for_the_owner(space, name):
    function, owner = public(space)[name].fn, guest()
    owner.scope["session"] = {"oauth_info": {"userinfo": {"preferred_username": "ada"}}}
    told = [called(function, given_to(function, id_), gr.Request(owner)) for id_ in space.ids]
    assert any(SECRET in one for one in told), told


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("submit_job", ["pretrain", "{}"]),
        ("curate_corpus", ["sample", "{}"]),
        ("train_tokenizer", ["bpe", 300, "", None, "{}", 0]),
        ("compare_methods", [TUNED, [{"method": "lora"}, {"method": "full"}], ""]),
    ],
)
def test_a_job_is_for_the_owner_of_a_space(space, name, given):
    assert name in ENDPOINTS[JOB]
    space.refused.clear()
    told = called(public(space)[name].fn, given, gr.Request(guest()))
    assert "Only the owner of this workshop may start jobs" in told, told


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("evaluate", ["house/story-base", "story_cloze", 2, "{}"]),
        ("run_prompt_lab", ["arithmetic", ["direct"], "house/story-instruct", "{}", 2]),
    ],
)
def test_a_run_is_for_anyone_and_belongs_to_who_started_it(space, name, given):
    assert name in ENDPOINTS[RUN]
    asking, other = guest(), guest()
    job = called(public(space)[name].fn, given, gr.Request(asking)).strip("'")
    look = public(space)["job"].fn
    assert "queued" in called(look, [job], gr.Request(asking))
    assert "There is no job" in called(look, [job], gr.Request(other))
    steer = public(space)["control_job"].fn
    assert "There is no job" in called(steer, [job, "cancel"], gr.Request(other))


@pytest.mark.usefixtures("untouched")
def test_the_buttons_that_start_jobs_are_refused_and_those_that_start_runs_are_not(space):
    seen = {}
    for one in handlers(space):
        if (name := named(one)) in STARTING | RUNNING:
            space.refused.clear()
            called(one.fn, values_of(one, None), gr.Request(guest()))
            seen[name] = bool(space.refused)
    assert seen == dict.fromkeys(STARTING, True) | dict.fromkeys(RUNNING, False)


@pytest.mark.usefixtures("untouched")
def test_no_handler_of_the_page_gives_a_guest_what_is_the_owners(space):
    """With the page as it stands, then with each of the owner's ids wherever a text or a state is sent."""
    told, count = {}, 0
    for typed in (None, *space.ids):
        for one in handlers(space):
            count += 1
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                answer = called(one.fn, values_of(one, typed), gr.Request(guest()), typed or "")
            if SECRET in answer:
                told[named(one), typed] = answer[:300]
    assert count > 1000 and told == {}


class Anything(dict):
    """What a page's script might send: the id under whatever name is asked for."""

    def __init__(self, id_: str):
        super().__init__(id=id_)
        self.get = lambda name, default=None: id_
        self.id = id_

    def __missing__(self, name: str) -> str:
        return self.id


@pytest.mark.usefixtures("untouched")
def test_no_server_function_of_a_component_does(space):
    told, count = {}, 0
    for block in space.page.blocks.values():
        for name, function in vars(block).items():
            if not getattr(function, "_is_server_fn", False):
                continue
            for id_ in space.ids:
                for sent in (Anything(id_), id_, [id_, id_]):
                    count += 1
                    if SECRET in (answer := called(function, [sent], guest())):
                        told[name, id_] = answer[:300]
    assert count > 100 and told == {}
