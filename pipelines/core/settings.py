"""Settings from the environment, read once by ``app.py`` and by each worker.

``GLASSWORKS_HOME`` decides where data lives; the address is Gradio's own business
(``GRADIO_SERVER_NAME`` and ``GRADIO_SERVER_PORT``).
"""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parents[2]
ZERO_GPU_GB = 30.0  # of weights; what ZeroGPU lends has 70 GB, and the Space's disk, where they lie first, 50


class Settings(BaseSettings):
    """Everything that changes from one machine to another. Each field is an environment variable."""

    model_config = SettingsConfigDict(env_prefix="GLASSWORKS_", extra="ignore")

    home: Path = Field(Path("data"), description="Folder of the database, runs and uploads; a local disk.")
    database_url: str = Field("", description="SQLAlchemy URL; empty means SQLite in the home folder.")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:1, mps.")
    executor: Literal["local", "ray"] = Field(
        "local", description="Where jobs run: local, or ray (the cluster that RAY_ADDRESS names)."
    )
    max_upload_mb: int = Field(200, ge=1, le=10_000, description="Largest accepted upload in MB.")
    max_models_gb: float = Field(4.0, gt=0, description="Memory that loaded models may take together.")
    threads: int = Field(0, ge=0, description="CPU threads a worker may use; 0 means all cores.")
    owner: str = Field("", description="Hub user that owns a public Space; else SPACE_AUTHOR_NAME.")
    owner_token: str = Field("", description="A secret that makes an API client the owner.")
    endpoints: str = Field("", description="OpenAI-compatible servers, as JSON; keys only by their variable.")
    chroma_url: str = Field("", description="A chroma server, http://host:port; empty: the home folder.")
    rag_max_collections: int = Field(100, ge=1, description="Collections that a visitor may keep.")
    rag_max_documents: int = Field(5_000, ge=1, description="Documents that a visitor may keep.")
    rag_max_gb: float = Field(5.0, gt=0, description="GB that a visitor's documents may have together.")
    rag_max_chunks: int = Field(500_000, ge=1, description="Chunks that one collection may have.")
    preferences_repo: str = Field("", description="Hub data set, owner/name, that votes are kept in.")
    models_repo: str = Field("", description="Hub model repository that finished runs are kept in.")
    keep: str = Field("", description="A mounted folder that votes and finished runs are kept in.")
    visitor_models: str = Field("", description="Hub models, owner/name with commas, that visitors may use.")
    visitor_tokens_per_minute: int = Field(
        12_000, ge=0, description="Tokens that a visitor may have written or read; 0: any number."
    )
    visitor_upload_mb_per_hour: int = Field(
        500, ge=0, description="MB that a visitor may upload; 0: any number."
    )
    visitor_at_once: int = Field(
        8, ge=0, description="Requests of a visitor that may wait or be worked on; 0: any number."
    )
    visitor_job_minutes: float = Field(
        5.0, ge=0, description="On a Space: a visitor's run of prompts or tasks, at a stretch; 0: none."
    )
    space_id: str = Field("", validation_alias="SPACE_ID")
    space_author: str = Field("", validation_alias="SPACE_AUTHOR_NAME")
    zero_gpu: bool = Field(False, validation_alias="SPACES_ZERO_GPU")
    zero_cpu_millions: float = Field(
        50.0, ge=0, description="On ZeroGPU, models of so many million parameters use no GPU."
    )

    @model_validator(mode="after")
    def _without_a_gpu_of_its_own(self) -> Self:
        """ZeroGPU lends a GPU to single calls (:mod:`pipelines.runtime.zero`): the processes of this app are
        on the CPU, and models may be as large as what is lent holds."""
        if self.zero_gpu:
            self.device = "cpu"
        if self.zero_gpu and "max_models_gb" not in self.model_fields_set:
            self.max_models_gb = ZERO_GPU_GB
        return self

    @property
    def on_space(self) -> bool:
        return bool(self.space_id)

    @property
    def owner_name(self) -> str:
        return self.owner or self.space_author

    @property
    def models_for_visitors(self) -> frozenset[str]:
        return frozenset(filter(None, map(str.strip, self.visitor_models.split(","))))

    @property
    def url(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.home.resolve() / 'glassworks.db'}"

    @property
    def runs(self) -> Path:
        """One folder a job: ``runs/<job id>/``."""
        return self.home.resolve() / "runs"

    @property
    def uploads(self) -> Path:
        return self.home.resolve() / "uploads"

    @property
    def house_models(self) -> Path:
        """The models that come with the repository."""
        return REPOSITORY / "assets" / "models"

    @property
    def rag(self) -> Path:
        """One folder a collection of documents: ``rag/<collection id>/``."""
        return self.home.resolve() / "rag"

    @property
    def samples(self) -> Path:
        """The sample texts that come with the repository."""
        return REPOSITORY / "assets" / "samples"

    def make_folders(self) -> None:
        for folder in (self.home, self.runs, self.uploads):
            folder.mkdir(parents=True, exist_ok=True)
