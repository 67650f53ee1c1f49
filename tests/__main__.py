"""`python3 -m tests`: gets the machine ready if it is not, then runs all checks and all tests.

`python3 -m tests ARGUMENTS` hands the arguments to pytest and leaves the checks out: `python3 -m tests -k lens -x`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from shutil import which

from playground.environment import CHROMIUM_VARIABLE, ROOT, chromium, python_with, say

CHECKS = {
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
}

BROWSER = "tests/browser"
SCRIPTS = ["--config", ".eslint.config.mjs", "assets/js", "assets/pictures"]


def eslint() -> list[str] | None:
    """The command that lints the page's scripts; None where there is no Node, or ESLint cannot be fetched."""
    npx = which("npx")
    command = [npx or "npx", "--yes", "eslint@9"]
    if npx and subprocess.run([*command, "--version"], capture_output=True, check=False).returncode == 0:
        return [*command, *SCRIPTS]
    say("scripts: left out, since npx cannot run ESLint here")
    return None


def side_by_side(environment: dict[str, str]) -> list[str]:
    """pytest's arguments for a worker to a core, four at most: each has torch and models in its memory.

    A file's tests stay together, so that what they share is made once. A worker computes on one core; with more, the
    workers would take the cores from one another.
    """
    workers = min(4, os.cpu_count() or 1)
    if workers < 2:
        return []
    environment["OMP_NUM_THREADS"] = "1"
    return ["-n", str(workers), "--dist", "loadfile"]


def main(arguments: list[str]) -> int:
    """Exit status: 0 if everything holds."""
    python = python_with(ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt")
    environment = {**os.environ, CHROMIUM_VARIABLE: chromium(python)}
    steps = {name: [str(python), "-m", *command] for name, command in ({} if arguments else CHECKS).items()}
    if not arguments and (scripts := eslint()) is not None:
        steps["scripts"] = scripts
    pytest = [str(python), "-m", "pytest"]
    several = {**environment}
    if arguments:
        steps["tests"] = [*pytest, *arguments]
    else:
        steps["tests"] = [*pytest, *side_by_side(several), "--ignore", BROWSER]
        steps["browser"] = [*pytest, BROWSER]  # one after another: a browser and its server fill two cores
    failed = []
    for name, command in steps.items():
        say(f"{name}: {' '.join(command)}")
        if subprocess.run(command, cwd=ROOT, env=several if name == "tests" else environment, check=False).returncode:
            failed.append(name)
    say(f"Failed: {', '.join(failed)}" if failed else "Everything holds")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
