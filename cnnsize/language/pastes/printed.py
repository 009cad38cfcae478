"""The print of a PyTorch module, as ``print(model)`` writes it.

::

    Sequential(
      (0): Conv2d(1, 16, kernel_size=(5, 5), stride=(1, 1))
      (1-2): 2 x ReLU()
    )
"""

from __future__ import annotations

import re

from cnnsize.language.informal.writer import StrictText
from cnnsize.language.pastes.chain_view import ChainView
from cnnsize.language.pastes.modules import (
    CHAINS,
    FOLLOWS_LISTING,
    WRAPPERS,
    describe_class,
    is_layer_class,
    listing_note,
)
from cnnsize.language.pastes.printed_tree import Module, fail, parse_print
from cnnsize.text.span import Span

BRANCH_NAMES = re.compile(r"(?i)shortcut|downsample|skip|branch|residual|\baux|^aux")


def read(text: str) -> StrictText:
    """Return the strict text of a printed module.

    Raises ArchitectureError for a module whose layers do not run in the order of the print.
    """
    root = parse_print(text)
    chain = ChainView(root.text)
    for ignored in root.ignored:
        chain.note(f"ignored: {ignored}")
    write_root(chain, root.module)
    if chain.is_empty:
        fail(root.text, "there is no layer in this print", root.module.span)
    return chain.read()


def write_root(chain: ChainView, module: Module) -> None:
    """Write the outermost module, which may be a class of the author's with layers as attributes."""
    only = module.children[0] if len(module.children) == 1 else None
    if module.name in WRAPPERS and only is not None:
        write_root(chain, only)
        return
    is_chain = module.name in CHAINS or is_layer_class(module.name)
    if is_chain or not module.children:
        write_module(chain, module)
        return
    chain.note(listing_note(module.name))
    chain.order_known = not any(map(may_run_elsewhere, module.children))
    for child in module.children:
        if BRANCH_NAMES.search(child.key):
            fail(
                chain.original,
                f"({child.key}) names a branch: the print does not say where it begins and ends",
                child.span,
                help=("write the network with its branches, as in ADD{CONV3-64 -> BN | ID}",),
            )
        write_module(chain, child)


def may_run_elsewhere(module: Module) -> bool:
    """Return whether an attribute is a single layer that may run anywhere, or more than once."""
    return not module.children and not FOLLOWS_LISTING.match(module.name)


def write_module(chain: ChainView, module: Module) -> None:
    """Write a module within a chain. Raises ArchitectureError where it is no chain of layers."""
    if module.name == "...":
        chain.begin_item(module.span.start)
        chain.write("...", module.span)
        return
    if module.name == "Identity" and not module.children:
        chain.note("Identity() changes nothing")
        return
    if module.name in CHAINS and module.is_container:
        write_children(chain, module)
        return
    if module.children or not is_layer_class(module.name):
        reason = describe_class(module.name)
        fail(
            chain.original,
            reason.message,
            module.head,
            code="CNN002",
            notes=reason.notes,
            help=reason.help,
        )
    if module.times > 1:
        chain.open_group(module.head)
    chain.begin_item(module.span.start)
    chain.write("nn.", Span(module.span.start, module.span.start))
    chain.copy(*module.span)
    if module.times > 1:
        chain.close_group(module.times, module.head)


def write_children(chain: ChainView, module: Module) -> None:
    """Write the layers of a Sequential, in brackets where it is repeated."""
    if not module.children:
        chain.note(f"{module.name}() has no layers")
        return
    if module.times > 1:
        chain.open_group(module.head)
    for child in module.children:
        write_module(chain, child)
    if module.times > 1:
        chain.close_group(module.times, module.head)
