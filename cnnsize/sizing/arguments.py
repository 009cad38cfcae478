"""Check the arguments that callers of the library pass, and say what is expected instead."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from operator import index
from typing import Any

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.layers.volume import Volume
from cnnsize.sizing.settings import Settings
from cnnsize.text.suggest import nearest

EXAMPLES = {"load": "'resnet50'", "parse": "'INPUT[32x32x3] -> CONV3-16 -> RELU -> FC-10'"}
WRITTEN_VOLUME = r"\s*(\d{1,9})\s*[xX*,]\s*(\d{1,9})\s*[xX*,]\s*(\d{1,9})\s*"


def require_text(function: str, value: object, noun: str = "string") -> None:
    """Raise TypeError, with what to do, unless an argument is a string."""
    if isinstance(value, str):
        return
    example = f"as in {function}({EXAMPLES.get(function, EXAMPLES['parse'])})"
    if isinstance(value, (bytes, bytearray)):
        example = "decode the bytes first, as in text.decode()"
    elif hasattr(value, "read_text"):
        example = "read the file first, as in path.read_text()"
    elif hasattr(value, "named_modules"):  # of torch
        example = f"pass what print shows, as in {function}(str(model))"
    elif isinstance(value, ParsedArchitecture):
        example = "it is parsed already"
    raise TypeError(f"{function}() expects a {noun}, not {type(value).__name__}; {example}")


def require_optional_text(name: str, value: object) -> None:
    """Raise TypeError unless a named argument is a string or None."""
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} must be a string or None, not {type(value).__name__}")


def require_instance(name: str, value: object, expected: type, help: str) -> None:
    """Raise TypeError, with what to do, unless an argument is of a class."""
    if not isinstance(value, expected):
        public = expected.__name__.removeprefix("Parsed")
        raise TypeError(f"{name} must be a cnnsize.{public}, not {type(value).__name__}; {help}")


def require_settings(settings: object) -> None:
    """Raise TypeError unless the settings are Settings."""
    example = "as in settings=cnnsize.Settings(target='tensorflow')"
    require_instance("settings", settings, Settings, example)


def volume_of(value: Any) -> Volume:
    """Return the W x H x D of a caller.

    Raises TypeError for what is not a tuple of integers, and ValueError unless it is three of at
    least 1.
    """
    return Volume(*three_sizes(value, "W, H, D", "32, 32, 3"))


def three_sizes(value: Any, order: str, example: str) -> tuple[int, int, int]:
    """Return three integers of a caller, the argument ``input``, in an order such as ``W, H, D``.

    Raises TypeError and ValueError as ``volume_of`` does.
    """
    expected = f"input must be three integers ({order}) of at least 1"
    if not isinstance(value, (tuple, list)):
        written = re.fullmatch(WRITTEN_VOLUME, value) if isinstance(value, str) else None
        sides = ", ".join(written.groups()) if written else example
        given = f"{value!r}" if isinstance(value, (str, int, float)) else type(value).__name__
        raise TypeError(f"{expected}, as in input=({sides}), not {given}")
    try:
        sizes = tuple(_side(side) for side in value)
    except TypeError:
        raise TypeError(f"{expected}, not {value!r}") from None
    if len(sizes) != 3 or min(sizes) < 1:
        hint = " (no batch size)" if len(sizes) == 4 else ""
        raise ValueError(f"{expected}, as in input=({example}){hint}, not {value!r}")
    return sizes[0], sizes[1], sizes[2]


def input_sizes(value: Any) -> tuple[tuple[int, ...], ...]:
    """Return the size of each input of a module: C, H, W of a map, or the C of a vector.

    Raises TypeError and ValueError as ``volume_of`` does.
    """
    several = isinstance(value, (tuple, list)) and any(
        isinstance(size, (tuple, list)) for size in value
    )
    sizes: list[tuple[int, ...]] = []
    for size in value if several else (value,):
        is_vector = isinstance(size, (tuple, list)) and len(size) == 1
        if is_vector and type(size[0]) is int and size[0] >= 1:
            sizes.append((size[0],))
        else:
            sizes.append(three_sizes(size, "C, H, W", "3, 224, 224"))
    return tuple(sizes)


def single_values(values: Mapping[str, object]) -> dict[str, int]:
    """Return the letters that have a single value, not a range."""
    return {letter: value for letter, value in values.items() if isinstance(value, int)}


def is_channels_first(volume: Volume) -> bool:
    """Return whether a shape was most likely copied from a tensor, C x H x W; as rule CNN007."""
    W, H, D = volume
    return W in (1, 3, 4) and H == D > 4


def _side(value: Any) -> int:
    """Return an integer of any integer type. Raises TypeError for anything else, and for a bool."""
    if isinstance(value, bool):
        raise TypeError
    return index(value)


def refuse_misspelt_keywords(
    function: str, values: Iterable[str], letters: Collection[str], keywords: tuple[str, ...]
) -> None:
    """Raise TypeError for a value of no letter whose name is nearly that of a keyword.

    Keywords that a function does not know are values for letters, so ``inputs=(32, 32, 3)`` would
    be taken for a letter.
    """
    for name in values:
        similar = [] if name in letters else nearest(name, keywords, 1)
        if similar:
            raise TypeError(
                f"{function}() has no argument {name!r}, and the network has no letter of that "
                f"name; did you mean {similar[0]!r}?"
            )
