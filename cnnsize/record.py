"""Frozen records with slots, like dataclasses, but cheap to create.

Each dataclass compiles half a dozen functions when its module is imported, which takes a
millisecond or two, and imports ``inspect``. Forty of them were half of the time of a cold
``cnnsize check``. Type checkers treat these classes as frozen dataclasses.
"""

from __future__ import annotations

from abc import ABCMeta
from collections import _tuplegetter  # type: ignore[attr-defined]
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar

if TYPE_CHECKING:
    from inspect import Signature
    from typing import NamedTuple as NamedTuple
    from typing import dataclass_transform
else:  # only type checkers use the decorator

    def dataclass_transform(**_: Any) -> Any:
        return lambda cls: cls


# In ``int | MaybeNone``: None only where a size does not work out. Type checkers then accept
# ``params / 1e6`` without a test for None, as they do for ``re.Match.group`` of the standard library.
MaybeNone: TypeAlias = Any

Public = TypeVar("Public", bound=Any)


def public(named: Public) -> Public:
    """Mark a class or a function as one of ``import cnnsize``, and name it as users import it.

    Its ``repr``, ``help()`` and pickles then hold whatever module it moves to.
    """
    named.__module__ = "cnnsize"
    hints = getattr(getattr(named, "__new__", None), "__annotations__", {})  # of typing.NamedTuple
    hints.update((field, getattr(kind, "__forward_arg__", kind)) for field, kind in hints.items())
    return named


def documented(cls: type, *inherited: str) -> list[str]:
    """Return the names that ``dir()`` of an object, and so a notebook, offers after a dot.

    They are those that ``cls`` itself defines, and the ``inherited`` ones that users read.
    """
    own = [name for name in vars(cls) if not name.startswith("_") and name != "from_record"]
    return sorted([*own, *inherited, *dir(object)])


@dataclass_transform(frozen_default=True)
class RecordType(ABCMeta):
    """The metaclass of records: annotations become slots, class values become defaults."""

    def __new__(
        meta,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        kw_only: bool = False,
        **_: Any,
    ) -> RecordType:
        inherited: dict[str, None] = {}
        defaults: dict[str, Any] = {}
        for base in bases:
            inherited.update(dict.fromkeys(getattr(base, "_fields", ())))
            defaults.update(getattr(base, "_defaults", {}))
        annotations = namespace.get("__annotations__", {})
        own = [field for field, kind in annotations.items() if not str(kind).startswith("ClassVar")]
        defaults.update((field, namespace.pop(field)) for field in own if field in namespace)
        namespace.setdefault("__slots__", tuple(field for field in own if field not in inherited))
        namespace["_fields"] = (*inherited, *(field for field in own if field not in inherited))
        namespace["_defaults"] = defaults
        return super().__new__(meta, name, bases, namespace)

    def __init__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **_: Any
    ) -> None:
        super().__init__(name, bases, namespace)

    # Those of ABCMeta ask every base class, in Python, and no class is registered with a record.
    __instancecheck__ = type.__instancecheck__
    __subclasscheck__ = type.__subclasscheck__

    @property
    def __signature__(cls) -> Signature:
        """The parameters of the constructor, for ``help()`` and ``inspect.signature``."""
        return _signature(cls, getattr(cls, "_fields", ()), getattr(cls, "_defaults", {}))


def _signature(cls: type, fields: tuple[str, ...], defaults: dict[str, Any]) -> Signature:
    """Return the parameters of a constructor that takes fields."""
    from inspect import Parameter, Signature  # late: only those who ask for help need it

    hints = {
        field: kind
        for base in reversed(cls.__mro__)
        for field, kind in getattr(base, "__annotations__", {}).items()
    }
    parameters = [
        Parameter(
            field,
            Parameter.POSITIONAL_OR_KEYWORD,
            default=defaults.get(field, Parameter.empty),
            annotation=hints[field],
        )
        for field in fields
    ]
    return Signature(parameters)


class Record(metaclass=RecordType):
    """An immutable value that is compared by its fields and can be pickled."""

    _fields: ClassVar[tuple[str, ...]]
    _defaults: ClassVar[dict[str, Any]]

    if not TYPE_CHECKING:

        def __init__(self, *values: Any, **named: Any) -> None:
            put = object.__setattr__
            fields = self._fields
            if len(values) > len(fields):
                raise TypeError(
                    f"{type(self).__name__} takes {len(fields)} values, not {len(values)}"
                )
            for field, value in zip(fields, values, strict=False):
                put(self, field, value)
            if len(values) == len(fields) and not named:
                return
            for field in fields[len(values) :]:
                if field in named:
                    put(self, field, named.pop(field))
                elif field in self._defaults:
                    put(self, field, self._defaults[field])
                else:
                    raise TypeError(f"{type(self).__name__} needs {field}")
            if named:
                raise TypeError(_unknown_field(type(self).__name__, next(iter(named)), fields))

        def __setattr__(self, name: str, value: Any) -> None:
            raise AttributeError(f"{type(self).__name__} is frozen")

        def __delattr__(self, name: str) -> None:
            raise AttributeError(f"{type(self).__name__} is frozen")

    def __repr__(self) -> str:
        """Return the constructor call, without the fields that have their default."""
        missing = object()
        shown = [
            f"{field}={value!r}"
            for field, value in zip(self._fields, values(self), strict=True)
            if value != self._defaults.get(field, missing)
        ]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and values(self) == values(other)

    def __hash__(self) -> int:
        return hash((type(self), values(self)))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), values(self)


class Frozen:
    """An object whose attributes are set once, by its constructor or when they are first read."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __setattr__(self, name: str, value: object) -> None:
            if hasattr(self, name):
                raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")
            super().__setattr__(name, value)


def _unknown_field(owner: str, name: str, fields: tuple[str, ...]) -> str:
    """Return the message for a keyword that is not a field, with the field that may be meant."""
    from difflib import get_close_matches  # late: only errors need it

    similar = get_close_matches(name, fields, n=1)
    help = f"did you mean {similar[0]}?" if similar else f"its fields are {', '.join(fields)}"
    return f"{owner} has no field {name}; {help}"


Some = TypeVar("Some", bound=Record)


def values(record: Any) -> tuple[Any, ...]:
    """Return the values of a record in the order of its fields."""
    return tuple([getattr(record, field) for field in record._fields])


def replace(record: Some, **changes: Any) -> Some:
    """Return a copy of a record with some fields changed."""
    cls, fields = type(record), record._fields
    values = [changes.pop(name) if name in changes else getattr(record, name) for name in fields]
    if changes:
        raise TypeError(_unknown_field(cls.__name__, next(iter(changes)), fields))
    return cls(*values)


@cache
def copier(cls: type[Some], *changed: str) -> Callable[..., Some]:
    """Return a function that copies a record as one of ``cls``, with other values of some fields.

    It takes a tenth of the time of ``replace``, because it is compiled for the class.
    """
    setters = {f"set_{field}": getattr(cls, field).__set__ for field in cls._fields}
    lines = [
        f"    set_{field}(copy, {'' if field in changed else 'record.'}{field})"
        for field in cls._fields
    ]
    source = "\n".join(
        [
            f"def copied({', '.join(['record', *changed])}):",
            "    copy = new(cls)",
            *lines,
            "    return copy",
        ]
    )
    names = {"new": object.__new__, "cls": cls, **setters}
    exec(source, names)
    return names["copied"]  # type: ignore[no-any-return]


@cache
def comparer(cls: type[Some], ignored: str | None = None) -> Callable[[Some, Some], bool]:
    """Return a compiled function that compares two records of ``cls`` but for one field."""
    fields = [field for field in cls._fields if field != ignored]
    comparison = " and ".join(f"a.{field} == b.{field}" for field in fields)
    return eval(f"lambda a, b: {comparison or True}")  # type: ignore[no-any-return]


def list_or_none(values: tuple[Any, ...] | None) -> list[Any] | None:
    """Return a pair, a volume or a span as JSON has it."""
    return None if values is None else list(values)


class _TupleSignature:
    """The parameters of a NamedTuple's constructor, for ``help()`` and ``inspect.signature``."""

    def __get__(self, instance: object, owner: Any) -> Signature:
        return _signature(owner, owner._fields, owner._field_defaults)


class _FieldTuple(tuple[Any, ...]):
    """A tuple whose values have names; the base of every NamedTuple."""

    __slots__ = ()
    __signature__ = _TupleSignature()
    _fields: ClassVar[tuple[str, ...]] = ()
    _field_defaults: ClassVar[dict[str, Any]] = {}

    def __new__(cls, *values: Any, **named: Any) -> Any:
        """Compile the constructor of a class when it is first called."""
        fields = ", ".join(cls._fields)
        new = eval(f"lambda cls, {fields}: make(cls, ({fields},))", {"make": tuple.__new__})
        new.__defaults__ = tuple(cls._field_defaults.values())
        new.__name__ = new.__qualname__ = cls.__name__
        cls.__new__ = staticmethod(new)  # type: ignore[method-assign]
        return new(cls, *values, **named)

    @classmethod
    def _make(cls, values: Iterable[Any]) -> Any:
        return tuple.__new__(cls, values)

    def _replace(self, **changes: Any) -> Any:
        result = self._make(map(changes.pop, self._fields, self))
        if changes:
            raise TypeError(_unknown_field(type(self).__name__, next(iter(changes)), self._fields))
        return result

    def _asdict(self) -> dict[str, Any]:
        return dict(zip(self._fields, self, strict=True))

    def __repr__(self) -> str:
        shown = [f"{field}={value!r}" for field, value in self._asdict().items()]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)


class _TupleType(type):
    """Makes the classes that are written as those of ``typing.NamedTuple``, in a tenth of the time.

    That one compiles every annotation and a constructor for each class when it is imported, which
    was an eighth of the time of a cold ``cnnsize check``.
    """

    def __new__(meta, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> Any:
        if not bases:
            return super().__new__(meta, name, bases, namespace)
        fields = tuple(namespace.get("__annotations__", ()))
        defaults = {field: namespace.pop(field) for field in fields if field in namespace}
        getters = {field: _tuplegetter(index, "") for index, field in enumerate(fields)}
        facts = {"_fields": fields, "_field_defaults": defaults, "__match_args__": fields}
        return type(name, (_FieldTuple,), {"__slots__": (), **facts, **getters, **namespace})


if not TYPE_CHECKING:
    NamedTuple = _TupleType("NamedTuple", (), {})
