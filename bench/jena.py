"""Jena's SHACL validator, as Debian packages it (libapache-jena-java), as one more engine to measure."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from cybercoop.shapes import Shapes, ntriples
from cybercoop.terms.names import SH

JARS = Path("/usr/share/java")
NAMES = """
    commons-cli commons-codec commons-compress commons-csv commons-io commons-lang3 dexx.collection gson guava
    httpclient httpcore jackson-annotations jackson-core jackson-databind jakarta.json-api jena-arq jena-base
    jena-cmds jena-core jena-dboe-base jena-dboe-index jena-dboe-storage jena-dboe-trans-data jena-dboe-transaction
    jena-iri jena-rdfconnection jena-shacl jena-shex jena-tdb jena-tdb2 jsonld-java protobuf slf4j-api slf4j-nop
    thrift titanium-json-ld
"""
LEFT_OUT = ("xerces/impl/xpath/regex/message.properties", "xerces/impl/msg/XMLSchemaMessages.properties")
"""Files that the package of Debian lacks; Jena starts where they are there, and they may be empty."""


def missing() -> str:
    """Return what keeps Jena from running here, or nothing."""
    absent = [name for name in NAMES.split() if not (JARS / f"{name}.jar").is_file()]
    if shutil.which("java") is None:
        return "there is no java"
    return f"{JARS} has no {absent[0]}.jar" if absent else ""


def version() -> str:
    """Return the version of Jena that is installed."""
    found = sorted(path.stem.removeprefix("jena-shacl-") for path in JARS.glob("jena-shacl-*.jar"))
    return found[-1] if found else "unknown"


def validate(path: Path, shapes: Shapes) -> Iterator[tuple[str, str]]:
    """Yield the name of each constraint that a file of N-Triples violates, with the thing that violates it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for left_out in LEFT_OUT:
            (folder / left_out).parent.mkdir(parents=True, exist_ok=True)
            (folder / left_out).touch()
        (folder / "shapes.nt").write_text(_readable(shapes), encoding="utf-8")
        jars = ":".join([name, *(str(JARS / f"{jar}.jar") for jar in NAMES.split())])
        command = ["java", "-cp", jars, "shacl.shacl", "validate", "--shapes", str(folder / "shapes.nt")]
        done = subprocess.run([*command, "--data", str(path)], capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stderr.decode().strip().splitlines() or ["no report"])[0])
    yield from _results(done.stdout)


def _readable(shapes: Shapes) -> str:
    """Return the shapes with the name of each constraint as its one message.

    Jena takes no rule with messages in several languages; its report names the shape that bears a rule, not the rule.
    """
    message = ox.NamedNode(SH + "message")
    kept = [triple for triple in shapes.triples if triple.predicate != message]
    named = (ox.Triple(ox.NamedNode(iri), message, ox.Literal(one.code)) for iri, one in shapes.constraints.items())
    return ntriples([*kept, *named])


def _results(report: bytes) -> Iterator[tuple[str, str]]:
    things: dict[str, str] = {}
    codes: dict[str, str] = {}
    for quad in ox.parse(report, format=ox.RdfFormat.TURTLE):
        if quad.predicate.value == SH + "focusNode":
            things[str(quad.subject)] = str(quad.object)
        elif quad.predicate.value == SH + "resultMessage" and isinstance(quad.object, ox.Literal):
            codes[str(quad.subject)] = quad.object.value
    yield from ((codes[result], thing) for result, thing in things.items())
