"""Sorts of goods with terms of their own: what a category's table says stands above the policy's for its claims."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import create_model, model_serializer

from serving.policy.entitlements import EntitlementTerms
from serving.policy.parts import Actions, Costs, PolicyPart

Part = TypeVar("Part", bound=PolicyPart)


class Overrides(PolicyPart):
    """Some keys of a table, under the same limits; what isn't given isn't said, nor part of the policy's version."""

    @model_serializer(mode="wrap")
    def _given_ones(self, serialise: Callable[[Overrides], dict[str, Any]]) -> dict[str, Any]:
        return {name: value for name, value in serialise(self).items() if value is not None}

    def over(self, part: Part) -> Part:
        """The table with these keys in the place of its own.

        Raises:
            pydantic.ValidationError: the two don't go together.
        """
        return type(part).model_validate({**part.model_dump(), **self.model_dump()})


def _some_of(part: type[PolicyPart]) -> type[Overrides]:
    fields: dict[str, Any] = {}
    for name, info in part.model_fields.items():
        kind: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
        fields[name] = (kind | None, None)
    return create_model(f"Some{part.__name__}", __base__=Overrides, __doc__=f"Some of {part.__name__}.", **fields)


SomeCosts = _some_of(Costs)
SomeActions = _some_of(Actions)
SomeTerms = _some_of(EntitlementTerms)


class Category(Overrides):
    """What is different for one sort of goods.

    `statutory_return`: whether the law's return without reason covers it (Consumer Protection Law, article 25: not
    custom-made or perishable goods, opened digital goods, delivered periodicals). The tables hold those keys of the
    policy's that are different.
    """

    statutory_return: bool = True
    costs: SomeCosts | None = None  # type: ignore[valid-type]
    actions: SomeActions | None = None  # type: ignore[valid-type]
    entitlements: SomeTerms | None = None  # type: ignore[valid-type]
