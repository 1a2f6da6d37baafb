"""What forms send, files among it (RFC 7578), within limits; and its verdict, by a process that ends in time."""

from __future__ import annotations

import gzip
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from cybercoop.interfaces.web.programs import FIELDS, fields, received
from cybercoop.problems.problem import refuse, seen
from cybercoop.records import SUFFIXES

LARGEST = 4 << 20
"""How many bytes a form with a file may have: a workbook of more rows than can be judged in `SECONDS`."""

SECONDS = 60
"""How long one verdict may take, as that on some thousands of records does; a proxy waits no longer, either."""

MEMORY = 3 << 30
"""How many bytes of address space it may have."""

AT_ONCE = 2
"""How many verdicts are found at once by one process of the server."""

_NAME = 100
_KIND = "multipart/form-data"
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # what a stranger sends fills no log
_places = threading.BoundedSemaphore(AT_ONCE)


class Sent(NamedTuple):
    """What a form sends: its fields, of each the first value; the name of its file, and what that holds."""

    fields: dict[str, str]
    name: str = ""
    data: bytes = b""


async def form_sent(request: Request) -> Sent:
    """Return what a form sends, with or without a file (HTML, 4.10.21).

    Raises `Refusal` as `received` and `parts` do.
    """
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() == _KIND:
        return parts(await received(request, LARGEST), kind)
    given = fields(await received(request), "form", "replace")
    return Sent({name: text.replace("\r\n", "\n") for name, text in reversed(given) if text})


def parts(body: bytes, kind: str) -> Sent:
    """Return what a body of several parts holds; `kind` is its media type, with the boundary between them.

    Raises `Refusal` for one that cannot be read or has no end, has parts without end, or several files.
    """
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    found: list[tuple[dict[bytes, bytes], bytearray]] = []
    header, ended = [bytearray(), bytearray()], []

    def begun() -> None:
        if len(found) >= FIELDS:
            raise refuse("body-too-many", limit=str(FIELDS))
        found.append(({}, bytearray()))

    def told() -> None:
        found[-1][0][bytes(header[0]).strip().lower()] = bytes(header[1])
        for each in header:
            each.clear()

    def taken(into: bytearray, data: bytes, start: int, end: int) -> None:
        into.extend(memoryview(data)[start:end])

    callbacks: Any = {
        "on_part_begin": begun,
        "on_header_field": lambda *data: taken(header[0], *data),
        "on_header_value": lambda *data: taken(header[1], *data),
        "on_header_end": told,
        "on_part_data": lambda *data: taken(found[-1][1], *data),
        "on_end": lambda: ended.append(True),
    }
    try:
        boundary = parse_options_header(kind)[1].get(b"boundary", b"")
        if boundary:
            MultipartParser(boundary, callbacks).write(body)
    except FormParserError:
        ended = []
    if not ended:
        raise refuse("upload-broken")
    given: dict[str, str] = {}
    files: list[tuple[str, bytes]] = []
    for headers, data in found:
        how, options = parse_options_header(headers.get(b"content-disposition", b""))
        if how != b"form-data" or b"name" not in options:
            raise refuse("upload-broken")
        if b"filename" in options:
            files.append((_shown(options[b"filename"].decode("utf-8", "replace")), bytes(data)))
        else:
            name, text = options[b"name"].decode("utf-8", "replace"), data.decode("utf-8", "replace")
            given.setdefault(name, text.replace("\r\n", "\n"))
    files = [(name, data) for name, data in files if name or data]  # an input that was left empty is none
    if len(files) > 1:
        raise refuse("upload-several")
    return Sent(given, *(files[0] if files else ()))


def _shown(name: str) -> str:
    """Return the name of a file, without the path that it has where it comes from, as a page may show it."""
    return seen(name.replace("\\", "/").rpartition("/")[2])[-_NAME:].strip()


def suffix_of(name: str) -> str:
    """Return how a file's name ends, as its format is known by. Raises `Refusal` where none is.

    >>> suffix_of("Fiches.2025.CSV.GZ")
    '.csv.gz'
    """
    path = PurePath(name.lower())
    inner = PurePath(path.stem).suffix
    if path.suffix not in SUFFIXES or (path.suffix == ".gz" and (inner not in SUFFIXES or SUFFIXES[inner].binary)):
        known = " ".join(suffix for suffix in SUFFIXES if suffix != ".gz")
        raise refuse("unknown-format", value=path.suffix or name, known=f"{known} .csv.gz")
    return inner + path.suffix if path.suffix == ".gz" else path.suffix


def judged(root: Path, lang: str, name: str, suffix: str, data: bytes, *, take: bool = False) -> dict[str, Any]:
    """Return the verdict on a file (`verdicts.verdict`), found by a process of its own in a folder that goes with it.

    Raises `Refusal` where as many are being found as may be, or it takes more time or memory than it may.
    """
    if not _places.acquire(blocking=False):
        raise refuse("judge-busy", limit=str(AT_ONCE))
    command = [sys.executable, "-P", "-m", "cybercoop.interfaces.web.verdicts"]
    try:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, file := f"record{suffix}").write_bytes(data)
            task = {"root": str(root.resolve()), "lang": lang, "name": name or file, "file": file, "take": take}
            task |= {"seconds": SECONDS, "memory": MEMORY}
            within = {**os.environ, "TMPDIR": folder, "TEMP": folder, "TMP": folder}
            done = subprocess.run(
                command,
                input=json.dumps(task).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env=within,
                timeout=SECONDS,
                check=True,
            )
            found: dict[str, Any] = json.loads(done.stdout)
            return found
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        raise refuse("judge-too-much", limit=str(SECONDS)) from None
    finally:
        _places.release()


def packed(request: Request, body: bytes, media_type: str, headers: dict[str, str], status: int = 200) -> Response:
    """Return a body packed in the thread that made it: packed on the way out, a large one would keep others waiting."""
    if "gzip" in request.headers.get("accept-encoding", ""):  # as Starlette asks it for all others
        body = gzip.compress(body, 5, mtime=0)
        headers = {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(body, status, headers, media_type)
