"""Dockerfile, .dockerignore, compose.yaml and .env.example against what they name: files, stages, settings,
services, and the options of the programs that they start.
"""

import re
from fnmatch import fnmatch
from urllib.parse import urlsplit

import pytest
import yaml

from pipelines.core.settings import Settings
from pipelines.models.endpoints import endpoints
from tests.support.image import copied, environment, steps
from tests.support.imports import ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
OURS = {
    "GRADIO_SERVER_NAME",
    "GRADIO_SERVER_PORT",
    "GRADIO_ROOT_PATH",
    "FORWARDED_ALLOW_IPS",
    "RAY_ADDRESS",
    "HF_TOKEN",
    "HF_HOME",
}
PLAIN = {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PIP_NO_CACHE_DIR", "PIP_DISABLE_PIP_VERSION_CHECK"}


def settings() -> set[str]:
    fields = Settings.model_fields.items()
    return {field.validation_alias or f"GLASSWORKS_{name.upper()}" for name, field in fields}


def pin(name: str, lock: str) -> str:
    return re.search(rf"^{name}==([\w.]+)", (ROOT / lock).read_text(), re.M).group(1)


def test_what_is_copied_is_there_and_is_let_in_and_nothing_else_is():
    lines = (ROOT / ".dockerignore").read_text().split("\n")
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert lines[1] == "*" and set(copied()) == let_in
    assert all((ROOT / name).exists() for name in let_in)
    for secret in (".env", "data", ".git", ".venv", "tests"):
        assert not any(fnmatch(secret, name) for name in let_in)


def test_the_image_has_the_space_s_python_and_the_locks_ray_and_no_root():
    front_matter = yaml.safe_load((ROOT / "README.md").read_text().split("---")[1])
    base = next(step for step in steps() if step.name == "FROM")
    assert base.rest.startswith(f"python:{front_matter['python_version']}-")
    ray = next(step for step in steps() if "ray==" in step.rest)
    assert ray.rest.endswith(f"ray=={pin('ray', 'requirements-test.txt')}") and ray.stage == "cluster"
    for stage in ("cluster", "app"):
        assert [step.words for step in steps() if (step.stage, step.name) == (stage, "USER")] == [
            ["glassworks"]
        ]
    assert steps()[-1].stage == "app", "what is built when no stage is named"


def test_every_variable_is_a_setting():
    named = set(environment()) | set(SERVICES["app"]["environment"])
    assert named <= settings() | OURS | PLAIN
    assert environment()["GLASSWORKS_HOME"] == "/data" and environment()["GRADIO_SERVER_NAME"] == "0.0.0.0"


def test_what_compose_asks_for_is_in_the_example_and_the_other_way_round():
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    given = set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.M))
    assert asked == given - {"COMPOSE_PROFILES"}
    needed = set(re.findall(r"\$\{(\w+):\?", (ROOT / "compose.yaml").read_text()))
    assert needed == {"POSTGRES_PASSWORD", "GLASSWORKS_OWNER_TOKEN"}


def test_the_example_s_endpoint_is_the_service_that_the_profile_starts():
    (text,) = re.findall(r"^#GLASSWORKS_ENDPOINTS='(.*)'$", EXAMPLE, re.M)
    (endpoint,) = endpoints(Settings(endpoints=text))
    served = SERVICES["vllm"]["command"]
    assert served[served.index("--served-model-name") + 1] == endpoint.model
    assert urlsplit(endpoint.url).hostname == "vllm" and SERVICES["vllm"]["profiles"] == ["gpu"]


def test_addresses_lead_to_services_on_the_ports_that_they_listen_on():
    told = SERVICES["app"]["environment"]
    database, chroma = (
        urlsplit(re.sub(r"\$\{[^}]*\}", "x", told["GLASSWORKS_DATABASE_URL"])),
        SERVICES["chroma"],
    )
    assert (database.scheme, database.hostname, database.port) == ("postgresql", "postgres", 5432)
    assert database.username == SERVICES["postgres"]["environment"]["POSTGRES_USER"]
    assert database.path == "/" + SERVICES["postgres"]["environment"]["POSTGRES_DB"]
    assert told["GLASSWORKS_CHROMA_URL"] == "http://chroma:" + chroma["command"][5]
    for service in ("app", "ray-worker"):
        assert f"--address={told['RAY_ADDRESS']}" in str(SERVICES[service]["command"])
    assert f"--port={told['RAY_ADDRESS'].partition(':')[2]}" in SERVICES["ray-head"]["command"]
    assert SERVICES["app"]["ports"][0].endswith(f":{environment()['GRADIO_SERVER_PORT']}")


def test_only_the_app_is_reachable_from_outside_and_by_default_from_this_machine_alone():
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["app"]
    assert SERVICES["app"]["ports"][0].startswith("${GLASSWORKS_ADDRESS:-127.0.0.1}:")


def test_services_stages_volumes_and_waits_exist():
    stages = {step.stage for step in steps()}
    for one in SERVICES.values():
        assert "image" in one and one.get("build", {}).get("target", "app") in stages
        assert {volume.partition(":")[0] for volume in one.get("volumes", ())} <= set(COMPOSE["volumes"])
        for other in one.get("depends_on", {}):
            assert "healthcheck" in SERVICES[other]
    mounted = {path for one in SERVICES.values() for v in one.get("volumes", ()) if (path := v.split(":")[1])}
    made = next(step.rest for step in steps() if "mkdir" in step.rest)
    assert all(path in made for path in mounted if path in ("/data", "/chroma"))
    for service in ("app", "ray-worker"):
        assert "data:/data" in SERVICES[service]["volumes"], "a job's files are where the app looks"


def test_the_options_of_ray_exist():
    start = pytest.importorskip("ray.scripts.scripts", reason="Ray is not installed").cli.commands
    known = {name: {o for p in command.params for o in p.opts} for name, command in start.items()}
    for text in (str(SERVICES[name]["command"]) for name in ("app", "ray-head", "ray-worker")):
        assert set(re.findall(r"--[a-z-]+", text)) - {"--no-browser"} <= known["start"]
    assert set(re.findall(r"--[a-z]+", str(SERVICES["ray-head"]["healthcheck"]))) <= known["health-check"]
