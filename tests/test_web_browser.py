"""The pages in a browser: by keyboard, without JavaScript, on a phone, in print, in three languages."""

from __future__ import annotations

from typing import Any

import pytest

from cybercoop.graph import Graph
from cybercoop.problems.problem import LANGUAGES
from cybercoop.terms import names
from tests.browser import opened

_NAMELESS = """[...document.querySelectorAll('button, a, input, select')]
  .filter(each => !(each.textContent.trim() || each.labels?.length || each.ariaLabel)).length"""
_PLACES = """(() => {
  const node = document.createTreeWalker(document.querySelector('bdi[lang=ar] bdi'), NodeFilter.SHOW_TEXT).nextNode();
  const left = (at) => {
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    return range.getBoundingClientRect().left;
  };
  return [left(0), left(node.data.indexOf('+'))];
})()"""
PATHS = ("", "country/MA", "project/cybersouth-plus", "ask/treaty-status?country=MA", "theme/", "ns", "no-such-thing/x")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_pages_fit_a_phone(browser: Any, base: str, lang: str) -> None:
    """At 360 pixels nothing is wider than the screen, in light and dark, with a name for every control."""
    with opened(browser, base, viewport={"width": 360, "height": 740}) as page:
        for path in PATHS[:-1]:
            page.goto(f"{base}{lang}/{path}")
            assert page.evaluate("getComputedStyle(document.body).direction") == ("rtl" if lang == "ar" else "ltr")
            assert page.evaluate(_NAMELESS) == 0, path
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


LONG = ("country/MA", "project/cybersouth-plus", "instrument/ets-185", "organisation/council-of-europe")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_is_short_on_a_phone(browser: Any, base: str, graph: Graph, lang: str) -> None:
    """Nothing needs more than ten screens until a part is opened; every row is there; numbers can be read."""
    with opened(browser, base, viewport={"width": 360, "height": 740}) as page:
        for path in (*LONG, "ask/treaty-chart?instrument=ets-185", "ask/treaty-status?country=MA"):
            page.goto(f"{base}{lang}/{path}")
            assert page.evaluate("document.documentElement.scrollHeight") <= 7400, path
            sizes = page.evaluate(_SIZES)
            assert not sizes or min(sizes) >= 9, path
        assert page.locator("tbody tr").count() == len(graph.query("treaty-status", country="MA"))


_SIZES = """[...document.querySelectorAll('main svg text')].filter(each => each.checkVisibility()).map(
  each => parseFloat(getComputedStyle(each).fontSize) * each.getScreenCTM().a)"""


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_part_opens(browser: Any, base: str, lang: str, script: bool) -> None:
    """The contents name each part with its count; its heading opens it, and with a script its address does."""
    with opened(browser, base, viewport={"width": 360, "height": 740}, java_script_enabled=script) as page:
        page.goto(f"{base}{lang}/country/MA")
        part = page.locator("#national-laws-country")
        laws = part.locator("tbody tr")
        link = page.locator(".contents a[href$='#national-laws-country']")
        assert not laws.first.is_visible()
        assert link.locator(".number").inner_text() == str(laws.count())
        link.click()
        if not script:
            part.locator("summary").first.click()
        laws.first.wait_for()  # the page opens it after the address has changed
        if script:
            page.goto(f"{base}{lang}/country/MA#organisations-in-country-country")
            page.reload()
            page.locator("#organisations-in-country-country tbody tr").first.wait_for()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_all_rows_share_stands_once(browser: Any, base: str, graph: Graph, lang: str) -> None:
    """A treaty is named once for its claims, beside its verdict; the currency of all amounts stands above them."""
    with opened(browser, base, viewport={"width": 360, "height": 740}) as page:
        page.goto(f"{base}{lang}/country/MA")
        answer = graph.query("treaty-status", country="MA")
        place = answer.columns.index("instrument")
        parts = page.locator("#treaty-status-country details.part")
        assert parts.count() == len({row[place] for row in answer.rows})
        name = answer.labels.get(names.expand("instrument/ets-185"), lang)
        own = parts.filter(has=page.locator(f"summary bdi:text-is('{name}')"))
        assert "2018" in own.locator(".lead").inner_text()
        own.locator("summary").click()
        assert own.locator("tbody tr").count() > 3
        assert own.locator("td", has_text=name).count() == 0
        page.goto(f"{base}{lang}/project/cybersouth-plus")
        amounts = page.locator("#project-budgets-project")
        assert "EUR" in amounts.locator(".same").inner_text()
        assert amounts.locator("td", has_text="EUR").count() == 0


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_who_says_so_opens_by_keyboard(browser: Any, base: str, lang: str, script: bool) -> None:
    """The number beside a value opens its sources with Enter, with JavaScript or without, and Escape closes them."""
    with opened(browser, base, java_script_enabled=script) as page:
        page.goto(f"{base}{lang}/country/MA")
        page.locator("#claims .says").first.focus()
        page.keyboard.press("Enter")
        note = page.locator(".note:popover-open")
        assert note.count() == 1
        assert note.locator("a").count() >= 1
        page.keyboard.press("Escape")
        assert page.locator(".note:popover-open").count() == 0


def test_a_question_is_asked_without_javascript(browser: Any, base: str, graph: Graph) -> None:
    """Choosing and asking leads to an address that holds what was chosen; back leads back."""
    with opened(browser, base, java_script_enabled=False) as page:
        page.goto(f"{base}en/ask/project-countries")
        page.select_option("select[name=project]", "cybersouth-plus")
        page.click(".asking button")
        assert "project=cybersouth-plus" in page.url
        assert page.locator("tbody tr").count() == len(graph.query("project-countries", project="cybersouth-plus"))
        assert page.locator(".notices").inner_text().startswith("* Palestine")
        page.go_back()
        assert "project=" not in page.url


def test_the_day_is_in_the_address(browser: Any, base: str) -> None:
    """As of a day, what came after it is not shown: the accession of Morocco; its entry into force is still to come."""
    with opened(browser, base, java_script_enabled=False) as page:
        shown = {}
        for day in ("2018-04", "2018-07", "2018-11"):
            page.goto(f"{base}en/country/MA")
            page.fill("#as-of", day)
            with page.expect_navigation():
                page.click(".day button")
            assert f"as-of={day}" in page.url
            shown[day] = " ".join(page.locator("#treaty-status-country tbody").all_text_contents())
    assert "2018-06-29" not in shown["2018-04"]
    assert "2018-06-29" in shown["2018-07"]
    assert shown["2018-07"].count("2018-10-01") == shown["2018-07"].count("only from 2018-10-01") > 0
    assert "2018-10-01" in shown["2018-11"]
    assert "only from" not in shown["2018-11"]


def test_a_latin_name_keeps_its_order_in_arabic(browser: Any, base: str) -> None:
    """In an Arabic name, the plus of CyberSouth+ stands at the right of it."""
    with opened(browser, base) as page:
        page.goto(f"{base}ar/project/cybersouth-plus")
        first, plus = page.evaluate(_PLACES)
    assert plus > first


def test_print_shows_the_numbers_of_the_sources(browser: Any, base: str) -> None:
    """On paper there is no form and no menu; the numbers lead to the list of sources, which is open."""
    with opened(browser, base) as page:
        page.goto(f"{base}en/country/MA")
        page.emulate_media(media="print")
        assert page.locator(".asking, .top nav").first.is_visible() is False
        assert page.locator(".says .print").first.is_visible()
        assert page.locator(".all-sources li").first.is_visible()
