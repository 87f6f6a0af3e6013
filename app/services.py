"""What a tab may call: one frozen bundle, made by ``app.py`` and handed to every tab."""

from dataclasses import dataclass

from app.chat_ids import chat_ids
from app.identity import Identity
from pipelines.core.database import Database
from pipelines.core.settings import Settings
from pipelines.evaluation.service import EvaluationService
from pipelines.generation.trees import TreeStore
from pipelines.jobs.groups import GroupStore
from pipelines.jobs.service import JobService
from pipelines.models.catalogue import Catalogue
from pipelines.preferences.service import PreferenceService
from pipelines.rag.service import RagService
from pipelines.runtime.client import RuntimeClient
from pipelines.runtime.operations import TOKENIZERS
from pipelines.tokenization.uploads import TokenizerUploads
from pipelines.training.corpora import CorpusStore
from pipelines.training.rows.store import RowStore

_TOKENIZING_SECONDS = 60.0  # for a text of some megabytes; a hostile pattern would take for ever


@dataclass(frozen=True)
class Services:
    """``runtime`` is the inference worker, ``tokenizers`` the tokenizer worker; ``rag`` has the retrieval
    worker behind it."""

    settings: Settings
    identity: Identity
    jobs: JobService
    models: Catalogue
    runtime: RuntimeClient
    tokenizers: RuntimeClient
    tokenizer_files: TokenizerUploads
    corpora: CorpusStore
    rows: RowStore
    trees: TreeStore
    groups: GroupStore
    rag: RagService
    preferences: PreferenceService
    evaluation: EvaluationService


def make_services(settings: Settings) -> Services:
    """The real services over one data folder. Starts no thread and no process."""
    database, models = Database(settings.url), Catalogue(settings)
    runtime = RuntimeClient(settings)
    tokenizers = RuntimeClient(settings, TOKENIZERS, _TOKENIZING_SECONDS)
    return Services(
        settings=settings,
        identity=Identity(settings),
        jobs=JobService(settings),
        models=models,
        runtime=runtime,
        tokenizers=tokenizers,
        tokenizer_files=TokenizerUploads(settings),
        corpora=CorpusStore(settings),
        rows=RowStore(settings),
        trees=TreeStore(database),
        groups=GroupStore(database),
        rag=RagService(settings, database),
        preferences=PreferenceService(settings, database, runtime, chat_ids(models, tokenizers)),
        evaluation=EvaluationService(settings),
    )
