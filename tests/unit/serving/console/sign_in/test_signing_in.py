"""Who is let in, for how long, and what those who guess learn: nothing."""

import logging

import pytest
import sqlalchemy as sa

from serving.console.sign_in.signing_in import FIRST_PASSWORD_MS, SignedIn, SignIn
from serving.console.sign_in.tables import ATTEMPT, PERSON, SESSION, SIGN_IN_METADATA
from serving.console.visit import Person
from tests.unit.serving.console.sign_in.people_of_tests import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    PASSWORD,
    Front,
    quick_passwords,
)

ANOTHER = "black coffee, no milk"


def rows(front, table):
    with front.store.reading() as connection:
        return connection.execute(sa.select(table)).all()


def test_person_with_the_password_is_in(front):
    """The name may be typed in capitals or with a space, as telephones do; the password may not."""
    front.add(role="senior")
    signed_in = front.entered(" Ann ")
    session = front.parts.sessions.find(signed_in.cookie)
    assert session is not None
    assert (session.person, session.must_change) == (Person("ann", "senior"), False)
    assert front.enter(password=PASSWORD.upper()) is None


def test_refusal_is_the_same_for_whatever_reason(front):
    """A wrong name, a wrong password, somebody disabled, a name that can't be one: None, and a hash for each."""
    front.add()
    front.add("bob")
    front.parts.people.disable("bob", by="ada")
    compared = []
    passwords = front.parts.sign_in._passwords
    passwords.matches = lambda *given: compared.append(given) or type(passwords).matches(passwords, *given)
    for name, password in (("ann", ANOTHER), ("nobody", PASSWORD), ("bob", PASSWORD), ("\0; --", PASSWORD)):
        assert front.enter(name, password) is None
    assert [hashed is None for _, hashed in compared] == [False, True, True, True]
    assert len(rows(front, ATTEMPT)) == 4


def test_nothing_that_opens_anything_is_in_the_tables(front):
    """Neither the password nor the cookie, the token of forms or a name that was typed, which may be a password."""
    front.add()
    signed_in = front.entered()
    front.enter("my secret word", PASSWORD)
    csrf = front.parts.sessions.find(signed_in.cookie).csrf
    stored = repr([rows(front, table) for table in SIGN_IN_METADATA.sorted_tables])
    token = front.parts.sign_in._signing.token_of(signed_in.cookie)
    for secret in (PASSWORD, "my secret", csrf, *signed_in.cookie.split("."), repr(token)[2:-1]):
        assert secret not in stored
    assert "argon2id" in stored


def test_every_sign_in_has_a_token_of_its_own_and_ends_the_one_of_before(front):
    """So a cookie that somebody put there before (session fixation) is worth nothing afterwards."""
    front.add()
    front.add("eve")
    planted = front.entered("eve")
    signed_in = front.entered("ann", session=planted.cookie)
    assert signed_in.cookie != planted.cookie
    assert not front.is_in(planted.cookie)
    assert front.is_in(signed_in.cookie)
    assert front.is_in(front.entered().cookie)


def test_forged_cookie_costs_no_question(front):
    """It is refused by its signature alone."""
    front.add()
    cookie = front.entered().cookie
    asked = []
    sa.event.listen(front.store.engine, "before_cursor_execute", lambda *_: asked.append(1))
    for forged in (None, "", "ann:senior", cookie[:-3] + "abc", "x" * len(cookie)):
        assert front.parts.sessions.find(forged) is None
    assert asked == []
    assert front.is_in(cookie)
    assert asked


def test_session_ends_after_eight_hours_however_busy(front):
    """And not a moment before."""
    front.add()
    cookie = front.entered().cookie
    for _ in range(8 * 4 - 1):
        front.ms += 15 * MINUTE_MS
        assert front.is_in(cookie)
    front.ms += 15 * MINUTE_MS - 1
    assert front.is_in(cookie)
    front.ms += 1
    assert not front.is_in(cookie)


def test_session_ends_after_half_an_hour_without_a_sign_of_life(front):
    """Each page puts the end off, and half an hour without one is the end."""
    front.add()
    cookie = front.entered().cookie
    for _ in range(2):
        front.ms += 29 * MINUTE_MS
        assert front.is_in(cookie)
    front.ms += 30 * MINUTE_MS
    assert not front.is_in(cookie)


def test_sign_of_life_is_written_once_a_minute_at_most(front):
    """A page costs one question, not one write."""
    front.add()
    cookie = front.entered().cookie
    front.ms += MINUTE_MS - 1
    assert front.is_in(cookie)
    assert rows(front, SESSION)[0].last_seen_ms == front.ms - MINUTE_MS + 1
    front.ms += 1
    assert front.is_in(cookie)
    assert rows(front, SESSION)[0].last_seen_ms == rows(front, PERSON)[0].last_seen_ms == front.ms


def test_sign_of_life_that_cannot_be_kept_hinders_nobody(front, monkeypatch, caplog):
    """The page is shown all the same."""
    front.add()
    cookie = front.entered().cookie
    front.ms += 2 * MINUTE_MS

    def busy():
        raise sa.exc.OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr(front.store, "writing", busy)
    with caplog.at_level(logging.WARNING, "clearclaim.console"):
        assert front.is_in(cookie)
    assert "can't be kept" in caplog.text


def test_signing_out_ends_the_session_in_all_processes(front):
    """Nothing is kept in memory, so the next page of another process asks for a sign-in; other browsers go on."""
    front.add()
    here, there = front.entered(), front.entered()
    other_process = Front(front.store)
    assert other_process.is_in(here.cookie)
    front.parts.sign_in.sign_out(here.cookie)
    assert not other_process.is_in(here.cookie)
    assert other_process.is_in(there.cookie)
    front.parts.sign_in.sign_out("forged")


def test_fifth_wrong_password_makes_strangers_wait_ever_longer_and_never_for_ever(front):
    """A minute, two, four, eight, then fifteen; not even the right password opens meanwhile, and nothing says why."""
    front.add()
    front.guess(5)
    for minutes in (1, 2, 4, 8, 15, 15):
        front.ms += minutes * MINUTE_MS - 1
        assert front.enter() is None
        front.ms += 1
        front.guess(1)
    front.ms += 15 * MINUTE_MS
    assert front.enter() is not None
    front.guess(4)
    assert front.enter() is not None


def test_attempts_during_a_wait_do_not_make_it_longer(front):
    """Who hammers at a name keeps nobody out for longer."""
    front.add()
    front.guess(5)
    front.ms += MINUTE_MS // 2
    front.guess(50)
    front.ms += MINUTE_MS // 2
    assert front.enter() is not None


def test_wrong_attempts_are_forgotten_after_a_day(front):
    """Four wrong ones in a life aren't four in a row."""
    front.add()
    front.guess(4)
    front.ms += DAY_MS
    front.guess(4)
    assert front.enter() is not None


def test_person_comes_in_from_a_known_browser_while_strangers_guess(front):
    """Whoever guesses day and night shuts out other strangers, and never the person's own browser."""
    front.add()
    browser = front.entered().browser
    front.guess(9)
    assert front.enter() is None
    assert front.enter(browser=browser) is not None
    front.guess(5, browser=browser)
    assert front.enter(browser=browser) is None
    front.ms += MINUTE_MS
    assert front.enter(browser=browser) is not None


def test_first_password_opens_while_strangers_guess(front):
    """Nobody guesses 99 random bits, so an administrator can always let in somebody who is under attack."""
    front.add()
    front.guess(9)
    first = front.parts.people.reset_password("ann", by="ada")
    front.guess(9)
    signed_in = front.entered(password=first)
    assert signed_in.must_change


def test_first_password_opens_for_seven_days(front):
    """A note that was never used isn't good for ever."""
    first = front.parts.people.add("ann", "reviewer", by="ada")
    front.ms += FIRST_PASSWORD_MS - 1
    assert front.enter(password=first) is not None
    front.ms += 1
    assert front.enter(password=first) is None


def test_hash_is_made_anew_when_parameters_change(front):
    """At the next sign-in, when the password is known; the sign-in after that finds it."""
    front.add()
    before = rows(front, PERSON)[0].password_hash
    stronger = SignIn(front.store, front.parts.sign_in._signing, quick_passwords(time_cost=2), lambda: front.ms)
    assert stronger.sign_in("ann", PASSWORD) is not None
    after = rows(front, PERSON)[0].password_hash
    assert ("t=1" in before, "t=2" in after) == (True, True)
    assert stronger.sign_in("ann", PASSWORD) is not None


def test_person_disabled_while_the_password_is_compared_is_not_in(front):
    """What was true when it began must be true when the session is made."""
    front.add()
    passwords = front.parts.sign_in._passwords

    def matches(*given):
        front.parts.people.disable("ann", by="ada")
        return type(passwords).matches(passwords, *given)

    passwords.matches = matches
    assert front.enter() is None
    assert rows(front, SESSION) == []


def test_change_of_the_own_password_ends_all_else_and_goes_on_here(front):
    """The old one opens nothing, the new one does, and the first one needs no more changing."""
    first = front.parts.people.add("ann", "reviewer", by="ada")
    here, there = front.entered(password=first), front.entered(password=first)
    changed = front.parts.sign_in.change_password("ann", first, PASSWORD)
    assert isinstance(changed, SignedIn)
    assert not changed.must_change
    assert [front.is_in(each.cookie) for each in (here, there, changed)] == [False, False, True]
    assert front.enter(password=first) is None
    assert not front.entered().must_change


@pytest.mark.parametrize(
    ("current", "new", "fault"),
    [
        (ANOTHER, "long enough for anybody", "wrong"),
        (PASSWORD, PASSWORD, "same"),
        (PASSWORD, "short", "too_short"),
        (PASSWORD, "my name is ann, hello", "has_name"),
    ],
)
def test_change_of_the_own_password_is_refused_with_its_reason(front, current, new, fault):
    """And nothing has changed."""
    front.add()
    cookie = front.entered().cookie
    assert front.parts.sign_in.change_password("ann", current, new) == fault
    assert front.is_in(cookie)
    assert front.enter() is not None


def test_guesses_at_the_current_password_must_wait_too(front):
    """Whoever finds an open browser doesn't find the password by trying."""
    front.add()
    for _ in range(5):
        assert front.parts.sign_in.change_password("ann", "a wrong one, surely", ANOTHER) == "wrong"
    assert front.parts.sign_in.change_password("ann", PASSWORD, ANOTHER) == "wrong"
    front.ms += MINUTE_MS
    assert isinstance(front.parts.sign_in.change_password("ann", PASSWORD, ANOTHER), SignedIn)


def test_what_is_over_is_removed_at_the_next_sign_in(front):
    """Tables of sessions and attempts don't grow with the years."""
    front.add()
    front.entered()
    front.guess(1, "nobody")
    front.ms += DAY_MS + HOUR_MS
    front.entered()
    assert (len(rows(front, SESSION)), len(rows(front, ATTEMPT))) == (1, 0)
