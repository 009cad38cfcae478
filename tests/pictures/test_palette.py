"""The contrast and the distances of the colours, recomputed from the table."""

from __future__ import annotations

from itertools import combinations, pairwise
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

import pytest

from cnnsize.pictures.palette import BAD, FILLS, INKS, LINES, PAGE, STEPS, Shade

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB
VISIONS = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
    "grey": ((0.2126, 0.7152, 0.0722),) * 3,
}
Triple = tuple[float, float, float]


def linear(colour: str) -> Triple:
    values = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return r, g, b


def contrast(first: str, second: str) -> float:
    def luminance(colour: str) -> float:
        r, g, b = linear(colour)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, vision: str) -> Triple:
    rgb = linear(colour)
    matrix = VISIONS[vision]
    r, g, b = (min(1, max(0, sum(k * v for k, v in zip(row, rgb, strict=True)))) for row in matrix)
    x = (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047
    y = 0.2126729 * r + 0.7151522 * g + 0.0721750 * b
    z = (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883
    fx, fy, fz = (
        t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (x, y, z)
    )
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def ciede2000(first: Triple, second: Triple) -> float:
    (l1, a1, b1), (l2, a2, b2) = first, second
    mean = (hypot(a1, b1) + hypot(a2, b2)) / 2
    g = 0.5 * (1 - sqrt(mean**7 / (mean**7 + 25**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = hypot(a1, b1), hypot(a2, b2)
    h1, h2 = degrees(atan2(b1, a1)) % 360, degrees(atan2(b2, a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    dl, dc, dh = l2 - l1, c2 - c1, 2 * sqrt(c1 * c2) * sin(radians(turn / 2))
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * cos(radians(hue - 30))
        + 0.24 * cos(radians(2 * hue))
        + 0.32 * cos(radians(3 * hue + 6))
        - 0.20 * cos(radians(4 * hue - 63))
    )
    sl = 1 + 0.015 * (lightness - 50) ** 2 / sqrt(20 + (lightness - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rotation = -2 * sqrt(chroma**7 / (chroma**7 + 25**7))
    rotation *= sin(radians(60 * exp(-(((hue - 275) / 25) ** 2))))
    x, y, z = dl / sl, dc / sc, dh / sh
    return sqrt(x * x + y * y + z * z + rotation * y * z)


def test_the_distance_is_that_of_the_paper() -> None:
    """Two pairs of the test data of Sharma, Wu and Dalal 2005."""
    assert ciede2000((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert ciede2000((50, 2.5, 0), (73, 25, -18)) == pytest.approx(27.1492, abs=1e-4)


def of_theme(shades: dict[str, Shade], theme: int) -> list[str]:
    return [shade[theme] for shade in shades.values()]


@pytest.mark.parametrize("theme", [0, 1])
def test_texts_and_lines_can_be_read(theme: int) -> None:
    ink, dim, paper = (PAGE[role][theme] for role in ("ink", "dim", "paper"))
    fills = [*of_theme(FILLS, theme), BAD[theme], paper]
    assert min(contrast(ink, fill) for fill in fills) >= 5.5
    assert contrast(dim, paper) >= 6.3
    assert min(contrast(line, paper) for line in of_theme(LINES, theme)) >= 5.8


@pytest.mark.parametrize(("theme", "least", "least_grey"), [(0, 9.9, 3.9), (1, 9.2, 3.1)])
def test_the_kinds_of_layers_are_told_apart(theme: int, least: float, least_grey: float) -> None:
    for vision in VISIONS:
        colours = [lab(fill, vision) for fill in of_theme(FILLS, theme)]
        distance = min(ciede2000(*pair) for pair in combinations(colours, 2))
        assert distance >= (least_grey if vision == "grey" else least), vision


@pytest.mark.parametrize("theme", [0, 1])
def test_the_steps_are_told_apart_in_grey_and_their_texts_can_be_read(theme: int) -> None:
    greys = [lab(step[theme], "grey")[0] for step in STEPS.values()]
    assert greys == sorted(greys, reverse=theme == 0)
    assert min(abs(a - b) for a, b in pairwise(greys)) >= 7
    for role, step in STEPS.items():
        assert contrast(step[theme], PAGE[INKS[role]][theme]) >= 4.5
