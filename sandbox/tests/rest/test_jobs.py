"""Jobs outlive a restart, and one that the sandbox fails at does not hold up the others."""

from datetime import timedelta
from pathlib import Path

import pytest
from sandbox.tests.conftest import BASE_URL, SEED, clock_at_start
from sandbox.tests.rest.conftest import Api
from sandbox.tests.rest.test_asynchronous import LATER, NEW, VENDORS
from starlette.testclient import TestClient

from intacct_sandbox.app import build, create_app
from intacct_sandbox.rest import writing
from intacct_sandbox.settings import Settings

TOKEN = {
    "grant_type": "client_credentials",
    "client_id": "0123456789abcdef0123.app.sage.com",
    "client_secret": "sandbox-client-secret",
    "username": "Admin@MyCompany",
}


def test_a_job_goes_on_after_a_restart(tmp_path: Path) -> None:
    settings = Settings(fixture="guide", seed=SEED, data=tmp_path)
    clock = clock_at_start()
    with TestClient(create_app(settings, build(settings, clock=clock)), base_url=BASE_URL) as http:
        token = http.post("/ia/api/v1/oauth2/token", data=TOKEN).json()["access_token"]
        authorization = {"Authorization": f"Bearer {token}"}
        accepted = http.post(f"/ia/api/v1{VENDORS}", json=NEW, headers={**LATER, **authorization})
        assert accepted.status_code == 202
    clock.advance(timedelta(seconds=1))
    with TestClient(create_app(settings, build(settings, clock=clock)), base_url=BASE_URL) as http:
        query = {
            "object": "accounts-payable/vendor",
            "fields": ["id"],
            "filters": [{"$eq": {"id": "A1"}}],
        }
        found = http.post("/ia/api/v1/services/core/query", json=query, headers=authorization).json()
        assert found["ia::result"] == [{"id": "A1"}]


async def test_a_job_that_the_sandbox_fails_at_ends_and_leaves_nothing_behind(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise RuntimeError

    api.quirks.set("async-result-in-status", "yes")
    broken = (await api.post(VENDORS, NEW, headers=LATER)).json()["ia::result"]["href"]
    with monkeypatch.context() as patched:
        patched.setattr(writing, "create_record", fail)
        api.pass_time(1)
        shown = (await api.get(broken)).json()["ia::result"]
    assert shown["response"]["status"] == 500
    assert (await api.post(VENDORS, NEW)).status == 201
