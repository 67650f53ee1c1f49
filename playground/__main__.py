"""`python3 -m playground [options of app.py]`: gets the machine ready if it is not, then starts the app."""

from __future__ import annotations

import sys

from playground.environment import ROOT, become, python_with

if __name__ == "__main__":
    become([python_with(ROOT / "requirements.txt"), str(ROOT / "app.py"), *sys.argv[1:]])
