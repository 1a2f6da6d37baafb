"""Certain cures: offered only after they were judged to make their problem vanish and to bring none."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from math import inf
from pathlib import Path

from cybercoop.contribute.fixes.candidates import Page, cures
from cybercoop.contribute.fixes.meanings import Known
from cybercoop.judge.validate import judge
from cybercoop.judge.verdict import Report
from cybercoop.problems.problem import Edit, Mend, Problem, Where
from cybercoop.records import Given
from cybercoop.records.layout import unified
from cybercoop.records.reading import Places, decode
from cybercoop.workspace.workspace import Workspace

_TRIES = 3
_ROUNDS = 4
_DEPTH = 4
_MOST = 50
_WORK, _PROBLEM = 500_000, 100
_LINE = 10_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Texts = Mapping[Path, str]
"""Files with their texts as decoded."""

Keys = Counter[tuple[object, ...]]
"""How often each problem is found, wherever on its line it stands."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What mending gives: the report with its mends, how many were applied, and the texts before and after.

    `sheets` are those of workbooks, by file and name, as CSV before and after; workbooks themselves stay as they are.
    """

    report: Report
    count: int
    before: Texts
    after: Texts
    sheets: tuple[tuple[str, str, str], ...] = ()

    @property
    def changed(self) -> list[Path]:
        """The files whose text changes."""
        return [path for path, text in self.after.items() if text != self.before[path]]

    def diff(self) -> str:
        """Return the changes as a unified diff."""
        texts = [(str(path), self.before[path], self.after[path]) for path in self.changed]
        return "".join(unified(*each) for each in (*texts, *self.sheets))

    def contents(self) -> dict[Path, bytes]:
        """Return the new content of each changed file, with the line ends and the byte-order mark that it had."""
        return {path: encoded(self.after[path], path.read_bytes()) for path in self.changed}


def mend(workspace: Workspace, paths: Iterable[Path], engine: str | None = None) -> Mended:
    """Judge contributions, and mend in memory all that can be mended with certainty."""
    return _Bench(workspace, list(paths), engine).mended()


def offered(workspace: Workspace, files: Sequence[Path | Given], report: Report, engine: str | None = None) -> Report:
    """Return a report on contributions with the certain mends; the larger files are, the fewer are tried."""
    return _Bench(workspace, files, engine).offered(report)


def tries(texts: Iterable[str], report: Report) -> int:
    """Return how many mends of texts are tried: the larger they are, and the more problems they have, the fewer."""
    return min(_MOST, _WORK // max(sum(map(len, texts)) + _PROBLEM * len(report.problems), 1))


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Return a text after edits of it that do not overlap."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    for edit in sorted(set(edits), key=lambda edit: edit.where, reverse=True):
        begin = starts[edit.where.line - 1] + edit.where.column - 1
        text = text[:begin] + edit.text + text[begin + edit.length :]
    return text


def encoded(text: str, like: bytes) -> bytes:
    """Return a text as bytes with the line ends and the byte-order mark of an earlier content."""
    lines = text.replace("\n", "\r\n") if b"\r\n" in like else text
    return (_BYTE_ORDER_MARK if like.startswith(_BYTE_ORDER_MARK) else b"") + lines.encode()


def between(file: str, before: str, after: str) -> list[Edit]:
    """Return the edits that lead from one text to another: one for each line that differs, else one for all that do."""
    old, new = before.split("\n"), after.split("\n")
    if len(old) != len(new):
        place = Places(before, file)
        edit = _within(Where(file, 1, 1), before, after)
        start = edit.where.column - 1
        return [edit._replace(where=place(start), end=place(start + edit.length))]
    return [
        _within(Where(file, number, 1), *pair)
        for number, pair in enumerate(zip(old, new, strict=True), 1)
        if pair[0] != pair[1]
    ]


def _within(where: Where, old: str, new: str) -> Edit:
    start = _same(old, new)
    end = _same(old[start:][::-1], new[start:][::-1])
    return Edit(where._replace(column=start + 1), len(old) - start - end, new[start : len(new) - end])


def _same(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    differing = (number for number, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    return next(differing, min(len(one), len(other)))


class _Bench:
    """Where mends are tried: copies of the files, judged as the files would be."""

    def __init__(self, workspace: Workspace, paths: Sequence[Path | Given], engine: str | None) -> None:
        self.workspace = workspace
        self.engine = engine
        self.every = paths
        self.most = _MOST
        self.left: float = inf
        self.paths = [path for path in paths if isinstance(path, Path) and os.access(path, os.R_OK)]
        self.shown = {workspace.relative(path): path for path in self.paths}
        self.known = Known(workspace)

    def offered(self, report: Report) -> Report:
        """Return the report with the mends that hold."""
        texts = {path: _text(path) for path in self.paths}
        self.most = tries(texts.values(), report)
        self.left = _WORK
        offers = self._offers(report, texts)
        return self._told(report, offers)

    def mended(self) -> Mended:
        before = {path: _text(path) for path in self.paths}
        first = judge(self.workspace, self.every, self.engine)
        texts, report, count = dict(before), first, 0
        offers: dict[int, Mend] = {}
        for turn in range(_ROUNDS):
            found = self._offers(report, texts)
            offers = found if turn == 0 else offers
            mends = {each.edits: each for each in found.values()}
            after, done = self._together(report, texts, list(mends.values()))
            if not done:
                break
            texts, count = after, count + done
            report = self._judged(texts)
        return Mended(self._told(first, offers), count, before, texts)

    def _told(self, report: Report, offers: Mapping[int, Mend]) -> Report:
        """Return a report with its mends; where there is none, with the thing that a code or a name is that of."""
        told = [each._replace(mend=offers.get(number)) for number, each in enumerate(report.problems)]
        for number, each in enumerate(told[: self.most]):
            if each.mend is None and (alike := self.known.named(each)):
                told[number] = each._replace(nearest=alike)
        return replace(report, problems=tuple(told))

    def _offers(self, report: Report, texts: Texts) -> dict[int, Mend]:
        """Return for each problem, by its number, the first of its cures that holds alone; the search has an end."""
        offers: dict[int, Mend] = {}
        tried: dict[tuple[Edit, ...], tuple[Mend, Keys] | None] = {}
        untried = 0
        for number, found in enumerate(report.problems):
            if untried >= self.most or self.left <= 0:
                break
            for each in self._cures(found, texts):
                if each.edits not in tried and len(tried) < self.most:
                    tried[each.edits] = self._completed(each, report, texts)
                untried += each.edits not in tried
                whole = tried.get(each.edits)
                if whole is not None and whole[1][_key(found)] < _keys(report)[_key(found)]:
                    offers[number] = whole[0]
                    break
        return offers

    def _completed(self, first: Mend, report: Report, texts: Texts) -> tuple[Mend, Keys] | None:
        """Return a mend with those of the problems that it brings to light, and what is left; None where none is."""
        path = self.shown[first.edits[0].where.file]
        now = {**texts, path: applied(texts[path], first.edits)}
        known = _keys(report)
        for _ in range(_DEPTH):
            if self.left <= 0:
                return None
            after = self._judged(now)
            new = [found for found in after.problems if not known[_key(found)]]
            if not new:
                if _keys(after) - known:
                    return None
                edits = between(self.workspace.relative(path), texts[path], now[path])
                return Mend(tuple(edits), first.title), _keys(after)
            further = [next(iter(self._cures(found, now)), None) for found in new]
            mends = [each for each in further if each is not None and self._path(each) == path]
            if not mends:
                return None
            now[path] = applied(now[path], _apart(mends)[0])
        return None

    def _cures(self, found: Problem, texts: Texts) -> Iterator[Mend]:
        path = self.shown.get(found.where.file)
        if path is not None and texts[path]:
            yield from islice(cures(found, _page(found.where.file, texts[path], self.known)), _TRIES)

    def _path(self, each: Mend) -> Path:
        return self.shown[each.edits[0].where.file]

    def _together(self, report: Report, texts: Texts, mends: list[Mend]) -> tuple[dict[Path, str], int]:
        """Return the texts after the mends that hold together, and their number."""
        known = _keys(report)
        _, kept = _apart(mends)
        if len(kept) > 1 and _keys(self._judged(self._applied(texts, kept))) - known:
            several, kept = kept, []
            for each in several:
                if not _keys(self._judged(self._applied(texts, [*kept, each]))) - known:
                    kept.append(each)
        return self._applied(texts, kept), len(kept)

    def _applied(self, texts: Texts, mends: list[Mend]) -> dict[Path, str]:
        edits: dict[Path, list[Edit]] = {}
        for each in mends:
            edits.setdefault(self._path(each), []).extend(each.edits)
        return {path: applied(text, edits.get(path, ())) for path, text in texts.items()}

    def _judged(self, texts: Texts) -> Report:
        """Judge texts as if they stood in their files; what a record replaces is no fault that a mend brings."""
        self.left -= sum(map(len, texts.values()))
        with tempfile.TemporaryDirectory() as folder:
            staged: dict[str, str] = {}
            copies = []
            for number, (path, text) in enumerate(texts.items()):
                copy = Path(folder, str(number), path.name)
                copy.parent.mkdir()
                copy.write_bytes(encoded(text, path.read_bytes()) if text else path.read_bytes())
                copies.append(copy)
                staged[self.workspace.relative(copy)] = self.workspace.relative(path)
            report = judge(self.workspace, copies, self.engine)
        faults = (each for each in report.problems if each.code != "record-replaces")
        return replace(report, problems=tuple(_moved(each, staged) for each in faults))


def _moved(found: Problem, files: Mapping[str, str]) -> Problem:
    where = found.where._replace(file=files.get(found.where.file, found.where.file))
    return found._replace(where=where, follows=tuple(_moved(each, files) for each in found.follows))


def _each(problems: Iterable[Problem]) -> Iterator[Problem]:
    for found in problems:
        yield found
        yield from _each(found.follows)


def _key(found: Problem) -> tuple[object, ...]:
    thing = None if (found.thing or "").startswith("amount/") else found.thing  # an amount is named by its value
    return found.code, found.where.file, found.where.line, thing, found.value


def _keys(report: Report) -> Keys:
    return Counter(map(_key, _each(report.problems)))


def _apart(mends: Iterable[Mend]) -> tuple[list[Edit], list[Mend]]:
    """Return the edits of the mends that do not overlap an earlier one, and these mends."""
    edits: dict[Edit, None] = {}
    kept = []
    for each in mends:
        fresh = [edit for edit in each.edits if edit not in edits]
        if not any(_overlap(edit, other) for edit in fresh for other in edits):
            edits |= dict.fromkeys(fresh)
            kept.append(each)
    return list(edits), kept


def _overlap(one: Edit, other: Edit) -> bool:
    if one.where.file != other.where.file:
        return False
    first, second = sorted((one, other), key=lambda edit: edit.where)
    if first.end is not None:
        return second.where < first.end or second.where == first.where
    several_lines = max(first.length, 1) > _LINE
    same_line = first.where.line == second.where.line
    return several_lines or (same_line and second.where.column < first.where.column + max(first.length, 1))


@lru_cache(maxsize=8)
def _page(file: str, text: str, known: Known) -> Page:
    return Page(file, text, known)


def _text(path: Path) -> str:
    """Return the text of a file; for one with hidden characters, with these; an empty one where it cannot be read."""
    content = path.read_bytes()
    text, problems = decode(content, os.fspath(path))
    if problems and all(found.code == "hidden-character" for found in problems):
        whole = content.removeprefix(_BYTE_ORDER_MARK).decode()
        return whole.replace("\r\n", "\n").replace("\r", "\n")
    return text
