"""Is a dataset honest? Checks that fail a training whose figures could not be trusted.

Read in this order:
    config      what may be asked for, and the error that names what was found
    sound       claims that are there twice, periods out of order, weights that are no numbers, labels from the future
    alone       how well one column alone tells the labels
    too_good    a feature too good to be true
    narrowing   few events out of many, and what of them was known later turned round
    past        a claim's vector from nothing but what was known before it
    foresight   vectors that know what came after their claims
    sharing     buyers, and rings of buyers, on both sides of the test's start
    apart       a dataset without them
    checking    all of it
    statement   what was seen, in words for the model's card and in numbers for its manifest

Each check returns lines, one for each thing found, and can be called on its own.
"""

from training.leakage.checking import check_dataset
from training.leakage.config import LeakageConfig, LeakageError

__all__ = ["LeakageConfig", "LeakageError", "check_dataset"]
