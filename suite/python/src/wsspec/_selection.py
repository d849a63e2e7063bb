"""Which trials the tests of a session ask for, and what they share. Knows pytest's items, and starts nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Optional

import pytest

from ._catalogue import Listed

TRIAL = "wsspec_trial"
REQUIREMENT = "wsspec_requirement"
TARGET = "wsspec_target"


def target_of(item: pytest.Item) -> Optional[pytest.FixtureDef[Any]]:
    """The fixture that gives an item its target: the nearest one of that name."""
    definitions = getattr(item, "_fixtureinfo").name2fixturedefs.get(TARGET)
    return definitions[-1] if definitions else None


def asked_for(item: pytest.Item) -> tuple[Listed, ...]:
    """The trials that an item is about."""
    params = _params(item)
    trials = (params[TRIAL],) if TRIAL in params else ()
    return trials + tuple(params[REQUIREMENT] if REQUIREMENT in params else ())


def sharing(item: pytest.Item, scope: str) -> Iterator[pytest.Item]:
    """The items of the session that are tested with the same server or client as this one."""
    if scope == "function":
        yield item
        return
    target, value = target_of(item), _params(item).get(TARGET)
    ancestor = _ancestor(item, scope)
    for other in item.session.items:
        if hasattr(other, "_fixtureinfo") and target_of(other) is target:
            if _ancestor(other, scope) is ancestor and _params(other).get(TARGET) == value:
                yield other


def united(items: Iterable[pytest.Item]) -> dict[str, Listed]:
    """What items ask for, each trial once."""
    return {trial.id: trial for item in items for trial in asked_for(item)}


def _params(item: pytest.Item) -> dict[str, Any]:
    callspec = getattr(item, "callspec", None)
    return callspec.params if callspec is not None else {}


def _ancestor(item: pytest.Item, scope: str) -> Optional[pytest.Collector]:
    kinds: dict[str, Any] = {"class": pytest.Class, "module": pytest.Module, "package": pytest.Package}
    return item.getparent(kinds[scope]) if scope in kinds else item.session
