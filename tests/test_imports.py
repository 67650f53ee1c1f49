"""Imports go one way, and each library has a home: read in the source, so that a lazy import counts too."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "playground"

# A module or package may import those before it, and within a package its neighbours. A new one takes a place here.
ORDER = (
    "errors", "settings", "trace", "film", "tokens", "architectures",  # plain data
    "files", "facts", "hub", "downloads", "catalog", "locating",  # from a name to files
    "cache", "timelimit", "loading", "estimate", "models",  # from files to a model
    "hooks", "analysis", "turns", "engine", "doctor",  # from a text to numbers
    "serving", "views", "lessons", "tabs", "ui", "app",  # from numbers to a page
)  # fmt: skip
STANDS_ALONE = ("environment", "__main__")  # run before anything is installed
BESIDE = ("pretrain",)  # makes the bundled models; nobody imports it
PUBLIC = ("__init__",)  # names everything, loads it when asked

HOMES = {
    "torch": ("loading", "estimate", "models", "hooks", "analysis", "engine", "doctor", "pretrain"),
    "transformers": ("facts", "loading", "estimate", "models", "hooks", "analysis", "doctor", "pretrain"),
    "tokenizers": ("tokens", "loading", "analysis", "pretrain"),
    "safetensors": ("film", "loading", "pretrain"),
    "huggingface_hub": ("hub", "downloads"),
    "tqdm": ("downloads",),
    "cachetools": ("cache",),
    "openTSNE": ("analysis",),
    "plotly": ("views",),
    "pygments": ("views",),
    "bertviz": ("views",),
    "sacrebleu": ("pretrain",),
    "gradio": ("serving", "tabs", "ui", "app"),
    "brotli": ("serving",),
}
ANYWHERE = {"numpy"}


def sources() -> list[Path]:
    return [*sorted(PACKAGE.rglob("*.py")), *(path for path in [ROOT / "app.py"] if path.exists())]


def part_of(path: Path) -> str:
    """The name under `playground` that a file belongs to: `views/theme.py` → `views`."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0] if path.is_relative_to(PACKAGE) else path.stem


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, at its top, within functions or for type checking only, as a full name."""
    package = ["playground", *path.relative_to(PACKAGE).parent.parts] if path.is_relative_to(PACKAGE) else []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            # `from . import hub`: the names may be modules themselves
            yield from (f"{module}.{alias.name}" for alias in node.names) if module == "playground" else [module]


FILES = pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))


@FILES
def test_imports_go_down(path: Path) -> None:
    me = part_of(path)
    ours = {name.split(".")[1] for name in imports(path) if name.startswith("playground.")}
    assert me in (*ORDER, *STANDS_ALONE, *BESIDE, *PUBLIC), f"{me} has no place in the order of imports"
    if me in PUBLIC:
        return
    if me in STANDS_ALONE:
        assert ours <= {"environment"}
        return
    below = ORDER if me in BESIDE else ORDER[: ORDER.index(me) + 1]
    assert ours - {me} <= set(below), f"{path.name} may not import {sorted(ours - {me} - set(below))}"


@FILES
def test_libraries_stay_home(path: Path) -> None:
    me = part_of(path)
    for name in {name.split(".")[0] for name in imports(path)} - {"playground"} - set(sys.stdlib_module_names):
        assert me not in STANDS_ALONE, f"{path.name} must run with nothing installed, and imports {name}"
        assert name in ANYWHERE or name in HOMES, f"{name} has no home yet"
        assert name in ANYWHERE or me in HOMES[name], f"{name} does not belong in {path.relative_to(ROOT)}"


def required(*files: str) -> set[str]:
    lines = [line for file in files for line in (ROOT / file).read_text().splitlines()]
    return {re.split("[=<>;# ]", line)[0] for line in lines} | {"playground"}


def test_every_library_is_required() -> None:
    for path in sources():
        # who makes models may measure them with what the tests use
        files = ["requirements.txt", *(["tests/requirements.txt"] if part_of(path) in BESIDE else [])]
        used = {name.split(".")[0] for name in imports(path)} - set(sys.stdlib_module_names)
        assert used <= required(*files), f"{path.name} imports what {files} do not list"


def test_importing_the_package_costs_nothing() -> None:
    heavy = ["torch", "transformers", "gradio", "numpy", "huggingface_hub"]
    code = f"import sys, playground; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
