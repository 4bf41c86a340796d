"""Colours as somebody sees them who lacks the receptors for red, green or blue.

``python -m tests.color_vision SCREENSHOT.png`` writes the picture as each of them sees it, beside it.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

# Protan lacks the red, deutan the green, tritan the blue receptor: what is left of a colour of
# linear light (Machado, Oliveira, Fernandes, IEEE TVCG 2009;15:1291, severity 1.0).
BLINDNESS = {
    "protan": [
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ],
    "deutan": [
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ],
    "tritan": [
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ],
}


def seen(rgb: np.ndarray, blindness: str | None) -> np.ndarray:
    """Colours of 0 to 255, the last axis being red, green and blue, as that reader sees them."""
    if blindness is None:
        return rgb
    part = np.asarray(rgb, dtype=float) / 255
    light = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    light = np.clip(light @ np.array(BLINDNESS[blindness]).T, 0, 1)
    part = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(part * 255).astype(np.uint8)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Colours of 0 to 255 in CIE L*a*b*, where 2.3 is the distance that is just noticed."""
    part = np.asarray(rgb, dtype=float) / 255
    light = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    to_xyz = [(0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505)]
    xyz = light @ np.array(to_xyz).T / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def rgb(color: str) -> np.ndarray:
    """#E69F00 as red, green and blue."""
    return np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)], dtype=np.uint8)


def distance(one: str, other: str, blindness: str | None) -> float:
    """How far apart two colours such as #E69F00 are for that reader."""
    pair = lab(seen(np.array([rgb(one), rgb(other)]), blindness))
    return float(np.linalg.norm(pair[0] - pair[1]))


def simulate(screenshot: Path) -> dict[str, Path]:
    """Write the screenshot as each of them sees it, beside it."""
    picture = np.asarray(Image.open(screenshot).convert("RGB"))
    written = {}
    for blindness in BLINDNESS:
        written[blindness] = screenshot.with_stem(f"{screenshot.stem}-{blindness}")
        Image.fromarray(seen(picture, blindness)).save(written[blindness])
    return written


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        for file in simulate(Path(argument)).values():
            print(file)
