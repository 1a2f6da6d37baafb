"""What the pages are for, tried in a browser: each feature with what would be wrong if it were not there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cybercoop.graph import Graph
from cybercoop.problems.problem import LANGUAGES
from tests.browser import faults, opened
from tests.test_web_world import INSTALL

TREATY = "instrument/ets-185"
STANDS = "#treaty-positions-instrument"
KINDS = (
    *("", "about", "ask/", "ask/project-countries", "ask/treaty-status?country=MA&instrument=ets-185", "ns", "theme/"),
    *("ask/parties-over-time?instrument=ets-189", "search?q=rabat", "country/PS", "project/cybersouth-plus"),
    *("instrument/ets-189", "activity/2018-11-12-tunis-introductory-judicial-course", "source/coe-tn2018"),
    *("organisation/ministry-of-justice-ma", "theme/dark-web", "treaty-action/ets-185-ma-accession", "contribute/"),
    *(
        "sparql",
        "contribute/Activity",
        "project/cybersouth-plus/report?year=2024",
        "../embed/{}/project/cybersouth-plus/matrix",
    ),
    *("../embed/{}/country/MA/timeline", "../embed/{}/instrument/ets-189/map"),
)
"""A page of each kind."""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_keeps_a_reader_out(browser: Any, base: str, lang: str) -> None:
    """On every kind of page, at 360 pixels, axe finds no fault, and nothing is wider than the screen."""
    found = {}
    with opened(browser, base, viewport={"width": 360, "height": 740}) as page:
        for path in KINDS:
            url = f"{base}{lang}/{path.format(lang)}"
            if path.endswith("/map") and not page.request.get(url).ok:
                continue  # there is no map without its shapes
            assert page.goto(url).ok, path
            if wrong := faults(page):
                found[path] = wrong
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
    assert not found


def test_the_verdict_on_each_country(browser: Any, base: str, graph: Graph) -> None:
    """A treaty's table has a row for each position; who is bound is not called a signatory or invited."""
    with opened(browser, base) as page:
        page.goto(f"{base}en/{TREATY}")
        rows = page.locator(f"{STANDS} tbody tr")
        assert rows.count() == len(graph.query("treaty-positions", instrument="ets-185"))
        norway, america = (rows.filter(has=page.locator(f"a[href$='country/{code}']")) for code in ("NO", "US"))
        assert "Party" in norway.inner_text()
        assert "not known" in norway.inner_text()
        assert "invited" not in norway.inner_text()
        assert "in force" in america.inner_text()


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_a_slider_sets_the_day(browser: Any, base: str, lang: str) -> None:
    """The slider leads to the address of its month; table and map follow; back leads back."""
    shown, drawn = {}, {}
    with opened(browser, base) as page:
        for day in ("2018-04", "2018-07", "2018-11"):
            page.goto(f"{base}{lang}/{TREATY}")
            slider = page.locator(f"{STANDS} input[type=range]")
            year, month = map(int, day.split("-"))
            slider.evaluate(
                "(slider, months) => { slider.value = months; slider.dispatchEvent(new Event('input')) }",
                (year - 2001) * 12 + month - 11,
            )
            assert page.locator("#as-of").input_value() == slider.get_attribute("aria-valuetext") == day
            slider.press("Enter")
            page.wait_for_url(f"**/{TREATY}?as-of={day}*")
            link = page.locator(f"{STANDS} tbody a[href$='country/MA']")
            shown[day] = link.first.locator("xpath=ancestor::tr").inner_text().replace("/", "-") if link.count() else ""
            land = page.locator("path[data-code='504']")
            drawn[day] = land.get_attribute("class") or "" if land.count() else None
            assert slider.get_attribute("aria-valuetext") == day
            page.locator(f".tongues a[lang={'fr' if lang != 'fr' else 'en'}]").click()
            assert f"as-of={day}" in page.url
            page.go_back()
            page.go_back()
            assert "as-of" not in page.url
    assert "2018-06-29" not in shown["2018-04"]
    assert "2018-06-29" in shown["2018-07"]
    assert len(set(shown.values())) == 3
    if None in drawn.values():
        pytest.skip(f"no shapes: {INSTALL}")
    assert len(set(drawn.values())) == 3


def test_the_growth_of_parties_follows_the_day(browser: Any, base: str) -> None:
    """As of a day, the curve ends with the last year that had ended."""
    with opened(browser, base, java_script_enabled=False) as page:
        page.goto(f"{base}en/{TREATY}?as-of=2018-07")
        assert "(2017)" in (page.locator("#parties-over-time-instrument svg").get_attribute("aria-label") or "")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_line_of_time_of_a_country(browser: Any, base: str, lang: str) -> None:
    """The lane of the treaty has a mark for each date of a source, which can be reached and names the source."""
    with opened(browser, base) as page:
        page.goto(f"{base}{lang}/country/MA")
        marks = page.locator("#treaty-status-country svg a")
        said = [mark.get_attribute("aria-label") or "" for mark in marks.all()]
        assert {text[:10] for text in said} >= {"2018-06-29", "2018-10-01"}
        assert all(" – " in text for text in said)
        marks.first.focus()
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == said[0]
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/{lang}/source/*")


def test_the_matrix_of_partners_and_treaties(browser: Any, base: str) -> None:
    """Every cell has a text; Algeria is not shown as bound by the treaty of Budapest; Morocco is."""
    with opened(browser, base) as page:
        page.goto(f"{base}en/project/cybersouth-plus#country-instrument-matrix-project")
        matrix = page.locator("#country-instrument-matrix-project table")
        assert all(text.strip() for text in matrix.locator("td").all_inner_texts())
        heads = matrix.locator("thead th").all_inner_texts()
        column = next(number for number, head in enumerate(heads) if "Budapest" in head) - 1
        for name, bound in (("Algeria", False), ("Morocco", True)):
            row = matrix.locator("tbody tr").filter(has=page.get_by_role("link", name=name, exact=True))
            classes = (row.locator("td").nth(column).get_attribute("class") or "").split()
            assert ("p-1" in classes) is bound


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_map(browser: Any, base: str, lang: str) -> None:
    """The United States are bound, small States are dots, no name comes from the shapes, a sentence stands below."""
    with opened(browser, base) as page:
        page.goto(f"{base}{lang}/")
        if not page.locator(".world").count():
            pytest.skip(f"no shapes: {INSTALL}")
        page.locator("section:has(.world) h2 a").click()
        assert page.locator("path[data-code='840']").get_attribute("class") == "s-1"
        assert page.locator("circle[data-code='470']").count() == 1
        names = page.locator(".world title").all_text_contents()
        assert not {"W. Sahara", "N. Cyprus", "Somaliland"} & {name.partition(":")[0] for name in names}
        assert page.locator(".world figcaption").inner_text().strip().endswith(".")
        assert page.locator(".notices p").count() >= 2


def test_what_contradicts_is_listed(browser: Any, base: str) -> None:
    """The budget of CyberSouth+ stands there with both amounts, each with who says so."""
    with opened(browser, base) as page:
        page.goto(f"{base}en/ask/contradictions?thing=project/cybersouth-plus")
        text = page.locator("main").inner_text()
        assert "3,890,000 · EUR" in text
        assert "3,900,000 · EUR" in text
        assert page.locator("tbody .says").count() >= 2


@pytest.mark.parametrize(
    ("lang", "text", "path"),
    [
        ("en", "training judges tunis", "activity/2018-11-12-tunis-introductory-judicial-course"),
        ("ar", "اتفاقيه بودابست", "instrument/ets-185"),
        ("fr", "convention de Budapest", "instrument/ets-185"),
    ],
)
def test_search_finds_it_first(browser: Any, base: str, lang: str, text: str, path: str) -> None:
    """Typed into the field at the head of any page, without a script."""
    with opened(browser, base, java_script_enabled=False) as page:
        page.goto(f"{base}{lang}/about")
        page.fill(".top input[name=q]", text)
        page.keyboard.press("Enter")
        page.locator(".found a").first.click()
        assert page.url.endswith(f"/{lang}/{path}")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_is_cited(browser: Any, base: str, lang: str) -> None:
    """The citation opens by keyboard and holds version, edition, permanent name and sources."""
    with opened(browser, base, java_script_enabled=False) as page:
        page.goto(f"{base}{lang}/treaty-action/ets-185-ma-accession")
        page.locator(".cite summary").focus()
        page.keyboard.press("Enter")
        text = page.locator(".cite").inner_text()
        assert "https://w3id.org/cybercoop/id/treaty-action/ets-185-ma-accession" in text
        assert "+" in text.partition("cybercoop, ")[2][:12]
        assert "@misc{" in text
        assert '"type": "dataset"' in text


def test_a_change_is_suggested(browser: Any, base: str) -> None:
    """From the page of a thing a link opens the form of its class, which knows what it is about."""
    with opened(browser, base, java_script_enabled=False) as page:
        page.goto(f"{base}fr/activity/2018-11-12-tunis-introductory-judicial-course")
        page.locator(".forms a[href*=contribute]").click()
        name = page.locator("input[name=id]").input_value()
        assert name == "activity/2018-11-12-tunis-introductory-judicial-course"


@pytest.mark.parametrize(("lang", "host"), [("fr", "Conseil de l’Europe"), ("ar", "مجلس أوروبا")])
def test_a_workshop_is_filed(browser: Any, base: str, lang: str, host: str) -> None:
    """Who files a workshop is told beside the field what to write; the mended record has nothing wrong with it."""
    with opened(browser, base, java_script_enabled=False) as page:
        page.goto(f"{base}{lang}/contribute/Activity")
        typed = {
            "source": "coe-cybersouth-plus-page",
            "section": "activities",
            "id": "activity/2024-05-07-rabat-workshop-on-requests",
            "prefLabel@en": "Workshop on requests for data, Rabat",
            "prefLabel@fr": "Atelier sur les demandes de données, Rabat",
            "prefLabel@ar": "ورشة عمل بشأن طلبات البيانات، الرباط",
            "activityKind": "workshop",
            "startDate": "2024-05-07",
            "endDate": "2024-05-07",
            "heldIn": "rabat",
            "organiser": host,
        }
        page.locator(".record summary").click()
        for name, text in typed.items():
            page.fill(f"[name='{name}']", text)
        page.locator("[name=id]").press("Enter")
        assert page.input_value("[name=organiser]") == host
        page.locator("button.take", has_text="council-of-europe").click()
        assert page.locator("ul.wrong").count() == 0, page.locator("ul.wrong").all_inner_texts()
        assert "organiser: council-of-europe" in page.locator(".record pre").inner_text()
        assert {name: page.input_value(f"[name='{name}']") for name in typed} == typed | {
            "organiser": "council-of-europe"
        }


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Another site, at a port of its own: its address and its folder."""
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", tmp_path
        server.shutdown()


def test_only_pictures_stand_in_a_frame(browser: Any, base: str, elsewhere: tuple[str, Path]) -> None:
    """A picture shows on the page of another site, with its notices and where it is from; a page does not."""
    address, folder = elsewhere
    frames = [f"{base}embed/en/project/cybersouth-plus/matrix", f"{base}en/project/cybersouth-plus"]
    (folder / "index.html").write_text("".join(f"<iframe src='{frame}'></iframe>" for frame in frames))
    page = browser.new_page()
    page.goto(address, wait_until="networkidle")
    shown, refused = (page.frame_locator(f"iframe >> nth={number}") for number in (0, 1))
    assert shown.locator("table td").count() > 10
    assert "Palestine" in shown.locator(".notices").inner_text()
    assert shown.locator("p.fine a").get_attribute("href")
    assert refused.locator("main").count() == 0
    page.close()


@pytest.mark.parametrize(
    "path", ["country/MA", TREATY, "country/MA/report", "project/cybersouth-plus/report?year=2024"]
)
def test_a_page_prints_whole(browser: Any, base: str, path: str) -> None:
    """On paper stand tables, pictures, notices and numbered sources, and no control."""
    with opened(browser, base, viewport={"width": 800, "height": 1100}) as page:
        page.goto(f"{base}fr/{path}")
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= 800
        assert page.locator("form:visible, nav:visible").count() == 0
        assert page.locator("table:visible").count() >= 1
        assert page.evaluate("[...document.querySelectorAll('main tbody tr')].every(each => each.checkVisibility())")
        assert page.locator(".says .print").first.is_visible()
        assert page.locator(".all-sources li").first.is_visible()
        assert len(page.pdf()) > 20_000
