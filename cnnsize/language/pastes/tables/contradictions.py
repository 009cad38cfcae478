"""Errors of rows that contradict each other, or that have several readings."""

from __future__ import annotations

from collections.abc import Sequence

from cnnsize.language.pastes.tables.claims import Claim, Reading
from cnnsize.language.pastes.tables.readings import readings
from cnnsize.language.pastes.tables.windows import filters
from cnnsize.layers.volume import Volume
from cnnsize.text.diagnostic import ArchitectureError, error

FORWARD_NOTE = "functions that only forward() calls, such as F.max_pool2d, are not in the table"


def ambiguous(claim: Claim, options: Sequence[Reading]) -> ArchitectureError:
    """Return the error of a row with several readings that are equally plain."""
    texts = [reading.text() for reading in options[:3]]
    return error(
        "CNN001",
        f"{claim.row.title} may be {' or '.join(texts)}",
        claim.row.span,
        label=f"{claim.before} to {claim.after} with {claim.params:,} parameters",
        help=("write the network with the one that it is",),
        notes=("the table gives neither filter nor stride nor padding",),
    )


def no_reading(claim: Claim, solver: str) -> ArchitectureError:
    """Return the error of a row that cannot be what it claims."""
    row, before, after = claim.row, claim.before, claim.after
    count = f"{claim.params:,} parameter{'' if claim.params == 1 else 's'}"
    hidden = hidden_row(claim, solver)
    help = () if hidden is None else (f"add the row that is missing before it: {hidden}",)
    notes = (FORWARD_NOTE,) if claim.table.framework == "torch" else ()
    if solver == "dense":
        expected = inputs_of(claim)
        if expected is not None:
            values = before.W * before.H * before.D
            return error(
                "CNN108",
                f"{row.title} expects {expected:,} input values but receives {values:,}",
                row.params_span,
                label=f"{count}, on {before}",
                help=help,
                notes=notes,
            )
    if solver in ("conv", "transposed"):
        possible = filters(claim.params, before.D, after.D, row.kernel, row.groups)
        if possible and max(possible[0].F) <= max(before[:2]):
            W, H = possible[0].F
            return error(
                "CNN108",
                f"{row.title} has {count}, as a {W}x{H} filter has, but none makes "
                f"{after.W}x{after.H} of {before.W}x{before.H}",
                row.shape_span,
                help=help,
                notes=notes,
            )
        return error(
            "CNN108",
            f"{row.title} cannot have {count}: no filter from depth {before.D} to {after.D} has",
            row.params_span,
            notes=notes,
        )
    per_channel, rest = divmod(claim.params, after.D)
    if solver == "batch_norm" and not rest and claim.params:
        return error(
            "CNN001",
            f"{row.title} has {per_channel} parameters for each channel",
            row.params_span,
            notes=(
                "normalization has a scale and a shift here, or with affine=no neither; Keras "
                "counts its two running statistics, too",
            ),
        )
    return error(
        "CNN108",
        f"{row.title} cannot make {after} of {before} with {count}",
        row.span,
        help=help,
        notes=notes,
    )


def is_forced(claim: Claim, solver: str, reading: Reading) -> bool:
    """Return whether the only filters that fit are not square, though a square one has the
    parameters of the row: then its volume is wrong, or cannot be had in this notation.
    """
    if solver not in ("conv", "transposed") or claim.row.kernel or not reading.rank[0]:
        return False
    possible = filters(claim.params, claim.before.D, claim.after.D, (), claim.row.groups)
    return any(G == 1 and F[0] == F[1] <= max(claim.before[:2]) for F, G, _, _ in possible)


def inputs_of(claim: Claim) -> int | None:
    """Return how many values a dense layer with these parameters reads."""
    K = claim.after.D
    for weights in (claim.params - K, claim.params):
        if weights >= K and weights % K == 0:
            return weights // K
    return None


def missing_layer(claim: Claim, received: Volume | None) -> ArchitectureError:
    """Return the error of a row whose input is not the output of the row before it."""
    row = claim.row
    help: tuple[str, ...] = ()
    if received is None:
        return error(
            "CNN001", f"the input of {row.title} is neither a map nor a vector", row.name_span
        )
    half = halved(claim)
    if min(half) and received in (half, Volume(1, 1, half.W * half.H * half.D)):
        help = (f"add the row that is missing before it: {torch_row(claim, half)}",)
    return error(
        "CNN108",
        f"{row.title} receives {received}, but the row before it gives {claim.before}",
        row.span,
        help=help,
        notes=(FORWARD_NOTE,),
    )


def shared_weights(claim: Claim) -> ArchitectureError:
    """Return the error of a row that uses the weights of an earlier row."""
    return error(
        "CNN001",
        f"{claim.row.title} uses the weights of an earlier row again",
        claim.row.span,
        notes=("shared weights are not supported",),
    )


def refuse_hidden_pool(
    claim: Claim, solver: str, reading: Reading, claims: Sequence[Claim]
) -> None:
    """Raise ArchitectureError where PyTorch may have called a pool that the table does not show.

    That is where an unusual stride or padding would become a usual one after a 2x2 pool, and, in
    tables without pools and activations, where any stride would.
    """
    is_torch_conv = solver == "conv" and claim.table.framework == "torch"
    if not is_torch_conv or claim is claims[0] or claim.row.received is not None:
        return
    values = reading.layers[-1].values
    stride = values.get("S", (1, 1))
    is_unusual = reading.rank[3] > 0
    shows_modules = any(
        other.kind in ("POOL", "AVGPOOL", "RELU", "LRELU", "RELU6", "SILU", "GELU", "ELU")
        for other in claims
    )
    if is_unusual or (stride != (1, 1) and not shows_modules):
        hidden = hidden_row(claim, solver)
        if hidden is not None:
            half = halved(claim)
            after_pool = readings(claim._replace(before=half), solver)[0]
            raise error(
                "CNN001",
                f"{claim.row.title} may be {reading.text()}, or POOL2 -> {after_pool.text()}",
                claim.row.span,
                label=f"{claim.before} to {claim.after}",
                help=(f"if forward() calls a pool before it, add its row: {hidden}",),
                notes=(FORWARD_NOTE,),
            )


def halved(claim: Claim) -> Volume:
    """Return the volume after a 2x2 pool."""
    return Volume(claim.before.W // 2, claim.before.H // 2, claim.before.D)


def hidden_row(claim: Claim, solver: str) -> str | None:
    """Return the row of a 2x2 pool after which a row has a plain reading; None if it has none."""
    half = halved(claim)
    if min(half) < 1 or claim.table.framework != "torch":
        return None
    options = readings(claim._replace(before=half), solver)
    if not options or (solver == "conv" and options[0].rank[3] > 0):
        return None
    return torch_row(claim, half)


def torch_row(claim: Claim, volume: Volume) -> str:
    """Return the row of a pool with this output, as the tool of the table writes it."""
    if claim.table.tool == "torchsummary":
        return f"MaxPool2d-0  {torch_shape(claim, volume)}  0"
    index = claim.row.name.partition(": ")[2].partition("-")[0] or "1"
    known = {
        "shape": torch_shape(claim, volume),
        "received": torch_shape(claim, claim.before),
        "kernel": "2",
    }
    cells = (known.get(column, "--") for column in claim.table.columns)
    return "  ".join((f"MaxPool2d: {index}-0", *cells))


def torch_shape(claim: Claim, volume: Volume) -> str:
    """Return a volume as the shape of a tensor."""
    batch = -1 if claim.table.tool == "torchsummary" else claim.table.batch
    return f"[{batch}, {volume.D}, {volume.H}, {volume.W}]"
