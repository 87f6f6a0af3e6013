"""Several texts as one batch, the way a model gets them: padded, cut, in chunks. Equal to the library's
results.

The library keeps padding and truncation as settings of the tokenizer; here they are set on a twin
(:mod:`pipelines.tokenization.twin`), so that a tokenizer in use elsewhere is never changed.
"""

from collections.abc import Sequence

import numpy as np
from tokenizers import Tokenizer

from pipelines.core.errors import SpecError
from pipelines.tokenization.batch_spec import FILLER, MAX_CELLS, MAX_TEXTS, Batch, BatchSpec
from pipelines.tokenization.encode import check_text
from pipelines.tokenization.guard import guarded
from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.twin import Row, Twin, twin_of


def make_batch(
    loaded: LoadedTokenizer, texts: Sequence[str], spec: BatchSpec, pairs: Sequence[str] | None = None
) -> Batch:
    """One row a text, or several where it is cut into chunks. ``pairs`` are second texts, one for each.

    Raises :class:`SpecError` for settings that do not go together with the tokenizer or the texts.
    """
    _check_texts(texts, pairs)
    rows = list(texts) if pairs is None else list(zip(texts, pairs, strict=True))
    with guarded(f"{loaded.name} cannot encode this batch"):
        twin = twin_of(loaded, rows)
    _set_truncation(twin.tokenizer, spec, pairs is not None)
    _set_padding(twin, loaded, spec)
    with guarded(f"{loaded.name} cannot encode this batch"):
        listed = twin.rows(spec.add_special_tokens)
    if len(listed) * max(len(row.encoding) for row in listed) > MAX_CELLS:
        raise SpecError("texts", f"{len(listed):,} rows", f"a batch of at most {MAX_CELLS:,} tokens")
    return _grid(loaded, listed)


def _check_texts(texts: Sequence[str], pairs: Sequence[str] | None) -> None:
    for field, given in (("texts", texts), ("pairs", pairs)):
        if given is None:
            continue
        if not isinstance(given, (list, tuple)) or not 1 <= len(given) <= MAX_TEXTS:
            raise SpecError(field, given, f"a list of 1 to {MAX_TEXTS} texts")
        for text in given:
            check_text(text)
    if pairs is not None and len(pairs) != len(texts):
        raise SpecError("pairs", f"{len(pairs)} texts", f"one for each of the {len(texts)} texts")


def _set_truncation(twin: Tokenizer, spec: BatchSpec, paired: bool) -> None:
    if spec.truncation == "none":
        return
    if spec.truncation == "only_second" and not paired:
        raise SpecError("truncation", spec.truncation, "'longest_first' or 'only_first' without pairs")
    room = spec.max_length - (twin.num_special_tokens_to_add(paired) if spec.add_special_tokens else 0)
    if room < 1:
        least = spec.max_length - room + 1
        raise SpecError("max_length", spec.max_length, f"at least {least} here, for the special tokens")
    if spec.stride >= room:
        raise SpecError(
            "stride", spec.stride, f"less than {room}, the tokens of a chunk without special ones"
        )
    twin.enable_truncation(
        spec.max_length, stride=spec.stride, strategy=spec.truncation, direction=spec.truncation_side
    )


def _set_padding(twin: Twin, loaded: LoadedTokenizer, spec: BatchSpec) -> None:
    if spec.padding == "none":
        return
    token = loaded.special.get("pad_token")
    id_ = loaded.backend.token_to_id(token) if token else None
    if id_ is None:
        raise SpecError("padding", spec.padding, f"'none' for {loaded.name}, which has no padding token")
    length = spec.max_length if spec.padding == "max_length" else None
    twin.tokenizer.enable_padding(direction=spec.padding_side, pad_id=id_, pad_token=token, length=length)


def _grid(loaded: LoadedTokenizer, listed: Sequence[Row]) -> Batch:
    rows = [row.encoding for row in listed]
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    shape = (len(rows), int(lengths.max()))

    def table(columns: list[list[int]]) -> np.ndarray:
        made = np.full(shape, FILLER, dtype=np.int64)
        for number, values in enumerate(columns):
            made[number, : len(values)] = values
        return made

    offsets = np.full((*shape, 2), FILLER, dtype=np.int64)
    for number, row in enumerate(listed):
        offsets[number, : lengths[number]] = np.array(row.offsets, dtype=np.int64).reshape(-1, 2)
    input_ids = table([row.ids for row in rows])
    known = np.unique(input_ids[input_ids != FILLER])
    return Batch(
        input_ids=input_ids,
        attention_mask=table([row.attention_mask for row in rows]),
        token_type_ids=table([row.type_ids for row in rows]),
        special_tokens_mask=table([row.special_tokens_mask for row in rows]),
        sequence_ids=table([[-1 if s is None else s for s in row.sequence_ids] for row in rows]),
        offsets=offsets,
        lengths=lengths,
        text_index=np.array([row.text for row in listed], dtype=np.int64),
        token_ids=known,
        tokens=tuple(loaded.tokens[id_] or "" for id_ in known.tolist()),
    )
