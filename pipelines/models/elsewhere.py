"""Where a reader of a script finds a model that goes by a name here. Torch-free."""

from pipelines.models.names import ModelName, Source

_RUN = "the folder of {}, downloaded from Jobs & models in Glassworks and unpacked"
_WAYS = {
    Source.HUB: "a model of the Hub by its name, or the folder that it lies in",
    Source.HOUSE: "the folder of {}, as in the repository of Glassworks or downloaded from it",
    Source.PATH: "a folder of this machine",
}


def place_of(name: ModelName) -> str:
    """The folder or the name of the Hub, as ``from_pretrained`` takes it; a run's as its
    download is called."""
    if name.source in (Source.HUB, Source.PATH):
        return name.rest
    if name.source is Source.HOUSE:
        return f"assets/models/{name.rest}"
    return f"run-{name.rest}" if name.step is None else f"run-{name.rest}-{name.step}"


def what_it_is(name: ModelName) -> str:
    """In words, to stand after the place."""
    return _WAYS.get(name.source, _RUN).format(name)
