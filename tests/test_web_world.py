"""The map: shapes are drawn where they are, small States as dots, and colours come from the graph alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cybercoop.graph import Graph
from cybercoop.interfaces.web import folder, world
from cybercoop.interfaces.web.cards import said
from cybercoop.interfaces.web.site import Site

INSTALL = "scripts/browser"


def _inside(path: str, point: tuple[float, float]) -> bool:
    """Return whether a place (degrees east and north) lies in a shape of the map."""
    x, y = world._projected(point)
    met = 0
    for ring in re.findall(r"M([^Z]+)Z", path):
        points = [tuple(map(float, pair.split())) for pair in ring.split("L")]
        for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
            met += (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
    return bool(met % 2)


@pytest.fixture
def atlas(tmp_path: Path) -> Path:
    """A world of three squares: one by the antimeridian, one too small to be seen, one in two parts."""
    square = [[0, 0], [20, 0], [0, 20], [-20, 0], [0, -20]]
    arcs = [[[170 + x if n == 0 else x, 10 + y if n == 0 else y] for n, (x, y) in enumerate(square)]]
    arcs += [[[40, 40], [1, 0], [0, 1], [-1, 0], [0, -1]]]
    arcs += [[[20, 0], [0, 20]], [[20, 20], [-10, 0], [0, -20], [10, 0]], [[20, 20], [10, 0], [0, -20], [-10, 0]]]
    shapes = [("004", [[0]]), ("008", [[1]]), ("196", [[2, 3]]), ("-1", [[-3, 4]]), ("010", [[1]])]
    drawn = [{"type": "Polygon", "id": code, "arcs": rings} for code, rings in shapes]
    arcs[4] = [[20, 0], [10, 0], [0, 20], [-10, 0]]
    drawn[3]["arcs"] = [[-3, 4]]
    told = {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "arcs": arcs,
        "objects": {"countries": {"geometries": drawn}},
    }
    for scale in ("110m", "50m"):
        (tmp_path / f"{scale}.json").write_text(json.dumps(told))
    return tmp_path


def test_shapes_are_drawn_where_they_are(atlas: Path) -> None:
    """A shape over the antimeridian stands on both sides of the map, a small one has a dot; parts stand together."""
    found = world._atlas(atlas)
    assert found is not None
    assert set(found) == {"004", "008", "196"}
    across, small, parts = found["004"], found["008"], found["196"]
    assert _inside(across[0], (175, 20))
    assert _inside(across[0], (-175, 20))
    assert not _inside(across[0], (0, 20))
    assert across[1] is None
    assert small[1] == pytest.approx(world._projected((40.4, 40.4)), abs=1)
    assert _inside(parts[0], (15, 10))
    assert _inside(parts[0], (25, 10))
    assert parts[2]


def test_without_shapes_there_is_no_map(tmp_path: Path) -> None:
    """Where the package is not installed, nothing is drawn, and nothing is asked of the network."""
    assert world._atlas(tmp_path) is None


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_the_map_of_a_treaty(graph: Graph, lang: str) -> None:
    """Places lie in the country that the United Nations see them in; names are ours; who is not drawn is listed."""
    site = Site(graph, "", static=True)
    shown = world.world(site, site.query("treaty-positions", lang, {"instrument": ["ets-185"]}))
    if shown is None:
        pytest.skip(f"no shapes: {INSTALL}")
    lands = {land.code: land for land in shown.lands}
    for point, code in (((34.1, 45.0), "804"), ((-13.2, 27.15), "732"), ((33.4, 35.3), "196"), ((44.1, 9.6), "706")):
        assert _inside(lands[code].path, point), code
    assert lands["196"].whole
    assert lands["470"].dot  # Malta
    assert lands["840"].step == 1
    assert lands["012"].step == -1  # no act of Algeria is known
    assert len({land.code for land in shown.lands}) == len(shown.lands)
    drawn = sum(land.step >= 0 for land in shown.lands)
    assert drawn + len(shown.left) == sum(count for _, _, count in shown.legend)
    assert len(shown.notices) >= 2  # Kosovo* and Palestine* are named on the map
    earlier = world.world(site, site.query("treaty-positions", lang, {"instrument": ["ets-185"], "as-of": ["2018-04"]}))
    assert earlier is not None
    assert next(land.step for land in earlier.lands if land.code == "504") != lands["504"].step == 1
    page = folder.maker("instrument/ets-185")(site, lang, f"{lang}/instrument/ets-185")
    assert said(lang, "map-disclaimer") in page
