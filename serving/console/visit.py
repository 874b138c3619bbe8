"""Who asks for what, and what pages share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from features.store import Store
from serving.cases.appealing import PartyDesk
from serving.cases.ruling import RulingDesk
from serving.cases.words import Role
from serving.claim import Language
from serving.console.languages import Texts, texts_of
from serving.console.sign_in.people import People
from serving.console.sign_in.signing_in import SignIn
from serving.dossier.masking import Masks
from serving.dossier.similar import SimilarClaims
from serving.explaining.explain import Explainer
from serving.intake.adjudicating import AdjudicationDesk
from serving.past_decision.models import ModelSource
from serving.policy_watch import PolicySource


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has signed in."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Session:
    """What a browser's cookie stands for.

    Attributes:
        csrf: what forms of this session must carry.
        must_change: whether the password was made up for this person, who sees nothing until it is changed.
    """

    person: Person
    csrf: str = field(repr=False)
    must_change: bool = False


class Sessions(Protocol):
    """What finds the session of a cookie."""

    def find(self, cookie: str | None) -> Session | None:
        """The session, or None if there is none, or it is over. To ask is a sign of life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleDesk:
    """What pages work with. Each page's thread may use all of it.

    Attributes:
        sign_in: lets people in and out.
        people: whom it lets in, as administrators change that.
        rulings: takes what people do with their cases.
        parties: takes what buyers and merchants bring: appeals and evidence.
        now_ms: the time of the console: leases and clocks run by it.
        masks: what hides ids of persons from reviewers; give `Masks.of_store`, or each process has its own.
        similar: finds similar past claims; None leaves them out.
        tls: whether HTTPS ends before the service, so that cookies are for HTTPS alone.
    """

    store: Store
    policy: PolicySource
    explainer: Explainer
    adjudications: AdjudicationDesk
    rulings: RulingDesk
    parties: PartyDesk
    models: ModelSource
    sessions: Sessions
    sign_in: SignIn
    people: People
    now_ms: Callable[[], int]
    masks: Masks = field(default_factory=Masks)
    similar: SimilarClaims | None = None
    tls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request for a page.

    Attributes:
        path: as it was asked for, from /console on.
        values: what stands in the braces of the page's path.
        query: the last value of each name.
        form: the fields that were sent; empty for GET.
        cookies: by name.
        csrf: what a form on this page must carry.
        person: None where nobody has signed in.
        new_cookies: `set-cookie` values that the response is to carry; a handler may add some.
    """

    desk: ConsoleDesk
    path: str
    values: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    cookies: Mapping[str, str]
    csrf: str = field(repr=False)
    language: Language
    person: Person | None = None
    new_cookies: list[str] = field(default_factory=list)

    @property
    def text(self) -> Texts:
        """The texts in the visitor's language."""
        return texts_of(self.language)

    @property
    def who(self) -> Person:
        """Who has signed in, on a page that asks for that.

        Raises:
            LookupError: on a page that doesn't, where nobody has.
        """
        if self.person is None:
            raise LookupError(f"{self.path}: nobody has signed in; a page that asks who it is must name roles")
        return self.person
