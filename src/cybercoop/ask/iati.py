"""One project as an activity of IATI: what is said of it, and of the bodies that it names, as the policy orders it."""

from __future__ import annotations

from collections.abc import Collection

import pyoxigraph as ox

from cybercoop.ask.explain import explain
from cybercoop.ask.explanation import Explanation
from cybercoop.ask.selection import Exported
from cybercoop.export import iati
from cybercoop.problems.problem import LANGUAGES, nearest, refuse, sentence
from cybercoop.terms.iati import aligned
from cybercoop.terms.names import COMPUTED, NS, RDF_TYPE, short
from cybercoop.terms.term import iri_of
from cybercoop.workspace.policy import Value
from cybercoop.workspace.workspace import Workspace


def activity(workspace: Workspace, project: str, identifier: str = "", lang: str = "en") -> Exported:
    """Return the file of one project, by its code, name or IRI; `no_place` holds the words that IATI has no place for.

    `identifier` is what its reporter calls the activity, where no source says. Raises `Refusal` for what is no project,
    and with the list of what the standard demands and no source says.
    """
    found = explain(workspace, project, lang=lang)
    if NS + "Project" not in found.classes:
        raise refuse("iati-no-project", value=project, nearest=nearest(project, _projects(workspace)))
    met = _values(found)
    named = {value.value for values in met.values() for value in values if isinstance(value, ox.NamedNode)}
    bodies = {iri: _values(explain(workspace, iri)) for iri in named if "/id/organisation/" in iri}
    labels = workspace.labels(workspace.stored.open(), map(ox.NamedNode, [found.thing, *named]))
    told = {each: " ".join(notice for _, notice in labels.noticed(named, (), each)) for each in LANGUAGES}
    notices = {each: text for each, text in told.items() if text}
    codes = aligned(workspace.alignment("iati"))
    try:
        content, left = iati.write(iati.Activity(found.thing, met, bodies, labels.names, notices, codes), identifier)
    except iati.Demanded as demanded:
        wanted = {
            name: {each: sentence(f"iati-demands-{name}", each) for each in LANGUAGES} for name in demanded.elements
        }
        raise refuse("iati-demands", value=short(found.thing), choices=wanted) from None
    made = Exported(content)
    made.no_place = left
    return made


def _projects(workspace: Workspace) -> Collection[str]:
    found = workspace.stored.open().quads_for_pattern(None, ox.NamedNode(RDF_TYPE), ox.NamedNode(NS + "Project"))
    return {short(iri_of(quad.subject)) for quad in found}


def _values(found: Explanation) -> dict[str, list[Value]]:
    """Return the values of a thing by what is stated of it: what the policy puts first, then what most sources say."""
    return {
        entry.iri: [
            stated.value for stated in sorted(entry.values, key=lambda each: (not each.preferred, -len(each.sources)))
        ]
        for entry in found.properties
        if entry.iri not in COMPUTED
    }
