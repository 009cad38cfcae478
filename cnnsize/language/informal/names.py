"""Find names of layers among tokens: ``max pool``, ``fully-connected``, ``conv5_1``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from cnnsize.language.informal.tokens import Token, is_symbol
from cnnsize.layers.names import ACTIVATIONS, ALIASES
from cnnsize.text.suggest import squeeze

# names of convolutions that have a window -> the window
NAMED_WINDOWS = {
    name + noun: "1x1"
    for name in ("PW", "POINTWISE", "POINTWISECONVOLUTIONAL")
    for noun in ("CONV", "CONV2D", "CONVOLUTION", "CONVOLUTIONS")
}
NAMED_WINDOWS["POINTWISE"] = "1x1"
# names of layers that enlarge -> how they do it
NAMED_MODES = {
    mode + noun: mode.lower()
    for mode in ("BILINEAR", "NEAREST", "BICUBIC")
    for noun in ("UPSAMPLE", "UPSAMPLING", "UPSAMPLING2D", "UP")
} | {"BICUBIC": "bicubic"}
NAMES = {
    **ALIASES,
    "AFF": "FC",
    "BATCHNORM1D": "BN",
    "BN1D": "BN",
    "BN2D": "BN",
    "CONVNET": "CONV",
    "CONVT": "TCONV",
    "DEPTHWISE": "DWCONV",
    "SPATIALBATCHNORM": "BN",
    "SPATIALBN": "BN",
    "CLASSOUTPUT": "OUTPUT",
    "OUTPUTLOGITS": "OUTPUT",
    "ADAPTIVEAVERAGEPOOL": "AVGPOOL",
    "ADAPTIVEAVERAGEPOOLING": "AVGPOOL",
    "ADAPTIVEAVGPOOLING": "AVGPOOL",
    "ADAPTIVEMAXPOOLING": "POOL",
    **dict.fromkeys(NAMED_WINDOWS, "CONV"),
    **dict.fromkeys(NAMED_MODES, "UP"),
}
OPTION = r"[skpdSKPD][0-9]+"  # conv-s2 is no name with a number
GLUED_COUNT = r"(?P<name>[^\W\d]+?)(?P<count>x(?:[2-9]|[A-Z]))"
MAX_WORDS = 5  # tokens of one name
MAX_NUMBERED = 40  # characters of a word that is split into a name and digits


class LayerName(NamedTuple):
    """The name of a layer among tokens."""

    kind: str
    digits: str | None  # glued to the name: conv5_1, Conv3x3
    length: int  # tokens
    key: str  # of ``layers.names.ALIASES``


def find_layer_name(tokens: Sequence[Token], index: int) -> LayerName | None:
    """Return the longest layer name that begins at ``index``; None where none does."""
    longest: LayerName | None = None
    key = ""
    for length, token in enumerate(tokens[index : index + MAX_WORDS], 1):
        if length > 1 and is_glued_hyphen(token):
            continue
        is_key = length > 1 and is_assigned(tokens, index + length - 1)  # conv s=2
        if token.kind != "word" or is_key or (length > 1 and re.fullmatch(OPTION, token.text)):
            break
        word = token.text
        before = key
        key += squeeze(word)
        if key not in NAMES and key.endswith("LAYER") and key != "LAYER":  # RELU_LAYER
            key = key.removesuffix("LAYER")
        if key in NAMES:
            longest = LayerName(NAMES[key], None, length, key)
            continue
        numbered = len(word) < MAX_NUMBERED and re.fullmatch(
            r"(.*?[^\d_])_?(\d+[xX×]\d+_\d+|\d+(?:[xX×]\d+){1,2}|\d+(?:_\d+)*[a-ce-wyz]?)", word
        )
        if numbered:
            head = before + squeeze(numbered[1])
            if head in NAMES:
                longest = LayerName(NAMES[head], numbered[2], length, head)
                break
    return longest


def with_counts(tokens: list[Token]) -> list[Token]:
    """Return the tokens with the count that is glued to a name as a token of its own: ``affinexM``."""
    result: list[Token] = []
    for token in tokens:
        parts = re.fullmatch(GLUED_COUNT, token.text) if token.kind == "word" else None
        kind = NAMES.get(squeeze(parts["name"])) if parts is not None else None
        if parts is None or kind not in ("CONV", "FC"):  # poolx2 may be a window
            result.append(token)
            continue
        middle = token.start + len(parts["name"])
        result.append(token._replace(text=parts["name"], end=middle))
        result.append(Token("word", parts["count"], middle, token.end, glued=True))
    return result


def is_assigned(tokens: Sequence[Token], index: int) -> bool:
    """Return whether an equals sign is after the token at ``index``."""
    return index + 1 < len(tokens) and is_symbol(tokens[index + 1], "=")


def is_glued_hyphen(token: Token) -> bool:
    """Return whether a token is a hyphen with no space before it: max-pool."""
    return token.glued and is_symbol(token, "-")


def find_activation(tokens: Sequence[Token]) -> LayerName | None:
    """Return the activation that all of these tokens name; None where they do not."""
    name = find_layer_name(tokens, 0)
    if name is None or name.length != len(tokens):
        return None
    return name if name.kind in ACTIVATIONS else None


def without_module(tokens: list[Token]) -> list[Token]:
    """Return the name of an activation without its module and parentheses: ``tf.nn.relu``,
    ``nn.ReLU()``.
    """
    if len(tokens) > 2 and is_symbol(tokens[-2], "(") and is_symbol(tokens[-1], ")"):
        tokens = tokens[:-2]
    while len(tokens) > 2 and tokens[0].kind == "word" and is_symbol(tokens[1], "."):
        tokens = tokens[2:]
    return tokens
