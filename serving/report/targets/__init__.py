"""The targets that the source documents set, each with its definition: one module a target.

`TARGETS` has them in the order in which a report shows them. Each is a function of a ground (`serving.report.ground`)
and says what is missing where it can't be told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from serving.report.figures import Target
from serving.report.ground import Ground
from serving.report.targets import (
    complaints,
    consistency,
    delivery,
    feedback,
    notices,
    response,
    satisfaction,
    training,
)

Measure: TypeAlias = Callable[[Ground], Target]

# transparency comes last, as it asks how many of the others could be told (`serving.report.checklist`)
TARGETS: Final[tuple[Measure, ...]] = (
    response.within_hour,
    response.within_day,
    satisfaction.satisfaction,
    notices.notices,
    consistency.consistency,
    complaints.complaints,
    delivery.on_time,
    feedback.feedback,
    training.training,
)
