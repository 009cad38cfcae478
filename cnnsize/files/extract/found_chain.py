"""Chains of layers that were found in other text, and when they can only be networks."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from cnnsize.language.informal.vocabulary import words
from cnnsize.layers.names import ACTIVATIONS, CONVOLUTIONS, ENDS
from cnnsize.record import Record

MIN_LAYERS = 3
WITH_WEIGHTS = (*CONVOLUTIONS, "FC")
# Words that mean something else outside of networks. A chain needs another word than these.
AMBIGUOUS = words("""
    ACT ACTIVATION AFF AFFINE BATCH CLASS CLASSES CLASSIFICATION CONVNET CROP DATA DENSE DEPTHWISE DO DROP ELU FC FCS FLAT GAP
    GN IMAGE IMAGES IMG IN INNERPRODUCT INPUT INPUTS IP LEAKY LIN LINEAR LN LOGISTIC LOSS MISH MP
    NORM NORMALISATION NORMALIZATION OUT OUTPUT PAD POOL POOLS PREDICTION PREDICTIONS PROB REORG RGB
    SCALE SCORES SLICE UP VIEW X Y
""")
# Words among them that beside a convolution can only be layers.
BESIDE_CONVOLUTIONS = words("POOL POOLS NORM GAP ACTIVATION CONVNET AFF")


class Item(NamedTuple):
    """A layer or a group in a chain."""

    start: int  # the offset where it begins
    end: int  # the offset after it, as part of a chain
    tight_end: int  # the same without words that may belong to the text around
    bare_end: int  # the offset after its name
    stop: int  # the index of the token after it
    kinds: tuple[str, ...]
    keys: tuple[str, ...]  # of ``ALIASES``; an empty one for a misspelt name
    links: frozenset[str] = frozenset()  # in a group that is repeated: how its layers are joined


class FoundChain(Record):
    """Layers or groups that follow each other, joined by arrows or dashes."""

    items: tuple[Item, ...]
    links: frozenset[str]  # how they are joined: arrow, spaced, glued, sum, slash, comma
    unknown: tuple[int, int] | None = None  # words after the last arrow that name no layer

    @property
    def start(self) -> int:
        """The offset where the chain begins."""
        return self.items[0].start

    @property
    def end(self) -> int:
        """The offset after the chain."""
        return self.items[-1].tight_end

    @property
    def misspelt(self) -> bool:
        """Whether a name in the chain is that of no layer."""
        return any(not key for item in self.items for key in item.keys)

    def is_network(self) -> bool:
        """Return whether this must be layers of a network, and can hardly be anything else."""
        kinds = [kind for item in self.items for kind in item.kinds]
        keys = [key for item in self.items for key in item.keys]
        has_weights = any(kind in WITH_WEIGHTS for kind in kinds)
        has_convolution = any(kind in CONVOLUTIONS for kind in kinds)
        clear = [
            key
            for key in keys
            if key and (key not in AMBIGUOUS or (has_convolution and key in BESIDE_CONVOLUTIONS))
        ]
        links = self.links or (self.items[0].links if self.items else frozenset())
        if len(kinds) < MIN_LAYERS or not links or not has_weights or not clear:
            return False
        if not links & {"arrow", "spaced", "glued"}:
            return links == {"sum"} and kinds[0] in CONVOLUTIONS and len(clear) == len(kinds)
        if not links & {"arrow", "spaced"} and len(clear) < 2:
            return False
        inner = [kind for kind in kinds if kind not in ENDS and kind != "INPUT"]
        if has_convolution:
            return len(inner) >= 2
        flattens = any(pair == ("FLATTEN", "FC") for pair in pairwise(kinds))
        is_perceptron = kinds.count("FC") > 1 or len(clear) > 1 or flattens
        return is_perceptron and sum(kind not in ACTIVATIONS for kind in inner) >= 2

    def is_clear(self) -> bool:
        """Return whether this must be a network although it has unknown layers."""
        kinds = [kind for item in self.items for kind in item.kinds]
        inner = [kind for kind in kinds if kind not in ENDS and kind != "INPUT"]
        return len(inner) >= MIN_LAYERS and self.is_network()

    def without_last(self) -> FoundChain | None:
        """Return the chain before its last item; None if nothing is left."""
        return FoundChain(self.items[:-1], self.links) if len(self.items) > 1 else None

    def without_first(self) -> FoundChain | None:
        """Return the chain after its first item; None if nothing is left."""
        return FoundChain(self.items[1:], self.links) if len(self.items) > 1 else None

    def index_at(self, offset: int) -> int:
        """Return the number of the item at an offset."""
        ends = (number for number, item in enumerate(self.items) if offset < item.end)
        return next(ends, len(self.items) - 1)

    def is_beside_name(self, offset: int) -> bool:
        """Return whether what is at an offset may be no part of the layer before it."""
        item = self.items[self.index_at(offset)]
        return item.bare_end < item.tight_end and offset >= item.bare_end

    def without(self, offset: int) -> list[FoundChain]:
        """Return the parts before and after the item at an offset, as far as they are chains."""
        index = self.index_at(offset)
        item = self.items[index]
        parts = [self.items[:index], self.items[index + 1 :]]
        if self.is_beside_name(offset):
            bare = item._replace(tight_end=item.bare_end, bare_end=item.start)
            parts[0] = (*parts[0], bare)
        chains = [FoundChain(part, self.links) for part in parts if part]
        return [chain for chain in chains if chain.is_network()]
