"""An answer as a picture: lines, bars or a matrix, with its names, its sources and its notices, as SVG or PNG."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

import pyoxigraph as ox

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

_INK, _MIDDLE, _PALE, _PAPER = "#26323d", "#7d93a8", "#dfe5ea", "#ffffff"
_STYLE: Mapping[str, Any] = {
    "axes.edgecolor": _MIDDLE,
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "hatch.color": _MIDDLE,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "savefig.dpi": 150,
    "svg.hashsalt": "cybercoop",
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
}
_CELLS: Mapping[str, Mapping[str, Any]] = {
    SCHEME + "knowledge/stated": {"facecolor": _INK},
    SCHEME + "knowledge/inferred": {"facecolor": _MIDDLE},
    SCHEME + "knowledge/not-on-complete-list": {"facecolor": _PALE, "hatch": "////"},
    SCHEME + "knowledge/unknown": {"facecolor": _PAPER},
}
"""How each state of knowledge is painted; where a cell has several, the first of these is shown."""

_SAID = 2
"""How many of these, from the first, say something that can stand in the cell."""


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
    years = [int(answer.shown(row[0])) for row in rows]
    for index, column in enumerate(plot.y):
        counts = [int(answer.shown(row[index + 1])) for row in rows]
        look = _LINES[index % len(_LINES)]
        axes.step(years, counts, where="post", label=answer.heading(column), marker=".", **look)
        axes.annotate(str(counts[-1]), (years[-1], counts[-1]), (5, 0), textcoords="offset points", va="center")
    axes.set_ylim(bottom=0)
    axes.set_xlabel(answer.heading(plot.x))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="upper left")
    return 4.5


def _bar(answer: Answer, plot: Plot, axes: Axes) -> float:
    """Draw one bar per thing, from the first at the top, each of parts that grow darker from left to right."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.ticker import MaxNLocator

    shade = LinearSegmentedColormap.from_list("shade", [_PALE, _INK])
    counts: dict[Term | None, dict[Term | None, int]] = {}
    for thing, part, count in _columns(answer, plot.x, plot.by or plot.x, plot.y[0]):
        counts.setdefault(thing, {})[part] = int(answer.shown(count))
    parts = sorted({part for said in counts.values() for part in said}, key=lambda part: (part is None, str(part)))
    things = list(counts)
    ends = {thing: list(accumulate(counts[thing].get(part, 0) for part in parts)) for thing in things}
    for index, part in enumerate(parts):
        widths = [counts[thing].get(part, 0) for thing in things]
        lefts = [ends[thing][index] - width for thing, width in zip(things, widths, strict=True)]
        look: dict[str, Any] = {"color": shade(index / max(len(parts) - 1, 1))}
        if part is None:
            look = {"facecolor": _PAPER, "hatch": "////"}
        axes.barh(
            range(len(things)), widths, left=lefts, edgecolor=_INK, linewidth=0.4, label=answer.shown(part), **look
        )
    for row, thing in enumerate(things):
        gap = -4 if answer.lang == "ar" else 4
        side = "right" if answer.lang == "ar" else "left"
        axes.annotate(
            str(ends[thing][-1]), (ends[thing][-1], row), (gap, 0), textcoords="offset points", va="center", ha=side
        )
    axes.set_yticks(range(len(things)), [answer.shown(thing) for thing in things])
    axes.invert_yaxis()
    axes.set_xlabel(answer.heading(plot.y[0]))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if plot.by:
        axes.legend(title=answer.heading(plot.by), **_beside(answer))
    return max(2.5, 0.26 * len(things) + 0.9)


def _matrix(answer: Answer, plot: Plot, axes: Axes) -> float:
    """Draw a row per thing and a column per thing, each cell painted by what is known."""
    from matplotlib.patches import Patch, Rectangle

    ranks = list(_CELLS)
    cells: dict[tuple[Term | None, Term | None], tuple[int, str]] = {}
    for x, y, known, text in _columns(answer, plot.x, plot.y[0], plot.cell or plot.x, plot.text or plot.x):
        rank = ranks.index(known.value) if isinstance(known, ox.NamedNode) else len(ranks) - 1
        if (x, y) not in cells or rank <= cells[x, y][0]:
            cells[x, y] = rank, answer.shown(text) if plot.text and rank < _SAID else ""
    across, down = list(dict.fromkeys(x for x, _ in cells)), list(dict.fromkeys(y for _, y in cells))
    broad = max(12, 96 // len(across))
    for (x, y), (rank, words) in cells.items():
        column, row = across.index(x), down.index(y)
        look, colour = _CELLS[ranks[rank]], _INK if rank else _PAPER
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, edgecolor=_MIDDLE, linewidth=0.8, **look))
        axes.text(column, row, _folded(words, broad), color=colour, fontsize=7, ha="center", va="center")
    axes.set_xlim(-0.5, len(across) - 0.5)
    axes.set_ylim(len(down) - 0.5, -0.5)
    heads = [_folded(answer.shown(x), broad) for x in across]
    axes.set_xticks(range(len(across)), heads, fontsize=8)
    axes.set_yticks(range(len(down)), [answer.shown(y) for y in down])
    axes.tick_params(length=0)
    axes.xaxis.tick_top()
    axes.spines[:].set_visible(False)
    shown = [
        Patch(edgecolor=_MIDDLE, label=answer.shown(ox.NamedNode(iri)), **_CELLS[iri])
        for rank, iri in enumerate(ranks)
        if rank in {rank for rank, _ in cells.values()}
    ]
    axes.legend(handles=shown, **_beside(answer))
    return 0.34 * len(down) + 0.17 * max(text.count("\n") + 1 for text in heads) + 0.9


DRAWN: Mapping[str, Callable[[Answer, Plot, Axes], float]] = {"bar": _bar, "line": _line, "matrix": _matrix}
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
        axes.spines["right"].set_visible(kind == "bar")


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
    if "source" in answer.columns:
        sources = dict.fromkeys(answer.shown(source) for (source,) in _columns(answer, "source") if source is not None)
        if sources:
            lines.append(sentence("drawn-sources", answer.lang, sources="; ".join(sources)))
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
