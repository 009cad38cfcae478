"""The types of layers in tables: what each is in this notation, or why it cannot be said."""

from __future__ import annotations

from cnnsize.language.pastes.tables.rows import Row, Table
from cnnsize.layers.names import ACTIVATIONS, ALIASES, NOT_OURS
from cnnsize.text.diagnostic import ArchitectureError, error
from cnnsize.text.suggest import squeeze

CONTAINERS = {
    "keras": ("Sequential", "Functional", "Model"),
    "torch": (
        "Sequential",
        "ModuleList",
        "ConvNormActivation",
        "Conv2dNormActivation",
        "ConvBNReLU",
        "ConvBNActivation",
    ),
}
SOLVERS: dict[str, dict[str, str]] = {  # framework -> type -> function of ``claims`` and kind
    "keras": {
        "InputLayer": "input",
        "Conv2D": "conv",
        "Convolution2D": "conv",
        "DepthwiseConv2D": "depthwise",
        "SeparableConv2D": "separable",
        "SeparableConvolution2D": "separable",
        "Conv2DTranspose": "transposed",
        "Convolution2DTranspose": "transposed",
        "Deconvolution2D": "transposed",
        "MaxPooling2D": "pool POOL",
        "MaxPool2D": "pool POOL",
        "AveragePooling2D": "pool AVGPOOL",
        "AvgPool2D": "pool AVGPOOL",
        "GlobalAveragePooling2D": "plain GAP",
        "GlobalAvgPool2D": "plain GAP",
        "GlobalMaxPooling2D": "plain GMP",
        "GlobalMaxPool2D": "plain GMP",
        "Dense": "dense",
        "Activation": "activation",
        "BatchNormalization": "batch_norm",
        "LayerNormalization": "plain LN",
        "GroupNormalization": "group_norm",
        "Dropout": "plain DROPOUT",
        "AlphaDropout": "plain DROPOUT",
        "SpatialDropout2D": "plain DROPOUT2D",
        "PReLU": "prelu",
        "Flatten": "plain FLATTEN",
        "Reshape": "reshape",
        "ZeroPadding2D": "padding",
        "Cropping2D": "crop",
        "UpSampling2D": "up",
        "Add": "join ADD",
        "Concatenate": "join CAT",
        "Multiply": "join MUL",
        "Rescaling": "skip",
        "Normalization": "skip",
        "GaussianNoise": "skip",
        "RandomFlip": "skip",
        "RandomRotation": "skip",
        "RandomZoom": "skip",
        "RandomContrast": "skip",
        "RandomTranslation": "skip",
        "RandomBrightness": "skip",
        "RandomHeight": "skip",
        "RandomWidth": "skip",
        "ActivityRegularization": "skip",
    },
    "torch": {
        "Input": "input",
        "Conv2d": "conv",
        "ConvTranspose2d": "transposed",
        "MaxPool2d": "pool POOL",
        "AvgPool2d": "pool AVGPOOL",
        "AdaptiveAvgPool2d": "adaptive AVGPOOL",
        "AdaptiveMaxPool2d": "adaptive POOL",
        "Linear": "dense",
        "BatchNorm2d": "batch_norm",
        "BatchNorm1d": "batch_norm",
        "SyncBatchNorm": "batch_norm",
        "LayerNorm": "plain LN",
        "GroupNorm": "group_norm",
        "InstanceNorm2d": "instance_norm",
        "LocalResponseNorm": "plain LRN",
        "Dropout": "plain DROPOUT",
        "AlphaDropout": "plain DROPOUT",
        "Dropout2d": "plain DROPOUT2D",
        "PReLU": "prelu",
        "Flatten": "plain FLATTEN",
        "Unflatten": "reshape",
        "ZeroPad2d": "padding",
        "Upsample": "up",
        "UpsamplingNearest2d": "up",
        "UpsamplingBilinear2d": "up",
        "PixelShuffle": "shuffle PIXELSHUFFLE",
        "PixelUnshuffle": "shuffle PIXELUNSHUFFLE",
        "Identity": "skip",
    },
}
# solvers of layers with parameters, and of layers that give maps; types that give vectors
WITH_WEIGHTS = ("conv", "depthwise", "separable", "transposed", "dense", "batch_norm", "prelu")
OF_MAPS = ("conv", "depthwise", "separable", "transposed", "pool", "padding", "crop", "up")
TO_VECTOR = (
    *("Flatten", "GlobalAveragePooling2D", "GlobalAvgPool2D"),
    *("GlobalMaxPooling2D", "GlobalMaxPool2D"),
)
LOSSES = ("Loss", "BCELoss", "MSELoss", "CrossEntropyLoss", "NLLLoss")


def resolved(row: Row, table: Table) -> Row:
    """Return a row with its type written out where the table cut it off.

    The type is the only known one that begins with what is left of it, or the one in the name that
    Keras gave the layer. Raises ArchitectureError where it is neither.
    """
    if not row.is_cut or table.framework != "keras":
        return row
    base = squeeze(row.name.rstrip("0123456789_"))
    every = (*SOLVERS["keras"], *CONTAINERS["keras"], *KERAS_ACTIVATIONS)
    known = [kind for kind in every if kind.startswith(row.type)]
    named = [kind for kind in known if squeeze(kind) == base]
    if len(named) == 1 or len(known) == 1:
        return row._replace(type=(named or known)[0])
    if not row.name_is_cut and row.type:
        full = [kind for kind in known if kind == row.type]
        if len(full) == 1 and not any(squeeze(kind) == base for kind in known):
            return row._replace(type=row.type)
    fitting = [kind for kind in known if row.type and may_be(kind, row)]
    solvers = {SOLVERS["keras"].get(kind, kind) for kind in fitting}
    if len(solvers) == 1:  # Conv2D and Convolution2D are the same
        return row._replace(type=fitting[0])
    raise error(
        "CNN001",
        f"the type of {row.name} is cut off: {row.type or 'nothing is left of it'}",
        row.name_span,
        help=("print the table with a larger line_length, or complete the type",),
    )


def may_be(kind: str, row: Row) -> bool:
    """Return whether a row may be of a type, by its parameters, its shape and its name."""
    solver = SOLVERS["keras"].get(kind, "activation").partition(" ")[0]
    has_weights = solver in WITH_WEIGHTS
    is_vector = row.shape is not None and len(row.shape) == 1
    if bool(row.params) != has_weights and kind not in CONTAINERS["keras"]:
        return False
    if is_vector and (solver in OF_MAPS or kind in CONTAINERS["keras"]):
        return False
    if not is_vector and kind in TO_VECTOR:
        return False
    name = row.name.lower()
    is_transposed = any(word in name for word in ("trans", "deconv", "up"))
    if solver == "transposed":
        return is_transposed or row.type == kind
    return not (solver == "conv" and is_transposed) and kind not in CONTAINERS["keras"]


def solver_of(row: Row, table: Table) -> str:
    """Return the solver of a row's type and its kind, as in ``pool POOL``.

    Raises ArchitectureError for a type that has none.
    """
    solver = SOLVERS[table.framework].get(row.type)
    if solver is not None:
        return solver
    kind = ALIASES.get(squeeze(row.type))
    if kind in ACTIVATIONS:
        return f"plain {kind}"
    raise unknown_type(row, table)


def unknown_type(row: Row, table: Table) -> ArchitectureError:
    """Return the error of a row whose type is no layer of this notation."""
    reason = NOT_OURS.get(squeeze(row.type))
    notes: tuple[str, ...] = () if reason is None else (reason,)
    help: tuple[str, ...] = ()
    if row.type in CONTAINERS[table.framework]:
        message = f"{row.title} is a model of its own, and the table does not show its layers"
        deeper = (
            "print the table with expand_nested=True"
            if table.framework == "keras"
            else "print the table with a larger depth"
        )
        return error("CNN001", message, row.name_span, help=(deeper,))
    if reason is None and table.framework == "torch":
        notes = (f"the table does not say how {row.type} connects its layers",)
        help = (
            f"if {row.type} runs its layers one after the other, remove its row"
            if table.tool == "torchsummary"
            else f"if {row.type} runs its layers one after the other, write Sequential in its place",
        )
    message = f"{row.title} is not a layer of this notation"
    return error("CNN002", message, row.name_span, notes=notes, help=help)


KERAS_ACTIVATIONS = ("ReLU", "LeakyReLU", "ELU", "Softmax", "PReLU", "ThresholdedReLU")
