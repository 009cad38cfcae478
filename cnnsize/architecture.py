"""``Architecture``, the public class of a network as written, and the functions that return one.

Each method calls the module that does the work.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from cnnsize.language.parsed import ParsedArchitecture
from cnnsize.network import Network
from cnnsize.reading.skeleton import parse_text
from cnnsize.record import copier, documented, public, replace
from cnnsize.sizing.arguments import (
    input_sizes,
    is_channels_first,
    refuse_misspelt_keywords,
    require_instance,
    require_settings,
    three_sizes,
    volume_of,
)
from cnnsize.sizing.letters import bound_letters, free_letters
from cnnsize.sizing.settings import TORCH, Settings
from cnnsize.sizing.size import sized
from cnnsize.sizing.unrolled import kinds
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.zoo import index, load_record

if TYPE_CHECKING:
    from torch import nn

    from cnnsize.inputs.fitting import Fitting
    from cnnsize.layers.volume import Volume
    from cnnsize.patterns.family import Family
    from cnnsize.patterns.matching.match import Match
    from cnnsize.patterns.member import Member


@public
def parse(text: str, *, name: str | None = None) -> Architecture:
    """Return the network in ``text``.

    ``name`` selects one network of a text that defines several. Raises ArchitectureError, with the
    place and a suggestion, for text that is no network.
    """
    try:
        return Architecture.from_record(parse_text(text, name=name))
    except ArchitectureError as error:
        word = text.strip()
        if not word.isidentifier() or word not in index():
            raise
        help = (f"load({word!r}) returns the published network of this name",)
        raise ArchitectureError(replace(error.diagnostic, help=help), text) from None


@public
def load(name: str) -> Architecture:
    """Return a published network of the zoo, as in ``load("resnet50")``.

    ``list_networks()`` returns the names. Raises ArchitectureError for an unknown name.
    """
    return Architecture.from_record(load_record(name))


@public
def from_torch(
    module: nn.Module,
    input: tuple[int, ...] | Sequence[tuple[int, ...]] = (3, 224, 224),
    *,
    flat: bool = False,
) -> Architecture:
    """Return a PyTorch module as a network, as in ``from_torch(model, input=(3, 224, 224))``.

    ``input`` is (C, H, W), as PyTorch counts, without the batch; volumes of the network are W x H x
    D. A vector has one number, as in ``(10,)``, and several inputs are a list, as in
    ``[(3, 32, 32), (10,)]``. The tensors in what the module returns, in tuples, lists and dictionaries, are its outputs;
    the text has the first of them last in its chain, and the others in OUTPUT{...}, and ``notes`` says
    where their order differs. The module runs once in evaluation mode, on tensors without memory, and is as before
    afterwards. Repeated modules become blocks that are named after their classes; ``flat=True``
    writes one chain without blocks. Each layer's output, the parameters and the multiply-adds are
    those of the module; ``notes`` of the result says what the text leaves out, such as auxiliary
    heads.

    Raises UnreadableModelError, with the operation and its module, for a model that the notation
    cannot describe; TypeError or ValueError for other arguments; ImportError without PyTorch.
    """
    sizes = input_sizes(input)
    from cnnsize.torch_code.module import INSTALL, has_torch  # late: only modules need torch

    if not has_torch():
        raise ImportError(INSTALL)
    from torch import nn

    from cnnsize.models.live import read_module

    if not isinstance(module, nn.Module):
        is_class = isinstance(module, type)
        given = f"the class {module.__name__}" if is_class else type(module).__name__
        call = f"{module.__name__}()" if is_class else "model"
        raise TypeError(
            f"from_torch() expects a torch.nn.Module, not {given}; as in from_torch({call})"
        )
    return Architecture.from_record(read_module(module, *sizes, flat=flat).network)


@public
def from_onnx(
    path: str | os.PathLike[str],
    input: tuple[int, int, int] | None = None,
    *,
    flat: bool = False,
) -> Architecture:
    """Return the model in an ONNX file as a network, as in ``from_onnx("model.onnx")``.

    ``input`` is (C, H, W), without the batch, for a file that leaves the size of its input open. The
    file is read only, and its weights are not loaded. Blocks, ``flat`` and ``notes`` are as for
    ``from_torch()``; shapes are compared with onnx's own shape inference.

    Raises UnreadableModelError, with the operator and its node, for a model that the notation cannot
    describe and for a file that is no model; OSError; TypeError or ValueError for other arguments;
    ImportError without the package onnx.
    """
    sizes = None if input is None else three_sizes(input, "C, H, W", "3, 224, 224")
    from cnnsize.models.onnx_file import MissingOnnxError, read_onnx  # late: most texts need none

    volume = None if sizes is None else (sizes[2], sizes[1], sizes[0])
    try:
        return Architecture.from_record(read_onnx(os.fspath(path), volume, flat=flat).network)
    except MissingOnnxError as error:
        raise ImportError(str(error)) from None


@public
def list_networks() -> list[str]:
    """Return the names of all networks of the zoo, for ``load()``."""
    return list(index())


@public
class Architecture(ParsedArchitecture):
    """A network as written, with the blocks that it calls.

    ``parse()`` and ``load()`` return one, ``sized()`` computes its numbers. ``str(net)`` is its
    canonical text. A network with free letters, ``?`` or ``...`` is a pattern: a family of networks
    (``family()``) that others can be matched against (``match()``).
    """

    @classmethod
    def from_record(cls, record: ParsedArchitecture) -> Architecture:
        """Return the same network with the methods of the library."""
        architecture: Architecture = copier(cls)(record)
        return architecture

    def __dir__(self) -> list[str]:
        return documented(Architecture, "name", "notes", "source", "text")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from cnnsize.html.notebook import architecture_bundle  # late: only notebooks need it

        return architecture_bundle(self)

    def kinds(self) -> list[str]:
        """Return the layer kinds in forward order, INPUT first, with repeats unrolled.

        Raises ArchitectureError for a letter without a value, for ``?`` and ``...``, and for more
        than 100,000 layers.
        """
        try:
            return kinds(self, bound_letters(self))
        except ArchitectureError as error:
            raise self.mapped_error(error) from None

    def sized(
        self,
        input: tuple[int, int, int] | None = None,
        *,
        settings: Settings = TORCH,
        **values: int,
    ) -> Network:
        """Return the network with the volume (W x H x D) of every layer.

        ``input`` is (W, H, D) and replaces the size in INPUT; None keeps it. ``values`` are numbers
        for letters, as in ``net.sized(N=3)``. Sizes that do not work out raise nothing:
        ``Network.valid`` is then False, ``Network.diagnostics`` says why, and
        ``Network.require_valid()`` raises. Raises ArchitectureError if the text is not a single
        network: for a letter without a value, for ``?`` and ``...``, and for a missing input; and
        TypeError or ValueError for arguments of a wrong type or size. Warns of an ``input`` that has
        the channels first.
        """
        volume = self._checked("sized", input, settings, values)
        return Network.from_record(sized(self, volume, settings, values))

    def family(
        self,
        input: tuple[int, int, int] | None = None,
        *,
        settings: Settings = TORCH,
        **values: int | Sequence[int],
    ) -> Family:
        """Return the family of all networks that this pattern describes; iterate it for its members.

        ``input`` is (W, H, D) and replaces the size in INPUT; None keeps it. ``values`` are numbers
        or ranges for letters, as in ``net.family(N=range(4))``. Other letters take the values of
        ``where``, and those of repeats else 0 to 3. Raises ArchitectureError for any other letter
        without values.
        """
        volume = self._checked("family", input, settings, values)
        from cnnsize.patterns.family import Family  # late: one network never needs it

        return Family(self, volume, settings, values)

    def members(
        self,
        input: tuple[int, int, int] | None = None,
        *,
        settings: Settings = TORCH,
        **values: int | Sequence[int],
    ) -> Iterator[Member]:
        """Return an iterator over the members of ``family()``, which takes the same arguments.

        Raises ArchitectureError as ``family()`` does, and for too many members, before any of them
        is sized.
        """
        return iter(self.family(input, settings=settings, **values))

    def match(
        self, network: ParsedArchitecture, limit: int = 1000, **values: int | Sequence[int]
    ) -> Match:
        """Return how ``network`` matches this pattern; iterate it for the values of the letters.

        At most ``limit`` assignments are searched for. ``values`` are numbers or ranges for
        letters; all others are free.
        """
        example = "as in pattern.match(cnnsize.parse(text))"
        require_instance("network", network, ParsedArchitecture, example)
        from cnnsize.patterns.matching.search import match  # late, as in ``family``

        return match(self, network, limit, values=values)

    def fitting_inputs(
        self,
        input: tuple[int, int, int] | None = None,
        *,
        settings: Settings = TORCH,
        **values: int,
    ) -> Fitting:
        """Return the input sizes that fit this network, as arithmetic progressions.

        Iterate it for the sizes of which every cell is read, smallest first; there is no last.
        ``input`` is (W, H, D) and replaces the size in INPUT; None keeps it. ``values`` are numbers
        for letters.
        """
        volume = self._checked("fitting_inputs", input, settings, values)
        from cnnsize.inputs.fitting import fitting  # late, as in ``family``

        return fitting(self, volume, settings, values)

    def _checked(
        self,
        function: str,
        input: tuple[int, int, int] | None,
        settings: object,
        values: Collection[str],
    ) -> Volume | None:
        """Return the input of a caller.

        Raises TypeError or ValueError for a wrong one, for settings of another type, and for
        misspelt keywords among the values. Warns of a shape with the channels first.
        """
        require_settings(settings)
        if values:
            keywords = ("input", "settings")
            refuse_misspelt_keywords(function, values, free_letters(self.chain), keywords)
        if input is None:
            return None
        volume = volume_of(input)
        if is_channels_first(volume):
            from warnings import warn  # late: few shapes are suspect

            W, H, D = volume
            warn(
                f"input=({W}, {H}, {D}) is an image of width {W} with {D} channels, because the "
                f"order is (W, H, D); did you mean ({H}, {D}, {W})?",
                stacklevel=3,
            )
        return volume
