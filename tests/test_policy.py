"""Sources are ranked by a policy that people can read: it changes which value is shown first, and nothing else."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pyoxigraph as ox
import pytest

from cybercoop.export import export
from cybercoop.graph import Graph
from cybercoop.problems.problem import ERROR, LANGUAGES, Refusal, catalogue
from cybercoop.terms.labels import NAME, of_quads
from cybercoop.terms.names import ID, NS, SCHEME, XSD
from cybercoop.workspace.policy import CRITERIA, Claim, Policy, Rank, Step, contradict
from cybercoop.workspace.workspace import Workspace

FOLDERS = ("ontology", "queries", "shapes")
KIND = SCHEME + "source-kind/"
OFFICE, COUNCIL, PROJECT, EVENT = (
    ID + path for path in ("organisation/o", "organisation/c", "project/p", "activity/e")
)


def date(text: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(XSD + {4: "gYear", 7: "gYearMonth", 10: "date"}[len(text)]))


def claim(text: str, source: str, kind: str = "press-item", closeness: str = "", issued: str = "") -> Claim:
    return Claim(date(text), ID + "source/" + source, KIND + kind, closeness, issued)


POLICY = Policy(
    order=CRITERIA,
    kinds=(Rank((KIND + "depositary-list",), {}), Rank((KIND + "news-item", KIND + "web-page"), {})),
    closeness=(
        Step("itself", (), {"en": "itself"}),
        Step("hand", (NS + "funder",), {"en": "a hand"}),
        Step("above", (NS + "partOf", NS + "unitOf"), {"en": "above"}),
    ),
    names=(Rank((KIND + "dataset",), {}), Rank((KIND + "press-item",), {})),
)


@pytest.mark.parametrize(
    ("first", "second", "criterion"),
    [
        (claim("2018-06-29", "b", "depositary-list"), claim("2018-10-01", "a", "web-page", "itself"), "kind"),
        (claim("2018-06-29", "b", "web-page"), claim("2018-10-01", "a"), "kind"),
        (claim("2021", "b", closeness="hand"), claim("2023-12", "a", closeness="above"), "closeness"),
        (claim("2021", "b", closeness="above"), claim("2023-12", "a"), "closeness"),
        (claim("2023-12", "b"), claim("2023", "a", issued="2024"), "precision"),
        (claim("2021", "b", issued="2020-05"), claim("2022", "a", issued="2020-04-30"), "date"),
        (claim("2021", "b", issued="1999"), claim("2022", "a"), "date"),
    ],
)
def test_what_goes_before_what(first: Claim, second: Claim, criterion: str) -> None:
    """Kind, closeness, precision, date, in this order; both claims say what put them where they stand."""
    for claims in ((first, second), (second, first)):
        ranked = POLICY.prefer(claims)
        assert [found.claim for found in ranked] == [first, second]
        assert [found.reason.code for found in ranked] == [f"policy-before-{criterion}", f"policy-after-{criterion}"]


def test_the_alphabet_decides_where_the_policy_sees_no_difference() -> None:
    """Equal claims stand A to Z by their sources, and the reason says so."""
    ranked = POLICY.prefer([claim("2022", "b"), claim("2021", "a")])
    assert [found.claim.value.value for found in ranked] == ["2021", "2022"]
    assert [found.reason.code for found in ranked] == ["policy-before", "policy-after"]


def test_who_agrees_and_who_is_alone() -> None:
    """One source, several that agree, and one that repeats what stands before it each have their reason."""
    alone, again, other = claim("2021", "a"), claim("2021", "b"), claim("2022", "c")
    assert [found.reason.code for found in POLICY.prefer([alone])] == ["policy-only"]
    assert {found.reason.code for found in POLICY.prefer([alone, again])} == {"policy-agreed"}
    assert POLICY.prefer([alone, again, other])[1].reason.code == "policy-same"
    assert POLICY.prefer([]) == ()


def test_repeating_a_value_counts_for_nothing() -> None:
    """One depositary outweighs three reprints."""
    reprints = [claim("2018-10-01", name) for name in "abc"]
    assert POLICY.prefer([*reprints, claim("2018-06-29", "d", "depositary-list")])[0].claim.value == date("2018-06-29")


@pytest.mark.parametrize(
    ("publisher", "step"),
    [(PROJECT, "itself"), (COUNCIL, "hand"), (OFFICE, "above"), (ID + "organisation/stranger", "")],
)
def test_how_close_a_publisher_is(publisher: str, step: str) -> None:
    """The thing itself, whoever has a hand in it, and a part of such a body."""
    links = {(PROJECT, NS + "funder"): [COUNCIL], (OFFICE, NS + "unitOf"): [COUNCIL], (EVENT, NS + "partOf"): [PROJECT]}
    assert POLICY.near(PROJECT, [publisher], lambda thing, by: links.get((thing, by), [])) == step
    assert POLICY.near(EVENT, [COUNCIL], lambda thing, by: links.get((thing, by), [])) == "above"


def test_a_circle_of_parents_has_an_end() -> None:
    """Two bodies that are said to be units of each other are climbed once."""
    links = {(OFFICE, NS + "unitOf"): [COUNCIL], (COUNCIL, NS + "unitOf"): [OFFICE]}
    assert POLICY.near(OFFICE, [COUNCIL], lambda thing, by: links.get((thing, by), [])) == "above"


@pytest.mark.parametrize(
    ("one", "two", "contradicted"),
    [("2024-05", "2024-05-21", False), ("2024-05", "2024-06", True), ("2024", "2024", False), ("2018", "20", True)],
)
def test_a_less_precise_date_is_no_contradiction(one: str, two: str, contradicted: bool) -> None:
    """A month and a day in it can both be right; two months cannot. One source does not contradict itself."""
    values = [ox.Literal(one), ox.Literal(two)]
    assert contradict(Claim(value, source) for value, source in zip(values, "ab", strict=True)) == contradicted
    assert not contradict(Claim(value, "a") for value in values)


def test_months_and_years_of_a_duration_are_compared() -> None:
    """36 months are three years."""
    forms = [ox.Literal(form, datatype=ox.NamedNode(XSD + "duration")) for form in ("P36M", "P3Y", "P2Y12M", "P37M")]
    assert not contradict(Claim(form, str(form)) for form in forms[:3])
    assert contradict(Claim(form, str(form)) for form in forms)


@pytest.mark.parametrize("order", [*permutations(CRITERIA)])
def test_another_policy_changes_only_what_is_preferred(order: tuple[str, ...]) -> None:
    """However the policy is turned, the same claims come out."""
    claims = [
        claim("2018-06-29", "a", "news-item", "hand", "2018"),
        claim("2018-10-01", "b", "press-item", "", "2022-05-13"),
        claim("2018", "c", "depositary-list", "above", "2019"),
        claim("2018-06-29", "d", "web-page", "itself"),
    ]
    for kinds in permutations(POLICY.kinds):
        turned = replace(POLICY, order=order, kinds=kinds)
        assert sorted(map(str, (found.claim for found in turned.prefer(claims)))) == sorted(map(str, claims))


def test_names_follow_the_policy() -> None:
    """A name is that of the first source in the policy's order of names; without a policy the editors', then A to Z."""
    sources = {"a": "press-item", "z": "dataset"}
    cards = [
        ox.Quad(ox.NamedNode(ID + "source/" + name), ox.NamedNode(NS + "sourceKind"), ox.NamedNode(KIND + kind))
        for name, kind in sources.items()
    ]
    names = [
        ox.Quad(
            ox.NamedNode(OFFICE),
            ox.NamedNode(NAME),
            ox.Literal(name, language="en"),
            ox.NamedNode(ID + "source/" + name),
        )
        for name in sources
    ]
    kinds = {str(card.subject)[1:-1]: str(card.object)[1:-1] for card in cards}
    assert of_quads(names, lambda source: POLICY.name_place(kinds[source])).get(OFFICE, "en") == "z"
    assert of_quads(names).get(OFFICE, "en") == "a"


#### The file ####


def test_the_shipped_policy_is_sound(graph: Graph) -> None:
    """The policy of the graph reads without a problem, and is no record."""
    policy, problems = graph.workspace.read_policy()
    assert not problems
    assert policy.version
    assert set(policy.order) == set(CRITERIA)
    assert all(set(rank.note) == set(LANGUAGES) for rank in (*policy.kinds, *policy.names))
    assert graph.workspace.root / "data" / "policy.yaml" not in graph.workspace.data_files()


def test_the_question_asks_for_the_properties_of_the_policy(graph: Graph) -> None:
    """The question `contradictions` compares the properties that have one value by the policy, and no other."""
    listed = re.search(r"VALUES \?property \{(.*?)\n  \}", graph.questions["contradictions"].text, re.DOTALL)
    assert listed
    context = graph.workspace.context.source
    asked = {str(context[word.split(":")[0]]) + word.split(":")[1] for word in listed[1].split()}
    assert asked == graph.workspace.policy.one_value


def test_each_reason_has_its_sentence() -> None:
    """Every criterion has a sentence for going before, for coming after, and for what is not known of it."""
    sentences = catalogue()["sentences"]
    for criterion in CRITERIA:
        assert {f"policy-before-{criterion}", f"policy-after-{criterion}"} <= sentences.keys()
    assert {f"policy-no-{criterion}" for criterion in CRITERIA if criterion != "precision"} <= sentences.keys()


@pytest.fixture
def elsewhere(root: Path, tmp_path: Path) -> Workspace:
    """A graph with the words of ours, the cards of two sources and a copy of the policy."""
    for folder in FOLDERS:
        (tmp_path / folder).symlink_to(root / folder)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "policy.yaml").write_bytes((root / "data" / "policy.yaml").read_bytes())
    return Workspace(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "code", "shown"),
    [
        ("press-item]", "pres-item]", "policy-word", "pres-item"),
        ("order: [kind, ", "order: [kinds, ", "policy-word", "kinds"),
        ("order: [kind, ", "order: [date, ", "duplicate-key", "date]"),
        ("is: [press-item]", "is: [editorial]", "duplicate-key", "editorial"),
        ("is: [press-item]", "is: []", "policy-lacks", "- is: [depositary-list, official-gazette]"),
        ("  - endDate\n", "  - enddate\n", "policy-word", "enddate"),
        ("step: hand", "step: hands", "policy-word", "hands"),
        ("version: 1.2.0\n", "", "policy-lacks", "date: "),
        ("version: 1.2.0\n", "version: [1]\n", "wrong-form", "[1]"),
        ("version: 1.2.0\n", "version: 1.2.0\nversion: 2\n", "duplicate-key", "version: 2"),
        ("\nnames:", "\nranks:", "policy-word", "ranks:"),
        ("date: 2026-", "date: 3026_", "bad-literal", "3026"),
        ("order:", "\torder:", "yaml-tab", "order:"),
        ("\norder:", "\n---\norder:", "policy-form", "order:"),
    ],
)
def test_a_wrong_policy_has_its_place(elsewhere: Workspace, old: str, new: str, code: str, shown: str) -> None:
    """What is wrong is said in three languages, on the line where it stands, by whoever reads the policy."""
    path = elsewhere.root / "data" / "policy.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    _, problems = elsewhere.read_policy()
    found = next(found for found in problems if found.code == code)
    assert found.where.file == "data/policy.yaml"
    assert shown in (elsewhere.line(found.where) or "")[found.where.column - 1 :]
    assert len({found.to_dict(lang)["message"] for lang in LANGUAGES}) == len(LANGUAGES)
    with pytest.raises(Refusal):
        _ = elsewhere.policy


def test_a_wrong_policy_fails_the_graph(elsewhere: Workspace) -> None:
    """The verdict on the graph names a wrong policy too."""
    path = elsewhere.root / "data" / "policy.yaml"
    path.write_text(path.read_text("utf-8").replace("  - endDate\n", "  - enddate\n"), "utf-8")
    errors = [found for found in Graph(elsewhere).validate().problems if found.severity == ERROR]
    assert [(found.code, found.nearest) for found in errors] == [("policy-word", "endDate")]


def test_the_policy_in_a_folder_that_is_judged_is_no_record(elsewhere: Workspace) -> None:
    """A folder of records with the policy in it is judged as both are, by the folder and by the file."""
    path = elsewhere.root / "data" / "policy.yaml"
    assert Graph(elsewhere).validate(path.parent).problems == ()
    path.write_text(path.read_text("utf-8").replace("  - endDate\n", "  - enddate\n"), "utf-8")
    for given in (path, path.parent):
        assert [found.code for found in Graph(elsewhere).validate(given).problems] == ["policy-word"]


def test_a_graph_without_a_policy_ranks_nothing(elsewhere: Workspace) -> None:
    """Without the file, sources stand A to Z."""
    (elsewhere.root / "data" / "policy.yaml").unlink()
    assert elsewhere.policy == Policy()
    assert [found.claim.source[-1] for found in Policy().prefer([claim("2021", "b"), claim("2022", "a")])] == ["a", "b"]


def test_tables_name_things_by_the_policy(root: Path) -> None:
    """The CSV export shows the names that answers show."""
    named = [
        ox.Quad(
            ox.NamedNode(OFFICE),
            ox.NamedNode(NAME),
            ox.Literal(text, language="en"),
            ox.NamedNode(ID + "source/" + text),
        )
        for text in ("a", "z")
    ]
    packed = io.BytesIO()
    export("csv", named, Workspace(root).context.source, packed, lambda source: int(not source.endswith("z")))
    table = zipfile.ZipFile(packed).read("other_things.csv").decode()
    assert table.splitlines()[1].startswith("organisation/o,z,")
