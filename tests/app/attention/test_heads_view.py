"""What the page is told of heads: true, complete, and nobody's text as markup."""

import html
import io
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from app.attention.arrays import archive, part_of
from app.attention.heads_code import heads_code
from app.attention.heads_view import (
    EXAMPLES,
    empty_html,
    error_json,
    head_json,
    heads_html,
    query_key_json,
    rows_json,
)
from app.attention.packed import unpack
from app.attention.standalone import standalone_html
from pipelines.attention.answers import MEASURES
from pipelines.attention.requests import (
    CaptureRequest,
    HeadRequest,
    QueryKeyRequest,
    RowsRequest,
    Subject,
)
from pipelines.core.errors import SpecError

HOSTILE = "<img src=x onerror=alert(1)> </script><!-- \"'&"
LLAMA = Subject("llama", f"The little dog {HOSTILE}", new_tokens=3)


def told(frame: str) -> dict:
    return json.loads(html.unescape(re.search(r'data-heads="([^"]*)"', frame)[1]))


def test_the_frame_tells_the_script_all_of_the_model_view(answer):
    captured = answer(CaptureRequest(LLAMA))
    data, (part,) = told(heads_html(LLAMA, captured, {"self": "print(1)"})), captured.parts
    assert data["subject"] == {"model": "llama", "text": LLAMA.text, "target": "", "new_tokens": 3}
    (shown,) = data["parts"]
    assert np.array_equal(unpack(shown["thumbnails"]), part.thumbnails)
    assert np.array_equal(unpack(shown["measures"]), part.measures, equal_nan=True)
    assert (shown["layers"], shown["heads"], shown["kv_heads"], shown["causal"]) == (2, 4, 2, True)
    assert shown["keys"] is None and shown["queries"]["generated"] == 3
    assert shown["queries"]["ids"] == part.queries.ids.tolist() and shown["windows"] == [0, 0]
    assert "".join(shown["queries"]["texts"]).startswith("The·little")


def test_two_sequences_are_told_apart(answer):
    subject = Subject("t5", "The little dog barked.", "Anna found a kite.")
    data = told(heads_html(subject, answer(CaptureRequest(subject)), {}))
    parts = {part["name"]: part for part in data["parts"]}
    assert set(parts) == {"encoder", "decoder", "cross"} and parts["encoder"]["keys"] is None
    assert parts["cross"]["queries"] == parts["decoder"]["queries"]
    assert parts["cross"]["keys"] == parts["encoder"]["queries"]


def test_sliding_windows_are_named(answer):
    subject = Subject("gemma3", "The little dog barked at the cat.")
    (part,) = told(heads_html(subject, answer(CaptureRequest(subject)), {}))["parts"]
    assert part["windows"] == [5, 0]


def test_text_of_a_visitor_is_never_markup(answer):
    captured = answer(CaptureRequest(LLAMA))
    frame = heads_html(LLAMA, captured, {"self": heads_code(HOSTILE, "causal-lm", LLAMA, "self")})
    head = answer(HeadRequest(LLAMA, "self", 0, 0))
    page = standalone_html(captured, HeadRequest(replace(LLAMA, model="llama"), "self", 0, 0), head)
    for shown in (frame, page):
        assert "<img" not in shown and "</script><!--" not in shown
    assert told(frame)["subject"]["text"] == LLAMA.text


def test_a_long_token_is_cut_for_the_page(answer):
    captured = answer(CaptureRequest(LLAMA))
    (part,) = captured.parts
    long = replace(part.queries, texts=("x" * 500, *part.queries.texts[1:]))
    frame = heads_html(LLAMA, replace(captured, parts=(replace(part, queries=long, keys=long),)), {})
    assert told(frame)["parts"][0]["queries"]["texts"][0] == "x" * 40 + "…"


def test_a_head_and_its_rows_are_the_weights_of_the_model(answer):
    told_head = json.loads(head_json(answer(HeadRequest(LLAMA, "self", 1, 2))))
    rows = unpack(json.loads(rows_json(answer(RowsRequest(LLAMA, "self", 1, 2, 0, 8))))["weights"])
    assert told_head["cell"] == 1 and told_head["high"] == 65535
    weights = (unpack(told_head["weights"]) / 65535.0) ** 2
    assert np.allclose(weights[:8], rows, atol=2e-5) and np.allclose(rows.sum(1), 1, atol=1e-5)


def test_a_query_comes_with_the_numbers_that_make_its_weights(answer):
    found = answer(QueryKeyRequest(LLAMA, "self", 1, 3, 5))
    data = json.loads(query_key_json(found, 5, None))
    query, keys = unpack(data["query"]), unpack(data["keys"])
    assert data["kv_head"] == 1 and data["shown"] == list(range(len(found.weights)))
    scores = keys @ query * data["scaling"]
    seen = unpack(data["allowed"])
    assert np.allclose(scores[seen], unpack(data["scores"])[seen], atol=1e-4) and not seen[6:].any()
    raised = np.exp(scores[seen] - scores[seen].max())
    assert np.allclose(raised / raised.sum(), unpack(data["weights"])[seen], atol=1e-4)
    assert unpack(data["query_angles"]).tolist() == unpack(data["angles"])[5].tolist()
    assert len(data["pairs"]) == len(query) // 2


def test_of_many_keys_the_heaviest_and_the_asked_one_come_with_their_vectors(answer):
    found = answer(QueryKeyRequest(LLAMA, "self", 0, 0, 5))
    count = 1000
    many = replace(
        found,
        keys=np.repeat(found.keys[:1], count, 0),
        plain_keys=np.repeat(found.plain_keys[:1], count, 0),
        angles=np.repeat(found.angles[:1], count, 0),
        weights=np.linspace(0, 1, count, dtype=np.float32),
    )
    data = json.loads(query_key_json(many, 5, 7))
    assert data["shown"][0] == 7 and data["shown"][1:] == list(range(count - 256, count))
    for name in ("keys", "plain_keys", "angles"):
        assert len(unpack(data[name])) == len(data["shown"])
    assert json.loads(query_key_json(many, 5, 10**9))["shown"][0] == count - 256


def test_without_rotation_there_is_a_row_of_the_table(answer):
    subject = Subject("gpt2", "The little dog barked.")
    found = answer(QueryKeyRequest(subject, "self", 0, 0, 2))
    data = json.loads(query_key_json(found, 2, None))
    assert data["pairs"] == [] and unpack(data["angles"]).size == 0 and unpack(data["table"]).any()


def test_the_archive_opens_without_pickle_and_holds_the_exact_weights(answer):
    captured, request = answer(CaptureRequest(LLAMA)), HeadRequest(LLAMA, "self", 1, 3)
    file = archive(captured, request, lambda rows: answer(rows).weights)
    with np.load(io.BytesIO(file), allow_pickle=False) as kept:
        found = dict(kept)
    exact = answer(RowsRequest(LLAMA, "self", 1, 3, 0, 256)).weights
    assert found["weights"].dtype == np.float32 and np.array_equal(found["weights"], exact)
    part = captured.parts[0]
    assert np.array_equal(found["thumbnails"], part.thumbnails) and found["cell"] == part.cell
    assert found["query_tokens"].tolist() == list(part.queries.texts)
    assert found["measure_names"].tolist() == list(MEASURES)
    about = json.loads(str(found["about"]))
    assert about == {"model": "llama", "part": "self", "layer": 1, "head": 3, "generated": 3}


def test_a_part_that_is_not_there_is_refused(answer):
    with pytest.raises(SpecError, match="one of self"):
        part_of(answer(CaptureRequest(LLAMA)), "cross")


def test_the_saved_page_asks_for_nothing_and_holds_its_head(answer):
    captured, request = answer(CaptureRequest(LLAMA)), HeadRequest(LLAMA, "self", 1, 2)
    head = answer(request)
    page = standalone_html(captured, request, head)
    plain = re.sub(r'<script type="application/json".*?</script>', "", page, flags=re.S)
    plain = plain.replace("http://www.w3.org/2000/svg", "")  # a name, not an address that is asked
    assert not re.search(
        r"\b(?:src|href)\s*=|url\(|@import|\bfetch\(|https?://(?!www\.w3\.org/2000/svg)", plain
    )
    assert "default-src 'none'" in page
    texts = re.findall(r'<script type="application/json" id="(\w+)">(.*?)</script>', page, re.S)
    data = {name: json.loads(text) for name, text in texts}
    assert data["frame"]["only"] == {"part": "self", "layer": 1, "head": 2}
    assert np.array_equal(unpack(data["head"]["weights"]), head.weights)
    for name in ("HeadData", "ModelMap", "HeadView", "Attention"):
        assert f"class {name}" in page


@pytest.mark.parametrize(
    ("kind", "subject", "part", "wanted"),
    [
        ("causal-lm", Subject("a/b", "x"), "self", ("AutoModelForCausalLM", "output.attentions")),
        ("causal-lm", Subject("a/b", "x", "", 7), "self", ("max_new_tokens=7", "(ids, ids)")),
        ("masked-lm", Subject("a/b", "x"), "self", ("AutoModelForMaskedLM",)),
        ("encoder", Subject("a/b", "x"), "self", ("import AutoModel,",)),
        ("seq2seq-lm", Subject("a/b", "x", "y"), "cross", ("cross_attentions", "(ids, inputs.input_ids)")),
        ("seq2seq-lm", Subject("a/b", "x"), "decoder", ("decoder_attentions", "max_new_tokens=20")),
        ("seq2seq-lm", Subject("a/b", "x"), "encoder", ("encoder_attentions",)),
    ],
)  # fmt: skip
def test_the_code_is_python_and_says_what_is_shown(kind, subject, part, wanted):
    code = heads_code("a/b", kind, replace(subject, text=HOSTILE), part)
    compile(code, "code", "exec")
    assert repr(HOSTILE) in code and 'attn_implementation="eager"' in code and "layer, head = 0, 0" in code
    assert all(words in code for words in wanted)


def test_nothing_and_faults_are_said():
    assert all(html.escape(text) in empty_html() for _, text in EXAMPLES)
    assert json.loads(error_json('a "b"')) == {"error": 'a "b"'}
