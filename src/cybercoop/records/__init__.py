"""Files into statements with places: one reader per way of writing, one table of them all."""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from cybercoop.problems.problem import Where, problem

if TYPE_CHECKING:
    from cybercoop.records.reading import Reading
    from cybercoop.terms.context import Context


class Reader(Protocol):
    """What each reading module offers as `read`."""

    def __call__(self, text: Any, file: str, context: Context, form: str) -> Reading:
        """Return what a text, or the bytes of a binary format, says; `form` is the name of its format."""


class Format(NamedTuple):
    """One way of writing: its name, how its files end, and the module that reads it."""

    name: str
    suffixes: tuple[str, ...]
    module: str
    binary: bool = False

    def imported(self) -> Any:
        """Return the module that reads this format, which is imported only now."""
        return import_module(f"{__name__}.{self.module}")

    def reader(self) -> Reader:
        """Return the function that reads this format."""
        return cast(Reader, self.imported().read)


FORMATS = (
    Format("yaml", (".yaml", ".yml", ".yamlld"), "yaml"),
    Format("csv", (".csv",), "table"),
    Format("csv.gz", (".gz",), "packed", binary=True),
    Format("tsv", (".tsv", ".tab"), "packed", binary=True),
    Format("turtle", (".ttl",), "turtle"),
    Format("trig", (".trig",), "turtle"),
    Format("ntriples", (".nt",), "turtle"),
    Format("nquads", (".nq",), "turtle"),
    Format("nquads.gz", (), "packed", binary=True),
    Format("jsonld", (".jsonld", ".json"), "jsonld"),
    Format("rdfxml", (".rdf",), "rdfxml"),
    Format("xlsx", (".xlsx",), "workbook", binary=True),
    Format("ods", (".ods",), "ods", binary=True),
)
"""Every way of writing that can be read."""

NAMES = {form.name: form for form in FORMATS}
"""Every way of writing by its name."""

MAX_BYTES = 64 * 1024 * 1024
"""Size of a file, in bytes, above which it is refused unread."""

SUFFIXES = {suffix: form for form in FORMATS for suffix in form.suffixes}


class Given(NamedTuple):
    """A file that does not lie on the disk, such as standard input: how it is called, its content and its format."""

    name: str
    data: bytes
    form: str


def read(data: bytes, file: str, context: Context, form_name: str | None = None) -> Reading:
    """Return what a file says; the reader is chosen by its format, else by the end of the file's name.

    Never raises for bad input: whatever is wrong stands in the reading's problems, with its place.
    """
    from cybercoop.records.reading import Reading, decode

    suffix = PurePath(file).suffix.lower()
    if form_name is None and suffix not in SUFFIXES:
        known = " ".join(sorted(SUFFIXES))
        return Reading(problems=[problem("unknown-format", Where(file), value=suffix or file, known=known)])
    if len(data) > MAX_BYTES:
        return Reading(problems=[problem("file-too-large", Where(file), value=f"> {MAX_BYTES // 2**20} MB")])
    form = NAMES[form_name] if form_name is not None else SUFFIXES[suffix]
    if form.binary:
        reading = form.reader()(data, file, context, form.name)
    elif (plain := of_lines(data, file, context, form.name)) is not None:
        reading = plain
    else:
        text, problems = decode(data, file)
        if problems:
            from cybercoop.records import unfit  # which a file without a fault does without

            return unfit.reading(data, file, problems, lambda text: form.reader()(text, file, context, form.name))
        reading = form.reader()(text, file, context, form.name)
        reading.texts.setdefault(file, text)
    if not reading.statements and not reading.problems:
        reading.problems.append(problem("empty-file", Where(file, 1, 1) if data else Where(file)))
    return reading


def of_lines(data: bytes, file: str, context: Context, form: str) -> Reading | None:
    """Return what a file of plain and sound lines says; of any other, None, and its own reader is to read it."""
    if form not in ("ntriples", "nquads"):
        return None
    from cybercoop.records.lines import read

    return read(data, file, context, form)
