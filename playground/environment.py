"""Getting a machine ready for `python3 -m playground` and `python3 -m tests`: environment, packages, browser.

Standard library only, since it runs before anything is installed. Says on the terminal what it does, does it once
(a stamp in the environment remembers), and ends with a sentence where it may not or cannot.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 10)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_VARIABLE = "PLAYGROUND_CHROMIUM"


def say(sentence: str) -> None:
    """Tells whoever started the command what is being done."""
    print(f"[playground] {sentence}", file=sys.stderr, flush=True)


def fail(sentence: str) -> SystemExit:
    """The end of a command, with a sentence that says what to do: `raise fail(…)`."""
    return SystemExit(f"[playground] {sentence}")


def python_with(*requirements: Path) -> str:
    """A Python that has the packages of these files: this one if it is in a virtual environment, else `.venv`'s.

    Raises:
        SystemExit: it cannot be had; the message says why and what to do.
    """
    if sys.version_info < OLDEST:
        wanted, found = (".".join(map(str, version)) for version in (OLDEST, sys.version_info[:3]))
        raise fail(f"Python {wanted} or newer is needed, this is {found}. Install one and run this command with it.")
    python = sys.executable if in_virtual_environment() else _own_environment(ROOT / ".venv")
    _install(python, requirements)
    return python


def in_virtual_environment() -> bool:
    """Whether packages may go where this Python keeps its own: in a venv, virtualenv or conda environment."""
    return sys.prefix != sys.base_prefix or os.environ.get("CONDA_PREFIX") == sys.prefix


# A virtual environment


def _own_environment(folder: Path) -> str:
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if _works(python, "-m", "pip", "--version"):
        return str(python)
    say(f"Making a virtual environment in {folder}")
    if importlib.util.find_spec("ensurepip") is None:  # Debian and Ubuntu keep it in a package of its own
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        if not apt_install(package):
            raise fail(
                "This Python cannot make virtual environments and I may not install system packages."
                f" Run `sudo apt-get install {package}`, or run this command inside a virtual environment."
            )
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=False)
    if done.returncode or not _works(python, "-m", "pip", "--version"):
        raise fail(f"The virtual environment in {folder} could not be made; the lines above say why.")
    return str(python)


def _works(*command: str | Path) -> bool:
    try:
        return (
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
        )
    except OSError:  # no such program
        return False


# Packages


def _install(python: str, requirements: Sequence[Path]) -> None:
    stamp = _stamp(python, requirements)
    if stamp.exists():
        return
    names = " and ".join(str(path.relative_to(ROOT)) for path in requirements)
    say(f"Installing the packages of {names} (the first time this takes some minutes)")
    if not _works(python, "-m", "pip", "--version") and not _works(python, "-m", "ensurepip"):
        raise fail(f"{python} has no pip. Install pip into this environment, or run this command outside of it.")
    arguments = [part for path in requirements for part in ("-r", str(path))]
    if subprocess.run([python, "-m", "pip", "install", "--quiet", *arguments], check=False).returncode:
        raise fail("Installing the packages failed; the lines above say why. Check the network and run this again.")
    stamp.write_text(f"The packages of {names} are installed.\n")


def _stamp(python: str, requirements: Iterable[Path]) -> Path:
    """A file that is there once these very requirements are installed for this very interpreter."""
    # not resolve(): the link in the environment, not the system's Python that it leads to, is what packages belong to
    interpreter = Path(python).absolute()
    digest = hashlib.sha256(f"{interpreter} {sys.version}".encode())
    for path in requirements:
        digest.update(path.read_bytes())
    return interpreter.parent.parent / f".playground-packages-{digest.hexdigest()[:16]}"


# System packages


def apt_install(package: str) -> bool:
    """Install a Debian or Ubuntu package; False where that is not possible or not permitted without asking."""
    command = _apt_command()
    if command is None:
        return False
    say(f"Installing the system package {package}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
        done = subprocess.run([*command, *arguments], env=environment, stdout=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def _apt_command() -> list[str] | None:
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    return ["sudo", "-n", "apt-get"] if _works("sudo", "-n", "true") else None


def is_debian(release: Path = Path("/etc/os-release")) -> bool:
    """Debian itself, whose `chromium` is a browser; Ubuntu's is a stub that wants a snap."""
    try:
        return "ID=debian" in release.read_text().splitlines()
    except OSError:
        return False


# A browser


def chromium(python: str) -> str:
    """The path of a Chromium that can be driven: one that is here, Debian's, or Playwright's own.

    Raises:
        SystemExit: none could be found or installed.
    """
    given = os.environ.get(CHROMIUM_VARIABLE)
    if given:
        if not runs(given):
            raise fail(
                f"{CHROMIUM_VARIABLE} is {given}, which does not run. Correct it, or unset it to have one found."
            )
        return given
    found = _browser_on_path()
    if found is None and is_debian() and apt_install("chromium"):
        found = _browser_on_path()
    path = found or _playwrights_own(python)
    say(f"The browser tests use {path}")
    return path


def _browser_on_path() -> str | None:
    paths = (shutil.which(name) for name in BROWSERS)
    return next((path for path in paths if path and not is_snap(Path(path)) and runs(path)), None)


def is_snap(path: Path) -> bool:
    """A snap, or the stub that asks for one: confined, it sees neither the tests' folders nor Playwright's pipes."""
    if str(path.resolve()).startswith("/snap/") or path.resolve().name == "snap":
        return True
    with path.open("rb") as file:
        start = file.read(4096)
    return start.startswith(b"#!") and b"/snap/bin/" in start


def runs(browser: str) -> bool:
    """Whether it can tell its version, which a stub or a browser that lacks libraries cannot."""
    return _works(browser, "--version")


_ASK_PLAYWRIGHT = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""


def _playwrights_own(python: str) -> str:
    path = subprocess.run([python, "-c", _ASK_PLAYWRIGHT], capture_output=True, text=True, check=False).stdout.strip()
    if path and runs(path):
        return path
    system = ["--with-deps"] if _apt_command() else []  # the libraries it needs, where they may be installed
    say("Installing Playwright's own Chromium")
    done = subprocess.run([python, "-m", "playwright", "install", *system, "chromium"], check=False)
    if done.returncode or not runs(path):
        raise fail(
            f"No Chromium could be installed. Install one, set {CHROMIUM_VARIABLE} to its path, and run this again."
        )
    return path


def become(command: Sequence[str]) -> None:
    """Let `command` take the place of this process, so that signals and the exit status are its own."""
    if os.name == "nt":  # there exec returns to the shell at once
        raise SystemExit(subprocess.run(command, check=False).returncode)
    os.execv(command[0], list(command))
