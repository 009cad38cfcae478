"""Questions about the members of a family that meet a condition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from cnnsize.conditions.expression import Expression
from cnnsize.patterns.counting.axes import Lattice
from cnnsize.patterns.counting.boxes import ANYTHING, Box, Boxes, NoBoxesError, boxes_of
from cnnsize.patterns.counting.condition import split
from cnnsize.patterns.counting.deadline import Deadline
from cnnsize.patterns.counting.forms import COST_NAMES, FIRST_CHOICE, Form
from cnnsize.patterns.counting.meeting import Group, Meeting, packed_boxes
from cnnsize.patterns.counting.trellis import Demand, Terminal, trellis_of
from cnnsize.patterns.family import Family
from cnnsize.patterns.query import fact_name
from cnnsize.text.diagnostic import ArchitectureError

IsWanted = Callable[[Terminal], bool]
NO_DEMAND = Demand()


class Entry(NamedTuple):
    """A member: the values of its choices, and its sums, those of the forms of its space first."""

    values: tuple[int, ...]
    sums: tuple[int, ...]


class Space:
    """The members of a family that meet some conditions, all of them.

    ``forms`` are sums by which members are to be told apart, and ``demand`` what the caller has to
    know of terminals. ``limits`` in methods are of the first form.
    """

    def __init__(
        self,
        family: Family,
        conditions: Sequence[Expression],
        deadline: Deadline,
        *,
        only_valid: bool = False,
        forms: tuple[Form, ...] = (),
        demand: Demand = NO_DEMAND,
    ) -> None:
        self.family = family
        self.deadline = deadline
        self.forms = forms
        self.has_costs = any(quantity < FIRST_CHOICE for form in forms for quantity, _ in form)
        names = {
            fact_name(choice.name): (place, choice) for place, choice in enumerate(family.choices)
        }
        self.condition = split(conditions, names, family.bound, only_valid=only_valid)
        own = self.condition.demand
        both = Demand(own.kept | demand.kept, own.field or demand.field, own.tests)
        choices, sizer = family.engine
        try:
            self.trellis = trellis_of(choices, sizer, both, deadline)
        except ArchitectureError as failure:
            raise family.mapped(failure) from None
        self.restrict(lambda terminal: True)

    def restrict(self, is_wanted: IsWanted) -> None:
        """Leave only the members that end in some terminals."""
        self.is_wanted = is_wanted
        self.lattice, self.groups = self._grouped()
        self.meeting = Meeting(self.lattice, self.groups, self.deadline) if self.groups else None

    def count(self, limits: tuple[float, float] | None = None) -> int:
        """Return how many members there are, with a value of the form in a range if there is one."""
        if self.meeting is None:
            return 0
        return self.meeting.count(self.packed(limits))

    def bins(self, edges: Sequence[int]) -> list[int]:
        """Return how many members have a value of the form from each edge up to the next one."""
        if self.meeting is None:
            return [0] * (len(edges) - 1)
        axis = self.lattice.axes[0]
        return self.meeting.bins([-((axis.start - edge) // axis.step) for edge in edges])

    def extreme(self, *, highest: bool) -> int | None:
        """Return the lowest or highest value of the form; None where it is not known."""
        number = None if self.meeting is None else self.meeting.extreme(highest=highest)
        axis = self.lattice.axes[0]
        return None if number is None else axis.start + axis.step * number

    @property
    def size(self) -> int:
        """How many sums are joined whenever members are counted; 0 where that takes no time."""
        return 0 if self.meeting is None else self.meeting.size

    def members(
        self, ranks: Sequence[int], limits: tuple[float, float] | None = None
    ) -> list[Entry]:
        """Return the members with some ranks, which ascend."""
        if self.meeting is None:
            return []
        members = self.meeting.members(ranks, self.packed(limits))
        return [self.entry(key, indices) for key, indices in members]

    def entry(self, key: int, indices: Sequence[int]) -> Entry:
        """Return a member by its packed sums and the indices of its values."""
        values = [
            choice.values[index] for choice, index in zip(self.family.choices, indices, strict=True)
        ]
        return Entry(tuple(values), self.lattice.values(key))

    def number_of(self, values: tuple[int, ...]) -> int:
        """Return the number of a member in its family."""
        return self.family.engine[0].number_of(values)

    def packed(self, limits: tuple[float, float] | None) -> tuple[int, int] | None:
        """Return a range of values of the form in packed numbers."""
        if limits is None:
            return None
        axis = self.lattice.axes[0]
        packed = axis.limits(limits)
        return None if packed == (0, axis.mask) else packed

    # -- terminals ----------------------------------------

    def _grouped(self) -> tuple[Lattice, list[Group]]:
        """Return the lattice of the members that may be wanted, and their terminals in groups."""
        boxes = self._boxes()
        own = self.forms
        if boxes is None:
            quantities = sorted({place for place, _ in self.condition.quantities.values()})
            forms = tuple(dict.fromkeys([*own, *[((place, 1),) for place in quantities]]))
        else:
            forms = tuple(
                dict.fromkeys([*own, *[form for part in boxes.values() for form in part.forms]])
            )
        terminals = self.trellis.terminals
        lattice = Lattice(
            self.trellis,
            forms,
            self.family.choices,
            lambda node: (boxes is None or node in boxes) and self._may_be_wanted(terminals[node]),
        )
        if boxes is None:
            whole = (lattice.box((ANYTHING,) * len(forms)),)
            return lattice, [
                Group((node,), whole, self._test(lattice, terminals[node]))
                for node in lattice.terminals
            ]
        groups: dict[tuple[Box, ...], list[int]] = {}
        for node in lattice.terminals:
            groups.setdefault(_over(forms, boxes[node]), []).append(node)
        packed = [
            Group(tuple(nodes), packed_boxes(lattice, same), None) for same, nodes in groups.items()
        ]
        return lattice, [group for group in packed if group.boxes]

    def _may_be_wanted(self, terminal: Terminal) -> bool:
        """Return whether a terminal counts, whatever its sums are."""
        if self.condition.only_valid and not terminal.valid:
            return False
        if terminal.volume is None and self.has_costs:
            return False
        return self.is_wanted(terminal)

    def _boxes(self) -> dict[int, Boxes] | None:
        """Return the boxes of each terminal that has any; None where boxes are not enough."""
        known: dict[tuple[object, ...], Boxes] = {}
        boxes: dict[int, Boxes] = {}
        condition = self.condition
        names = sorted({name for part in condition.rest for name in part.names})
        for node, terminal in enumerate(self.trellis.terminals):
            facts = condition.facts(terminal)
            quantities = condition.quantities
            if terminal.volume is None:  # its costs are unknown
                facts |= dict.fromkeys(COST_NAMES & quantities.keys())
                quantities = {
                    name: term for name, term in quantities.items() if name not in COST_NAMES
                }
            key = (terminal.volume is None, *[facts.get(name) for name in names])
            try:
                if key not in known:
                    known[key] = boxes_of(condition.rest, quantities, facts)
            except NoBoxesError:
                return None
            if known[key].boxes:
                boxes[node] = known[key]
        return boxes

    def _test(self, lattice: Lattice, terminal: Terminal) -> Callable[[int], bool]:
        """Return whether members of a terminal with some packed sums meet the condition."""
        condition = self.condition
        facts = condition.facts(terminal)
        terms = {
            name: (lattice.forms.index(((quantity, 1),)), factor)
            for name, (quantity, factor) in condition.quantities.items()
        }

        def holds(key: int) -> bool:
            values = lattice.values(key)
            for name, (index, factor) in terms.items():
                is_unknown = terminal.volume is None and name in COST_NAMES
                facts[name] = None if is_unknown else factor * values[index]
            return all(part.holds(facts) for part in condition.rest)

        return holds


def _over(forms: Sequence[Form], boxes: Boxes) -> tuple[Box, ...]:
    """Return boxes over more forms."""
    places = {form: place for place, form in enumerate(boxes.forms)}
    return tuple(
        [
            tuple([box[places[form]] if form in places else ANYTHING for form in forms])
            for box in boxes.boxes
        ]
    )
