"""All that decides a training beside its events."""

from __future__ import annotations

from dataclasses import dataclass, field

from serving.policy import Policy, default_policy_path, read_policy
from training.dataset import SplitConfig
from training.evaluation.config import EvaluationConfig
from training.labels.measured import MeasuredReviewers
from training.leakage import LeakageConfig
from training.model.gradient_boosting import BoostingConfig
from training.recovery.fitting import RecoveryConfig
from training.text.fitting import ReaderConfig


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """All that decides a training beside its events.

    `folds` is at how many moments of the past it is rehearsed too. By `policy` its money is counted; None counts none.
    By `reviewers` labels of the less reliable count less; None takes all reviewers as the rulings tell.
    """

    split: SplitConfig = field(default_factory=SplitConfig)
    boosting: BoostingConfig = field(default_factory=BoostingConfig)
    reader: ReaderConfig = field(default_factory=ReaderConfig)
    recovery: RecoveryConfig = field(default_factory=RecoveryConfig)
    leakage: LeakageConfig = field(default_factory=LeakageConfig)
    folds: int = 1
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    policy: Policy | None = field(default_factory=lambda: read_policy(default_policy_path()))
    reviewers: MeasuredReviewers | None = None
