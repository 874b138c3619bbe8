"""Who made a model, when, and from which code and data: for the copies of its card that lie in MLflow.

The card in the bundle has none of it: the same training makes the same bundle, whoever runs it and whenever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from training.card.table import name, table


@dataclass(frozen=True, slots=True)
class Provenance:
    """Of one training.

    Attributes:
        created_at_ms: when the model was made.
        author: who ran the training, as MLflow knows them.
        source: where its events came from.
        run_id, version: of its MLflow run and of the registered model.
        model_version: of the bundle.
        git_commit: of the code, "none" outside a repository, with "+changes" where it was changed since.
        policy_version: of the policy by which money was counted, "none" without one.
        packages: versions by package, clearclaim's own among them.
        command: what was typed, as far as it can be told.
    """

    created_at_ms: int
    author: str
    source: str
    run_id: str
    version: str
    model_version: str
    git_commit: str
    policy_version: str
    packages: Mapping[str, str]
    command: str


def with_provenance(card: str, made: Provenance) -> str:
    """The card with a section on where this copy comes from at its end."""
    when = datetime.fromtimestamp(made.created_at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    rows = {
        "made": when,
        "by": made.author,
        "from events": made.source,
        "by the command": made.command,
        "bundle": made.model_version,
        "registered as version": made.version,
        "MLflow run": made.run_id,
        "git commit": made.git_commit,
        "policy": made.policy_version,
        "packages": ", ".join(f"{package} {version}" for package, version in made.packages.items()),
    }
    lines = table(("what", "which"), ((what, name(which)) for what, which in rows.items()), words=2)
    return "\n".join([card.rstrip("\n"), "", "## Who made it, and when", "", *lines])
