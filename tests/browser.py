"""The browser that the tests drive: an installed one, since nothing is downloaded.

``python -m tests.browser`` prints where it is, and fails if there is none.
"""

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)


def path() -> str | None:
    """The browser named by BROWSER_PATH, else the first that is installed."""
    if named := os.environ.get("BROWSER_PATH"):
        return named
    found = [place for name in NAMES if (place := shutil.which(name))]
    return next(iter(found + [place for place in PLACES if Path(place).exists()]), None)


if __name__ == "__main__":
    if path() is None:
        sys.exit("No Chromium, Chrome or Edge is installed.")
    print(path())
