"""Layers, groups and joins of an informal text while they are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from cnnsize.language.informal.tokens import Token
from cnnsize.text.span import Span


class Respelling(NamedTuple):
    """Characters of the text, and what they were read as."""

    span: Span
    written: str
    read: str


@dataclass(slots=True)
class DraftLayer:
    """One layer. Sizes and option values are strict text."""

    kind: str
    written: str  # its name in the text
    span: Span
    digits: str | None = None  # glued to the name: a filter, a width, or a running number
    kernel: str | None = None
    size: str | None = None  # filters or units
    shape: str | None = None
    options: list[tuple[str, str]] = field(default_factory=list)
    declared: tuple[str, Span] | None = None  # the shape that it must put out
    count: tuple[str, Span] | None = None
    optional: Span | None = None
    verbatim: str | None = None  # strict text that is used as it is, as the call of a block
    before: list[DraftLayer] = field(default_factory=list)  # the INPUT given as an argument
    after: list[DraftLayer] = field(default_factory=list)  # activations given as arguments
    framework: str | None = None  # whose call it is, in its exact spelling
    defaults: list[str] = field(default_factory=list)  # of the framework, written out
    separable: bool = False  # a depthwise and a 1x1 convolution, written as one
    running: bool = False  # its digits number the layer, and are no size
    lettered: bool = False  # an option was written with its letter: S=2
    spaced: bool = False  # its digits come after a space: conv 1
    counted_first: bool = False  # its count is before it: 3x conv
    alone: bool = False  # its width is the only number in parentheses: conv(9)
    hyphenated: bool = False  # its width comes after a hyphen: conv3-64


@dataclass(slots=True)
class DraftGroup:
    """A bracket."""

    items: list[DraftLayer | DraftGroup | DraftJoin]
    span: Span
    opened: Token
    closed: Token
    count: tuple[str, Span] | None = None
    optional: Span | None = None
    declared: tuple[str, Span] | None = None


@dataclass(slots=True)
class DraftJoin:
    """Branches that are added, multiplied or concatenated; the empty branch is ID."""

    op: str
    branches: list[list[DraftLayer | DraftGroup | DraftJoin]]
    span: Span
    count: tuple[str, Span] | None = None
    optional: Span | None = None
    declared: tuple[str, Span] | None = None


Element = DraftLayer | DraftGroup | DraftJoin
