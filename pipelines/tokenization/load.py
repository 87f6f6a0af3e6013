"""From a name to a tokenizer in memory. Who may use a name is not known here: the pages check that.

======================================== ================================================================
``house/<name>``, ``run/<job id>``       the model's tokenizer
``<owner>/<name>``                       a Hub model's; MiniLM's comes from the package that carries it
``path:<folder or file>``                the owner's disk: a model's folder, or one tokenizer's file
======================================== ================================================================
"""

from pathlib import Path

from pipelines.models.catalogue import Catalogue
from pipelines.models.hub import on_disk
from pipelines.models.names import Source, parse
from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.sources.any_file import read_bytes
from pipelines.tokenization.sources.files import read_bounded
from pipelines.tokenization.sources.folder import read_folder
from pipelines.tokenization.sources.minilm import NAME as MINILM
from pipelines.tokenization.sources.minilm import minilm_folder


def load(name: str, catalogue: Catalogue) -> LoadedTokenizer:
    """Raises SpecError for no model's name, NotFoundError for an unknown one, HubError for what cannot be
    fetched, and ``TokenizerFileError`` for what is no tokenizer."""
    return read_folder_or_file(name, locate(name, catalogue))


def locate(name: str, catalogue: Catalogue) -> Path:
    """The folder or file that the name stands for; a Hub model that is not here yet is fetched."""
    parsed = parse(name)
    if parsed.source is Source.PATH and (file := Path(parsed.rest).expanduser()).is_file():
        return file
    if parsed.rest == MINILM and not on_disk(MINILM) and (packaged := minilm_folder()):
        return packaged
    return catalogue.resolve(name)


def read_folder_or_file(name: str, place: Path, pattern: str = "") -> LoadedTokenizer:
    """``pattern`` says how a rank file's text is cut; see ``split_patterns``."""
    if place.is_dir():
        return read_folder(name, place)
    return read_bytes(name, read_bounded(place), pattern=pattern)
