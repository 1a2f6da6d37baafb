"""Write the pictures of the README: the first page, a country and a matrix in Arabic, as a browser shows them.

Needs Chromium and the packages of development; the map is in them where its shapes are installed (docs/web.md).
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
PICTURES = {
    "home": "en/",
    "country": "en/country/MA#treaty-status-country",
    "matrix-ar": "ar/project/cybersouth-plus#country-instrument-matrix-project",
}
"""Name of the file → the page."""

_COLOURS = 96


def main() -> None:
    """Serve the pages on a port of their own, and write each picture."""
    command = [sys.executable, "-m", "cybercoop", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        base = re.search(r"http://\S+/", server.stdout.readline())
        assert base is not None
        try:
            shoot(base.group())
        finally:
            server.terminate()


def shoot(base: str) -> None:
    """Write each picture of the pages at a base."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 760}, color_scheme="light")
        for name, path in PICTURES.items():
            page.goto(base + path, wait_until="networkidle")
            shown = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(_COLOURS)
            shown.save(ROOT / "docs" / "pictures" / f"{name}.png", optimize=True)
            print(f"wrote docs/pictures/{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
