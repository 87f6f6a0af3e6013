"""Glassworks: settings → services → page → serve. Nothing else happens here.

Gradio is imported only after the arguments are read, so that ``--help`` answers at once.
"""

import argparse
import gc
import logging
import os
import signal
import sys
import threading
from pathlib import Path


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line; each option overrides the environment variable that its help names."""
    parser = argparse.ArgumentParser(prog="app.py", description="Glassworks, a workshop for language models.")
    parser.add_argument("--home", help="folder of the database, runs and uploads (GLASSWORKS_HOME; ./data)")
    parser.add_argument("--host", help="address to listen on (GRADIO_SERVER_NAME; this machine only)")
    parser.add_argument(
        "--port", type=int, help="port to listen on (GRADIO_SERVER_PORT; the first free one from 7860)"
    )
    parser.add_argument("--device", help="auto, cpu, cuda, cuda:1, mps (GLASSWORKS_DEVICE; auto)")
    parser.add_argument("--no-browser", action="store_true", help="do not open the page in a browser")
    parser.add_argument("--verbose", action="store_true", help="log what happens inside")
    return parser.parse_args(given)


def set_environment(options: argparse.Namespace) -> None:
    """Everything is read from the environment, by this process and by its workers."""
    chosen = {
        "GLASSWORKS_HOME": options.home,
        "GLASSWORKS_DEVICE": options.device,
        "GRADIO_SERVER_NAME": options.host,
        "GRADIO_SERVER_PORT": options.port,
    }
    os.environ.update({name: str(value) for name, value in chosen.items() if value is not None})
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


def run(options: argparse.Namespace) -> None:
    """Serve until interrupted. Job workers outlive this; the workers that answer do not."""
    from pipelines.core.lock import HomeLock
    from pipelines.core.settings import Settings

    settings = Settings()
    settings.make_folders()
    os.environ.setdefault("GRADIO_TEMP_DIR", str(Path(settings.home).resolve() / "cache"))
    with HomeLock(settings.home):
        from app.health import health_of
        from app.launch import serve
        from app.services import make_services
        from app.shell import build
        from app.warm_up import warm_up

        services = make_services(settings)
        services.keeping.restore()
        inbrowser = not options.no_browser and sys.stdout.isatty()
        url = serve(build(services), settings, services.limits, health_of(services), inbrowser=inbrowser)
        gc.freeze()
        gc.enable()
        print(f"Glassworks is open on {url}", flush=True)
        services.jobs.start()
        services.rag.start()
        services.keeping.start()
        threading.Thread(target=warm_up, args=(services,), name="warm-up", daemon=True).start()
        try:
            wait_for_the_end()
        finally:
            services.jobs.stop()
            services.rag.close()
            services.keeping.close()
            services.runtime.close()
            services.tokenizers.close()


def wait_for_the_end() -> None:
    """Return on Ctrl-C or SIGTERM."""
    ended = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    while not ended.wait(3600):
        pass


def main() -> None:
    options = arguments()
    gc.disable()  # until the page is served: what is made before stays, so that looking for waste is wasted
    set_environment(options)
    logging.basicConfig(level=logging.INFO if options.verbose else logging.WARNING)
    from pipelines.core.errors import GlassworksError

    try:
        run(options)
    except GlassworksError as error:
        sys.exit(f"Glassworks cannot start: {error}")


if __name__ == "__main__":
    main()
