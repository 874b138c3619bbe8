"""The people of the console, for administrators: who there is, what was done to them, and doing it.

A password that was made up is shown in the answer to the form itself: it can't be led through an address, and it is
stored nowhere, so it can't be shown again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from serving.cases.words import ROLES, Role
from serving.console.app import ROOT
from serving.console.page import ConsoleError, Page, PageReply
from serving.console.rendering import render, see_other
from serving.console.sign_in.passwords import TooManyAtOnceError
from serving.console.sign_in.people import PeopleError
from serving.console.visit import Visit

PEOPLE: Final = f"{ROOT}/people"
ADMINISTERS: Final[frozenset[Role]] = frozenset({"administrator"})


def show_people(visit: Visit) -> PageReply:
    """Everybody, a form to add somebody, and what was done."""
    return _page(visit)


def add(visit: Visit) -> PageReply:
    """Add somebody, and show their first password, this once."""
    name = visit.form.get("name", "").strip().lower()
    role = _role(visit)
    if role is None:
        return _page(visit, 422, fault="no_role", at="role", name=name)
    try:
        password = visit.desk.people.add(name, role, by=visit.who.name)
    except PeopleError as error:
        return _page(visit, 422, fault=error.key, at="name", name=name, role=role)
    except TooManyAtOnceError:
        return _page(visit, 503, fault="busy", at="name", name=name, role=role)
    return _page(visit, first_password=password, whose=name)


def reset_password(visit: Visit) -> PageReply:
    """Make up another password for somebody, and show it, this once."""
    name = visit.values["name"]
    try:
        password = visit.desk.people.reset_password(name, by=visit.who.name)
    except PeopleError as error:
        return _refused(visit, error)
    except TooManyAtOnceError:
        return _page(visit, 503, fault="busy")
    return _page(visit, first_password=password, whose=name)


def change_role(visit: Visit) -> PageReply:
    """Give somebody another role."""
    role = _role(visit)
    if role is None:
        return _page(visit, 422, fault="no_role")
    return _do(visit, partial(visit.desk.people.change_role, role=role), "role_changed")


def disable(visit: Visit) -> PageReply:
    """Let nobody in under a name."""
    return _do(visit, visit.desk.people.disable, "disabled")


def enable(visit: Visit) -> PageReply:
    """Let somebody in again."""
    return _do(visit, visit.desk.people.enable, "enabled")


def end_sessions(visit: Visit) -> PageReply:
    """Sign somebody out wherever they are."""
    return _do(visit, visit.desk.people.end_sessions, "sessions_ended")


def lead_back(_visit: Visit) -> PageReply:
    """Lead from the address of a form, which a reload or another language asks for, to the list."""
    return see_other(PEOPLE)


def _do(visit: Visit, act: Callable[..., object], said: str) -> PageReply:
    try:
        act(visit.values["name"], by=visit.who.name)
    except PeopleError as error:
        return _refused(visit, error)
    return see_other(PEOPLE, said=said)


def _refused(visit: Visit, error: PeopleError) -> PageReply:
    if error.key == "unknown":
        raise ConsoleError(404, "people.unknown")
    return _page(visit, 422, fault=error.key)


def _role(visit: Visit) -> Role | None:
    role = visit.form.get("role")
    return role if role in ROLES else None


def _page(
    visit: Visit,
    status: int = 200,
    *,
    fault: str | None = None,
    at: str | None = None,
    name: str = "",
    role: Role | None = None,
    first_password: str | None = None,
    whose: str = "",
) -> PageReply:
    """The page, with what was wrong: at a field of the form that adds somebody, or above all where there is none."""
    return render(
        visit,
        "people.html",
        status,
        people=visit.desk.people.all(),
        acts=visit.desk.people.acts(),
        roles=ROLES,
        fault=fault,
        at=at,
        name=name,
        role=role,
        first_password=first_password,
        whose=whose,
    )


PAGES: Final = (
    Page("GET", "/people", show_people, ADMINISTERS),
    Page("POST", "/people/add", add, ADMINISTERS),
    Page("GET", "/people/add", lead_back, ADMINISTERS),
    Page("POST", "/people/{name}/role", change_role, ADMINISTERS),
    Page("POST", "/people/{name}/disable", disable, ADMINISTERS),
    Page("POST", "/people/{name}/enable", enable, ADMINISTERS),
    Page("POST", "/people/{name}/reset-password", reset_password, ADMINISTERS),
    Page("POST", "/people/{name}/end-sessions", end_sessions, ADMINISTERS),
    Page("GET", "/people/{name}/{act}", lead_back, ADMINISTERS),
)
