"""Names in emitted source: those that the user gave, unless Python or PyTorch needs them.

Only ASCII letters, digits and underscores get through, so a name can never become code.
"""

from __future__ import annotations

import builtins
import keyword
import re

from cnnsize.torch_code.helpers import LAYER_HELPERS

TAKEN = {
    *keyword.kwlist,
    *keyword.softkwlist,
    *dir(builtins),
    "torch",
    "nn",
    "Tensor",
    "self",
    "cls",
}
AMBIGUOUS = {"l", "O", "I"}  # ruff E741
# How papers write the names of networks, where that is not one capital letter.
SPELLINGS = {
    **{word: word.upper() for word in ("dcgan", "dqn", "fcn", "vgg")},
    "alexnet": "AlexNet",
    "convnext": "ConvNeXt",
    "densenet": "DenseNet",
    "efficientnet": "EfficientNet",
    "googlenet": "GoogLeNet",
    "lenet": "LeNet",
    "mnasnet": "MNASNet",
    "mobilenet": "MobileNet",
    "nin": "NiN",
    "regnet": "RegNet",
    "resnet": "ResNet",
    "resnext": "ResNeXt",
    "shufflenet": "ShuffleNet",
    "squeezenet": "SqueezeNet",
    "unet": "UNet",
    "zfnet": "ZFNet",
}
MAX_NAME = 60  # characters of a class name, so that its line fits into 88 columns
MAX_ARGUMENT = 40


def ascii_word(text: str) -> str:
    """Return the text with everything but ASCII letters, digits and underscores as ``u3bb``."""
    return re.sub(r"[^A-Za-z0-9_]", lambda match: f"u{ord(match[0]):x}", text)


def camel(text: str) -> str:
    """Return the name of a class: XBlock for ``x_block``, ResNet18 for ``resnet18``."""
    words = [word for word in ascii_word(text).split("_") if word]
    joined = "".join(map(capital, words))
    return (joined if joined[:1].isalpha() else f"Block{joined}")[:MAX_NAME]


def capital(word: str) -> str:
    """Return a word with a capital letter, or the name of a network as papers write it."""
    letters = word.rstrip("0123456789")
    if letters in SPELLINGS:
        return SPELLINGS[letters] + word[len(letters) :]
    return word[0].upper() + word[1:]


def snake(text: str) -> str:
    """Return the name of an attribute or a function: x_block for ``XBlock``."""
    for word, spelling in SPELLINGS.items():
        text = text.replace(spelling, word.capitalize())
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()


def argument(text: str) -> str:
    """Return the name of a constructor argument for a letter of the notation."""
    word = ascii_word(text).strip("_")[:MAX_ARGUMENT].rstrip("_")
    if not word[:1].isalpha():
        word = f"n_{word}".rstrip("_")
    return f"{word}_" if word in TAKEN or word in AMBIGUOUS else word


class Names:
    """Hands out names, each of them once."""

    def __init__(self, taken: set[str] | frozenset[str] = frozenset()) -> None:
        self.taken = {*TAKEN, *AMBIGUOUS, *taken}

    def free(self, wanted: str, suffix: str = "") -> str:
        """Return the wanted name; if it is taken, then with the suffix, and with a number at last."""
        for word in (wanted, wanted + suffix):
            if word not in self.taken:
                self.taken.add(word)
                return word
        number = 2
        while f"{wanted}{suffix}{number}" in self.taken:
            number += 1
        return self.free(f"{wanted}{suffix}{number}")


def class_name_error(text: str) -> str | None:
    """Return why this cannot be the name of the emitted class; None if it can."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        return "use letters, digits and underscores, and begin with a letter"
    if text in TAKEN:
        return "Python or PyTorch already uses this name"
    if text in LAYER_HELPERS:
        return "the source may define a helper layer of this name"
    if len(text) > MAX_NAME:
        return f"it is longer than {MAX_NAME} characters"
    if text.startswith("__"):
        return "Python reserves names that begin with two underscores"
    return None
