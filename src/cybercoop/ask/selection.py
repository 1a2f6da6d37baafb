"""What leaves the house: what people choose of the graph, in the format that they name."""

from __future__ import annotations

import io

from cybercoop import export
from cybercoop.export.facts import ExportError
from cybercoop.problems.problem import one_of, refuse
from cybercoop.terms.names import short
from cybercoop.workspace.workspace import Workspace


class Exported(bytes):
    """An export as it is written, and how many `statements` are in it, of tables how many claims."""

    statements: int = 0


def exported(workspace: Workspace, form: str, *, excel: bool = False, vocabulary: bool | None = None) -> Exported:
    """Return the graph in a format; without `vocabulary`, or where that is not said in tables, records alone.

    Raises `Refusal` for a format that is unknown or does not take `excel`, and for a fact that it cannot carry.
    """
    one_of(form, ("csv",) if excel else export.FORMATS)
    quads = workspace.statements(vocabulary=not export.FORMATS[form].shows_names if vocabulary is None else vocabulary)
    buffer = io.BytesIO()
    try:
        order = workspace.name_order(quads)
        count = export.export(form, quads, workspace.context.source, buffer, order, excel=excel)
    except ExportError as error:
        thing, term = short(error.subject), short(error.predicate)
        raise refuse(error.code, thing=thing, term=term, value=error.value) from None
    made = Exported(buffer.getvalue())
    made.statements = count
    return made
