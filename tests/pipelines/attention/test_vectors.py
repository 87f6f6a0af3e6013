"""Tables of vectors: tokens by name, neighbours and analogies, the map, static vectors beside those in
context."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from pipelines.attention import context as context_module
from pipelines.attention import table as table_module
from pipelines.attention.context import context
from pipelines.attention.looking import trace
from pipelines.attention.naming import token_id
from pipelines.attention.neighbours import neighbours
from pipelines.attention.requests import ContextRequest, MapRequest, NeighboursRequest, Subject
from pipelines.attention.table import input_table
from pipelines.attention.token_map import principal_plane, token_map
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.models.pieces import texts_of
from tests.support.steps import finish
from tests.support.tiny_models import FAMILIES, LAYERS, WITHOUT, tiny

TEXT = "Anna found a red kite by the river. The little dog barked at Anna."


def near(loaded, *plus, **asked):
    return finish(neighbours(loaded, NeighboursRequest(loaded.name, plus, **asked)))


def fast(model, **parts):
    core = Tokenizer(model)
    for name, part in parts.items():
        setattr(core, name, part)
    return PreTrainedTokenizerFast(tokenizer_object=core, unk_token="<unk>")


def word_pieces():
    names = ["<unk>", "dog", "##s", "##ing", "walk", "kite", "a", "b", *(f"word{n}" for n in range(20))]
    model = models.WordPiece({name: n for n, name in enumerate(names)}, unk_token="<unk>")
    return fast(model, pre_tokenizer=pre_tokenizers.Whitespace(), decoder=decoders.WordPiece())


def sentence_pieces():
    names = ["<unk>", "▁", "▁dog", "dog", "s", "▁kite"]
    model = models.Unigram([(name, -float(n)) for n, name in enumerate(names)], unk_id=0)
    return fast(model, pre_tokenizer=pre_tokenizers.Metaspace(), decoder=decoders.Metaspace())


def with_tokenizer(made):
    return replace(tiny("llama"), tokenizer=made)


def test_every_token_of_a_byte_level_tokenizer_is_found_by_its_text():
    loaded = tiny("llama")
    ids = range(len(loaded.tokenizer))
    texts = texts_of(loaded.tokenizer, list(ids))
    whole = [one for one in ids if "\ufffd" not in texts[one]]
    assert len(whole) > 150 and " dog" in texts
    for one in whole:
        assert token_id(loaded, "token", texts[one]) == one


@pytest.mark.parametrize("text", ["dog", "##s", "##ing", "<unk>"])
def test_word_pieces_go_by_their_names(text):
    loaded = with_tokenizer(word_pieces())
    assert texts_of(loaded.tokenizer, [token_id(loaded, "token", text)]) == (text,)


@pytest.mark.parametrize(("text", "wanted"), [(" dog", 2), ("dog", 3), (" kite", 5), ("s", 4)])
def test_a_space_makes_another_sentence_piece(text, wanted):
    assert token_id(with_tokenizer(sentence_pieces()), "token", text) == wanted


def test_what_is_no_token_is_refused_with_what_it_is():
    loaded = with_tokenizer(word_pieces())
    with pytest.raises(SpecError, match="cuts this into 2: 'dog' · '##s'; got 'dogs'"):
        token_id(loaded, "token", "dogs")
    with pytest.raises(SpecError, match=r"reads this as ' kite'; got 'kite'"):
        token_id(with_tokenizer(sentence_pieces()), "token", "kite")
    with pytest.raises(SpecError, match=r"cuts this into \d+: .* …; got"):
        token_id(tiny("llama"), "token", "xyzzy plugh foo bar")


@pytest.mark.parametrize("output", [False, True])
def test_neighbours_are_the_nearest_by_cosine(output, monkeypatch):
    loaded = tiny("llama")
    monkeypatch.setattr(table_module, "_AT_ONCE", 32 * 50)
    told = near(loaded, " dog", output=output, count=15)
    module = loaded.model.get_output_embeddings() if output else loaded.model.get_input_embeddings()
    rows = module.weight[: len(loaded.tokenizer)].numpy()
    asked = rows[loaded.tokenizer.convert_tokens_to_ids("Ġdog")]
    cosines = rows @ asked / np.linalg.norm(rows, axis=1) / np.linalg.norm(asked)
    wanted = [one for one in np.argsort(-cosines) if texts_of(loaded.tokenizer, [one]) != (" dog",)][:15]
    assert told.ids.tolist() == wanted and np.allclose(told.cosines, cosines[wanted], atol=1e-5)
    assert told.texts == texts_of(loaded.tokenizer, wanted) and told.norm == pytest.approx(
        np.linalg.norm(asked)
    )


def test_an_analogy_finds_what_was_put_there():
    loaded = with_tokenizer(word_pieces())
    rows = {name: torch.randn(32) for name in ("word1", "word2", "word3")}
    table = input_table(loaded).weight.clone()
    for name, row in rows.items():
        table[token_id(loaded, "token", name)] = row
    table[token_id(loaded, "token", "word4")] = 3 * (rows["word1"] - rows["word2"] + rows["word3"])
    changed = tiny("llama")
    changed.model.get_input_embeddings().weight[: len(table)] = table
    changed = replace(changed, tokenizer=loaded.tokenizer)
    told = near(changed, "word1", "word3", minus=("word2",))
    assert told.texts[0] == "word4" and told.cosines[0] == pytest.approx(1, abs=1e-5)
    assert not {"word1", "word2", "word3"} & set(told.texts) and np.isnan(told.twin)
    everything = near(changed, "word1", "word3", minus=("word2",), count=200)
    assert len(everything.ids) == len(loaded.tokenizer) - 3


def test_rows_that_no_token_has_are_no_neighbours():
    loaded = with_tokenizer(word_pieces())
    assert max(near(loaded, "dog", count=200).ids) == len(loaded.tokenizer) - 1


def test_the_twin_is_the_same_token_s_output_vector():
    apart, tied = tiny("llama"), tiny("gpt2")
    token = token_id(apart, "token", " dog")
    one = apart.model.get_input_embeddings().weight[token]
    other = apart.model.get_output_embeddings().weight[token]
    wanted = float(one @ other / one.norm() / other.norm())
    assert near(apart, " dog").twin == pytest.approx(wanted, abs=1e-5)
    assert near(tied, " dog").twin == 1.0
    assert np.isnan(near(tiny("encoder"), " dog").twin)


def test_what_has_no_direction_is_refused():
    with pytest.raises(GlassworksError, match="cancel each other out"):
        near(tiny("llama"), " dog", minus=(" dog",))
    with pytest.raises(GlassworksError, match="no output vectors"):
        near(tiny("encoder"), " dog", output=True)
    loaded = tiny("llama")
    loaded.model.get_input_embeddings().weight[token_id(loaded, "token", " dog")] = 0
    with pytest.raises(SpecError, match="has a direction"):
        near(loaded, " dog")


@pytest.mark.parametrize("family", [name for name in FAMILIES if name not in WITHOUT])
def test_every_family_has_its_tables(family):
    loaded = tiny(family)
    assert len(near(loaded, " dog").ids) == 20
    if family != "encoder":
        assert len(near(loaded, " dog", output=True).ids) == 20


def test_the_plane_is_that_of_the_principal_components():
    rows = torch.randn(300, 40, generator=torch.Generator().manual_seed(1)) * torch.linspace(3, 0.5, 40)
    xy, explained = finish(principal_plane(rows))
    centred = rows - rows.mean(0)
    u, s, _ = torch.linalg.svd(centred, full_matrices=False)
    assert np.allclose(explained, s[:2] ** 2 / (s**2).sum(), atol=1e-5)
    assert np.allclose(xy.abs(), (u[:, :2] * s[:2]).abs(), atol=1e-2)
    again, _ = finish(principal_plane(rows.clone()))
    assert torch.equal(xy, again)
    axes = torch.linalg.lstsq(centred, xy).solution
    assert all(axis[axis.abs().argmax()] > 0 for axis in axes.T)


def test_the_plane_of_many_dimensions_is_close_enough():
    rows = torch.randn(500, 300, generator=torch.Generator().manual_seed(2)) * (
        1 / torch.arange(1, 301).sqrt()
    )
    _, explained = finish(principal_plane(rows))
    s = torch.linalg.svdvals(rows - rows.mean(0))
    assert np.allclose(explained, s[:2] ** 2 / (s**2).sum(), rtol=1e-3)


def test_the_map_is_of_words_and_what_is_marked():
    loaded = tiny("llama")
    told = finish(token_map(loaded, MapRequest("llama", (" dog", "<|endoftext|>"), count=20)))
    assert len(told.ids) == len(told.texts) == len(told.xy) == len(told.marked)
    marked = {text for text, mark in zip(told.texts, told.marked, strict=True) if mark}
    assert marked == {" dog", "<|endoftext|>"} and sorted(told.ids) == told.ids.tolist()
    words = [text for text in told.texts if text not in marked]
    assert all(text.startswith(" ") and len(text) > 2 and text[1:].isalpha() for text in words)
    every = texts_of(loaded.tokenizer, list(range(len(loaded.tokenizer))))
    common = [text for text in every if text[:1] == " " and len(text) > 2 and text[1:].isalpha()]
    assert set(told.texts) == {*common[:20], *marked}
    rows = input_table(loaded).vectors(told.ids.tolist())
    assert np.allclose(told.xy, finish(principal_plane(rows))[0], atol=1e-5)


def test_word_pieces_that_continue_are_no_words():
    told = finish(token_map(with_tokenizer(word_pieces()), MapRequest("llama", ("##ing",), count=12)))
    plain = [text for text, mark in zip(told.texts, told.marked, strict=True) if not mark]
    assert plain == ["dog", "walk", "kite", *(f"word{n}" for n in range(9))]


def test_a_vocabulary_without_words_is_shown_whole():
    told = finish(token_map(with_tokenizer(sentence_pieces()), MapRequest("llama", count=100)))
    assert told.ids.tolist() == [1, 2, 3, 4, 5]


def looked(family, **asked):
    loaded = tiny(family)
    target = "The cat." if loaded.kind == "seq2seq-lm" else ""
    found = finish(trace(loaded, Subject(family, TEXT, target)))
    return loaded, found, finish(context(loaded, found, ContextRequest(found.subject, **asked)))


@pytest.mark.parametrize("family", [name for name in FAMILIES if name not in WITHOUT])
def test_in_every_family_both_are_compared(family):
    _, found, told = looked(family)
    n = len(found.read.sequences[found.anatomy.stacks[0].name].ids)
    assert told.cosines.shape == (LAYERS + 1, n) and told.neighbours.shape == (LAYERS + 1, n, 3)
    assert (np.abs(told.cosines) <= 1 + 1e-5).all()
    assert set(told.texts) == {str(one) for one in np.unique(told.neighbours)}


@pytest.mark.parametrize("family", ["llama", "gemma2", "gemma3", "t5"])
def test_without_positions_the_first_vector_is_the_static_one(family):
    """Also where the model scales it."""
    _, _, told = looked(family)
    assert np.allclose(told.cosines[0], 1, atol=1e-5)
    assert told.neighbours[0, :, 0].tolist() == told.tokens.ids.tolist()


def test_a_projected_vector_is_compared_in_the_layers_width():
    loaded = tiny("opt", word_embed_proj_dim=16)
    found = finish(trace(loaded, Subject("opt", TEXT)))
    told = finish(context(loaded, found, ContextRequest(found.subject)))
    decoder = loaded.model.model.decoder
    static = decoder.project_in(decoder.embed_tokens.weight[found.read.last.ids])
    wanted = torch.cosine_similarity(static, found.hidden["self"][1])
    assert np.allclose(told.cosines[1], wanted, atol=1e-5)


def test_neighbours_in_context_are_the_nearest(monkeypatch):
    _, found, whole = looked("gpt2")
    monkeypatch.setattr(context_module, "_COSINES", 5_000)
    loaded, found, told = looked("gpt2", first=3, count=5)
    rows = torch.nn.functional.normalize(input_table(loaded).weight, dim=-1)
    for layer, hidden in enumerate(found.hidden["self"]):
        for place, vector in enumerate(hidden[3:8]):
            cosines = rows @ (vector / vector.norm())
            assert told.neighbours[layer, place].tolist() == cosines.topk(3).indices.tolist()
            token = int(found.read.last.ids[3 + place])
            assert told.cosines[layer, place] == pytest.approx(float(cosines[token]), abs=1e-5)
    assert np.array_equal(whole.neighbours[:, 3:8], told.neighbours) and told.first == 3


def test_positions_beyond_the_text_are_refused():
    with pytest.raises(SpecError, match="with this text"):
        looked("gpt2", first=500)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: NeighboursRequest("m", "dog"),
        lambda: NeighboursRequest("m", ()),
        lambda: NeighboursRequest("m", ("a",), minus=("",)),
        lambda: NeighboursRequest("m", ("a",), count=0),
        lambda: MapRequest("m", "word"),
        lambda: MapRequest("m", count=5),
        lambda: ContextRequest(Subject("m", "a"), count=257),
    ],
)
def test_wrong_requests_are_refused(wrong):
    with pytest.raises(SpecError):
        wrong()
