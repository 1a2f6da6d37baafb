"""The page of benchmarks says what was measured, and what failed; the trial of an engine leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import jena, validation, validation_page

FAULTS = {"known": 9, "found": 9, "exact": True}
WHEN = {"date": "2026-01-02", "load": 0.5}


def row(part: str, size: int, seconds: float, **more: object) -> dict[str, object]:
    """What a whole graph took."""
    measured = {"seconds": seconds, "work": seconds / 2, "megabytes": 77.0, **FAULTS, **WHEN}
    return {"part": part, "size": size, "base": size + 1, **measured, **more}


def cells(page: str, beginning: str) -> list[str]:
    """The cells of the one row that begins so."""
    (found,) = [line for line in page.splitlines() if line.startswith(beginning)]
    return [cell.strip() for cell in found.strip("|").split("|")]


def test_each_engine_is_compared_with_the_fast_one() -> None:
    """A row says how many times longer its engine takes than the fast one on a graph of the same size."""
    rows = [row("pyshacl", 2000, 60.0), row("fast", 2000, 1.5), row("fast", 1000, 0.5), row("pyshacl", 3000, 99.0)]
    page = validation_page.text(rows)
    assert cells(page, "| pyshacl | 2,001")[2:7] == ["60.0", "30.0", "40.0", "40.0", "77"]
    assert cells(page, "| pyshacl | 3,001")[4:6] == ["", ""]
    assert "From 1,001 to 2,001 statements, 2.0 times as many, `fast` takes 3.0 times the CPU time." in page


def test_what_failed_is_said() -> None:
    """An engine that fails has a row with the reason, and one that finds something else is not called exact."""
    failed = {"part": "jena", "size": 5000, "failed": "not run: there is no java", **WHEN}
    page = validation_page.text([failed, row("fast", 5000, 1.0, exact=False)])
    assert cells(page, "| jena | about 5,000")[-2:] == ["not run: there is no java", "2026-01-02, load 0.5"]
    assert cells(page, "| fast | 5,001")[-2] == "9 of 9, NO"


def test_the_slowest_rules_come_first() -> None:
    """Rules stand in the order of what they take on the largest graph, with the sum of all."""
    rows = [
        {"part": "rules", "size": size, "base": size, "rules": {"quick": 0.25, "slow": size / 1000}, **WHEN}
        for size in (2000, 1000)
    ]
    page = validation_page.text(rows)
    assert page.index("`slow`") < page.index("`quick`")
    assert cells(page, "| all 2") == ["all 2", "1.25", "2.25"]


def test_the_rest_of_the_page_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script writes its own part of the page only, and the same part again."""
    page = tmp_path / "page.md"
    page.write_text("# Benchmarks\n\nOthers.\n\n## Validation\n\nBefore.\n", encoding="utf-8")
    monkeypatch.setattr(validation_page, "PAGE", page)
    validation_page.write([row("fast", 1000, 0.5)])
    once = page.read_text("utf-8")
    validation_page.write([row("fast", 1000, 0.5)])
    assert page.read_text("utf-8") == once
    assert once.startswith("# Benchmarks\n\nOthers.\n\n## Validation\n\n")
    assert "Before." not in once


def test_a_trial_that_fails_or_takes_too_long(tmp_path: Path) -> None:
    """A trial that cannot be made, or is cut short, gives its reason in place of figures."""
    absent = str(tmp_path / "absent.nt")
    assert validation.child(60, {}, "whole", "fast", absent)["failed"].startswith("failed: ")
    assert validation.child(0, {}, "whole", "fast", absent) == {"failed": "not within 0 s"}


def test_after_one_graph_too_large_no_larger_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that takes too long for a graph is not tried on larger ones, and each row says so."""
    monkeypatch.setattr(validation, "whole", lambda *_: {"failed": validation.late(7)})
    rows = dict(validation.measured("pyshacl", [300, 100], 7))
    assert [rows[size]["failed"] for size in (100, 300)] == ["not within 7 s", "not run: a smaller graph took too long"]


def test_without_jena_its_rows_say_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no java, or no jar, Jena is left out with a sentence."""
    monkeypatch.setattr(jena, "JARS", tmp_path)
    monkeypatch.setattr("shutil.which", lambda _: "java")
    assert dict(validation.measured("jena", [100], 7))[100]["failed"].endswith("has no commons-cli.jar")
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert dict(validation.measured("jena", [100], 7))[100]["failed"] == "not run: there is no java"
