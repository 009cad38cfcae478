"""Choose among the readings of a row by what the other rows of its table decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cnnsize.language.pastes.tables import contradictions
from cnnsize.language.pastes.tables.claims import Claim, Reading
from cnnsize.layers.names import POOLS

LARGEST = 11  # a filter that is larger is no rival of a smaller one
FILTERED = ("CONV", "DWCONV")
MAX_SHOWN = 3


def is_pool(options: list[Reading]) -> bool:
    """Return whether the readings of a row are those of a pool with a window."""
    return bool(options) and options[0].layers[-1].kind in POOLS and "/" in options[0].style


def strides(options: list[Reading]) -> bool:
    """Return whether the plainest reading of a row is a convolution with a stride."""
    layer = options[0].layers[-1] if options else None
    return layer is not None and layer.kind == "CONV" and layer.values.get("S", (1, 1)) != (1, 1)


def choose_pools(
    claims: Sequence[Claim], choices: Sequence[list[Reading]], notes: list[str]
) -> list[Reading | None]:
    """Return one reading for each row: the plainest, and for pools the one that fits most of them.

    A network usually has pools of one setting. Among those that fit equally many, the one that
    reads all of its input is taken, as AlexNet has it, whose convolutions stride too; where no
    convolution strides it is 2x2, the default. Then the plainest is taken. Raises ArchitectureError for a pool that
    either reads all of its input or has the usual size, if no other pool decides.
    """
    pools = [options for options in choices if is_pool(options)]
    fits = Counter(reading.style for options in pools for reading in options)
    lost = Counter(reading.style for options in pools for reading in options if reading.rank[2])

    def key(reading: Reading) -> tuple[int, ...]:
        name = reading.style
        return (-fits[name], *reading.rank[:2], lost[name], *reading.rank[2:])

    has_stride = any(map(strides, choices))
    chosen: list[Reading | None] = []
    others: dict[str, list[str]] = {}
    for claim, options in zip(claims, choices, strict=True):
        if not is_pool(options):
            chosen.append(options[0] if options else None)
            continue
        ordered = sorted(options, key=key)
        best = ordered[0]
        usual = next((reading for reading in ordered if reading.rank[3] == 0), None)
        decides = usual is None or fits[usual.style] + fits[best.style] > 2
        if usual is not None and not decides and usual.rank[2] and best.rank[3] == 2:
            raise contradictions.ambiguous(claim, [usual, best])
        if usual is not None and fits[usual.style] == fits[best.style] and not has_stride:
            best = usual
        chosen.append(best)
        near = [reading.text() for reading in ordered if is_likely(reading, best)]
        others.setdefault(best.text(), []).extend(near)
    for text, near in others.items():
        names = list(dict.fromkeys(near))[:MAX_SHOWN]
        if names:
            notes.append(
                f"the table does not give the windows of pools: {text} was taken; "
                f"{' and '.join(names)} would give the same size"
            )
    return chosen


def choose_filters(claims: Sequence[Claim], choices: Sequence[list[Reading]]) -> None:
    """Put the reading first that has a bias, or none, as all other convolutions of the table have.

    A filter for each channel without bias may have as many parameters as a 1x1 filter with one.
    Raises ArchitectureError where the other convolutions do not decide.
    """
    rivals = {
        number: several
        for number, (claim, options) in enumerate(zip(claims, choices, strict=True))
        if len(several := plainest_filters(claim, options)) > 1
    }
    if not rivals:
        return
    biases = {
        has_bias(options[0])
        for number, options in enumerate(choices)
        if number not in rivals and options and options[0].layers[-1].kind in FILTERED
    }
    for number, several in rivals.items():
        fitting = [reading for reading in several if {has_bias(reading)} == biases]
        if len(fitting) != 1:
            raise contradictions.ambiguous(claims[number], several)
        choices[number].remove(fitting[0])
        choices[number].insert(0, fitting[0])


def note_strides(
    claims: Sequence[Claim], choices: Sequence[list[Reading]], notes: list[str]
) -> None:
    """Note the strides and paddings of convolutions that would give the same size, on small maps."""
    for claim, options in zip(claims, choices, strict=True):
        if not options or options[0].layers[-1].kind not in FILTERED:
            continue
        best = options[0]
        others = [
            reading.text()
            for reading in options[1:]
            if without_slides(reading) == without_slides(best) and reading.rank[3] == best.rank[3]
        ]
        if others:
            notes.append(
                f"{claim.row.name}: {best.text()} was taken; "
                f"{' and '.join(others[:MAX_SHOWN])} would give the same size"
            )


def without_slides(reading: Reading) -> list[tuple[object, ...]]:
    """Return the filters of a reading, without their strides and paddings."""
    return [
        (kind, *(values.get(key) for key in ("F", "K", "M", "G", "bias")))
        for kind, values in reading.layers
        if kind in FILTERED
    ]


def plainest_filters(claim: Claim, options: list[Reading]) -> list[Reading]:
    """Return the plainest reading of each filter that is as plain as the plainest of them.

    These are square filters with a centre, for all channels or for each one, that fit the map.
    """
    if not options or options[0].layers[-1].kind not in FILTERED or options[0].layers[1:]:
        return options[:1]
    filters: dict[tuple[object, ...], Reading] = {}
    for reading in options:
        kind, values = reading.layers[-1]
        is_plain = reading.rank[:2] == options[0].rank[:2] and reading.rank[2] <= 1
        is_line = kind == "CONV" and 1 in values["F"] and "G" not in values  # 1x3
        if (is_plain or (is_line and is_bare_depthwise(options[0]))) and max(values["F"]) <= min(
            LARGEST, *claim.before[:2]
        ):
            filters.setdefault((kind, values["F"], has_bias(reading)), reading)
    return list(filters.values()) or options[:1]


def is_bare_depthwise(reading: Reading) -> bool:
    """Return whether a reading has a filter for each channel, and no biases."""
    return reading.layers[-1].kind == "DWCONV" and not has_bias(reading)


def has_bias(reading: Reading) -> bool:
    """Return whether the layer of a reading has biases."""
    return bool(reading.layers[-1].values.get("bias", True))


def is_likely(reading: Reading, best: Reading) -> bool:
    """Return whether a reading is common enough to name: 2x2, or 3x3 with stride 2."""
    values = reading.layers[-1].values
    is_common = values["F"] in ((2, 2), (3, 3)) and values.get("S", values["F"]) == (2, 2)
    return is_common and not reading.rank[0] and values["F"] != best.layers[-1].values["F"]
