"""Names of the attributes that hold modules in an emitted class."""

from __future__ import annotations

from cnnsize.torch_code.names import AMBIGUOUS, MAX_NAME, TAKEN, snake

# What people call an attribute that holds one of these modules.
SHORT_NAMES = {
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
# An attribute with one of these names would hide a method or an attribute of nn.Module.
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
    """Return the name of an attribute that holds one module, made by calling ``head``."""
    word = head.removeprefix("nn.")
    word = SHORT_NAMES.get(word) or snake(word)
    if len(word) + len(head) > MAX_NAME:  # the assignment has to fit on one indented line
        return "block"
    return safe_attribute(word)


def safe_attribute(word: str) -> str:
    """Return the name, with an underscore after it if Python or ``nn.Module`` has the name."""
    is_taken = word in MODULE_NAMES or word in TAKEN or word in AMBIGUOUS
    return f"{word}_" if is_taken else word


def numbered(wanted: list[str]) -> list[str]:
    """Return the names with numbers where several are the same: branch1, branch2, relu."""
    counts: dict[str, int] = {}
    taken = set(wanted)
    names = []
    for word in wanted:
        if wanted.count(word) == 1:
            names.append(word)
            continue
        counts[word] = counts.get(word, 0) + 1
        while f"{word}{counts[word]}" in taken:
            counts[word] += 1
        names.append(f"{word}{counts[word]}")
    return names
