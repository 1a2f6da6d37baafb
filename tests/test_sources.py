"""The check of the source texts notices every change in them, and says where."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import cybercoop
from cybercoop import records
from cybercoop.terms import names


def check(root: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "scripts" / "check_sources.py"), str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root / "src"), "PYTHONIOENCODING": "utf-8"},
        check=False,
    )


@pytest.fixture
def texts(seeds: Path, tmp_path: Path) -> Path:
    """A folder with copies of the source texts, free to be changed."""
    for file in seeds.glob("00*.txt"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def changed(folder: Path, number: str, old: str, new: str) -> None:
    file = next(folder.glob(f"{number}_*.txt"))
    text = file.read_bytes().decode()
    assert old in text
    file.write_bytes(text.replace(old, new, 1).encode())


def test_the_texts_as_read_pass(root: Path, seeds: Path) -> None:
    """Every card has the sha256 of its text, every passage the digest of its characters."""
    result = check(root, seeds)
    assert (result.returncode, result.stdout) == (0, "")
    assert "4 source texts" in result.stderr


def test_one_changed_character_is_told(root: Path, texts: Path) -> None:
    """A date that changes by one digit fails its card and the passages that hold it, with their places."""
    changed(texts, "000", "1 January 2024", "1 January 2025")
    result = check(root, texts)
    assert result.returncode == 1
    assert "data/sources/coe-cybersouth-plus-page.yaml" in result.stdout
    assert 'data/projects/cybersouth-plus.yaml:3: "paragraph 1", characters 0-255' in result.stdout
    assert "nowhere in the text any more" in result.stdout
    assert "paragraph 2" not in result.stdout


def test_moved_words_are_found_again(root: Path, texts: Path) -> None:
    """Where a text has grown by one character, the check says where each passage stands now."""
    changed(texts, "002", "Budget", "Budget ")
    result = check(root, texts)
    assert result.returncode == 1
    assert '"Budget", characters 84-100' in result.stdout
    assert "it now stands at 85-101" in result.stdout


def test_a_change_between_the_passages_fails_the_card(root: Path, texts: Path) -> None:
    """A character that no record cites still fails the check."""
    changed(texts, "001", "Imprimer la page", "imprimer la page")
    result = check(root, texts)
    assert result.returncode == 1
    assert len(result.stdout.splitlines()) == 1
    assert "source/coe-cybersouth-plus-launch: the sha256" in result.stdout


def test_a_text_is_found_under_another_name(root: Path, texts: Path) -> None:
    """A text whose file is not named by its identifier is found by its sha256."""
    shutil.move(next(texts.glob("003_*.txt")), texts / "report.txt")
    result = check(root, texts)
    assert (result.returncode, result.stdout) == (0, "")
    assert "skipped" not in result.stderr


def test_absent_texts_are_skipped_with_a_message(root: Path, tmp_path: Path) -> None:
    """Without the texts the check passes and says that it skipped them."""
    result = check(root, tmp_path / "nowhere")
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr.count(": skipped, ") == 4


def test_a_claim_whose_passage_does_not_hold_it_is_told(root: Path, texts: Path) -> None:
    """A number, a date and a name that are gone from their passage are named with the place of the claim."""
    changed(texts, "000", "36 months' implementation - 1 January 2024", "48 months' implementation - 1 March 2024")
    changed(texts, "000", "21-23 May 2024 Casablanca", "21-23 May 2024 Tangier")
    told = check(root, texts).stdout
    assert "project/cybersouth-plus: coop:duration: no passage of it holds P36M" in told
    assert "project/cybersouth-plus: schema:startDate: no passage of it holds 2024-01-01" in told
    assert "2024-05-21-casablanca-dark-web: coop:heldIn: no passage of it holds place/casablanca" in told
    assert "schema:endDate" not in told


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("says: [prefLabel]", "coop:duration: has no passage of its own"),
        (
            "says: [prefLabel, startDate, duration, partnerCountry]",
            "coop:partnerCountry: no passage of it holds country/MA",
        ),
        ("says: [prefLabel, startDate, duration]", ""),
    ],
)
def test_each_claim_needs_a_passage_of_its_own(root: Path, graph: cybercoop.Graph, says: str, told: str) -> None:
    """Of several places each carries what it says; what the one that says nothing carries is held against that one."""
    texts = "CyberThen, 1 May 2024, 12 months. Partner: Morocco."
    record = f"""
source: coe-cybersouth-plus-page
at:
  - {{section: one, chars: 0-33, {says}}}
  - {{section: two, chars: 33-51{", says: partnerCountry" if says == "says: [prefLabel]" else ""}}}
id: project/cyberthen
type: Project
prefLabel: {{en: CyberThen}}
startDate: 2024-05-01
duration: P12M
partnerCountry: MA
"""
    spec = importlib.util.spec_from_file_location("check_sources", root / "scripts" / "check_sources.py")
    assert spec and spec.loader
    check_sources = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check_sources)
    reading = records.read(record.encode(), "a.yaml", graph.workspace.context)
    named = {f"{names.ID}country/MA": {"Morocco"}}
    found = list(check_sources.unheld_claims(reading, names.source("coe-cybersouth-plus-page"), texts, named))
    assert [line for line in found if told and told in line] if told else not found
