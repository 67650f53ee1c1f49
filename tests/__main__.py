"""`python3 -m tests`: gets the machine ready if it is not, then runs all checks and all tests.

`python3 -m tests ARGUMENTS` hands the arguments to pytest and leaves the checks out: `python3 -m tests -k lens -x`.
"""

from __future__ import annotations

import os
import subprocess
import sys

from playground.environment import CHROMIUM_VARIABLE, ROOT, chromium, python_with, say

CHECKS = {
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
}


def main(arguments: list[str]) -> int:
    """Exit status: 0 if everything holds."""
    python = python_with(ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt")
    environment = {**os.environ, CHROMIUM_VARIABLE: chromium(python)}
    steps = {**({} if arguments else CHECKS), "tests": ["pytest", *arguments]}
    failed = []
    for name, command in steps.items():
        say(f"{name}: {' '.join(command)}")
        if subprocess.run([python, "-m", *command], cwd=ROOT, env=environment, check=False).returncode:
            failed.append(name)
    say(f"Failed: {', '.join(failed)}" if failed else "Everything holds")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
