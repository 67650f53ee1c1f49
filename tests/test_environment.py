"""The set-up decides rightly what to use, install or refuse; the programs it calls are small scripts of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from playground import environment


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of our own with nothing on it, for a user who is nobody."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.delenv(environment.CHROMIUM_VARIABLE, raising=False)
    return folder


def program(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


# Packages


def test_packages_are_installed_once_and_again_when_the_list_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    (tmp_path / "env" / "bin").mkdir(parents=True)
    log = tmp_path / "log"
    python = program(tmp_path / "env" / "bin", "python", f'echo "$@" >> {log}')
    wanted = tmp_path / "requirements.txt"

    def installs() -> int:
        return log.read_text().count("pip install") if log.exists() else 0

    wanted.write_text("one==1\n")
    environment._install(str(python), [wanted])
    environment._install(str(python), [wanted])
    assert installs() == 1
    wanted.write_text("one==2\n")
    environment._install(str(python), [wanted])
    assert installs() == 2
    python.write_text(f'#!/bin/sh\necho "$@" >> {log}\ncase "$*" in *install*) exit 1; esac\n')
    wanted.write_text("one==3\n")
    for _ in range(2):  # what failed is tried again
        with pytest.raises(SystemExit, match="Installing the packages failed"):
            environment._install(str(python), [wanted])
    assert installs() == 4


def test_the_current_virtual_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_install", lambda python, requirements: None)
    monkeypatch.setattr(environment, "_own_environment", lambda folder: "own")
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    monkeypatch.setattr(sys, "prefix", "/somewhere")
    assert environment.python_with() == sys.executable
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    assert environment.python_with() == "own"
    monkeypatch.setenv("CONDA_PREFIX", sys.prefix)
    assert environment.python_with() == sys.executable


def test_an_old_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "OLDEST", (99, 1))
    with pytest.raises(SystemExit, match=r"Python 99\.1 or newer is needed"):
        environment.python_with()


def test_without_ensurepip_and_without_rights_the_missing_package_is_named(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"sudo apt-get install python3\.\d+-venv"):
        environment._own_environment(tmp_path / ".venv")
    assert not (tmp_path / ".venv").exists()


def test_a_half_made_environment_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to("/gone/python")
    made: list[list[str]] = []

    def run(command: list[str], **options: Any) -> Any:
        if "venv" in command:
            made.append(command)
            (tmp_path / "bin" / "python").unlink()
            program(tmp_path / "bin", "python", "exit 0")
        return real(command, **options) if "venv" not in command else subprocess.CompletedProcess(command, 0)

    real = subprocess.run
    monkeypatch.setattr(subprocess, "run", run)
    for _ in range(2):
        environment._own_environment(tmp_path)
    assert len(made) == 1


# System packages


def test_apt_as_root_with_sudo_and_not_at_all(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = programs / "log"
    assert not environment.apt_install("thing")  # no apt
    program(programs, "apt-get", f'echo "apt $@" >> {log}')
    assert not environment.apt_install("thing")  # no rights
    program(programs, "sudo", 'shift; [ "$1" = true ] || "$@"')
    assert environment.apt_install("thing")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    program(programs, "sudo", "exit 1")
    assert environment.apt_install("thing")
    assert log.read_text().count("install -y -qq --no-install-recommends thing") == 2


# A browser

REAL = "echo Chromium 156.0"
STUB = '[ -x /snap/bin/chromium ] && exec /snap/bin/chromium "$@"\necho "requires the chromium snap" >&2; exit 1'


def test_a_browser_on_the_path_is_used_but_no_snap(programs: Path) -> None:
    program(programs, "chromium", STUB.replace("exit 1", "exit 0"))
    program(programs, "chromium-browser", "exit 127")
    chrome = program(programs, "google-chrome", REAL)
    assert environment.chromium("python") == str(chrome)


def test_the_given_browser_comes_first_and_must_run(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(programs, "chromium", REAL)
    monkeypatch.setenv(environment.CHROMIUM_VARIABLE, str(program(programs, "mine", REAL)))
    assert environment.chromium("python") == str(programs / "mine")
    program(programs, "mine", "exit 1")
    with pytest.raises(SystemExit, match="does not run"):
        environment.chromium("python")


def test_debian_s_package_is_installed_where_allowed(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(environment, "is_debian", lambda: True)
    script = f'case "$*" in *install*chromium) printf "#!/bin/sh\\n{REAL}\\n" > {programs}/chromium'
    program(programs, "apt-get", f"{script}; /bin/chmod +x {programs}/chromium;; esac")
    assert environment.chromium("python") == str(programs / "chromium")


def test_else_playwright_brings_its_own(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "is_debian", lambda: False)
    own = programs / "own"
    script = f'[ "$1" = -c ] && echo {own} && exit 0\nprintf "#!/bin/sh\\n{REAL}\\n" > {own}; /bin/chmod +x {own}'
    python = program(programs, "python", script)
    assert environment.chromium(str(python)) == str(own)
    program(programs, "python", f'[ "$1" = -c ] && echo {own}')
    own.unlink()
    with pytest.raises(SystemExit, match="No Chromium could be installed"):
        environment.chromium(str(python))


def test_ubuntu_is_not_debian(tmp_path: Path) -> None:
    release = tmp_path / "os-release"
    release.write_text('ID=ubuntu\nID_LIKE=debian\nNAME="Ubuntu"\n')
    assert not environment.is_debian(release)
    release.write_text('NAME="Debian GNU/Linux"\nID=debian\n')
    assert environment.is_debian(release)
