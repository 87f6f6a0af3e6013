"""Any sentence-transformers model, by that library: its own modules, pooling and prompts. Imports torch."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn.functional import normalize

from pipelines.models import minilm
from pipelines.models.artifacts import BrokenArtifactError
from pipelines.models.devices import pick_dtype
from pipelines.models.sentence_files import check_encoder

_BATCH = {"cpu": 8, "cuda": 128, "mps": 32}
_UNSET = 100_000  # a tokenizer that was told no limit has one of 10^30
_log = logging.getLogger(__name__)


class LibraryEncoder:
    """See :class:`pipelines.rag.embedding.encoder.Encoder`. In half precision on a GPU, in fp32 on a CPU: in
    bf16 oneDNN keeps some 3 MB there for every shape of a batch, and batches have hundreds."""

    def __init__(self, name: str, folder: Path, device: torch.device):
        check_encoder(folder)
        minilm.check(folder)
        self.name, self._device = name, device
        self._model = _opened(name, folder, device)
        fast = self._model.tokenizer
        self._tokenizer = Tokenizer.from_str(fast.backend_tokenizer.to_str())
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        most = min(self._model.max_seq_length or _UNSET, fast.model_max_length, _UNSET)
        self.limit = max(1, most - fast.num_special_tokens_to_add())
        self.dimension = self._model.get_embedding_dimension()

    def offsets(self, text: str) -> list[tuple[int, int]]:
        whole = text.encode("utf-8", "replace").decode()
        return self._tokenizer.encode(whole, add_special_tokens=False).offsets

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        return self._vectors(self._model.encode_document, texts)

    def embed_query(self, text: str) -> np.ndarray:
        return self._vectors(self._model.encode_query, [text])[0]

    def _vectors(self, encode, texts: Sequence[str]) -> np.ndarray:
        whole = [text.encode("utf-8", "replace").decode() for text in texts]
        batch = _BATCH.get(self._device.type, 32)
        with torch.inference_mode():
            made = encode(whole, batch_size=batch, convert_to_tensor=True, show_progress_bar=False)
        return normalize(made.float(), dim=-1).cpu().numpy()


def _opened(name: str, folder: Path, device: torch.device) -> "SentenceTransformer":  # noqa: F821
    from sentence_transformers import SentenceTransformer

    try:
        model = SentenceTransformer(
            str(folder),
            device=str(device),
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True, "dtype": pick_dtype(device)},
        )
        if not model.tokenizer.is_fast:
            raise ValueError("it has no fast tokenizer")
    except Exception as error:  # whatever the library finds wrong with the files
        _log.exception("%s cannot be loaded", name)
        raise BrokenArtifactError(
            f"{name} cannot be loaded as an embedding model; choose another."
        ) from error
    return model
