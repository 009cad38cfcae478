"""Words of informal text, beside the names of layers and options in ``layers.names``.

Upper-case words are keys of ``text.suggest.squeeze``.
"""

from __future__ import annotations

from cnnsize.layers.names import ACTIVATIONS, NORMS, POOLS


def words(text: str) -> frozenset[str]:
    """Return the set of the words of a text."""
    return frozenset(text.split())


# words after a layer's name that change nothing
NOISE = words("""
    LAYER LAYERS BLOCK BLOCKS PATTERN SET STAGE MODULE UNIT FUNCTION ACTIVATION ACTIVATIONS
    OPERATION LAYERSET
""")
# those that a number may follow: conv layer 1
COUNTED_NOISE = words("LAYER LAYERS BLOCK STAGE MODULE UNIT")
# words before a layer's name that only say where it is
ORDINALS = words("FINAL LAST FIRST INITIAL")
# words after a number of filters or units
FILTER_WORDS = words("""
    FILTER FILTERS CHANNEL CHANNELS CH MAP MAPS FEATURE FEATURES KERNELS OUTPUT OUTPUTS OUT NEURON
    NEURONS UNIT UNITS NODE NODES LOGIT LOGITS CLASS CLASSES HIDDEN DIM DIMS VALUES WAY
""")
# words after the size of a window
WINDOW_WORDS = words("KERNEL KERNELS FILTER FILTERS WINDOW CONV BOTTLENECK PROJECTION")
# words that tell the depth of an image
REMARK_DEPTHS = {
    **dict.fromkeys(("RGB", "COLOR", "COLOUR", "BGR"), "3"),
    **dict.fromkeys(("GRAYSCALE", "GREYSCALE", "GRAY", "GREY", "MONO", "MONOCHROME"), "1"),
}
# words after the size of an input
IMAGE_WORDS = words("IMAGE IMAGES PATCH PATCHES FRAME FRAMES PIXELS TENSOR TENSORS")
# words for an activation that has no name
ANY_ACTIVATION = words("ACTIVATION ACTIVATIONS NONLINEARITY ACT")
# words that join a size or an option to the layer: of 3x3, with stride 2
LINKING_WORDS = words("OF WITH A AN THE AND SIZE SIZED BY USING IS AT")
PADDING_WORDS = {"SAME": "same", "VALID": "valid", "PADDED": "same", "UNPADDED": "0"}
# words that may begin an option without parentheses, besides the names of options
OPTION_STARTS = words("SAME VALID ZERO PADDED NO WITHOUT UNPADDED ACTIVATION")
# words that stand for the value of an option
VALUE_WORDS = words("SAME VALID YES NO TRUE FALSE ZERO")
# activations that a text offers as alternatives: softmax or SVM
ALTERNATIVES = words("SVM SOFTMAX SIGMOID LOGISTIC TANH RELU")
# words that change a network: text with one of them is never ignored
MEANINGFUL = words("""
    STRIDE STRIDES STRIDED PADDING PADDED PAD KERNEL KERNELS DILATION DILATED ATROUS GROUPS GROUPED
    TIMES TWICE REPEAT REPEATED REPEATS DEPTHWISE TRANSPOSED SEPARABLE GLOBAL AVERAGE AVG CAUSAL
    BIAS BIASED UNBIASED CEIL FLOOR REFLECT REFLECTION REPLICATE CIRCULAR OVERLAPPING
    NONOVERLAPPING OPTIONAL ONLY EXCEPT BOTH
    DOWNSAMPLE DOWNSAMPLES DOWNSAMPLED DOWNSAMPLING HALVE HALVES HALVED HALVING HALF DOUBLE DOUBLES
    DOUBLED DOUBLING TRIPLE REDUCE REDUCES REDUCED REDUCTION SHRINK SHRINKS EXPAND EXPANDS EXPANSION
    SKIP RESIDUAL SHORTCUT IDENTITY CONCAT CONCATENATE CONCATENATED ADDED PARALLEL BRANCH BRANCHES
    HEIGHT WIDTH HORIZONTAL VERTICAL HORIZONTALLY VERTICALLY AXIS TEMPORAL
    ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN
""")
# words that stand for a number of filters or units, as variables do
WIDTH_VARIABLES = words("""
    FILTERS CHANNELS FEATURES UNITS CLASSES HIDDEN DIM WIDTH NODES NEURONS OUT OUTPUTS SIZE LATENT
    EMBEDDING PLANES BASE ACTIONS LABELS VOCAB
""")
# words that begin a remark after a network
PROSE_STARTS = words("FOR AS IN FROM PER LIKE WHICH THAT IS ARE WAS SO BECAUSE SINCE ON")
# keyword arguments of other frameworks' layers that change no size
HARMLESS = words("""
    inplace eps momentum track_running_stats dim start_dim end_dim negative_slope alpha data_format
    kernel_initializer kernel_regularizer align_corners axis epsilon
""")
ACTIVATION_KEYS = words("activation act nonlinearity")
INPUT_CHANNEL_KEYS = words("in in_channels in_features in_ch cin c_in input_dim")
INPUT_SHAPE_KEYS = words("input_shape input_size")
# classes of PyTorch whose first argument is the number of input channels or features
TORCH_CLASSES = words("Conv2d Linear ConvTranspose2d nn.Conv2d nn.Linear")
# kinds
WITH_WIDTH = ("CONV", "TCONV", "FC")  # -64 and K=64 give filters or units
WINDOWED = ("CONV", "DWCONV", "TCONV", "POOL", "AVGPOOL")
WITH_SHAPE = ("INPUT", "UNFLATTEN", "CROP")  # a shape in brackets is their own, not their output's
DROPOUTS = ("DROPOUT", "DROPOUT2D", "DROPPATH")
MAY_LACK = (*DROPOUTS, *NORMS, *ACTIVATIONS, *POOLS)  # layers without sizes, which may be optional
# kinds of which a slash between two names offers one: Flatten/GAP
CHOICES = ({"CONV", "FC"}, {"FLATTEN", "GAP", "GMP", *POOLS}, {*NORMS}, {*ACTIVATIONS})
# an expression of letters in parentheses, as the value of an option
EXPRESSION = r"\((?:[\w\s+*/-]|\([\w\s+*/-]*\))*\)"
MAX_PHRASE = 24  # tokens that are read together as one option
