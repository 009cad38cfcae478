"""Caches of functions, which all can be emptied at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast

Key = TypeVar("Key")
Value = TypeVar("Value")
Function = TypeVar("Function", bound=Callable[..., Any])

_CLEAR: list[Callable[[], None]] = []  # of each cache


def cleared(cache: dict[Key, Value]) -> dict[Key, Value]:
    """Return a table that ``clear_caches`` empties; the caller bounds its size."""
    _CLEAR.append(cache.clear)
    return cache


class _Cache(dict[Any, Any]):
    """The results of a function of one value; emptied when there are ``size`` of them."""

    __slots__ = ("function", "size")

    def __init__(self, function: Callable[[Any], Any], size: int) -> None:
        self.function = function
        self.size = size

    def __missing__(self, key: Any) -> Any:
        if len(self) >= self.size:
            self.clear()
        result = self[key] = self.function(key)
        return result


def cached(size: int) -> Callable[[Callable[[Key], Value]], Callable[[Key], Value]]:
    """Decorate a function of one value, so that up to ``size`` of its results are kept.

    A hit takes a third of the time of ``lru_cache``, which makes a tuple of the value and hashes it.
    """

    def decorate(function: Callable[[Key], Value]) -> Callable[[Key], Value]:
        return cleared(_Cache(function, size)).__getitem__

    return decorate


def cached_calls(size: int) -> Callable[[Function], Function]:
    """Decorate a function of several values, so that up to ``size`` of its results are kept."""

    def decorate(function: Function) -> Function:
        cache: Any = lru_cache(maxsize=size)(function)
        _CLEAR.append(cache.cache_clear)
        return cast("Function", cache)

    return decorate


def clear_caches() -> None:
    """Forget every layer that was read, and how windows fit."""
    for clear in _CLEAR:
        clear()
