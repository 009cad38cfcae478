"""Solve rows of layers that have at most one unknown: dense, norms, reshapes, padding."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsize.language.pastes.tables.claims import Claim, Reading, Spec, Values, in_order
from cnnsize.layers.names import ACTIVATIONS, ALIASES
from cnnsize.text.suggest import squeeze


def solve_plain(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of a layer without options."""
    yield Reading((Spec(claim.kind, {}),))


def solve_dense(claim: Claim) -> Iterator[Reading]:
    """Yield the readings of a dense layer; on a map of Keras it is a 1x1 convolution."""
    K = claim.after.D
    for bias in (True, False):
        values: Values = {"K": K} | ({} if bias else {"bias": False})
        yield Reading((Spec("FC", values),), (not bias,))
        if claim.after[:2] != (1, 1):
            conv = Spec("CONV", in_order({"F": (1, 1), "P": (0, 0), **values}))
            note = "a dense layer on a map is a 1x1 convolution"
            yield Reading((conv,), (not bias,), note=note)


def solve_activation(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of Keras' Activation, whose function only its name may say."""
    words = [word for word in claim.row.name.lower().split("_") if not word.isdigit()]
    for word in words:
        kind = ALIASES.get(squeeze(word))
        if kind in ACTIVATIONS and kind is not None:
            yield Reading((Spec(kind, {}),))
            return
    is_output = claim.is_last and claim.after[:2] == (1, 1)
    kind = "RELU" if not is_output else "SOFTMAX" if claim.after.D > 1 else "SIGMOID"
    note = f"the table does not say which function an Activation is: {kind} was taken"
    yield Reading((Spec(kind, {}),), note=note)


def solve_batch_norm(claim: Claim) -> Iterator[Reading]:
    """Yield the readings of batch normalization; Keras counts the running statistics, too."""
    statistics = 2 * claim.after.D if claim.table.framework == "keras" else 0
    yield Reading((Spec("BN", {}),), (0,), statistics)
    yield Reading((Spec("BN", {"affine": False}),), (1,), statistics)


def solve_group_norm(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of group normalization, whose number of groups no table gives."""
    if claim.after.D % 32 == 0:
        note = "the table does not give the groups of a group normalization: 32 was taken"
        yield Reading((Spec("GN", {"G": 32}),), note=note)
    else:
        for G in (8, 4, 2):
            yield Reading((Spec("GN", {"G": G}),), (0,))


def solve_instance_norm(claim: Claim) -> Iterator[Reading]:
    """Yield the readings of instance normalization."""
    yield Reading((Spec("IN", {}),))
    yield Reading((Spec("IN", {"affine": True}),))


def solve_prelu(claim: Claim) -> Iterator[Reading]:
    """Yield the readings of PReLU."""
    yield Reading((Spec("PRELU", {}),), (0,))
    yield Reading((Spec("PRELU", {"per": "channel"}),), (1,))


def solve_reshape(claim: Claim) -> Iterator[Reading]:
    """Yield the readings of a reshape: to a vector, to a map, or one after the other."""
    shape = Spec("UNFLATTEN", {"shape": tuple(claim.after)})
    if claim.after[:2] == (1, 1):
        yield Reading((Spec("FLATTEN", {}),))
    elif claim.before[:2] == (1, 1):
        yield Reading((shape,))
    else:
        yield Reading((Spec("FLATTEN", {}), shape))


def solve_padding(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of zero padding: equal on both sides, else more at the right and bottom."""
    w, h = claim.after.W - claim.before.W, claim.after.H - claim.before.H
    if w < 0 or h < 0:
        return
    if w % 2 == 0 and h % 2 == 0:
        yield Reading((Spec("PAD", {"P": (w // 2, h // 2)}),))
        return
    sides = {"left": w // 2, "top": h // 2, "right": w - w // 2, "bottom": h - h // 2}
    values = {side: zeros for side, zeros in sides.items() if zeros}
    note = "the table does not say on which sides an odd padding is: right and bottom were taken"
    yield Reading((Spec("PAD", values),), note=note)


def solve_crop(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of a crop, centred."""
    yield Reading((Spec("CROP", {"shape": tuple(claim.after[:2])}),))


def solve_up(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of upsampling."""
    w, h = claim.after.W // claim.before.W, claim.after.H // claim.before.H
    if w and h:
        yield Reading((Spec("UP", {"factor": (w, h)}),))


def solve_shuffle(claim: Claim) -> Iterator[Reading]:
    """Yield the reading of a pixel shuffle."""
    sides_of = (claim.after.W, claim.before.W)
    factor = max(sides_of) // min(sides_of)
    yield Reading((Spec(claim.kind, {"factor": factor}),))
