"""All that is measured of the server, one after another: ``python -m tests.benchmarks.serving [--quick]``.

The class, the memory, a stuck load beside a run and the hostile requests, each on a server of its own; a table of their
last lines at the end.
Half an hour on two quiet cores; with ``--quick`` a tenth of it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from playground.environment import ROOT

MEASUREMENTS = {
    "load": (["--visitors", "60", "--runs", "400"], ["--visitors", "15", "--runs", "60"]),
    "memory": (["--runs", "2000"], ["--runs", "320"]),
    "beside": (["--runs", "100"], ["--runs", "10"]),
    "fuzz": (["--requests", "5000"], ["--requests", "500"]),
}
"""Name of the module → its arguments, and those of a quick look."""

TELLING = ("bar ", "flat", "answers,", "tracebacks")
"""Words of the lines that sum a measurement up."""


def main() -> int:
    """Exit status: 0 where every measurement came to its end and none found a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.serving", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick, rows, failed = parser.parse_args().quick, [], 0
    for name, arguments in MEASUREMENTS.items():
        print(f"\n=== {name}", flush=True)
        began = time.monotonic()
        command = [sys.executable, "-m", f"tests.benchmarks.{name}", *arguments[quick]]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        print(done.stdout)
        failed += done.returncode != 0
        told = [line for line in done.stdout.splitlines() if any(word in line.lower() for word in TELLING)]
        rows += [f"{name:<8} {time.monotonic() - began:6.0f} s  {line.strip()}" for line in told or ["came to no end"]]
    print("\n".join(["=== in short", *rows]))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
