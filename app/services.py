"""What a tab may call: one frozen bundle, made by ``app.py`` and handed to every tab."""

from dataclasses import dataclass

from app.identity import Identity
from pipelines.core.settings import Settings
from pipelines.jobs.service import JobService
from pipelines.models.catalogue import Catalogue
from pipelines.runtime.client import RuntimeClient
from pipelines.training.corpora import CorpusStore


@dataclass(frozen=True)
class Services:
    settings: Settings
    identity: Identity
    jobs: JobService
    models: Catalogue
    runtime: RuntimeClient
    corpora: CorpusStore


def make_services(settings: Settings) -> Services:
    """The real services over one data folder. Starts no thread and no process."""
    return Services(
        settings=settings,
        identity=Identity(settings),
        jobs=JobService(settings),
        models=Catalogue(settings),
        runtime=RuntimeClient(settings),
        corpora=CorpusStore(settings),
    )
