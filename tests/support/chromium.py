"""The Chromium that the browser tests and benchmarks drive: found, or brought when there is none.

``python -m tests.support.chromium`` prints its path. It takes the first of: ``CHROMIUM``, one on PATH, the
one that Playwright keeps; then it installs Debian's package where apt works, and Playwright's own otherwise.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # this machine alone
)


def find_chromium() -> str | None:
    """Path of a Chromium that starts, or None."""
    named = os.environ.get("CHROMIUM")
    on_path = [found for name in NAMES if (found := shutil.which(name))]
    candidates = [named] if named else [*on_path, *_of_playwright()]
    return next((path for path in candidates if _starts(path)), None)


def bring_chromium() -> str:
    """The path of a Chromium, installed now if need be; ends the process with the reason if that fails."""
    for bring in (lambda: True, _from_debian, _from_playwright):
        if bring() and (path := find_chromium()):
            return path
    raise SystemExit("No Chromium here, and neither apt-get nor Playwright could install one. Set CHROMIUM.")


def _starts(path: str) -> bool:
    """Ubuntu's chromium-browser is on PATH as a hint to install something else: only a version counts."""
    try:
        shown = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return shown.returncode == 0 and "Chrom" in shown.stdout


def _of_playwright() -> list[str]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return [playwright.chromium.executable_path]


def _as_root() -> list[str] | None:
    """The prefix that makes a command run as root without asking for a password, or None."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and _ran(["sudo", "-n", "true"]):
        return ["sudo", "-n"]
    return None


def _from_debian() -> bool:
    root = _as_root()
    if root is None or not shutil.which("apt-get"):
        return False
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    # An update that could not reach one of several sources may still have brought the package's list.
    _ran([*apt, "update"])
    return _ran([*apt, "install", "-y", "--no-install-recommends", "chromium"])


def _from_playwright() -> bool:
    install = [sys.executable, "-m", "playwright", "install"]
    with_libraries = _as_root() is not None and _ran([*install, "--with-deps", "chromium"])
    return with_libraries or _ran([*install, "chromium"])


def _ran(command: list[str]) -> bool:
    print("+", *command, file=sys.stderr, flush=True)
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    print(bring_chromium())
