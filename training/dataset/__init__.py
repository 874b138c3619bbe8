"""What a model learns from: claims with features and labels, split by time so that nothing comes from the future.

Read in this order:
    config      which labels, and how time is cut
    period      the labelled claims of a period; three periods are a dataset
    keeping     where vectors come from: computed, kept in a folder, or streamed from there
    checked     what the checks for leakage saw (`training.leakage`)
    gathering   claims, vectors and texts, made once whatever the cut
    building    labels drawn and time cut, once or at several moments
    folder      a dataset as files, named by a hash of its content
"""

from training.dataset.building import build_dataset, cut_dataset, rolling_datasets
from training.dataset.config import LABELS, PROXY, DatasetError, LabelKind, SplitConfig
from training.dataset.gathering import Gathered, gather
from training.dataset.period import Dataset, Period

__all__ = [
    "LABELS",
    "PROXY",
    "Dataset",
    "DatasetError",
    "Gathered",
    "LabelKind",
    "Period",
    "SplitConfig",
    "build_dataset",
    "cut_dataset",
    "gather",
    "rolling_datasets",
]
