"""Settings come from the environment, and a mistake in them is named."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from serving.access.pseudonyms import Pseudonyms
from serving.clock import SteadyClock, filing_clock
from serving.policy import default_policy_path
from serving.settings import Settings, SettingsError, unknown_settings

KEY = "long enough for a key, just so.."


def test_settings_of_an_empty_environment_are_the_documented_defaults() -> None:
    """A fresh checkout starts without any setting."""
    settings = Settings.from_environment({})
    assert settings.store_url == "sqlite:///clearclaim.db"
    assert settings.policy_path == default_policy_path()
    assert settings.model_tag == "clearclaim:latest"
    assert isinstance(settings.clock, SteadyClock)
    assert settings.spool_path == Path("clearclaim-spool")
    assert settings.store_wait_ms == 1_000
    assert settings.workers == 1
    assert (settings.auth, settings.pseudonyms, settings.tls) == ("keys", None, False)


def test_settings_are_read_from_their_variables() -> None:
    """Each variable sets its own setting."""
    environment = {
        "CLEARCLAIM_STORE": "sqlite:///shop.db",
        "CLEARCLAIM_POLICY": "shop.toml",
        "CLEARCLAIM_MODEL": "clearclaim:7",
        "CLEARCLAIM_CLOCK": "filing",
        "CLEARCLAIM_SPOOL": "waiting",
        "CLEARCLAIM_STORE_WAIT_MS": "250",
        "CLEARCLAIM_WORKERS": "4",
        "CLEARCLAIM_AUTH": "off",
        "CLEARCLAIM_ID_KEY": "k" * 32,
        "CLEARCLAIM_TLS": "1",
        "UNRELATED": "1",
    }
    settings = Settings.from_environment(environment)
    assert (settings.store_url, settings.policy_path) == ("sqlite:///shop.db", Path("shop.toml"))
    assert (settings.model_tag, settings.clock) == ("clearclaim:7", filing_clock)
    assert (settings.spool_path, settings.store_wait_ms) == (Path("waiting"), 250)
    assert settings.workers == 4
    assert (settings.auth, settings.pseudonyms, settings.tls) == ("off", Pseudonyms(b"k" * 32), True)


@pytest.mark.parametrize(("value", "expected"), [("clearclaim-challenger:latest",) * 2, ("", None)])
def test_challenger_is_one_that_is_named(value: str, expected: str | None) -> None:
    """None scores in shadow unless somebody asks for it."""
    assert Settings.from_environment({"CLEARCLAIM_CHALLENGER": value}).challenger_tag == expected


@pytest.mark.parametrize("mode", ["off", "slow", "all"])
def test_requests_are_logged_as_the_variable_says(mode: str) -> None:
    """Without it, those that were slow or failed."""
    assert Settings.from_environment({"CLEARCLAIM_ACCESS_LOG": mode}).access_log == mode
    assert Settings.from_environment({}).access_log == "slow"


def test_access_log_that_does_not_exist_is_refused() -> None:
    """The message names the variable, what it holds and what it may hold."""
    with pytest.raises(SettingsError, match="CLEARCLAIM_ACCESS_LOG: is 'on'; use one of off, slow, all, or leave it"):
        Settings.from_environment({"CLEARCLAIM_ACCESS_LOG": "on"})


def test_settings_are_read_from_the_process_environment_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service needs no argument."""
    monkeypatch.setenv("CLEARCLAIM_MODEL", "clearclaim:8")
    assert Settings.from_environment().model_tag == "clearclaim:8"


def test_policy_that_is_set_to_nothing_is_the_shipped_one() -> None:
    """An empty variable means unset, as shells have it."""
    assert Settings.from_environment({"CLEARCLAIM_POLICY": ""}).policy_path == default_policy_path()


@pytest.mark.parametrize("clock", ["", "Wall", "1735689600000", "noon"])
def test_clock_that_does_not_exist_is_refused(clock: str) -> None:
    """The message names the variable, what it holds and what it may hold."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"CLEARCLAIM_CLOCK": clock})
    assert str(caught.value) == f"CLEARCLAIM_CLOCK: is {clock!r}; use one of wall, filing, or leave it unset"


def test_switches_of_webhooks_are_read() -> None:
    """Messages are sent by the service and to public addresses, unless the environment says otherwise."""
    usual = Settings.from_environment({"CLEARCLAIM_WEBHOOK_PRIVATE": "", "CLEARCLAIM_WEBHOOK_KEY": ""})
    assert (usual.webhook_key, usual.webhook_private, usual.delivers) == (None, False, True)
    environment = {
        "CLEARCLAIM_WEBHOOK_PRIVATE": "1",
        "CLEARCLAIM_WEBHOOK_DELIVERER": "0",
        "CLEARCLAIM_WEBHOOK_KEY": KEY,
    }
    changed = Settings.from_environment(environment)
    assert (changed.webhook_key, changed.webhook_private, changed.delivers) == (KEY, True, False)


@pytest.mark.parametrize("name", ["CLEARCLAIM_WEBHOOK_PRIVATE", "CLEARCLAIM_WEBHOOK_DELIVERER"])
def test_switch_that_is_neither_on_nor_off_is_refused(name: str) -> None:
    """A slip must not open a private network, nor stop notifications."""
    with pytest.raises(SettingsError, match=f"{name}: is 'yes'"):
        Settings.from_environment({name: "yes"})


def test_key_of_webhooks_is_not_shown() -> None:
    """Settings may be logged, secrets not."""
    assert KEY not in repr(Settings.from_environment({"CLEARCLAIM_WEBHOOK_KEY": KEY}))
    with pytest.raises(SettingsError, match="CLEARCLAIM_WEBHOOK_KEY: is too short") as refusal:
        Settings.from_environment({"CLEARCLAIM_WEBHOOK_KEY": KEY[1:]})
    assert KEY[1:] not in str(refusal.value)


@pytest.mark.parametrize("number", ["0", "-5", "1.5", "soon"])
def test_number_that_is_none_is_refused(number: str) -> None:
    """The message names the variable and what it may hold."""
    with pytest.raises(SettingsError, match=r"CLEARCLAIM_STORE_WAIT_MS: is .*; use a whole number above zero"):
        Settings.from_environment({"CLEARCLAIM_STORE_WAIT_MS": number})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CLEARCLAIM_AUTH", "", "is ''; use keys, or off for a trial on 127.0.0.1, or leave it unset"),
        ("CLEARCLAIM_AUTH", "none", "is 'none'; use keys, or off for a trial on 127.0.0.1, or leave it unset"),
        ("CLEARCLAIM_TLS", "yes", "is 'yes'; write 1 for yes or 0 for no, or leave it unset"),
    ],
)
def test_security_setting_that_is_mistyped_is_refused(name: str, value: str, said: str) -> None:
    """A door that somebody meant to shut never stays open by a slip of the pen."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({name: value})
    assert str(caught.value) == f"{name}: {said}"


def test_id_key_that_is_too_short_is_refused_without_showing_it() -> None:
    """The message says how to make one."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"CLEARCLAIM_ID_KEY": "hush-hush"})
    assert str(caught.value) == (
        "CLEARCLAIM_ID_KEY: has 9 bytes and needs 32 at least; "
        'make one with python -c "import secrets; print(secrets.token_urlsafe(48))"'
    )


def test_id_key_is_not_in_the_repr_of_the_settings() -> None:
    """Settings that are logged show no secret; an empty key is none, as shells have it."""
    assert "hush" not in repr(Settings.from_environment({"CLEARCLAIM_ID_KEY": "hush" * 8}))
    assert Settings.from_environment({"CLEARCLAIM_ID_KEY": ""}).pseudonyms is None


def test_settings_are_never_changed() -> None:
    """What the service started with is what it runs with."""
    with pytest.raises(FrozenInstanceError):
        Settings.from_environment({}).model_tag = "another"  # type: ignore[misc]


@pytest.mark.parametrize("workers", ["0", "129", "-1", "two", "1.0", "9" * 5_000, "\u0661"])
def test_settings_with_no_number_of_workers_are_refused(workers: str) -> None:
    """A mistake is told before any process starts."""
    with pytest.raises(SettingsError, match=r"CLEARCLAIM_WORKERS: is .*; use "):
        Settings.from_environment({"CLEARCLAIM_WORKERS": workers})


def test_variable_that_looks_like_a_setting_and_is_none_is_named() -> None:
    """A mistyped name must not leave a default in force unseen; what Kubernetes sets by itself is no mistake."""
    of_kubernetes = ("SERVICE_HOST", "SERVICE_PORT_HTTP", "PORT", "PORT_3000_TCP_ADDR", "WEB_SERVICE_HOST", "WEB_PORT")
    environment = {
        "CLEARCLAIM_ID_KYE": KEY,
        "CLEARCLAIM_CLOCKS": "wall",
        "CLEARCLAIM_STORE": "sqlite:///shop.db",
        "CLEARCLAIM_SEAL_KEY": KEY,
        "CLEARCLAIM_API_KEY": "cc_x",
        "HOME": "/",
        **{f"CLEARCLAIM_{name}": "x" for name in of_kubernetes},
    }
    assert unknown_settings(environment) == ("CLEARCLAIM_CLOCKS", "CLEARCLAIM_ID_KYE")
