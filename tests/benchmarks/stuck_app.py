"""The playground in which the weights of a folder called ``stuck`` are never read to their end: for ``beside``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import app
from playground import models

REACHED = "reached"
"""The file that is written into the folder when its weights are asked for."""
_read_weights = models.read_weights


def read_weights(folder: Path, *rest: Any, **named: Any) -> Any:
    """As ever, but for one folder: like a disk that does not answer."""
    if folder.name == "stuck":
        Path(folder, REACHED).touch()
    while folder.name == "stuck":
        time.sleep(0.1)
    return _read_weights(folder, *rest, **named)


if __name__ == "__main__":
    models.read_weights = read_weights
    app.main()
