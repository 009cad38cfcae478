"""Another padding of convolutions without P, where a declared number fits that one."""

from __future__ import annotations

from cnnsize.faults.conditions import is_gone
from cnnsize.faults.fault import FaultContext
from cnnsize.faults.repadding import (
    PADDED,
    UNPADDED,
    assumes_padding,
    has_framework_padding,
    size_keeping,
)
from cnnsize.faults.verify import Candidate


def other_paddings(fault: FaultContext, fits: str) -> list[Candidate]:
    """Return the change of the paddings that were left out with which a declared number fits.

    ``fits`` says in words what fits. Convolutions without P keep the size, and those in the
    spelling of a framework pad nothing; the author may have meant the other of the two.
    """
    candidates: list[Candidate] = []
    for why, padding, is_left_out in (
        (UNPADDED, lambda layer: (0, 0), assumes_padding),
        (PADDED, size_keeping, has_framework_padding),
    ):
        edits, network = fault.paddings.network(why, padding, is_left_out)
        if network is not None and is_gone(fault, network) and fault.verifier.accepts(network):
            count = len(edits)
            where = "the convolution" if count == 1 else f"{count} convolutions"
            word = "P=0" if why == UNPADDED else "padding that keeps the size"
            candidates.append(Candidate("P", word, f"{word} in {where} {fits}: {why}", edits))
    return candidates
