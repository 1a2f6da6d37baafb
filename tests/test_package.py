"""The wheel carries the graph: installed anywhere, `cybercoop` works with the graph inside."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from scripts.package import CHECKS, provenance

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout with what is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


@pytest.mark.parametrize("folder", ["ontology", "data", "shapes", "queries"])
def test_the_wheel_carries_the_graph(wheel: Path, folder: str) -> None:
    """Every file of ontology, data, shapes and queries is inside the wheel."""
    inside = set(zipfile.ZipFile(wheel).namelist())
    files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert files
    assert {f"cybercoop/packed/{path.relative_to(ROOT).as_posix()}" for path in files} <= inside


def test_the_wheel_carries_the_messages_once(wheel: Path) -> None:
    """What the library says is inside the wheel as it is read, and not as people write it."""
    inside = {Path(name).name for name in zipfile.ZipFile(wheel).namelist()}
    assert "messages.json" in inside
    assert "messages.yaml" not in inside


def test_the_wheel_works_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    """With nothing but the wheel on the path, in an empty folder, a question is answered and a file is judged."""
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    empty = tmp_path / "empty"
    empty.mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CYBERCOOP")}
    environment |= {"PYTHONPATH": str(site), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cybercoop", *args], cwd=empty, env=environment, capture_output=True, text=True
        )

    where = subprocess.run(
        [sys.executable, "-c", "import cybercoop; print(cybercoop.open().workspace.root)"],
        cwd=empty,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert where.stdout.strip() == str(site / "cybercoop" / "packed"), where.stderr
    assert "Casablanca" in run("query", "project-activities", "--project", "cybersouth-plus").stdout
    assert run("validate").returncode == 0
    assert run("export", "turtle", "-o", "graph.ttl").returncode == 0
    assert (empty / "graph.ttl").stat().st_size > 10_000
    assert [path.name for path in empty.iterdir()] == ["graph.ttl"]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, and the wheel that is made of it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("tool", CHECKS, ids=lambda tool: tool[0])
def test_the_packages_pass_the_checks_of_others(tool: tuple[str, ...], dist: Path) -> None:
    """`twine check --strict` and `check-wheel-contents` find nothing in wheel and sdist."""
    found = shutil.which(tool[0], path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if found is None:
        pytest.skip(f"{tool[0]} is not installed")
    files = sorted(str(path) for path in dist.iterdir() if tool[1:] or path.suffix == ".whl")
    done = subprocess.run([found, *tool[1:], *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sdist_holds_what_the_wheel_is_made_of(dist: Path, wheel: Path) -> None:
    """The wheel that is made of the sdist has the files of that which is made of the checkout."""
    of_sdist, of_checkout = (zipfile.ZipFile(path) for path in (next(dist.glob("*.whl")), wheel))
    assert {each.filename: each.CRC for each in of_sdist.infolist() if "dist-info" not in each.filename} == {
        each.filename: each.CRC for each in of_checkout.infolist() if "dist-info" not in each.filename
    }


def test_provenance_names_files_and_origin(dist: Path) -> None:
    """The statement has the digest of each file, the commit and the pins, and is the same each time."""
    files = sorted(dist.iterdir())
    statement = provenance(files, "0" * 40)
    assert {each["name"]: each["digest"]["sha256"] for each in statement["subject"]} == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    named = {each["name"]: each for each in statement["predicate"]["buildDefinition"]["resolvedDependencies"]}
    assert named["source"]["digest"] == {"gitCommit": "0" * 40}
    assert named["hatchling"]["annotations"]["version"]
    assert provenance(reversed(files), "0" * 40) == statement


PINS = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def test_every_pin_has_its_digests() -> None:
    """`requirements.hashes.txt` has the versions of `requirements.txt` and no others, with digests of their files."""
    plain, hashed = ((ROOT / f"requirements{ending}.txt").read_text("utf-8") for ending in ("", ".hashes"))
    pinned, digested = (
        {name.lower().replace("_", "-"): v for name, v in PINS.findall(each)} for each in (plain, hashed)
    )
    assert pinned == digested, "make requirements.hashes.txt again: CONTRIBUTING.md, Scripts"
    entries = re.split(r"\n(?=[A-Za-z0-9])", hashed)[1:]
    assert len(entries) == len(digested)
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)


def test_the_table_of_extras_is_whole() -> None:
    """`docs/install.md` names every extra but that of development, with the packages that it brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = {"–": project["dependencies"], **project["optional-dependencies"]}
    del extras["dev"]
    rows = re.findall(
        r"^\| (–|`\w+`) \| [^|]* \| ([^|]*) \| ([^|]*) \|$", (ROOT / "docs/install.md").read_text("utf-8"), re.M
    )
    told = {extra.strip("`"): [word.lower() for word in packages.split(", ")] for extra, packages, _ in rows}
    assert told == {
        extra: [re.split(r"[<>=;\[]", package)[0].lower() for package in packages] for extra, packages in extras.items()
    }
    assert all(len(debian.split(", ")) == len(packages.split(", ")) for _, packages, debian in rows)
