"""`python3 -m playground [options of app.py]`: gets the machine ready if it is not, then starts the app.

`python3 -m playground doctor [MODEL …]` says what this machine can do, and fetches models ahead of a class.
"""

from __future__ import annotations

import os
import sys

from playground.environment import ROOT, become, python_with

if __name__ == "__main__":
    python, arguments = python_with(ROOT / "requirements.txt"), sys.argv[1:]
    if arguments[:1] == ["doctor"]:
        # by its name, from wherever the command was given: folders that are named are meant from there
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        become([python, "-m", "playground.doctor", *arguments[1:]])
    become([python, str(ROOT / "app.py"), *arguments])
