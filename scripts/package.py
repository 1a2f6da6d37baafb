"""Make the wheel and the sdist in build/dist/ with what they were made from; check them where the tools are there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
DIST = ROOT / "build" / "dist"
CHECKS = (("twine", "check", "--strict"), ("check-wheel-contents",))
"""Commands that judge packages; the second takes wheels alone."""


def provenance(files: Iterable[Path], commit: str) -> dict[str, Any]:
    """Return what some files were made from, as an in-toto statement with a SLSA provenance predicate.

    It holds no time and no machine, so that it is the same wherever the files are. https://slsa.dev/spec/v1.0/provenance
    """
    tools = [{"name": name, "annotations": {"version": version(name)}} for name in ("build", "hatchling")]
    pins = {"name": "requirements.hashes.txt", "digest": digest(ROOT / "requirements.hashes.txt")}
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": path.name, "digest": digest(path)} for path in sorted(files)],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://w3id.org/cybercoop/build/package/1",
                "externalParameters": {"commit": commit},
                "resolvedDependencies": [{"name": "source", "digest": {"gitCommit": commit}}, pins, *tools],
            },
            "runDetails": {"builder": {"id": "https://w3id.org/cybercoop/build/scripts/package.py"}},
        },
    }


def digest(path: Path) -> dict[str, str]:
    """Return the digest of a file as in-toto writes it."""
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def git(*words: str) -> str:
    """Return what git says of this checkout."""
    command = ["git", *words]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def main() -> int:
    """Make the packages of the commit that is checked out; with changes beside it there is none to name."""
    if git("status", "--porcelain"):
        print("There are changes that no commit has: commit them first, so that the packages have an origin.")
        return 2
    shutil.rmtree(DIST, ignore_errors=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct")}
    made = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(DIST), str(ROOT)]
    subprocess.run(made, check=True, env=environment, stdout=subprocess.DEVNULL)
    files = sorted(DIST.iterdir())
    for tool, *words in CHECKS:
        if (found := shutil.which(tool)) is None:
            print(f"{tool} is not installed; its check is left out.")
            continue
        subprocess.run([found, *words, *(str(file) for file in files if words or file.suffix == ".whl")], check=True)
    statement = json.dumps(provenance(files, git("rev-parse", "HEAD")), indent=2)
    (DIST / "provenance.json").write_text(statement + "\n", encoding="utf-8")
    print(*(file.relative_to(ROOT) for file in (*files, DIST / "provenance.json")), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
