"""The pictures of the README show the product as it is; `make pictures` takes them anew."""

import sys

import numpy as np
import pytest
from PIL import Image

from docs import pictures


def share_that_differs(one: Image.Image, other: Image.Image) -> float:
    """Of the cells of 8 px: letters and lines may differ a little from browser to browser."""
    assert one.size == other.size
    cells = [np.asarray(each.convert("L").reduce(8), dtype=int) for each in (one, other)]
    return float((abs(cells[0] - cells[1]) > 25).mean())


@pytest.mark.skipif(sys.platform != "linux", reason="they are taken with the letters of Debian")
def test_the_pictures_of_the_readme_show_the_product_as_it_is(server, page):
    found = {}
    for name, now in pictures.taken(page, server.url):
        found[name] = share_that_differs(now, Image.open(pictures.HERE / f"{name}.png"))
    assert {name: share for name, share in found.items() if share > 0.05} == {}
