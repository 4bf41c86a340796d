"""The pictures of the README, taken from the simulated trial: ``make pictures``.

The newest cut of the simulated trial is the same on every machine, so a picture changes only when
the product does.
"""

import io
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from data import simulate
from tests import browser as installed

HERE = Path(__file__).parent
# file: (address, width and height in px, light or dark)
PICTURES = {
    "today": ("today", (1920, 1080), "light"),
    "dosing": ("dosing?share=1&panel=course", (1280, 720), "light"),
    "dark": ("safety_counts?share=1&panel=boundary", (1280, 720), "dark"),
}


def taken(page: Page, url: str) -> Iterator[tuple[str, Image.Image]]:
    """Each picture with its name, of a dashboard that shows the last twelve simulated cuts."""
    for name, (address, (width, height), scheme) in PICTURES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        installed.opened(page, f"{url}/{address}")
        yield name, Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def take(folder: Path) -> None:
    """All pictures, into a folder."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        trial = Path(place)
        for name in ("protocol.toml", "illustrative.toml"):
            shutil.copy(installed.ROOT / "data" / "nct04445454" / name, trial)
        simulate.main(["--out", str(trial / "simulated"), "--cuts", "12"])
        server = installed.Server(trial, trial / "log")
        browser = playwright.chromium.launch(executable_path=installed.path(), args=installed.FLAGS)
        try:
            for name, picture in taken(browser.new_page(), server.url):
                picture.save(folder / f"{name}.png", optimize=True)
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    take(HERE)
