"""Claims from files of IATI in bulk: what would be proposed of each activity, as statements of the file as source.

Nobody reviews them. So a thing is called after its identifier, which keeps apart what has one title, and brings
together what several files say of one activity; what editors would add stays away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

import pyoxigraph as ox

from cybercoop.contribute.iati.known import Known
from cybercoop.contribute.iati.left_out import WHOLE
from cybercoop.contribute.iati.proposal import Proposing
from cybercoop.problems.problem import Refusal
from cybercoop.records import iati
from cybercoop.records.iati_activity import Activity
from cybercoop.records.reading import Node, fields
from cybercoop.records.records import read_records
from cybercoop.terms import names
from cybercoop.terms.names import ID

Left = tuple[str, Mapping[str, object], str, int]
"""What is left out: a code, what its sentence is filled with, an activity that it holds for, and how many.

Of what is no sentence but a problem, its words in each language stand in the place of the former.
"""
ACTIVITIES, TAKEN = "activities", "taken"
"""In the place of a code: how many activities there are, and of how many there are claims."""


class Claims:
    """Makes statements of a file, here or where it was pickled to.

    Of activities those that concern the field are taken, as `propose` has it, or `every` one that has an identifier.
    """

    def __init__(self, known: Known, *, every: bool = False) -> None:
        self._known, self._every = known, every

    def __call__(self, data: bytes, name: str) -> Iterator[ox.Quad | Left]:
        """Yield the statements of the bytes of a file and what is left out; a file that cannot be read is left out."""
        try:
            file = iati.read(data, name)
        except Refusal as refusal:
            yield refusal.problem.code, refusal.problem.message, name, 1
            return
        taking = _Taking(self._known, file, name)
        wanted = {each.identifier for each in file.activities} if self._every else set[str]()
        records = [fields(taking.record(each)) for each in taking.taken(wanted)]
        card = [fields(taking.card())] if records and taking.is_new else []
        reading = read_records([*card, *records], name, self._known.context)
        yield from reading.quads()
        for problem in reading.problems:
            yield problem.code, problem.message, name, 1
        for (code, values), shown in taking.left.told.items():
            yield code, dict(values), shown[0], len(shown if code in WHOLE else set(shown))
        yield ACTIVITIES, {}, name, len(file.activities)
        yield TAKEN, {}, name, len(records)


class _Taking(Proposing):
    """One file on its way into claims."""

    def __init__(self, known: Known, file: iati.File, name: str) -> None:
        super().__init__(known, file, name)
        if self.is_new:
            self.source += f"-{self.digest[:8]}"

    def record(self, activity: Activity) -> list[tuple[str, Node]]:
        """Return what the file says of one activity."""
        return self._record(activity, names.short(self.known.projects.get(activity.identifier) or _named(activity)))


def _named(activity: Activity) -> str:
    """Return the IRI of a project by its identifier; what a slug does not tell apart, a digest does."""
    slug = names.slug(activity.identifier)
    if slug != activity.identifier.lower():
        slug += "-" + hashlib.sha256(activity.identifier.encode()).hexdigest()[:8]
    return f"{ID}project/{slug}"
