"""What a tab may call: one frozen bundle, made by ``app.py`` and handed to every tab."""

from dataclasses import dataclass

from app.chat_ids import chat_ids
from app.identity import Identity
from app.limited import Asker, LimitedRuntime
from app.limits import Limits
from app.visitor_jobs import VisitorJobs
from pipelines.core.database import Database
from pipelines.core.settings import Settings
from pipelines.evaluation.service import EvaluationService
from pipelines.generation.trees import TreeStore
from pipelines.jobs.groups import GroupStore
from pipelines.jobs.service import JobService
from pipelines.keeping.runs import RunFiles
from pipelines.keeping.service import Keeping
from pipelines.models.catalogue import Catalogue
from pipelines.preferences.service import PreferenceService
from pipelines.rag.service import RagService
from pipelines.runtime.client import RuntimeClient
from pipelines.runtime.operations import TOKENIZERS
from pipelines.runtime.zero import inference
from pipelines.tokenization.uploads import TokenizerUploads
from pipelines.training.corpora import CorpusStore
from pipelines.training.rows.store import RowStore

_TOKENIZING_SECONDS = 60.0  # for a text of some megabytes; a hostile pattern would take for ever


@dataclass(frozen=True)
class Services:
    """``runtime`` is the inference worker, under the ``limits`` of whoever asks; ``tokenizers`` the tokenizer
    worker; ``rag`` has the retrieval worker behind it."""

    settings: Settings
    database: Database
    identity: Identity
    limits: Limits
    jobs: JobService
    visitor_jobs: VisitorJobs
    models: Catalogue
    runtime: LimitedRuntime
    tokenizers: RuntimeClient
    tokenizer_files: TokenizerUploads
    corpora: CorpusStore
    rows: RowStore
    trees: TreeStore
    groups: GroupStore
    rag: RagService
    preferences: PreferenceService
    keeping: Keeping
    evaluation: EvaluationService


def make_services(settings: Settings) -> Services:
    """The real services over one data folder. Starts no thread and no process."""
    database, models = Database(settings.url), Catalogue(settings)
    identity, limits, jobs = Identity(settings), Limits(settings), JobService(settings)
    runtime = LimitedRuntime(inference(settings), limits, Asker(identity))
    tokenizers = RuntimeClient(settings, TOKENIZERS, _TOKENIZING_SECONDS)
    preferences = PreferenceService(settings, database, runtime, chat_ids(models, tokenizers))
    return Services(
        settings=settings,
        database=database,
        identity=identity,
        limits=limits,
        jobs=jobs,
        visitor_jobs=VisitorJobs(settings, identity, limits, jobs),
        models=models,
        runtime=runtime,
        tokenizers=tokenizers,
        tokenizer_files=TokenizerUploads(settings),
        corpora=CorpusStore(settings),
        rows=RowStore(settings),
        trees=TreeStore(database),
        groups=GroupStore(database),
        rag=RagService(settings, database),
        preferences=preferences,
        keeping=Keeping(settings, preferences.sharing, RunFiles(settings, database)),
        evaluation=EvaluationService(settings),
    )
