"""Questions about the members of a family that meet a condition."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from cnnsize.conditions.expression import Expression
from cnnsize.patterns.counting.axes import Lattice
from cnnsize.patterns.counting.boxes import ANYTHING, Box, Boxes, NoBoxesError, boxes_of
from cnnsize.patterns.counting.condition import split
from cnnsize.patterns.counting.deadline import Deadline
from cnnsize.patterns.counting.forms import COST_NAMES, Form
from cnnsize.patterns.counting.meeting import Group, Meeting, packed_boxes
from cnnsize.patterns.counting.trellis import Demand, Terminal, trellis_of
from cnnsize.patterns.family import Family
from cnnsize.patterns.query import fact_name
from cnnsize.text.diagnostic import ArchitectureError

IsWanted = Callable[[Terminal], bool]
NO_DEMAND = Demand()


class Space:
    """The members of a family that meet some conditions, all of them.

    ``form`` is a sum by which members are to be told apart, if there is one. ``is_wanted`` decides
    on terminals besides the conditions.
    """

    def __init__(
        self,
        family: Family,
        conditions: Sequence[Expression],
        deadline: Deadline,
        *,
        only_valid: bool = False,
        form: Form | None = None,
        demand: Demand = NO_DEMAND,
        is_wanted: IsWanted | None = None,
    ) -> None:
        self.family = family
        self.deadline = deadline
        self.form = form
        names = {
            fact_name(choice.name): (place, choice) for place, choice in enumerate(family.choices)
        }
        self.condition = split(conditions, names, only_valid=only_valid)
        own = self.condition.demand
        both = Demand(own.kept | demand.kept, own.field or demand.field, own.tests)
        choices, sizer = family.engine
        try:
            self.trellis = trellis_of(choices, sizer, both, deadline)
        except ArchitectureError as failure:
            raise family.mapped(failure) from None
        self.is_wanted = is_wanted
        self.lattice, self.groups = self._grouped()
        self.meeting = Meeting(self.lattice, self.groups, deadline) if self.groups else None

    def count(self, limits: tuple[float, float] | None = None) -> int:
        """Return how many members there are, with a value of ``form`` in a range if there is one."""
        if self.meeting is None:
            return 0
        return self.meeting.count(self._packed(limits))

    def members(
        self, ranks: Sequence[int], limits: tuple[float, float] | None = None
    ) -> Iterator[tuple[int, ...]]:
        """Yield the choices of the members with some ranks, in ascending order."""
        if self.meeting is None:
            return
        choices = self.family.choices
        for indices in self.meeting.members(ranks, self._packed(limits)):
            yield tuple(
                [choice.values[index] for choice, index in zip(choices, indices, strict=True)]
            )

    def _packed(self, limits: tuple[float, float] | None) -> tuple[int, int] | None:
        if limits is None:
            return None
        assert self.form is not None
        return self.lattice.axes[0].limits(limits)

    def extremes(self) -> tuple[int, int]:
        """Return the lowest and the highest value of ``form`` on any path to a wanted terminal."""
        extent = self.lattice.extents(forward=False)[0][0]
        axis = self.lattice.axes[0]
        return tuple([axis.start + axis.step * end[0] for end in extent])  # type: ignore[return-value]

    # -- terminals ----------------------------------------

    def _grouped(self) -> tuple[Lattice, list[Group]]:
        """Return the lattice of the members that may be wanted, and their terminals in groups."""
        boxes = self._boxes()
        own = () if self.form is None else (self.form,)
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
        if self.form is not None and terminal.volume is None:
            return False
        return self.is_wanted is None or self.is_wanted(terminal)

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
