"""How many members of a family are looked at in a second, beside sizing them one by one."""

from __future__ import annotations

from time import perf_counter
from typing import NamedTuple

import cnnsize
from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.patterns.choices import Values
from cnnsize.patterns.family import Family
from cnnsize.patterns.listing import Listing
from cnnsize.reading.document import parse_string

FAMILIES: dict[str, tuple[str, dict[str, Values]]] = {
    "the notes' pattern": (
        "INPUT[224x224x3] -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC",
        {"N": range(50), "M": range(10), "K": range(100)},
    ),
    "widths": (
        "INPUT[32x32x3] -> [CONV3-a -> BN? -> RELU]*N -> POOL -> [CONV3-b -> RELU]*N -> GAP -> FC-10",
        {"N": range(1, 6), "a": range(8, 808, 8), "b": range(8, 808, 8)},
    ),
    "joins and blocks": (
        "unit(k, s) = ADD{CONV3-k(S=s, P=1) -> BN -> RELU -> CONV3-k -> BN -> DROPOUT? | CONV1-k(S=s) -> BN?} -> RELU\n"
        "INPUT[64x64x3] -> CONV3-16 -> unit(16, 1)*A -> unit(32, s) -> unit(32, 1)*B -> unit(64, s) -> unit(64, 1)*C -> GAP -> FC-10",
        {"A": range(20), "B": range(25), "C": range(25), "s": range(1, 3)},
    ),
}
ALONE = 400  # members that are sized one by one


class Rates(NamedTuple):
    name: str
    members: int
    valid: int
    together: float  # members a second, as a family
    alone: float  # members a second, each sized and added up by itself


def family(name: str) -> Family:
    text, values = FAMILIES[name]
    found = parse_string(text)[-1]
    assert isinstance(found, ParsedArchitecture)
    found = cnnsize.Architecture.from_record(found)
    return Family(found, values=values)


def rates(name: str, share: int = 1) -> Rates:
    """Both rates. Members are the same: those sized alone are spread over the family, and must
    agree.
    """
    one = family(name)
    begin = perf_counter()
    listing = Listing(one)
    for _ in listing.members():
        pass
    together = listing.checked / (perf_counter() - begin)
    alone = max(1, ALONE // share)
    picked = [member for member in one if member.number % max(1, one.count // alone) == 0]
    answers = []
    begin = perf_counter()
    for member in picked:
        network = member.sized()
        answers.append(
            (network.valid, network.params if network.output else None, network.receptive_field)
        )
    took = perf_counter() - begin
    for member, (valid, params, field) in zip(picked, answers, strict=True):
        if (member.valid, member.params) != (valid, params) or (
            params is not None and member.receptive_field != field
        ):
            raise SystemExit(f"{name}: {member.words}: the family and the network disagree")
    return Rates(name, listing.checked, listing.valid, together, len(picked) / took)
