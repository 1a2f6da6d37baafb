"""Time whole commands of the questions that another checkout has too, in turns with it, on one graph; print a table.

python -m bench.beside ../before                                    a million statements, three pairs of each question
python -m bench.beside ../before --size 100000 --runs 5 --questions treaty-status

Both answer from the same store, each with its own words of the question and the parameters of its first case.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.columns import run
from bench.graphs import ROOT, base
from cybercoop.sparql.question import as_typed

MORE = {
    "treaty-status": ("--country EG", "--country MA", "--instrument ets-185", ""),
    "country-profile": ("--country EG",),
}
"""What is asked besides the first cases."""
_DIGEST = "import cybercoop; print(cybercoop.open().workspace.digest)"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("beside", type=Path, help="another checkout, with its .venv")
    parser.add_argument("--size", type=int, default=1_000_000, help="statements")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--questions", nargs="+", default=[])
    given = parser.parse_args()
    on, other = base(given.size), given.beside.resolve()
    cache = on.folder / "beside"
    program = other / ".venv" / "bin"
    around = {**os.environ, "CYBERCOOP_CACHE": str(cache)}
    digest = subprocess.run([program / "python", "-c", _DIGEST], cwd=other, env=around, check=True, capture_output=True)
    shared = cache / "store" / on.stored.name.replace(on.stored.name.partition("-")[0], digest.stdout.decode().strip())
    shared.parent.mkdir(parents=True, exist_ok=True)
    if not shared.exists():
        shared.symlink_to(on.stored)
    codes = {
        "beside": (str(program / "cybercoop"), other, around),
        "this": (
            str(Path(sys.executable).with_name("cybercoop")),
            ROOT,
            {**os.environ, "CYBERCOOP_CACHE": str(on.cache)},
        ),
    }
    start = os.getloadavg()[0]
    print("| question | rows: beside | this | processor: beside, s | this, s | ratio |\n|---|---|---|---|---|---|")
    for name, options in asked(other, given.questions):
        times: dict[str, list[float]] = {code: [] for code in codes}
        rows: dict[str, str] = {}
        for turn in range(given.runs + 1):
            for code, (command, folder, environment) in codes.items():
                line = [command, "query", name, *options.split(), "--format", "tsv"]
                _, processor, _, said = run(line, {**environment, "CYBERCOOP_HOME": str(folder)})
                rows[code] = f"{said.count(chr(10)) - 1:,}"
                times[code] += [processor] if turn else []
        before, now = (statistics.median(times[code]) for code in codes)
        cells = [*rows.values(), f"{before:.2f}", f"{now:.2f}", f"{now / before:.2f}"]
        print(f"| `{' '.join([name, options]).strip()}` | {' | '.join(cells)} |", flush=True)
    print(f"\nload {start:.1f} at the start, {os.getloadavg()[0]:.1f} at the end; {given.runs} runs each, medians")


def asked(other: Path, wanted: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the questions that both have, with parameters as options."""
    for path in sorted((ROOT / "queries").glob("*.rq")):
        name = path.stem
        if (other / "queries" / path.name).is_file() and (not wanted or name in wanted):
            first = as_typed((ROOT / "tests" / "queries" / f"{name}.yaml").read_text("utf-8"))[0]["params"] or {}
            yield name, " ".join(f"--{key} {value}" for key, value in first.items())
            yield from ((name, options) for options in MORE.get(name, ()))


if __name__ == "__main__":
    main()
