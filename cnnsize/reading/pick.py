"""Pick one network of several by name."""

from __future__ import annotations

from collections.abc import Sequence

from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.record import replace
from cnnsize.text.diagnostic import ArchitectureError, Diagnostic
from cnnsize.text.english import alternatives
from cnnsize.text.span import Span
from cnnsize.text.suggest import nearest

Parsed = ParsedArchitecture | Failed


def pick_network(networks: Sequence[Parsed], name: str | None) -> ParsedArchitecture:
    """Return the network with a name, or the only one where ``name`` is None.

    Raises ArchitectureError where there is none, or where it could not be parsed.
    """
    network = find_network(networks, name)
    if isinstance(network, Failed):
        source = network.diagnostic.source or network.source
        raise ArchitectureError(replace(network.diagnostic, source=source), source.text)
    return network


def find_network(networks: Sequence[Parsed], name: str | None) -> Parsed:
    """Return the network with a name, even if it could not be parsed; the only one for None.

    Raises ArchitectureError where there is none, or more than one.
    """
    if name is not None:
        return _named(networks, name)
    if len(networks) == 1:
        return networks[0]
    for network in networks:
        if isinstance(network, Failed):
            return network
    names = [network.name or "?" for network in networks]
    raise _not_found(
        f"expected one network, but there are {len(networks)}",
        f"choose one with --name: {', '.join(names[:8])}",
    )


def _named(networks: Sequence[Parsed], name: str) -> Parsed:
    candidates = [
        network for network in networks if not (isinstance(network, Failed) and network.block)
    ]
    same = [network for network in candidates if network.name == name]
    if len(same) == 1:
        return same[0]
    if same:
        raise _not_found(f"{len(same)} networks are named {name}", "rename one of them")
    names = [network.name for network in candidates if network.name]
    similar = nearest(name, names)
    if similar:
        hint = f"did you mean {alternatives(similar)}?"
    else:
        hint = f"the names are {', '.join(names)}" if names else "the networks have no names"
    raise _not_found(f"no network is named {name!r}", hint)


def _not_found(message: str, help: str) -> ArchitectureError:
    return ArchitectureError(Diagnostic("CNN004", message, Span(0, 0), help=(help,)))
