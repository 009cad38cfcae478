"""Choose among the readings of the pools of a table, which has no parameters to solve them by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cnnsize.language.pastes import contradictions
from cnnsize.language.pastes.claims import Claim, Reading
from cnnsize.layers.names import POOLS

MAX_SHOWN = 3


def is_pool(options: list[Reading]) -> bool:
    """Return whether the readings of a row are those of a pool with a window."""
    return bool(options) and options[0].layers[-1].kind in POOLS and "/" in options[0].style


def choose_pools(
    claims: Sequence[Claim], choices: Sequence[list[Reading]], notes: list[str]
) -> list[Reading | None]:
    """Return one reading for each row: the plainest, and for pools the one that fits most of them.

    A network usually has pools of one setting. Among those that fit equally many, the one that
    reads all of its input is taken, then the plainest. Raises ArchitectureError for a pool that
    either reads all of its input or has the usual size, if no other pool decides.
    """
    pools = [options for options in choices if is_pool(options)]
    fits = Counter(reading.style for options in pools for reading in options)
    lost = Counter(reading.style for options in pools for reading in options if reading.rank[2])

    def key(reading: Reading) -> tuple[int, ...]:
        name = reading.style
        return (-fits[name], *reading.rank[:2], lost[name], *reading.rank[2:])

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


def is_likely(reading: Reading, best: Reading) -> bool:
    """Return whether a reading is common enough to name: 2x2, or 3x3 with stride 2."""
    values = reading.layers[-1].values
    is_common = values["F"] in ((2, 2), (3, 3)) and values.get("S", values["F"]) == (2, 2)
    return is_common and not reading.rank[0] and values["F"] != best.layers[-1].values["F"]
