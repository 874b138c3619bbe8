"""What the pages tell people to type does what they say."""

from __future__ import annotations

import json
import re
import subprocess
from typing import get_args

import pytest

from serving.api.table import ENDPOINTS
from serving.words import Action
from tests.integration.service import curl
from tests.integration.service.curl import Response, calls_in, run
from tests.integration.service.running_service import COMMAND, ROOT, RunningService, environment_of

PAGE = ROOT / "docs" / "api.md"
SHOWN_ELSEWHERE = {"/", "/v1/openapi.json", "/livez", "/readyz", "/healthz", "/metrics"}


def environment(service: RunningService) -> dict[str, str]:
    return {"CLEARCLAIM_URL": service.url, "CLEARCLAIM_API_KEY": service.key}


def work_out_insight(service: RunningService) -> None:
    """What an operator's timer does, on the service's store."""
    store = f"sqlite:///{service.log.with_name('store.db')}"
    refresh = [COMMAND, "insight", "refresh", "--store", store]
    subprocess.run(refresh, env=environment_of(service.log.parent), check=True, capture_output=True)


def test_calls_of_the_page_are_answered_in_order(service: RunningService) -> None:
    """Each is taken, by curl as a reader would call it."""
    answers = {}
    for call in calls_in(PAGE.read_text(encoding="utf-8")):
        if "/scorecard" in call:
            work_out_insight(service)
        answers[call] = run(call, environment(service))
    assert {call: answer for call, answer in answers.items() if answer.status != 200} == {}
    assert all(isinstance(json.loads(answer.body), dict) for answer in answers.values())


def test_page_has_a_call_of_every_endpoint() -> None:
    """An endpoint that nobody shows isn't used."""
    calls = calls_in(PAGE.read_text(encoding="utf-8"))
    patterns = {each.path: re.sub(r"\\{\w+\\}", '[^/?"]+', re.escape(each.path)) for each in ENDPOINTS}
    shown = {
        path for path, pattern in patterns.items() if any(re.search(rf"URL{pattern}[?\"]", call) for call in calls)
    }
    assert shown | SHOWN_ELSEWHERE == set(patterns) | SHOWN_ELSEWHERE


def test_call_without_curl_is_the_same(service: RunningService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no curl is installed, the calls are still tried."""
    call = calls_in(PAGE.read_text(encoding="utf-8"))[0].replace("claim-1", "claim-without-curl")
    run(call, environment(service))  # so that both below are replayed
    by_curl = run(call, environment(service))
    monkeypatch.setattr(curl.shutil, "which", lambda _: None)
    assert run(call, environment(service)) == by_curl == Response(200, by_curl.body)


def test_calls_are_found_one_by_one() -> None:
    """Several in a block are several; other commands are none."""
    page = "```sh\nexport A=1\n```\n```sh\ncurl a -d '{\n}'\ncurl b\n```\n```json\ncurl c\n```\n"
    assert calls_in(page) == ["curl a -d '{\n}'", "curl b"]


def test_python_of_the_page_runs(
    service: RunningService, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever copies it gets a decision."""
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
    monkeypatch.setenv("CLEARCLAIM_API_KEY", service.key)
    exec(code.replace("http://127.0.0.1:3000", service.url), {})  # noqa: S102 - our own page
    printed = capsys.readouterr().out.split()
    assert printed[0] in get_args(Action)
    assert "claim-2" in printed[2:]
