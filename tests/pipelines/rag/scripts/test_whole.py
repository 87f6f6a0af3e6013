"""The text of a script: it is Python with every setting, imports what it uses, and no value in it is code."""

import ast
import builtins
import itertools
import random

import pytest

from pipelines.core.errors import SpecError
from pipelines.rag.scripts.facts import FLAVOURS, LANGCHAIN, LLAMAINDEX, PLAIN, Asked, Model
from pipelines.rag.scripts.whole import script_of
from pipelines.rag.specs import AnswerSpec, ChunkSpec, CollectionSpec, SearchSpec

WRITER = Model("base", ("adapter",), "tokenizer", ("base: of the house",), context=1024)
READER = Model("minilm", ("minilm-qa",), "")
SERVER = Model("big", url="http://127.0.0.1:8000/v1", key="MY_KEY")
HOSTILE = (
    'say "so"',
    "it's",
    '"""\nimport os\nos.abort()\n"""',
    "'''",
    "\\",
    "{question} {0} %s",
    "a\nprint('b')",
    "⟦question⟧",
    "#\r\nx = 1",
)


def asked(search=None, answer=None, question="Who?", name="Tales", **more):
    given = {"writer": WRITER, "reader": READER} | more
    return Asked(CollectionSpec(name), search or SearchSpec(), answer or AnswerSpec(), question, **given)


def names_in(script: str) -> tuple[set[str], set[str]]:
    """(what is imported, what is used)."""
    tree = ast.parse(script)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    return imported, {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


SEARCHES = [
    SearchSpec(mode=mode, fusion=fusion, mmr=mmr, reranker=reranker, neighbours=neighbours, pages=pages)
    for mode, fusion, mmr, reranker, neighbours, pages in itertools.product(
        ("hybrid", "dense", "bm25"), ("weighted", "rrf"), (1.0, 0.6), ("", "a/b"), (0, 1), ("", "3-5")
    )
]


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_combination_is_python_and_imports_what_it_uses(flavour):
    for number, search in enumerate(SEARCHES):
        answer = AnswerSpec(answerer=("generate", "extract", "both")[number % 3], temperature=number % 2)
        more = {"writer": (WRITER, SERVER, None)[number % 3]}
        if number % 4 == 0:
            more |= {"queries": ("Which one?",), "hypothetical": "It was he." if number % 8 else ""}
        script = script_of(flavour, asked(search, answer, **more))
        imported, used = names_in(script)
        assert imported <= used, (search, imported - used)
        assert used <= defined_in(script) | imported | set(dir(builtins)), (search, used)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_value_is_code(text):
    """With any text in the place of another the script is the same but for what its strings say."""
    for flavour in FLAVOURS:
        mine, theirs = (blank(script_of(flavour, asked_with(one))) for one in (text, "plain words"))
        assert mine == theirs
        strings = [
            node.value for node in ast.walk(ast.parse(script_of(flavour, asked_with(text)))) if is_text(node)
        ]
        assert text in strings, "the question as it was asked"


def asked_with(text):
    search = SearchSpec(documents=(text,), heading=text, reranker=text, queries=1, hyde=True)
    return asked(search, AnswerSpec(system_prompt=text), text, text, queries=(text,), hypothetical=text)


def is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def blank(script):
    """The tree with every text left out; a heading's words are as many as they are."""
    tree = ast.parse(script)
    for node in ast.walk(tree):
        if is_text(node):
            node.value = ""
        if isinstance(node, ast.List) and all(map(is_text, node.elts)):
            node.elts = []
    return ast.dump(tree)


def defined_in(script):
    """Names that the script gives itself, the parameters of its functions among them."""
    tree = ast.parse(script)
    stored = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    named = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return stored | named | {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def test_what_no_file_can_hold_is_refused():
    with pytest.raises(SpecError, match="half surrogate"):
        script_of(PLAIN, asked(question="\ud800"))
    with pytest.raises(SpecError, match="plain, langchain, llamaindex"):
        script_of("haystack", asked())


def test_only_what_is_asked_for():
    script = script_of(PLAIN, asked(SearchSpec(mode="bm25"), AnswerSpec(answerer="extract")))
    assert "SentenceTransformer" not in script and "DENSE_WEIGHT" not in script and "def write" not in script
    assert "def exact_span" in script and "MMR" not in script and "RRF" not in script
    dense = script_of(PLAIN, asked(SearchSpec(mode="dense"), AnswerSpec(answerer="generate"), reader=None))
    assert "bm25s" not in dense and "def write" in dense and "exact_span" not in dense


def test_settings_stand_there_as_numbers():
    search = SearchSpec(top_k=7, candidates=33, dense_weight=0.45, mmr=0.8, neighbours=2)
    collection = CollectionSpec("Tales", chunking=ChunkSpec("fixed", 120, 20))
    script = script_of(LANGCHAIN, Asked(collection, search, AnswerSpec(max_new_tokens=55), "Who?", WRITER))
    for line in (
        "CHUNK_SIZE, CHUNK_OVERLAP = 120, 20",
        "TOP_K, CANDIDATES = 7, 33",
        "DENSE_WEIGHT = 0.45",
        "MMR_SHARE = 0.8",
        "NEIGHBOURS = 2",
        "MAX_NEW_TOKENS = 55",
    ):
        assert line in script


def test_the_prompt_is_the_apps_own():
    script = script_of(LLAMAINDEX, asked(answer=AnswerSpec(answerer="generate")))
    assert "Answer the question from the numbered passages alone" in script
    short = script_of(PLAIN, asked(writer=Model("base", short=True), answer=AnswerSpec(answerer="generate")))
    assert "LEAD" not in short and 'f"Text: {passages[0]' in short


def test_filters():
    search = SearchSpec(documents=("a.md",), kinds=("pdf",), heading="The Fox", pages="3")
    script = script_of(PLAIN, asked(search))
    names: dict = {}
    tree = ast.parse(script)
    function = next(node for node in tree.body if getattr(node, "name", "") == "may_be_found")
    exec(ast.unparse(function), names)
    good = {"name": "a.md", "document": "d1", "kind": "pdf", "heading": "Tales › the fox", "page": 3}
    assert names["may_be_found"](good)
    for change in ({"name": "b.md"}, {"kind": "text"}, {"heading": "The crab"}, {"page": 4}):
        assert not names["may_be_found"](good | change)


def test_any_settings_give_a_script():
    rng = random.Random(3)
    for _ in range(60):
        search = SearchSpec(
            mode=rng.choice(("hybrid", "dense", "bm25")),
            top_k=rng.randrange(1, 50),
            mmr=round(rng.random(), 2),
            kinds=tuple(rng.sample(("pdf", "code"), rng.randrange(3))),
            queries=rng.randrange(3),
            hyde=rng.random() < 0.3,
        )
        answer = AnswerSpec(
            temperature=rng.random(),
            repetition_penalty=1 + rng.random(),
            system_prompt="x" * rng.randrange(2),
        )
        script = script_of(
            rng.choice(list(FLAVOURS)), asked(search, answer, writer=rng.choice((WRITER, SERVER, None)))
        )
        compile(script, "rag.py", "exec")
