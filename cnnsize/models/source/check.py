"""What is wrong with the networks of Python source, with fixes that were tried. Nothing runs."""

from __future__ import annotations

import ast
from collections.abc import Callable
from operator import itemgetter

from cnnsize.models.source.checks.data_changes import changes_data
from cnnsize.models.source.checks.elsewhere import in_checked_file
from cnnsize.models.source.checks.every_input import finding_for_every_input
from cnnsize.models.source.checks.refusals import finding_of
from cnnsize.models.source.checks.registration import never_called, unregistered
from cnnsize.models.source.errors import MismatchError, RefusedError
from cnnsize.models.source.evidence import Evidence
from cnnsize.models.source.file_input import on_own_input
from cnnsize.models.source.findings.finding import Circumstances, Finding
from cnnsize.models.source.findings.literals import Replacement
from cnnsize.models.source.findings.spans import Spans
from cnnsize.models.source.images import reach_network
from cnnsize.models.source.keras.builders import KerasNet
from cnnsize.models.source.keras.certainty import circumstances
from cnnsize.models.source.nets import calls_in
from cnnsize.models.source.python.siblings import file_of
from cnnsize.models.source.read import (
    WHOLE_FILE,
    Reading,
    Request,
    SourceNetwork,
    UnreadableSourceError,
    UnreadNetwork,
    readings,
)
from cnnsize.models.source.solve import run_sized
from cnnsize.models.source.values.objects import NotReadError
from cnnsize.record import Record, replace

MAX_FIXES = 20  # findings of one file whose fixes are tried


class CheckedNetwork(Record):
    """A network of a file, and what is wrong with it."""

    name: str
    node: ast.AST  # the class, the function or the call that it comes from
    network: SourceNetwork | None
    findings: tuple[Finding, ...]
    unread: UnreadNetwork | None = None  # why nothing else can be said
    unused_input: str = ""  # why an input that is given for the file is not used


def check_source(
    text: str, request: Request = WHOLE_FILE, *, fixes: bool = True
) -> list[CheckedNetwork]:
    """Return the networks of Python source with their findings. Raises UnreadableSourceError.

    With ``fixes``, each fix is applied, the text is read again, and the fix is dropped unless it
    helps.
    """
    spans = Spans(text)
    every: list[CheckedNetwork] = []
    for first in readings(text, request):
        reading, unused = on_own_input(first, text, request)
        every.append(replace(checked(reading, text, spans), unused_input=unused))
    networks = without_repeated_networks(every)
    if not fixes:
        return networks

    def check_again(changed: str) -> list[CheckedNetwork]:
        try:
            return check_source(changed, request, fixes=False)
        except UnreadableSourceError:
            return []

    left = MAX_FIXES
    for number, network in enumerate(networks):
        findings = []
        for finding in network.findings:
            if finding.edits or finding.alternatives:
                trial = Trial(text, networks, number)
                best = trial.best(finding, check_again) if left > 0 else None
                left -= 1 + len(finding.alternatives)
                finding = best or finding._replace(edits=())
            findings.append(finding)
        networks[number] = replace(network, findings=tuple(findings))
    return networks


def checked(reading: Reading, text: str, spans: Spans) -> CheckedNetwork:
    """Return a network that was just read with its findings."""
    network, net = reading.network, reading.net
    if isinstance(net, KerasNet):
        return checked_keras(reading, spans)
    refusal = refused(reading, text, spans)
    if refusal is not None:
        refusal = in_checked_file(reading.machine, refusal, net.node)
        return CheckedNetwork(net.name, net.node, None, (refusal,))
    if isinstance(network, UnreadNetwork):
        findings: list[Finding] = []
        if network.runs:
            findings = list(unregistered(reading.machine, spans))
        return CheckedNetwork(net.name, net.node, None, tuple(findings), network)
    machine = reading.machine
    every = [*unregistered(machine, spans), *never_called(machine, reading.tree)]
    findings = [finding for finding in every if file_of(machine, finding.node) is None]
    return CheckedNetwork(net.name, net.node, network, tuple(findings))


def checked_keras(reading: Reading, spans: Spans) -> CheckedNetwork:
    """Return a network of Keras with what Keras refuses."""
    network, machine, net = reading.network, reading.machine, reading.net
    if not isinstance(network, UnreadNetwork):
        return CheckedNetwork(net.name, net.node, network, ())
    error, refusal = network.error, None
    if isinstance(error, RefusedError) and error.code:
        known = circumstances(machine, error, reading.declared)
        refusal = None if known is None else finding_of(machine, error, spans, known)
    if refusal is None:
        return CheckedNetwork(net.name, net.node, None, (), network)
    return CheckedNetwork(net.name, net.node, None, (in_checked_file(machine, refusal, net.node),))


def without_repeated_networks(networks: list[CheckedNetwork]) -> list[CheckedNetwork]:
    """Leave out a variable with the fault that is reported about the function that builds it."""
    known: set[tuple[str, int, str]] = set()
    result = []
    for network in networks:
        keys = {(own.code, id(own.node), own.message) for own in network.findings}
        is_repeated = isinstance(network.node, ast.Assign) and bool(keys) and keys <= known
        if not is_repeated:
            result.append(network)
        known |= keys
    return result


def refused(reading: Reading, text: str, spans: Spans) -> Finding | None:
    """Return the finding about what a framework refuses in a network."""
    network, machine, net = reading.network, reading.machine, reading.torch_net
    is_given = reading.declared is not None or bool(net.tested)
    known = Circumstances(
        source_of(reading),
        is_given,
        net.is_called,
        bool(machine.letters),
        is_run=is_run(reading),
        is_named=reading.declared is not None and reading.declared.is_for_network,
    )
    if isinstance(network, UnreadNetwork) and isinstance(network.error, RefusedError) and is_given:
        return finding_of(machine, network.error, spans, known)
    if is_given:
        return None
    guess = certain_evidence(reading, text)
    if guess is not None:
        error = error_on(reading, guess)
        if isinstance(error, RefusedError) and not takes_values(error):
            certain = known._replace(source=guess.source, is_given=True)
            return finding_of(machine, error, spans, certain)
    if not isinstance(network, UnreadNetwork):
        return None
    error = network.error
    finding: Finding | None = None
    if isinstance(error, RefusedError) and guess is None:
        finding = finding_of(machine, error, spans, known)
    if finding is not None or error is None:
        return finding
    return finding_for_every_input(machine, net, error, reading.others, spans, known)


def takes_values(error: RefusedError) -> bool:
    """Return whether a linear layer comes first, whose images are flattened outside of the network."""
    is_linear = error.layer is not None and error.layer.name == "Linear"
    return is_linear and any(tensor.node == 0 for tensor in error.tensors)


def is_run(reading: Reading) -> bool:
    """Return whether the source calls a network, on the size that is declared if any is."""
    declared, tested = reading.declared, reading.torch_net.tested
    if declared is None or not tested:
        return bool(tested)
    return tested[0].shape[1:] == (declared.depth, declared.height, declared.width)


def source_of(reading: Reading) -> str:
    """Return where the size of the input comes from."""
    if reading.declared is not None:
        return reading.declared.source
    line = getattr(reading.torch_net.tested[0].node, "lineno", 0) if reading.torch_net.tested else 0
    return f"the call on line {line}" if line else "no line says a size"


def certain_evidence(reading: Reading, text: str) -> Evidence | None:
    """Return the size of the input that the file leaves no doubt about, outside of its networks.

    All that it says agrees, it has a single network, and nothing else changes the images. The size
    of a data set is that of its transforms where these say one.
    """
    calls = calls_in(reading.tree)
    sizes = {(evidence.height, evidence.width) for evidence in reading.others}
    if not reading.is_alone or len(sizes) != 1 or changes_data(text, reading.tree):
        return None
    if not reach_network(reading.machine, reading.tree, text, calls):
        return None
    depths = {evidence.depth for evidence in reading.others if evidence.depth is not None}
    depth = depths.pop() if len(depths) == 1 else None
    return reading.others[0]._replace(depth=depth)


def error_on(reading: Reading, evidence: Evidence) -> NotReadError | None:
    """Run a network on an input, and return why it cannot be read."""
    reading.machine.depth_of_input = None
    try:
        run_sized(reading.machine, reading.torch_net, evidence)
    except NotReadError as error:
        return error
    except RecursionError:
        pass
    return None


Check = Callable[[str], list[CheckedNetwork]]


class Trial:
    """Fixes that are tried on a text with these networks, one of which they are for."""

    def __init__(self, text: str, networks: list[CheckedNetwork], number: int) -> None:
        self.text = text
        self.networks = networks
        self.number = number
        self.progress = 0  # of the network after the last change

    def best(self, finding: Finding, check_again: Check) -> Finding | None:
        """Return a finding with the fix that gets the network furthest; None if none helps."""
        candidates = [finding] if finding.edits else []
        for fix in finding.alternatives:
            help = (fix.help, *finding.help[1:])
            own = finding._replace(edits=fix.edits, help=help, applicability=fix.applicability)
            candidates.append(own)
        helpful = []
        for candidate in candidates:
            edits = self.edits(candidate, check_again)
            if edits:
                helpful.append((self.progress, candidate._replace(edits=edits)))
        return max(helpful, key=itemgetter(0))[1] if helpful else None

    def edits(self, finding: Finding, check_again: Check) -> tuple[Replacement, ...]:
        """Return the edits of a finding, with those that must go with them; none if they do not help."""
        edits = finding.edits
        for _ in range(2):
            changed = with_replacements(self.text, edits)
            after = check_again(changed)
            if len(after) != len(self.networks):
                return ()
            own = after[self.number]
            self.progress = progress_of(own)
            following = self.following(finding, own)
            if following is None:
                return edits if self.is_better(finding, after) else ()
            edits = (*edits, moved(following, edits))
        return ()

    def following(self, finding: Finding, after: CheckedNetwork) -> Replacement | None:
        """Return the edit of the next layer, where it names the number that was just replaced."""
        error = finding.error
        for other in after.findings:
            mismatch = other.error
            is_mismatch = isinstance(mismatch, MismatchError) and isinstance(error, MismatchError)
            if not is_mismatch or len(other.edits) != 1:
                continue
            assert isinstance(mismatch, MismatchError) and isinstance(error, MismatchError)
            same = int(mismatch.expected) == int(error.expected)
            if same and int(mismatch.received) == int(error.received) and error.layer is None:
                return other.edits[0]
        return None

    def is_better(self, finding: Finding, after: list[CheckedNetwork]) -> bool:
        """Return whether a change gets the network further, and no other network less far."""
        for number, (old, new) in enumerate(zip(self.networks, after, strict=True)):
            had, has = progress_of(old), progress_of(new)
            if number != self.number and has < had:
                return False
        old, new = self.networks[self.number], after[self.number]
        if finding.error is not None:
            return progress_of(new) > progress_of(old)
        same = [other for other in new.findings if other.code == finding.code]
        before = [other for other in old.findings if other.code == finding.code]
        return len(same) < len(before)


def progress_of(network: CheckedNetwork) -> int:
    """Return how far a network can be run; a large number if to its end."""
    refusals = [finding for finding in network.findings if finding.error is not None]
    if refusals:
        return refusals[0].progress
    unread = network.unread
    return 10**9 if unread is None or unread.runs else unread.progress


def with_replacements(text: str, edits: tuple[Replacement, ...]) -> str:
    """Return a text after edits that do not overlap."""
    for span, new in sorted(edits, reverse=True):
        text = text[: span.start] + new + text[span.end :]
    return text


def moved(edit: Replacement, edits: tuple[Replacement, ...]) -> Replacement:
    """Return an edit of a text after other edits as one of the text before them."""
    span, new = edit
    for other, text in sorted(edits):
        if other.start < span.start:
            span = span.shifted(other.end - other.start - len(text))
    return span, new
