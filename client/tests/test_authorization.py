from typing import Any

import pytest
from client.tests.either import settled
from client.tests.scripted_service import Scripted, ScriptedService

from counterfoil_client import Connected, InvalidRequest

TOKEN = "nango_connect_session_" + "0" * 64


async def test_credentials_make_the_connection_of_a_session(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {"providerConfigKey": "sage-intacct", "connectionId": "c-1"}))

    made = await settled(
        client.auth.two_step("sage-intacct", {"username": "Admin@MyCompany"}, session_token=TOKEN)
    )

    assert made == Connected("sage-intacct", "c-1")
    assert service.last.target == f"/auth/two-step/sage-intacct?connect_session_token={TOKEN}"
    assert service.last.json == {"type": "TWO_STEP", "username": "Admin@MyCompany"}


async def test_the_api_key_is_not_sent_along(client: Any, service: ScriptedService) -> None:
    service.will(Scripted(200, {"providerConfigKey": "sage-intacct", "connectionId": "c-1"}))

    await settled(client.auth.two_step("sage-intacct", {}, session_token=TOKEN))

    assert "authorization" not in service.last.headers


async def test_refused_credentials_tell_who_can_mend_what(client: Any, service: ScriptedService) -> None:
    diagnosis = {
        "code": "client_not_authorized",
        "sentence": "The client is not authorized.",
        "remedy": "Authorize it.",
        "who": "administrator",
        "step": {"number": 4, "title": "Authorize the client"},
        "recoverable": False,
        "details": {},
    }
    error = {"code": "two_step_credentials_fetch_error", "message": "No.", "diagnosis": diagnosis}
    service.will(Scripted(400, {"error": error}))

    with pytest.raises(InvalidRequest) as caught:
        await settled(client.auth.two_step("sage-intacct", {}, session_token=TOKEN))

    assert caught.value.diagnosis is not None
    assert caught.value.diagnosis.code == "client_not_authorized"
    assert caught.value.diagnosis.step is not None
    assert caught.value.diagnosis.step.number == 4
