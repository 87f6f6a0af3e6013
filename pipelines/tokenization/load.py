"""From a name to a tokenizer in memory. Who may use a name is not known here: the pages check that.

======================================== ================================================================
``house/<name>``, ``run/<job id>``       the model's tokenizer, or the one that a job has trained
``<owner>/<name>``                       a Hub model's; MiniLM's comes from the package that carries it
``path:<folder or file>``                the owner's disk: a model's folder, or one tokenizer's file
``upload:<id>``                          a file that a visitor has uploaded
======================================== ================================================================
"""

from dataclasses import replace
from pathlib import Path

from pipelines.core.settings import Settings
from pipelines.models.catalogue import Catalogue
from pipelines.models.names import Source, parse
from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.sources.any_file import read_bytes
from pipelines.tokenization.sources.files import read_bounded
from pipelines.tokenization.sources.folder import read_folder
from pipelines.tokenization.uploads import PREFIX, TokenizerUploads


class Locator:
    """Finds the folder or file that a tokenizer's name stands for."""

    def __init__(self, settings: Settings, catalogue: Catalogue):
        self._catalogue, self._uploads = catalogue, TokenizerUploads(settings)

    def locate(self, name: str) -> Path:
        """A Hub model that is not here yet is fetched. Raises SpecError for no tokenizer's name,
        NotFoundError for an unknown one, HubError for what cannot be fetched."""
        if isinstance(name, str) and name.startswith(PREFIX):
            return self._uploads.path(name)
        parsed = parse(name)
        if parsed.source is Source.PATH and (file := Path(parsed.rest).expanduser()).is_file():
            return file
        return self._catalogue.tokenizer_folder(name)

    def stamp(self, name: str) -> str:
        """Changes when the files of a ``path:`` do; the others never change. Empty for what is not there."""
        if not isinstance(name, str) or not name.startswith("path:"):
            return ""
        place = Path(name.removeprefix("path:")).expanduser()
        try:
            files = sorted(place.iterdir()) if place.is_dir() else [place]
            return "-".join(f"{f.stat().st_mtime_ns}.{f.stat().st_size}" for f in files if f.is_file())
        except OSError:
            return ""


def load(name: str, settings: Settings) -> LoadedTokenizer:
    """As :meth:`Locator.locate`, and ``TokenizerFileError`` for what is no tokenizer."""
    return read_folder_or_file(name, Locator(settings, Catalogue(settings)).locate(name))


def read_folder_or_file(name: str, place: Path) -> LoadedTokenizer:
    """The tokenizer in a model's folder, or in a file of its own, whose name may tell how ranks are split."""
    if place.is_dir():
        return read_folder(name, place)
    return replace(read_bytes(place.name, read_bounded(place)), name=name)
