"""The way in: a past decision explained to one of three audiences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from features.changed_facts import ChangedFacts
from features.store import Store
from serving.claim import Language
from serving.explaining.buyer import explain_to_buyer
from serving.explaining.chinese import CHINESE
from serving.explaining.english import ENGLISH
from serving.explaining.known import find_known
from serving.explaining.merchant import explain_to_merchant
from serving.explaining.messages import Audience, Explanation
from serving.explaining.reviewer import explain_to_reviewer
from serving.explaining.words import Words
from serving.past_decision.models import ModelSource
from serving.policy import Policy

WORDS: Final[Mapping[Language, Words]] = {"en": ENGLISH, "zh-CN": CHINESE}


class Explainer:
    """Explains the decisions of one store. May be shared between threads.

    Args:
        store: where they are on record.
        models: finds the model that a decision names.
    """

    def __init__(self, store: Store, models: ModelSource) -> None:
        self._store, self._models = store, models
        self._changed_facts = ChangedFacts(store.plan)

    def explain(
        self, claim_id: str, audience: Audience, current: Policy, language: Language | None = None
    ) -> Explanation | None:
        """The decision on a claim explained, or None if it was never decided. Takes some milliseconds; writes nothing.

        Args:
            claim_id: whose decision.
            audience: for whom.
            current: the policy in force; it stands in where the one of then isn't to be had.
            language: of the words; None for that of the policy.

        Raises:
            StoreError: the row can't be read.
        """
        with self._store.reading() as connection:
            known = find_known(connection, claim_id, current, self._models, self._store.plan)
        if known is None:
            return None
        spoken = language or known.policy.policy.reasons.language
        words = WORDS[spoken]
        match audience:
            case "reviewer":
                return explain_to_reviewer(known, spoken, self._store.plan)
            case "merchant":
                return explain_to_merchant(known, spoken, words)
            case "buyer":
                return explain_to_buyer(known, spoken, words, self._changed_facts)
