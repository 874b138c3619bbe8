"""The one question that the edge asks before it reads a body."""

import logging

import pytest

from serving.access.admission import Admission
from serving.access.callers import ANYBODY, SCOPES, Caller, Refusal
from serving.access.limits import FAILURES_AT_ONCE, FailureLimits, RateLimits
from tests.unit.serving.access.keys import Clock, Source, bearer, ring_of

PLATFORM = frozenset({"platform"})
HOME = "192.0.2.1"


def admission_of(source: Source, clock: Clock | None = None) -> Admission:
    clock = clock or Clock()
    return Admission(ring_of(source, clock), RateLimits(1, clock.seconds), FailureLimits(clock.seconds))


def reason(answer: Caller | Refusal) -> str:
    return answer.reason if isinstance(answer, Refusal) else "admitted"


def test_key_with_one_of_the_scopes_is_admitted() -> None:
    """Any one of them is enough."""
    source = Source()
    key = source.add("eve", "auditor")
    answer = admission_of(source).admit(bearer(key), HOME, frozenset({"auditor", "reviewer"}))
    assert answer == Caller("eve", frozenset({"auditor"}), key.id)


@pytest.mark.parametrize("scope", [scope for scope in SCOPES if scope != "platform"])
def test_key_without_the_scope_is_told_which_one_is_needed(scope: str) -> None:
    """No scope opens what another one is for."""
    source = Source()
    key = source.add("eve", scope)
    answer = admission_of(source).admit(bearer(key), HOME, frozenset({"platform"}))
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.wait_seconds) == ("wrong_scope", None)
    assert answer.message == "the key of eve lacks the scope platform; ask the operator for it"


def test_caller_over_its_limit_is_told_when_to_come_again() -> None:
    """With the limit that was passed, in whole workers' terms."""
    source, clock = Source(), Clock()
    key = source.add(requests_per_second=0.5, burst=1)
    admission = admission_of(source, clock)
    assert reason(admission.admit(bearer(key), HOME, PLATFORM)) == "admitted"
    answer = admission.admit(bearer(key), HOME, PLATFORM)
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.wait_seconds) == ("too_many_requests", 2.0)
    assert "the limit of shop, 0.5 requests a second" in answer.message
    clock.passed_seconds = 2.0
    assert reason(admission.admit(bearer(key), HOME, PLATFORM)) == "admitted"


def test_requests_that_the_scope_forbids_count_too() -> None:
    """Who knocks at doors that stay shut is slowed down as well."""
    source = Source()
    key = source.add("eve", "auditor", requests_per_second=1.0, burst=1)
    admission = admission_of(source)
    assert reason(admission.admit(bearer(key), HOME, PLATFORM)) == "wrong_scope"
    assert reason(admission.admit(bearer(key), HOME, PLATFORM)) == "too_many_requests"


def test_bad_keys_from_an_address_never_lock_out_a_good_one() -> None:
    """Behind a balancer all callers share an address."""
    source = Source()
    key = source.add()
    admission = admission_of(source)
    answers = [reason(admission.admit("Bearer guess", HOME, PLATFORM)) for _ in range(FAILURES_AT_ONCE + 5)]
    assert answers == ["unknown_caller"] * FAILURES_AT_ONCE + ["too_many_failures"] * 5
    assert reason(admission.admit(bearer(key), HOME, PLATFORM)) == "admitted"
    assert reason(admission.admit("Bearer guess", "192.0.2.9", PLATFORM)) == "unknown_caller"


def test_service_without_keys_admits_anybody_and_says_so_loudly(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody runs it so unawares."""
    answer = Admission(None).admit(None, HOME, PLATFORM)
    assert answer == ANYBODY
    assert ANYBODY.scopes == frozenset(SCOPES)
    (record,) = caplog.records
    assert record.levelno >= logging.WARNING
    assert "ANYBODY" in record.getMessage()


def test_service_with_keys_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A warning that is always there is no warning."""
    admission_of(Source())
    assert caplog.records == []
