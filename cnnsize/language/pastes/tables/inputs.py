"""Find the input of a table that has no row for it, from its first layer."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

from cnnsize.language.pastes.tables.claims import Claim
from cnnsize.language.pastes.tables.readings import readings
from cnnsize.language.pastes.tables.rows import Row, Table
from cnnsize.language.pastes.tables.windows import filters
from cnnsize.layers.volume import Volume
from cnnsize.text.diagnostic import error

DEPTHS = (1, 3)  # gray and colour images
USUAL_SIDES = frozenset(
    map(
        int,
        [
            "28",
            "32",
            "48",
            "64",
            "80",
            "84",
            "96",
            "100",
            "128",
            "150",
            "160",
            "180",
            "192",
            "200",
            "224",
            "227",
            "256",
            "299",
            "300",
            "320",
            "384",
            "416",
            "448",
            "480",
            "512",
            "600",
            "608",
            "640",
        ],
    )
)
KEEPING = ("skip", "activation", "batch_norm", "prelu", "instance_norm", "group_norm")
KEEPING_KINDS = ("DROPOUT", "DROPOUT2D", "LN", "LRN")
MAX_FIRST_FILTER = 5  # a larger first filter usually has a stride
MAX_SHOWN = 4


def first_volume(
    table: Table,
    rows: Sequence[Row],
    solvers: Sequence[str],
    volumes: Sequence[Volume],
    notes: list[str],
) -> Volume:
    """Return the input that the first row implies. Raises ArchitectureError where it is open."""
    if table.input is not None:
        notes.append(f"the table has no input: {table.input} was given")
        return table.input
    name, _, kind = solvers[0].partition(" ")
    after, params = volumes[0], rows[0].params or 0
    if name in KEEPING or kind in KEEPING_KINDS or (name == "plain" and kind not in RESIZING):
        return after
    candidates: list[Volume] = []
    if name == "dense" and after[:2] == (1, 1):
        candidates = dense_inputs(params, after.D)
    elif kind == "FLATTEN":
        candidates = flat_inputs(after.D)
    elif name == "transposed":
        candidates = noise_inputs(params, after)
    elif name == "conv":
        candidates = conv_inputs(table, rows, volumes, solvers)
    if len(candidates) == 1:
        notes.append(f"the table has no input: {candidates[0]} was taken from {rows[0].name}")
        return candidates[0]
    several = " or ".join(map(str, candidates[:MAX_SHOWN]))
    raise error(
        "CNN005",
        f"the table has no row for the input, and {rows[0].title} fits "
        + (several if candidates else "several inputs"),
        rows[0].span,
        help=(
            f"pass --input, as in --input {(candidates or [Volume(32, 32, 3)])[0]}",
            f"or add a row for it: {input_row(table, (candidates or [Volume(32, 32, 3)])[0])}",
        ),
    )


def input_row(table: Table, volume: Volume) -> str:
    """Return the row of an input, as the tool of the table would write it."""
    W, H, D = volume
    if table.framework == "keras":
        return f"input (InputLayer)  (None, {H}, {W}, {D})  0"
    if table.tool == "torchsummary":
        return f"Input-0  [-1, {D}, {H}, {W}]  0"
    shape = f"[{table.batch}, {D}, {H}, {W}]"
    cells = (shape if column in ("shape", "received") else "--" for column in table.columns)
    return "  ".join(("Input: 1-0", *cells))


RESIZING = ("GAP", "GMP", "FLATTEN")


def dense_inputs(params: int, K: int) -> list[Volume]:
    """Return the input of a dense layer with K units."""
    for weights in (params - K, params):
        if weights >= K and weights % K == 0:
            return [Volume(1, 1, weights // K)]
    return []


def flat_inputs(values: int) -> list[Volume]:
    """Return the square image with this many values, or the vector where it would be no such image."""
    images = [
        Volume(side, side, depth)
        for depth in DEPTHS
        if (side := isqrt(values // depth)) ** 2 * depth == values
    ]
    return images or [Volume(1, 1, values)]


def noise_inputs(params: int, after: Volume) -> list[Volume]:
    """Return the vector that a first transposed convolution makes a map of with all of its filter."""
    for weights in (params - after.D, params):
        depth, rest = divmod(weights, after.W * after.H * after.D)
        if depth and not rest:
            return [Volume(1, 1, depth)]
    return []


def conv_inputs(
    table: Table, rows: Sequence[Row], volumes: Sequence[Volume], solvers: Sequence[str]
) -> list[Volume]:
    """Return the likely inputs of a first convolution: one, where the other rows decide.

    The filter follows from its parameters for one channel or three. With stride 1 the padding is
    that of the other convolutions; a footer with the size of the input in MB decides before that.
    """
    after, params = volumes[0], rows[0].params or 0
    every = [
        (depth, filter)
        for depth in DEPTHS
        for filter in filters(params, depth, after.D, rows[0].kernel, None)
        if filter.F[0] == filter.F[1] and filter.G in (1, after.D)
    ]
    may_lack_bias = len(solvers) > 1 and solvers[1] == "batch_norm"
    biased = [] if may_lack_bias else [option for option in every if option[1].bias]
    options = [(depth, filter.F) for depth, filter in biased or every]
    if not options:
        return []
    _, F = min(options, key=lambda option: option[1][0] % 2 == 0)
    return [
        volume
        for depth, size in options
        if size == F
        for volume in inputs_of_depth(table, rows, volumes, solvers, depth, F)
    ]


def inputs_of_depth(
    table: Table,
    rows: Sequence[Row],
    volumes: Sequence[Volume],
    solvers: Sequence[str],
    depth: int,
    F: tuple[int, int],
) -> list[Volume]:
    """Return the likely inputs of a depth, for a first convolution with a filter of size F."""
    after = volumes[0]
    sides = {S: side_choices(F[0], S, known=table.megabytes is not None) for S in (1, 2, 3, 4)}
    every = [
        Volume(
            S * (after.W - 1) + F[0] - total + extra,
            S * (after.H - 1) + F[1] - total + extra,
            depth,
        )
        for S, totals in sides.items()
        for total in totals
        for extra in range(S)
    ]
    every = [volume for volume in dict.fromkeys(every) if min(volume[:2]) >= F[0]]
    if table.megabytes is not None and table.megabytes[0] >= 0.05:
        size, unit = table.megabytes
        near = [
            volume
            for volume in every
            if abs(4 * table.batch * volume.W * volume.H * volume.D / unit - size) <= 0.0051
        ]
        usual = [volume for volume in near if volume.W in USUAL_SIDES]
        round_ones = [volume for volume in near if volume.W % 4 == 0]
        return (usual or round_ones or near)[:1] if len(usual) <= 1 else usual
    styles = styles_of(table, rows, volumes, solvers)
    by_style = {
        "valid": Volume(after.W + F[0] - 1, after.H + F[1] - 1, depth),
        "same": Volume(after.W, after.H, depth),
    }
    likely = [by_style[style] for style in ("valid", "same") if style in styles or not styles]
    if F == (1, 1):
        likely = likely[:1]
    strided = [volume for volume in every if volume.W in USUAL_SIDES and volume not in likely]
    usual_strides = [volume for volume in strided if 2 * after.W + F[0] >= volume.W]
    if len(likely) == 1 and F[0] <= MAX_FIRST_FILTER:
        is_usual = likely[0].W in USUAL_SIDES
        if is_usual or not any(volume.W >= 2 * after.W - 1 for volume in strided):
            return likely
    usual_likely = [volume for volume in likely if volume.W in USUAL_SIDES]
    if len(usual_likely) == 1 and F[0] <= MAX_FIRST_FILTER and len(likely) > 1:
        return usual_likely
    return list(dict.fromkeys((*usual_likely, *usual_strides, *likely, *strided)))


def side_choices(F: int, S: int, *, known: bool) -> tuple[int, ...]:
    """Return the total paddings of a first filter: the usual ones, or all where the size is known."""
    centred = 2 * ((F - 1) // 2)
    others = range(2, centred, 2) if known and S > 1 else ()
    return tuple(dict.fromkeys((0, centred, *others)))


def styles_of(
    table: Table, rows: Sequence[Row], volumes: Sequence[Volume], solvers: Sequence[str]
) -> set[str]:
    """Return the paddings of the other convolutions with stride 1: "valid", "same", both or none."""
    styles: set[str] = set()
    for number in range(1, len(rows)):
        if solvers[number] not in ("conv", "depthwise", "separable"):
            continue
        claim = Claim(rows[number], table, volumes[number - 1], volumes[number], "", False)
        styles |= {reading.style for reading in readings(claim, solvers[number])[:1]}
    return styles - {""}
