"""Names of modules and values in an emitted ``forward``."""

from __future__ import annotations

from typing import NamedTuple

from cnnsize.torch_code.layout import Code
from cnnsize.torch_code.names import MAX_NAME, Names, snake

OPERATORS = {"ADD": " + ", "MUL": " * "}


class Segment(NamedTuple):
    """Modules in a row that one attribute holds."""

    attribute: str
    code: Code


def final_names(wanted: list[str]) -> list[str]:
    """branch1, branch2 where there are two branches, relu where there is one."""
    seen: dict[str, int] = {}
    taken = set(wanted)
    out = []
    for word in wanted:
        if wanted.count(word) == 1:
            out.append(word)
            continue
        seen[word] = seen.get(word, 0) + 1
        while f"{word}{seen[word]}" in taken:
            seen[word] += 1
        out.append(f"{word}{seen[word]}")
    return out


SHORT = {
    "Conv2d": "conv",
    "ConvTranspose2d": "conv",
    "BatchNorm2d": "bn",
    "BatchNorm1d": "bn",
    "MaxPool2d": "pool",
    "AvgPool2d": "pool",
    "AdaptiveAvgPool2d": "pool",
    "AdaptiveMaxPool2d": "pool",
    "Linear": "fc",
    "Upsample": "up",
    "Dropout": "dropout",
    "Dropout2d": "dropout",
    "LayerNorm": "norm",
    "LayerNorm2d": "norm",
    "GroupNorm": "norm",
    "InstanceNorm2d": "norm",
    "ZeroPad2d": "pad",
    "ReLU": "relu",
    "ReLU6": "relu",
    "PReLU": "prelu",
    "PixelShuffle": "shuffle",
    "PixelUnshuffle": "unshuffle",
    "ChannelShuffle": "shuffle",
    "ELU": "elu",
    "SELU": "selu",
    "GELU": "gelu",
    "SiLU": "silu",
}
MODULE_NAMES = frozenset(
    {
        "training",
        "forward",
        "add_module",
        "apply",
        "bfloat16",
        "bool",
        "buffers",
        "call_super_init",
        "children",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "float",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "half",
        "ipu",
        "load_state_dict",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "parameters",
        "register_buffer",
        "requires_grad_",
        "set_extra_state",
        "set_submodule",
        "share_memory",
        "state_dict",
        "to",
        "to_empty",
        "train",
        "type",
        "xpu",
        "zero_grad",
        "register_module",
        "register_parameter",
        "register_forward_hook",
        "T_destination",
    }
)


def attribute_name(head: str) -> str:
    """What an attribute that holds one module is called."""
    word = head.removeprefix("nn.")
    word = SHORT.get(word) or snake(word)
    if len(word) + len(head) > MAX_NAME:  # the line is indented, and more stands on it
        return "block"
    return f"{word}_" if word in MODULE_NAMES or word in Names().taken else word
