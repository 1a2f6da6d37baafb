"""An answer as a picture: lines, shades or a matrix, with its names, its sources and its notices, as SVG or PNG."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import pyoxigraph as ox

from cybercoop.ask.answer import plain
from cybercoop.problems.problem import one_of, refuse, sentence
from cybercoop.terms.names import SCHEME
from cybercoop.workspace.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from cybercoop.ask.answer import Answer
    from cybercoop.sparql.question import Plot, Question
    from cybercoop.terms.term import Term

FORMATS = ("png", "svg")
"""Every kind of file that a picture can be."""

_FIRST_SHAPING = (3, 11)
"""The release of matplotlib from which Arabic is joined and runs from right to left without further libraries."""

_INK, _FAINT, _MIDDLE, _PALE, _PAPER = "#26323d", "#5b6c7c", "#7d93a8", "#dfe5ea", "#ffffff"
_STYLE: Mapping[str, Any] = {
    "axes.edgecolor": _MIDDLE,
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "legend.frameon": False,
    "savefig.dpi": 150,
    "svg.hashsalt": "cybercoop",
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
}
_KNOWN: Mapping[str, Mapping[str, Any]] = {
    SCHEME + "knowledge/stated": {"edgecolor": _INK, "linewidth": 1.6},
    SCHEME + "knowledge/inferred": {"edgecolor": _INK, "linewidth": 1.2, "linestyle": "--"},
    SCHEME + "knowledge/not-on-complete-list": {"edgecolor": _MIDDLE, "linewidth": 1.2, "linestyle": ":"},
    SCHEME + "knowledge/not-on-lists-read": {"edgecolor": _MIDDLE, "linewidth": 0.8, "linestyle": ":"},
    SCHEME + "knowledge/unknown": {"edgecolor": _PALE, "linewidth": 0.8},
}
"""How each state of knowledge borders a cell; where a cell has several, the first of these is shown."""

_SAID = 2
"""How many of these, from the first, say something that can stand in the cell."""

POSITIONS: Mapping[str, str] = {
    "#8c4a3c": "denounced denunciation",
    "#1f3b57": "in-force entry-into-force extended territorial-extension",
    "#4a7397": "consented acceptance accession approval ratification contracting-state party ratified",
    "#b9d0e3": "signed signature signatory",
    "#f2e2b8": "invited invitation",
}
"""How each legal position fills a cell, the furthest first: colour → the concepts that mean it, by short names."""

_LINKED, _DARK = "#b9d0e3", ("#8c4a3c", "#1f3b57", "#4a7397")
"""How a cell is filled where there is a link and no position; what is so dark that letters on it are white."""


def draw(answer: Answer, question: Question, form: str) -> bytes:
    """Return the picture of an answer, the same bytes for the same answer and release of matplotlib.

    Needs matplotlib (`pip install cybercoop[plot]`). Raises `Refusal` without it, for a question that declares no
    picture, and for a form that is not in `FORMATS`.
    """
    if question.plot is None:
        raise refuse("not-drawn", value=question.name)
    one_of(form, FORMATS)
    _need_matplotlib()
    from matplotlib import style
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    title = _folded(question.question.get(answer.lang) or question.question["en"], 90)
    with style.context(["default", dict(_STYLE)]):
        figure = Figure(layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.08))
        axes = figure.subplots()
        height = DRAWN[question.plot.kind](answer, question.plot, axes) if answer.rows else _nothing(answer, axes)
        if answer.lang == "ar":
            _mirror(axes, question.plot.kind)
        side: Literal["left", "right"] = "right" if answer.lang == "ar" else "left"
        place = 0.99 if answer.lang == "ar" else 0.01
        about = " · ".join(answer.labels.get(thing, answer.lang) for thing in answer.about)
        axes.set_title(_folded(about, 100), loc=side, fontsize=10, pad=12)
        foot = note(answer, question.name)
        figure.set_size_inches(10, height + 0.17 * (foot.count("\n") + 1) + 0.22 * (title.count("\n") + 1))
        figure.suptitle(title, x=place, ha=side, fontsize=12, fontweight="bold")
        figure.supxlabel(foot, x=place, ha=side, fontsize=7.5, multialignment=side)
        out = io.BytesIO()
        known: dict[str, Any] = {"Title": title} | (
            {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        )
        figure.savefig(out, format=form, metadata=known)
    return out.getvalue()


def write(answer: Answer, question: Question, file: Path) -> None:
    """Write the picture of an answer into a file, whole or not at all; its suffix says which form it has."""
    write_whole(file, draw(answer, question, file.suffix.lower().removeprefix(".")))


def _line(answer: Answer, plot: Plot, axes: Axes) -> float:
    """Draw one line of steps per column of numbers."""
    from matplotlib.ticker import MaxNLocator

    rows = [row for row in _columns(answer, plot.x, *plot.y) if row[0] is not None]
    years = [int(plain(row[0])) for row in rows]
    for index, column in enumerate(plot.y):
        counts = [int(plain(row[index + 1])) for row in rows]
        look = _LINES[index % len(_LINES)]
        axes.step(years, counts, where="post", label=answer.heading(column), marker=".", **look)
        axes.annotate(str(counts[-1]), (years[-1], counts[-1]), (5, 0), textcoords="offset points", va="center")
    axes.set_ylim(bottom=0)
    axes.set_xlabel(answer.heading(plot.x))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.legend(loc="upper left")
    return 4.5


def _heat(answer: Answer, plot: Plot, axes: Axes) -> float:
    """Draw a row per thing, or several together, and a column per year, each cell with its number on a shade for it.

    Years between the first and the last stand there though nothing is counted in them; what has no year stands apart.
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    shade = LinearSegmentedColormap.from_list("shade", ["#e8eff5", "#1f3b57"])
    counts: dict[str, dict[str, int]] = {}
    told = [name for name in plot.y if len({tuple(said) for said in _columns(answer, name)}) > 1] or plot.y[-1:]
    for when, count, *things in _columns(answer, plot.x, plot.cell or plot.x, *told):
        row = " · ".join(answer.shown(thing) for thing in things)
        counts.setdefault(row, {})[answer.shown(when)] = int(plain(count))
    years = sorted({year for said in counts.values() for year in said if year.isdigit()}, key=int)
    across = list(map(str, range(int(years[0]), int(years[-1]) + 1))) if years else []
    across += sorted({year for said in counts.values() for year in said if not year.isdigit()})
    most = max(number for said in counts.values() for number in said.values())
    for place, said in enumerate(counts.values()):
        for column, year in enumerate(across):
            number = said.get(year, 0)
            look: dict[str, Any] = {"facecolor": shade(number / most) if number else _PAPER}
            axes.add_patch(Rectangle((column - 0.5, place - 0.5), 1, 1, edgecolor=_PALE, linewidth=0.6, **look))
            words, colour = str(number or ""), _PAPER if number > most / 2 else _INK
            axes.text(column, place, words, color=colour, fontsize=7, ha="center", va="center")
    wordy = sum(not year.isdigit() for year in across) > 1
    heads = [year if year.isdigit() else _folded(year, 18 if wordy else 8) for year in across]
    _grid(axes, heads, list(counts), rotation=45 if wordy or len(across) > 12 else 0)
    return 0.26 * len(counts) + (1.7 if wordy else 0.9)


def _matrix(answer: Answer, plot: Plot, axes: Axes) -> float:
    """Draw a row per thing and a column per thing, each cell filled by the position and bordered by what is known."""
    from matplotlib.patches import Patch, Rectangle

    ranks, colours = list(_KNOWN), list(POSITIONS)
    cells: dict[tuple[Term | None, Term | None], tuple[int, int, Term | None]] = {}
    for x, y, known, text in _columns(answer, plot.x, plot.y[0], plot.cell or plot.x, plot.text or plot.cell or plot.x):
        rank = ranks.index(known.value) if isinstance(known, ox.NamedNode) else len(ranks) - 1
        step = _step(text) if plot.text and rank < _SAID else len(colours)
        if (x, y) not in cells or (rank >= _SAID, step) <= (cells[x, y][0] >= _SAID, cells[x, y][1]):
            cells[x, y] = rank, step, text if rank < _SAID and plot.text else known
    across, down = list(dict.fromkeys(x for x, _ in cells)), list(dict.fromkeys(y for _, y in cells))
    broad = max(12, 96 // len(across))
    filled: dict[str, dict[str, None]] = {}
    for (x, y), (rank, step, said) in cells.items():
        column, row = across.index(x), down.index(y)
        colour = colours[step] if step < len(colours) else _LINKED if rank < _SAID and not plot.text else _PAPER
        if colour != _PAPER and plot.text:
            filled.setdefault(colour, {})[answer.shown(said)] = None
        axes.add_patch(Rectangle((column - 0.46, row - 0.44), 0.92, 0.88, facecolor=colour, **_KNOWN[ranks[rank]]))
        ink = _PAPER if colour in _DARK else _INK if rank < _SAID else _FAINT
        axes.text(column, row, _folded(answer.shown(said), broad), color=ink, fontsize=7, ha="center", va="center")
    heads = [_folded(answer.shown(x), broad) for x in across]
    _grid(axes, heads, [answer.shown(y) for y in down])
    met = {rank for rank, _, _ in cells.values()}
    shown = [
        Patch(facecolor=colour, edgecolor=_PAPER, label=" / ".join(filled[colour]))
        for colour in colours
        if colour in filled
    ]
    shown += [
        Patch(facecolor=_PAPER, label=answer.shown(ox.NamedNode(iri)), **_KNOWN[iri])
        for rank, iri in enumerate(ranks)
        if rank in met
    ]
    axes.legend(handles=shown, **_beside(answer))
    return 0.34 * len(down) + 0.17 * max(text.count("\n") + 1 for text in heads) + 0.9


def _step(text: Term | None) -> int:
    """Return the place of a concept among the positions; of one that is none, the place after the last."""
    slug = text.value.rsplit("/", 1)[-1] if isinstance(text, ox.NamedNode) else ""
    return next((step for step, slugs in enumerate(POSITIONS.values()) if slug in slugs.split()), len(POSITIONS))


def _grid(axes: Axes, heads: list[str], names: list[str], rotation: float = 0) -> None:
    """Lay out cells under their heads and beside the names of their rows."""
    axes.set_xlim(-0.5, len(heads) - 0.5)
    axes.set_ylim(len(names) - 0.5, -0.5)
    turned: dict[str, Any] = {"rotation": rotation, "rotation_mode": "anchor", "ha": "left"} if rotation else {}
    axes.set_xticks(range(len(heads)), heads, fontsize=8, **turned)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0)
    axes.xaxis.tick_top()
    axes.spines[:].set_visible(False)


DRAWN: Mapping[str, Callable[[Answer, Plot, Axes], float]] = {"heat": _heat, "line": _line, "matrix": _matrix}
"""Every kind of picture; each draws its part and returns how many inches it needs from top to bottom."""

_LINES: tuple[dict[str, Any], ...] = (
    {"color": _INK, "linestyle": "-"},
    {"color": _MIDDLE, "linestyle": "--"},
    {"color": _MIDDLE, "linestyle": ":"},
)


def _nothing(answer: Answer, axes: Axes) -> float:
    axes.set_axis_off()
    axes.text(0.5, 0.5, _folded(sentence("no-rows", answer.lang), 80), ha="center", va="center")
    return 1.5


def _mirror(axes: Axes, kind: str) -> None:
    """Let the names stand at the right and the rest run from there; years keep running from left to right."""
    if kind != "line":
        axes.invert_xaxis()
        axes.yaxis.tick_right()
        axes.spines["left"].set_visible(False)


def _beside(answer: Answer) -> dict[str, Any]:
    """Return where a legend stands: beside the picture, where reading ends."""
    if answer.lang == "ar":
        return {"loc": "upper right", "bbox_to_anchor": (-0.01, 1.0), "alignment": "right", "markerfirst": False}
    return {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0), "alignment": "left"}


def _columns(answer: Answer, *names: str) -> Iterable[list[Term | None]]:
    places = [answer.columns.index(name) for name in names]
    return ([row[place] for place in places] for row in answer.rows)


def note(answer: Answer, name: str) -> str:
    """Return what stands under a picture: where it comes from, and the notices."""
    lines = [sentence("drawn-from", answer.lang, question=name)]
    if "undated" in answer.columns and answer.rows:
        undated = answer.rows[-1][answer.columns.index("undated")]
        lines.append(sentence("drawn-undated", answer.lang, count=answer.shown(undated)))
    if "source" in answer.columns:
        sources = dict.fromkeys(answer.shown(source) for (source,) in _columns(answer, "source") if source is not None)
        if sources:
            lines.append(
                sentence("drawn-sources", answer.lang, sources=("؛ " if answer.lang == "ar" else "; ").join(sources))
            )
    lines += [sentence("notice", answer.lang, name=thing, notice=notice) for thing, notice in answer.notices()]
    return "\n".join(_folded(line, 150) for line in lines)


def _need_matplotlib() -> None:
    """Raise `Refusal` where matplotlib is missing, or too old to write Arabic."""
    try:
        import matplotlib
    except ImportError:
        raise refuse("plot-library-missing") from None
    if matplotlib.__version_info__[:2] < _FIRST_SHAPING:
        raise refuse("plot-library-missing", value=matplotlib.__version__)


def _folded(text: str, width: int) -> str:
    """Return a text in lines of a width; French marks stay with the word before them."""
    return textwrap.fill(re.sub(r" (?=[?!:;»])", "\N{NO-BREAK SPACE}", text), width)
