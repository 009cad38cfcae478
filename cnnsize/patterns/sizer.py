"""Size the segments of a family: each segment once for each volume that it is applied to."""

from __future__ import annotations

from collections.abc import Iterable

from cnnsize.language.tree import PLAIN, LayerNode, all_items
from cnnsize.layers.base import STANDARD
from cnnsize.layers.ends import Input
from cnnsize.layers.volume import KEEP, Volume
from cnnsize.limits import MAX_CACHED_OUTCOMES, MAX_FAMILY_PHASES, MAX_STEPS
from cnnsize.patterns.binding import definitions_with, expansion
from cnnsize.patterns.choices import Choices
from cnnsize.patterns.memo import ChainMemo, Work
from cnnsize.patterns.segments import Segment
from cnnsize.patterns.states import UNSEEN, Cause, Change, State, View, dead_change, first_state
from cnnsize.sizing.follow import MapProgress, follow_field, followed_layers, input_field
from cnnsize.sizing.growth import MAP_ENDS
from cnnsize.sizing.items import last_fc
from cnnsize.sizing.make import bound_layer, node_letters, standard_layer
from cnnsize.sizing.rows import Fork, Part, Row
from cnnsize.sizing.scope import Scope
from cnnsize.sizing.settings import Settings, severity
from cnnsize.sizing.steps import Zeros, has_open_width, size_checked, trailing_zeros
from cnnsize.sizing.totals import layer_costs, sum_costs
from cnnsize.sizing.walk import Walk
from cnnsize.text.diagnostic import ArchitectureError, error
from cnnsize.text.span import Span

NO_NETWORK = ("CNN005", "CNN008")  # an input or a value is missing: no member can be sized


class Sizer:
    """Size the segments of one family, and cache what they do to each volume.

    ``input`` overrides the INPUT of the pattern. All caches are bounded, so that memory stays flat.
    """

    def __init__(
        self,
        choices: Choices,
        input: tuple[int, int, int] | None,
        settings: Settings,
        work: Work,
    ) -> None:
        self.choices = choices
        self.architecture = choices.architecture
        self.input = input
        self.settings = settings
        self.work = work
        # for one member; layers in the text do not count, as in a walk of one network
        self.max_steps = MAX_STEPS + sum(1 for _ in all_items(self.architecture.chain))
        self.memo = ChainMemo(choices, work)
        self._changes: dict[tuple[int, Volume | None, tuple[int, ...], Zeros], Change] = {}
        self._views: dict[MapProgress, View] = {}
        self._followed: dict[tuple[int, View, int, int, tuple[int, ...]], View] = {}

    def clear(self) -> None:
        """Empty all caches."""
        self.memo.clear()
        self._changes.clear()
        self._views.clear()
        self._followed.clear()

    def start(self, values: tuple[int, ...]) -> State:
        """Return the state before the first layer, for members that begin with these values.

        An INPUT with letters that have no value yet has an unknown volume. Raises ArchitectureError
        where there is no INPUT.
        """
        self.work.done += 10
        if self.input is not None:
            return self._start_with(Volume(*self.input))
        first = self.architecture.chain.items[0]
        node = first.node
        if not isinstance(node, LayerNode) or node.kind != "INPUT":
            begin = self.architecture.chain.span.start
            raise error(
                "CNN005",
                "the network has no INPUT, so its input size is unknown",
                Span(begin, begin),
                label="the network starts here",
                help=("start it with INPUT[32x32x3] ->, or pass --input 32x32x3",),
            )
        letters, _ = self.choices.environment(values)
        if not all(letter in letters for letter in node_letters(node)):
            return first_state(None, UNSEEN)
        try:
            layer = Scope(letters).layer(node, first, self.settings.defaults)
        except ArchitectureError as failure:
            code, span = failure.diagnostic.code, failure.diagnostic.span
            if code == "CNN008":
                raise
            return first_state(None, UNSEEN, (Cause(code, span.start, True),))
        assert isinstance(layer, Input)
        return self._start_with(layer.volume)

    def _start_with(self, volume: Volume) -> State:
        field = input_field(())._replace(max_period=MAX_FAMILY_PHASES)
        return first_state(volume, self._view(MapProgress(field, field, volume)))

    def advance(
        self, number: int, segment: Segment, state: State, values: tuple[int, ...]
    ) -> State:
        """Return the state after a segment, which has this number in its family."""
        used_values = tuple([values[position] for position in segment.uses])
        change = self.change(number, segment, state, values, used_values)
        _, output, _, params, macs, activations, steps, causes, dead, valid, zeros = change
        view = state.view
        steps += state.steps
        if dead:
            pass
        elif steps > self.max_steps:
            causes = (*causes, Cause("CNN009", segment.chain.span.start, True))
            dead, valid = True, False
        else:
            widths = self.choices.widths
            sizes = used_values
            if widths:
                sizes = tuple([values[index] for index in segment.uses if index not in widths])
            assert state.volume is not None or change.ends_map
            view = self.view_after(number, change, state.volume, view, sizes)
        if state.causes:
            causes = tuple(dict.fromkeys((*state.causes, *causes)))
        return State(
            output,
            view,
            state.params + params,
            state.macs + macs,
            state.activations + activations,
            steps,
            causes,
            dead,
            valid and state.valid,
            zeros,
        )

    def change(
        self,
        number: int,
        segment: Segment,
        state: State,
        values: tuple[int, ...],
        used_values: tuple[int, ...],
    ) -> Change:
        """Return the effect of a segment, which depends on ``used_values`` of the values only."""
        self.work.done += 1
        key = (number, state.volume, used_values, state.zeros)
        change = self._changes.get(key)
        if change is None:
            if len(self._changes) > MAX_CACHED_OUTCOMES:
                self._changes.clear()
            change = self._changes[key] = self._change(segment, state.volume, values, state.zeros)
            self.work.done += 40 + change.steps
        return change

    def view_after(
        self,
        number: int,
        change: Change,
        volume: Volume | None,
        view: View,
        sizes: tuple[int, ...],
    ) -> View:
        """Return what positions see after a segment, which was applied to ``volume``.

        ``sizes`` are the values of its choices except widths, as the depth of a volume does not
        matter.
        """
        if change.ends_map or not view.seen.more:
            return view.closed
        assert volume is not None
        key = (number, view, volume.W, volume.H, sizes)
        cached = self._followed.get(key)
        if cached is not None:
            return cached
        if len(self._followed) > MAX_CACHED_OUTCOMES:
            self._followed.clear()
        before = view.seen
        after = follow_field(change.rows, before)
        phases = sum(
            len(axis.lows) for seen in (before, after) if seen.last for axis in seen.last.largest
        )
        if phases > 4:
            self.work.done += 30 + followed_layers(change.rows) * phases // 8
        else:
            self.work.done += 30 + 3 * change.steps
        view_after = self._followed[key] = self._view(after)
        return view_after

    def _view(self, seen: MapProgress) -> View:
        """Return the one view of all that see the same. Depth does not matter to it."""
        w, h, _ = seen.volume
        seen = MapProgress(seen.field if seen.more else None, seen.last, Volume(w, h, 1), seen.more)
        view = self._views.get(seen)
        if view is None:
            if len(self._views) > MAX_CACHED_OUTCOMES:
                self._views.clear()
            view = self._views[seen] = View(seen)
        return view

    def _change(
        self, segment: Segment, volume: Volume | None, values: tuple[int, ...], zeros: Zeros
    ) -> Change:
        """Return how a segment changes a volume; ``zeros`` are those of a PAD before it.

        Raises ArchitectureError where no member can be sized: an input or a value is missing.
        """
        plain = self._plain_change(segment, volume, values, zeros)
        if plain is not None:
            return plain
        walk = self._walk(values)
        walk.pad_zeros = zeros
        tail = segment.may_end and self._holds_last_fc(segment, walk)
        try:
            self._check_input(segment, walk)
            rows, output = walk.chain(segment.chain, volume, (), tail=tail)
        except ArchitectureError as failure:
            diagnostic = failure.diagnostic
            if diagnostic.code in NO_NETWORK:
                raise
            return dead_change((Cause(diagnostic.code, diagnostic.span.start, True),))
        causes = tuple(
            dict.fromkeys(
                Cause(
                    problem.fault.code,
                    problem.item.start,
                    severity(problem.fault, self.settings) == "error",
                )
                for problem in walk.problems
            )
        )
        valid = not any(cause.error for cause in causes)
        costs = sum_costs(tuple(rows))
        if output is None or costs is None:
            return dead_change(causes, steps=walk.steps, valid=valid)
        return Change(
            tuple(rows),
            output,
            ends_the_map(rows) is True,
            *costs,
            walk.steps,
            causes,
            False,
            valid,
            trailing_zeros(rows, zeros),
        )

    def _plain_change(
        self, segment: Segment, volume: Volume | None, values: tuple[int, ...], zeros: Zeros
    ) -> Change | None:
        """Return the change by a segment of one layer without faults; None for any other segment.

        It is the same as that of a walk, which takes ten times as long.
        """
        item, *others = segment.chain.items
        node = item.node
        if others or item.suffix is not PLAIN or not isinstance(node, LayerNode):
            return None
        if volume is None or node.kind == "INPUT" or self.settings.defaults != STANDARD:
            return None
        letters = node_letters(node)
        if letters:
            environment, _ = self.choices.environment(values)
            layer = bound_layer(node, environment)
        else:
            layer = standard_layer(node)
        if layer is None or has_open_width(layer):
            return None
        sizing = size_checked(layer, volume)
        costs = layer_costs(layer, volume, sizing.output)
        if sizing.faults or costs is None:
            return None
        rows = (Row(item, layer, (0,), (volume,), sizing),)
        ends = ends_the_map(rows) is True
        after = trailing_zeros(rows, zeros)
        return Change(rows, sizing.output, ends, *costs, 1, (), False, True, after)

    def _walk(self, values: tuple[int, ...]) -> Walk:
        """Return the walk of members that begin with these values."""
        letters, included = self.choices.environment(values)
        walk = Walk(
            self.settings,
            letters,
            definitions_with(self.architecture.definitions, included),
            expand=expansion(included),
            memo=self.memo.for_members_with(included),
        )
        walk.max_steps = self.max_steps
        return walk

    def _holds_last_fc(self, segment: Segment, walk: Walk) -> bool:
        """Return whether the last FC of the network is in a segment."""
        last = last_fc(self.architecture.chain, walk.definitions, walk.expand)
        return segment.first <= last < segment.first + len(segment.chain.items)

    def _check_input(self, segment: Segment, walk: Walk) -> None:
        """Apply the input of the caller to INPUT. Raises ArchitectureError where INPUT repeats or
        is optional.
        """
        first = segment.chain.items[0]
        if not isinstance(first.node, LayerNode) or first.node.kind != "INPUT":
            return
        if segment.first > 0:
            return  # the walk reports an INPUT in the middle
        if first.suffix.repeat is not None or first.suffix.optional:
            assert first.suffix.count_span is not None
            raise error("CNN001", "INPUT cannot be repeated or optional", first.suffix.count_span)
        if self.input is not None:
            walk.scope.layers[first.node] = Input(volume=Volume(*self.input))


def ends_the_map(parts: Iterable[Part]) -> bool | None:
    """Return whether the first layer that looks at more than its own position ends the map.

    None where there is no such layer.
    """
    for part in parts:
        if isinstance(part, Row):
            volume = part.inputs[0]
            if volume is None or part.layer.kind in MAP_ENDS:
                return True
            if part.layer.traits.role == "convolution" or part.layer.reach(volume) is not KEEP:
                return False
        elif isinstance(part, Fork):
            if not part.makes_outputs:
                return False
        else:
            ends = ends_the_map(part.body)
            if ends is not None:
                return ends
    return None
