"""Making a pack: the record is read, shown as its audience may see it, zipped, and the making put on record.

Nothing is handed out whose making isn't on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import IO, Any, Final, Protocol

import sqlalchemy as sa

from features.store import Store
from serving.cases.people import PeopleKey
from serving.claim import Language
from serving.evidence_pack.asking import PackRequest
from serving.evidence_pack.claim_seen import Seeing
from serving.evidence_pack.deciding_seen import (
    Explanations,
    decision_seen,
    explanations_seen,
    model_seen,
    vector_seen,
)
from serving.evidence_pack.hiding import Hiding, mask_ids, people_on_record
from serving.evidence_pack.page import MOST_EVENTS, PageParts, render_page
from serving.evidence_pack.persons import find_persons
from serving.evidence_pack.readme import readme
from serving.evidence_pack.record import read_events, read_record
from serving.evidence_pack.rulings_seen import not_by_console, rulings_seen
from serving.evidence_pack.sealed import Asked, read_seal
from serving.evidence_pack.tables import Making, open_packs, record_making
from serving.evidence_pack.telling import Telling, texts_of
from serving.evidence_pack.told import read_told
from serving.evidence_pack.view import View, view_of
from serving.evidence_pack.zipping import MANIFEST, SUMS, json_list, to_json, write_zip
from serving.explaining.messages import Audience, Explanation
from serving.languages import LANGUAGES
from serving.ledger import DECISION, refuse_old_ledger
from serving.past_decision.models import ModelSource
from serving.policy import Policy

_HEARD_BY: Final[Mapping[str, tuple[Audience, ...]]] = {
    "court": ("buyer", "merchant", "reviewer"),
    "buyer": ("buyer",),
    "merchant": ("merchant",),
}
_ON_FILE: Final = "the policy of then isn't on file in this store"


class Explains(Protocol):
    """What explains decisions: `serving.explaining.explain.Explainer`."""

    def explain(
        self, claim_id: str, audience: Audience, current: Policy, language: Language | None = None
    ) -> Explanation | None:
        """The decision on a claim explained, or None if it was never decided."""


class PackMaker:
    """Makes packs out of one store. May be shared between threads.

    Args:
        store: where the claims are on record.
        explainer: explains decisions.
        models: finds the model that a decision names.

    Raises:
        StoreError: if an older clearclaim made the ledger.
    """

    def __init__(self, store: Store, explainer: Explains, models: ModelSource) -> None:
        self._store, self._explainer, self._models = store, explainer, models
        refuse_old_ledger(store)
        open_packs(store)
        self._people = PeopleKey.of_store(store)

    def make(self, request: PackRequest, policy: Policy, out: IO[bytes]) -> Making:
        """Make a pack and put on record who made it; the same record and request give the same bytes.

        Args:
            request: which one.
            policy: the one in force; its currency and time zone are the page's.
            out: where the zip is written; an empty file that can be sought in. Throw it away if this fails.

        Raises:
            UnknownClaimError: if the claim isn't on record.
            PermissionError: if the role sees no claims.
            StoreError: if the record can't be read.
        """
        view = view_of(request.audience, request.role)
        explanations = self._explanations(request, policy)
        with self._store.reading() as connection:
            files = _Files(
                connection, request, view, self._store, policy, explanations, self._models, self._people
            ).all()
            manifest_hash = write_zip(out, files, _facts_shown(request, view))
        making = Making(**_facts(request), manifest_hash=manifest_hash, zip_bytes=out.tell())
        with self._store.writing() as connection:
            record_making(connection, making)
        return making

    def _explanations(self, request: PackRequest, policy: Policy) -> Explanations:
        with self._store.reading() as connection:  # a store of imports only has no ledger
            if not sa.inspect(connection).has_table(DECISION.name):
                return dict.fromkeys(_HEARD_BY[request.audience])
        return {
            audience: self._explainer.explain(request.claim_id, audience, policy, request.language)
            for audience in _HEARD_BY[request.audience]
        }


def _facts(request: PackRequest) -> dict[str, Any]:
    return {
        name: getattr(request, name) for name in ("claim_id", "made_at_ms", "made_by", "role", "audience", "language")
    }


def _facts_shown(request: PackRequest, view: View) -> dict[str, Any]:
    """The same for the pack itself: who made it is named where people are."""
    return {name: value for name, value in _facts(request).items() if name != "made_by" or view.names_people}


class _Files:
    """The files of one pack, as its audience sees them."""

    def __init__(
        self,
        connection: sa.Connection,
        request: PackRequest,
        view: View,
        store: Store,
        policy: Policy,
        explanations: Explanations,
        models: ModelSource,
        people: PeopleKey,
    ) -> None:
        self._connection, self._request, self._view = connection, request, view
        self._store, self._policy, self._models = store, policy, models
        self._record = read_record(connection, request.claim_id)
        self._persons = find_persons(self._record, view, people.reference)
        self._hiding = self._hide()
        self._seeing = Seeing(self._record, view, self._hiding, self._persons)
        self._explained = explanations_seen(self._seeing, explanations)
        self._decision = decision_seen(self._seeing, explanations)
        self._cases = self._seeing.cases()
        self._told = [seen for told in read_told(connection, request.claim_id) if (seen := self._seeing.told(told))]
        self._rulings = rulings_seen(self._seeing)
        self._elsewhere = not_by_console(self._seeing)
        self._seal = self._sealed()
        self._omissions = view.omissions()

    def all(self) -> dict[str, Iterable[bytes]]:
        """All files by name, in the order of names."""
        files: dict[str, Iterable[bytes]] = {
            "cases.json": [to_json({"people": self._people(), "cases": self._cases})],
            "claim.json": json_list({"claim_id": self._request.claim_id}, "events", self._events()),
            "decision.json": [to_json(self._decision)],
            "explanations.json": [to_json(self._explained)],
            "notifications.json": [to_json({"messages": self._told})],
            "redactions.json": [to_json({"left_out": self._redactions()})],
            "rulings.json": [to_json({"rulings": self._rulings, "not_by_console": self._elsewhere})],
            "seal.json": [to_json(self._seal)],
        }
        if self._view.is_court:
            kept = self._record.policy_text
            files |= {
                "model.json": [to_json(model_seen(self._seeing, self._models))],
                "policy.toml": [(kept if kept is not None else f"# {_ON_FILE}\n").encode("utf-8", "replace")],
                "vector.json": [to_json(vector_seen(self._seeing, self._store.plan))],
            }
        names = sorted({*files, "index.html", "README.txt", MANIFEST, SUMS})
        telling = Telling(self._request.language, self._policy.currency, self._policy.zone)
        has_digests = self._view.digests == "all"
        files["README.txt"] = [readme(self._request, names, self._policy.zone, has_digests=has_digests)]
        files["index.html"] = self._page(telling, names)
        return {name: files[name] for name in sorted(files)}

    def _hide(self) -> Hiding:
        record = self._record
        hidden = mask_ids(record.ids) if self._view.masks_ids else {}
        if not self._view.names_people:
            hidden |= {name: reference for name, reference in self._persons.references.items() if name not in hidden}
        own = frozenset(plain for _, plain in record.ids)
        return Hiding(hidden, own, record.claim_id, people_on_record(self._connection))

    def _sealed(self) -> dict[str, Any]:
        cases = {case.number: case.kind for case in self._record.cases if self._view.sees_case(case.kind)}
        asked = Asked(
            claim_id=self._request.claim_id,
            ruling_ids=tuple(each["ruling_id"] for each in self._rulings),
            case_numbers=tuple(cases),
        )
        return read_seal(self._connection, asked, self._view.digests)

    def _events(self) -> Iterator[dict[str, Any]]:
        events = read_events(self._connection, self._request.claim_id)
        return (seen for event in events if (seen := self._seeing.event(event)) is not None)

    def _people(self) -> list[dict[str, Any]]:
        return self._persons.told(named=self._view.names_people) if self._view.is_court else []

    def _redactions(self) -> list[dict[str, Any]]:
        """What was left out and why, in both languages: whoever reads it may know either."""
        texts = [texts_of(language) for language in LANGUAGES]
        return [
            {
                "file": each.file,
                "field": each.what,
                "meaning": {text.language: text(f"what.{each.what}") for text in texts if f"what.{each.what}" in text},
                "why": {text.language: text(f"why.{each.why}") for text in texts},
            }
            for each in self._omissions
        ]

    def _page(self, telling: Telling, names: list[str]) -> Iterator[bytes]:
        filed = None if self._record.filed is None else self._seeing.event(self._record.filed)
        decision = None if self._record.decision is None else self._decision["decision"]
        rulings = [seen for event in self._record.adjudications if (seen := self._seeing.event(event)) is not None]
        yield render_page(
            PageParts(
                making=_facts_shown(self._request, self._view),
                filed=filed,
                events=list(islice(self._events(), MOST_EVENTS + 1)),
                decision=decision,
                policy_since_ms=self._record.policy_since_ms,
                explanations=self._explained,
                people=self._people(),
                cases=self._cases,
                rulings=self._rulings,
                not_by_console=self._elsewhere,
                adjudications=rulings[:MOST_EVENTS],
                told=self._told,
                seal=self._seal,
                omissions=self._omissions,
                files=names,
            ),
            telling,
            self._policy.time_zone,
        )
