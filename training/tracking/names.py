"""What things are called in MLflow."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

EXPERIMENT: Final = "clearclaim-abuse"
REGISTERED_MODEL: Final = "clearclaim-abuse"
BUNDLE_FOLDER: Final = "bundle"
Role: TypeAlias = Literal["champion", "challenger"]
CHALLENGER: Final = "challenger"
CHAMPION: Final = "champion"
