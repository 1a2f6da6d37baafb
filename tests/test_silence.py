"""What shapes cannot see does not pass in silence either: ids, languages, one source at odds with itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from cybercoop.graph import Graph
from cybercoop.judge.reports import with_followers

ACTIVITY = """source: coe-cybersouth-plus-page
at: {section: example}
id: activity/2022-06-01-rabat-example
type: Activity
prefLabel: {en: Example workshop, fr: Atelier d’exemple, ar: ورشة عمل نموذجية}
description: {en: What was done there.}
activityKind: workshop
startDate: 2022-06-01
heldIn: rabat
"""
PROJECT = """source: coe-cybersouth-plus-page
at: {section: example}
id: project/example
type: Project
prefLabel: {en: Example project, fr: Projet d’exemple, ar: مشروع نموذجي}
startDate: 2020-01
endDate: 2020-06
duration: P6M
contribution:
  - {id: contribution/example-eu, type: Contribution, contributor: organisation/european-union, share: 90}
  - {id: contribution/example-coe, type: Contribution, contributor: organisation/council-of-europe, share: 10}
"""
LISTING = """source: coe-185-parties
at: {section: example}
id: listing/coe-185-parties--ets-185-ly-invited
type: Listing
listedCountry: country/LY
listedFor: ets-185
listedAs: invited
"""
TURTLE = """@prefix coop: <https://w3id.org/cybercoop/ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@base <https://w3id.org/cybercoop/id/> .
<record/coe-cybersouth-plus-page--place-example> a coop:Record ;
    coop:about <place/example> ; coop:source <source/coe-cybersouth-plus-page> ;
    coop:passage <passage/coe-cybersouth-plus-page--example> .
<passage/coe-cybersouth-plus-page--example> a coop:Passage ; coop:section "example" .
<place/example> a coop:Place ; coop:inCountry <country/MA> ;
    skos:prefLabel "Exampleville"@en, "Exempleville"@fr, "المدينة النموذجية"@ar .
"""
FRENCH = "text-in-another-language", "fr"
ID, DAY = "activity/2022-06-01-rabat-example", "startDate: 2022-06-01"


def codes(graph: Graph, path: Path, text: str) -> dict[str, str | None]:
    """The problems with a text, by code, each with the name that it suggests."""
    path.write_text(text, encoding="utf-8")
    return {found.code: found.nearest for found in with_followers(graph.validate(path).problems)}


@pytest.mark.parametrize("text", [ACTIVITY, PROJECT, LISTING])
def test_what_is_right_passes(graph: Graph, tmp_path: Path, text: str) -> None:
    """The records that the other tests change are good ones."""
    assert not codes(graph, tmp_path / "record.yaml", text)


@pytest.mark.parametrize(
    ("record", "old", "new", "code", "nearest"),
    [
        (ACTIVITY, ID, "project/2022-06-01-rabat-example", "id-of-another-kind", ID),
        (ACTIVITY, ID, "2022-06-01-rabat-example", "id-of-another-kind", ID),
        (ACTIVITY, ID, "activities/2022-06-01-rabat-example", "id-of-another-kind", ID),
        (ACTIVITY, ID, "https://www.coe.int/example", "id-of-another-kind", None),
        (PROJECT, "project/example", "country/ZZ", "id-of-another-kind", None),
        (ACTIVITY, ID, "activity/2022-06-01-Rabat-Example", "id-form", ID),
        (ACTIVITY, ID, "activity/2022/06/rabat", "id-form", None),
        (PROJECT, "project/example", "project/con", "id-form", None),
        (PROJECT, "project/example", "project/nul.v2", "id-form", None),
        (PROJECT, "project/example", "project/example-", "id-form", None),
        (PROJECT, "project/example", "project/" + "a" * 121, "id-form", None),
        (ACTIVITY, DAY, "startDate: 2021-03-02", "id-says-otherwise", None),
        (ACTIVITY, "heldIn: rabat", "heldIn: tunis", "id-says-otherwise", None),
        (LISTING, "listedCountry: country/LY", "listedCountry: country/EG", "id-says-otherwise", None),
        (LISTING, "listedAs: invited", "listedAs: party", "id-says-otherwise", None),
        (ACTIVITY, "description: {en:", "description: {zz:", "bad-language", None),
        (ACTIVITY, "description: {en:", "description: {french:", "bad-language", "fr"),
        (ACTIVITY, "description: {en:", "description: {eng:", "bad-language", "en"),
        (ACTIVITY, "description: {en:", "description: {en--ltr:", "text-direction", None),
        (ACTIVITY, "description: {en:", "description: {fr:", "text-in-another-language", "en"),
        (ACTIVITY, "description: {en: What was done there.}", "description: {en: Tenue pour des juges.}", *FRENCH),
        (ACTIVITY, "en: Example workshop", "en: Formation judiciaire à Alger", *FRENCH),
        (ACTIVITY, "en: Example workshop", "en-GB: Example workshop, en: Cours de la région", *FRENCH),
        (ACTIVITY, "fr: Atelier d’exemple", "fr: Judicial training in Algiers", "text-in-another-language", "en"),
        (ACTIVITY, "fr: Atelier d’exemple", "fr: Example workshop", "text-in-another-language", "en"),
        (ACTIVITY, "heldIn: rabat", "heldIn: rabat\nbenefits: []", "empty-value", None),
        (ACTIVITY, "description: {en: What was done there.}", "description: {}", "empty-value", None),
        (PROJECT, "duration: P6M", "duration: P120M", "duration-differs", None),
        (PROJECT, "duration: P6M", "duration: P2Y", "duration-differs", None),
        (PROJECT, "share: 10", "share: 20", "shares-beyond-whole", None),
        (ACTIVITY, DAY, "startDate: [2022-06-01, 2022-06-02]", "stated-twice", None),
    ],
)
def test_what_cannot_be_is_said(
    graph: Graph, tmp_path: Path, record: str, old: str, new: str, code: str, nearest: str | None
) -> None:
    """One change of a good record is found, and what was meant is named where it is certain."""
    assert codes(graph, tmp_path / "record.yaml", record.replace(old, new)) == {code: nearest}


@pytest.mark.parametrize(
    ("record", "old", "new"),
    [
        (ACTIVITY, ID, "activity/example"),
        (ACTIVITY, ID, "activity/2022-06-rabat-example"),
        (ACTIVITY, DAY, "startDate: 2022-06"),
        (ACTIVITY, "description: {en: What was", "description: {fr-MA: Ce qui fut"),
        (ACTIVITY, "en: Example workshop", "en: Rio de Janeiro seminar"),
        (ACTIVITY, "en: Example workshop", "en: Judges of the École de la magistrature"),
        (ACTIVITY, "fr: Atelier d’exemple", "fr: Séminaire « Women in Cyber »"),
        (ACTIVITY, "fr: Atelier d’exemple", "fr: Conférence Octopus 2021"),
        (ACTIVITY, "fr: Atelier d’exemple", "fr: Le « Workshop on Evidence »"),
        (ACTIVITY, "description: {en: What was done there.}", "description: {zgh: ⴰⵣⵓⵍ a word}"),
        (PROJECT, "duration: P6M", "duration: P7M"),
        (PROJECT, "duration: P6M", "duration: P180D"),
        (PROJECT, "share: 90", "share: 50"),
        (LISTING, "listing/coe-185-parties--ets-185-ly-invited", "listing/example"),
    ],
)
def test_what_can_be_passes(graph: Graph, tmp_path: Path, record: str, old: str, new: str) -> None:
    """What comes near to a fault and is none is left alone."""
    assert not codes(graph, tmp_path / "record.yaml", record.replace(old, new))


def test_editors_give_a_reason_for_facts(graph: Graph, tmp_path: Path) -> None:
    """The editors may name and describe without a reason; when, where and for whom is a judgement."""
    own = "source: cybercoop-editors\n" + ACTIVITY.split("\n", 2)[2]
    names = "".join(
        line for line in own.splitlines(True) if not line.startswith(("startDate", "heldIn", "activityKind"))
    )
    reason = "because: {en: The programme says so., fr: Le programme le dit., ar: هكذا في البرنامج.}\n"
    path = tmp_path / "record.yaml"
    assert set(codes(graph, path, f"{ACTIVITY}---\n{own}")) == {"judgement-without-reason"}
    assert not codes(graph, path, f"{ACTIVITY}---\n{names}")
    assert not codes(graph, path, f"{ACTIVITY}---\n{reason}{own}")


@pytest.mark.parametrize(
    "more",
    [
        '<organisation/council-of-europe> skos:prefLabel "Another name"@en .',
        "<place/another> a coop:Place ; coop:inCountry <country/MA> .",
    ],
)
def test_what_stands_in_no_record_is_said_when_judged(graph: Graph, tmp_path: Path, more: str) -> None:
    """Turtle says nothing of a thing that none of its records is about."""
    path = tmp_path / "record.ttl"
    assert not codes(graph, path, TURTLE)
    assert "accept-no-record" in codes(graph, path, TURTLE + more)


def test_a_record_takes_in_no_other_thing(graph: Graph, tmp_path: Path) -> None:
    """Turtle that renames another thing from inside a record is told of it when judged, as when accepted."""
    path = tmp_path / "record.ttl"
    more = """<record/coe-cybersouth-plus-page--place-example> coop:about <country/MA> .
        <country/MA> skos:prefLabel "Atlantis"@en ."""
    assert "accept-no-place" in codes(graph, path, TURTLE + more)


def test_a_thing_is_not_of_two_unrelated_classes(graph: Graph, tmp_path: Path) -> None:
    """One source that takes a thing for an activity and a project at once is told of it."""
    text = ACTIVITY.replace("type: Activity", "type: [Activity, Project]")
    assert "described-as-another-kind" in codes(graph, tmp_path / "record.yaml", text)


@pytest.mark.parametrize(
    ("old", "new", "code", "nearest"),
    [
        (
            ID,
            "activity/2022-06-01 Rabat, l’accès à la preuve",
            "bad-name",
            "activity/2022-06-01-rabat-l-acces-a-la-preuve",
        ),
        (ID, "activity/ورشة عمل", "bad-name", None),
        ("type: Activity", "type: نشاط", "unknown-class", "Activity"),
        ("heldIn: rabat", "عُقد في: rabat", "unknown-term", "heldIn"),
    ],
)
def test_what_people_write_for_an_id_or_a_word_is_known(
    old: str, new: str, code: str, nearest: str | None, graph: Graph, tmp_path: Path
) -> None:
    """An id with spaces and accents is shown as it must be; a class or a word called by its name is recognised."""
    path = tmp_path / "record.yaml"
    path.write_text(ACTIVITY.replace(old, new), encoding="utf-8")
    found = next(each for each in graph.validate(path, mends=True).problems if each.code == code)
    assert found.nearest == nearest or (found.mend and str(nearest) in found.mend.title["en"])


def test_what_is_wrong_with_one_text_follows_from_no_other(graph: Graph, tmp_path: Path) -> None:
    """A text in quotation marks is told beside one that is missing, and beside one in another language."""
    text = ACTIVITY.replace("en: Example workshop", 'en: ""').replace("Atelier d’exemple", "« Atelier d’exemple »")
    (tmp_path / "a.yaml").write_text(text)
    assert {each.code for each in graph.validate(tmp_path / "a.yaml").problems} == {
        "empty-value",
        "text-is-not-a-quotation",
    }


def test_names_in_one_text_are_asked_for_one_by_one(graph: Graph, tmp_path: Path) -> None:
    """Where not every part of a list is known, the cure speaks of a list all the same."""
    text = ACTIVITY + "organiser: Conseil de l’Europe, Ministère de la Justice\n"
    (tmp_path / "a.yaml").write_text(text)
    (found,) = graph.validate(tmp_path / "a.yaml").problems
    assert found.code == "bad-name" and found.cure["fr"].startswith("Écrivez chaque nom à part")


@pytest.mark.parametrize(
    ("written", "code", "cure"),
    [("[MA/TN]", "activity-beneficiary-is-known", ""), ("MA et TN", "bad-name", "[dgsn-ma, dgst-ma]")],
)
def test_two_names_in_one_are_not_taken_for_one(
    written: str, code: str, cure: str, graph: Graph, tmp_path: Path
) -> None:
    """The last of two names is no suggestion for both."""
    (tmp_path / "a.yaml").write_text(ACTIVITY + f"benefits: {written}\n")
    found = next(each for each in graph.validate(tmp_path / "a.yaml", mends=True).problems if each.code == code)
    assert found.nearest is None and found.mend is None and cure in found.cure["en"]
