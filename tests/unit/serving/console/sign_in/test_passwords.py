"""Passwords are long, hashed as is advised, and never checked by more threads than claims can spare."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from serving.console.sign_in.password_rules import fault_of, make_password
from serving.console.sign_in.passwords import Passwords, TooManyAtOnceError
from tests.unit.serving.console.sign_in.people_of_tests import quick_passwords


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("green tea!!", "too_short"),
        ("绿茶两杯不加糖谢谢你们呀", None),
        ("x" * 100 + "y" * 101, "too_long"),
        ("tea for ANN at four", "has_name"),
        ("Password2026!", "common"),
        ("123456789012", "common"),
        ("tomatotomatotomato", "common"),
        ("correct horse battery staple", "common"),
        ("all lower case and long", None),
        ("839201748265", None),
    ],
)
def test_password_is_refused_for_what_makes_it_easy_and_for_nothing_else(password, fault):
    """Length, the name and what is common count; no rule asks for sorts of characters."""
    assert fault_of(password, "ann") == fault


def test_password_that_is_made_up_is_one_and_another_each_time():
    """It passes the rules; a name of three letters it may hold by chance, which makes it no easier to guess."""
    made = {make_password() for _ in range(50)}
    assert len(made) == 50
    assert {fault_of(password, "annemarie") for password in made} == {None}


def test_hash_is_as_owasp_advises_and_says_nothing():
    """Argon2id with 19 MiB and two passes, another salt each time; it opens with the same text however composed."""
    passwords = Passwords()
    first, second = passwords.hash("un café, s'il te plaît"), passwords.hash("un café, s'il te plaît")
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert passwords.matches("un cafe\u0301, s'il te plai\u0302t", first)
    assert not passwords.matches("un café, s'il te plaît ", first)


def test_hash_that_is_none_or_broken_never_opens():
    """Not even with the password of which the hash is computed in its place."""
    passwords = quick_passwords()
    assert not passwords.matches("nobody has this one", None)
    assert not passwords.matches("whatever it is", "no hash")


def test_hash_of_other_parameters_is_outdated():
    """So that it is made anew when its person signs in."""
    weaker, stronger = quick_passwords(), quick_passwords(time_cost=2)
    assert stronger.is_outdated(weaker.hash("green tea"))
    assert not weaker.is_outdated(weaker.hash("green tea"))


def test_third_at_once_is_told_to_come_again():
    """Two at a time; a place that was left is free again, also after a failure."""
    passwords = quick_passwords()
    with passwords.turn():
        with passwords.turn(), ThreadPoolExecutor(1) as another, pytest.raises(TooManyAtOnceError):
            another.submit(passwords.turn().__enter__).result()
        with pytest.raises(ZeroDivisionError), passwords.turn():
            raise ZeroDivisionError
        with passwords.turn():
            pass


def test_more_than_some_in_a_second_are_told_to_come_again():
    """However quickly they come one after the other; with time they may again."""
    now = [0.0]
    passwords = quick_passwords(per_second=2.0, burst=3.0, seconds=lambda: now[0])

    def count() -> int:
        done = 0
        try:
            while True:
                with passwords.turn():
                    done += 1
        except TooManyAtOnceError:
            return done

    assert count() == 3
    now[0] = 1.0
    assert count() == 2
