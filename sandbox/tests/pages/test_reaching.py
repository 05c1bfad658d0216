"""What every page says of how far the sandbox reaches."""

import pytest
from sandbox.tests.conftest import BASE_URL
from starlette.testclient import TestClient

from intacct_sandbox.app import create_app
from intacct_sandbox.settings import Settings

NOTHING = "nothing leaves this machine"
WEBHOOKS = "Webhooks may leave this machine, as its operator allows."


@pytest.mark.parametrize(
    ("allowed", "said", "unsaid"),
    [
        ("127.0.0.0/8,::1/128", NOTHING, WEBHOOKS),
        ("127.0.0.1/32", NOTHING, WEBHOOKS),
        ("", NOTHING, WEBHOOKS),
        ("127.0.0.0/8,10.0.0.0/8", WEBHOOKS, NOTHING),
        ("0.0.0.0/0", WEBHOOKS, NOTHING),
    ],
)
def test_pages_say_whether_webhooks_may_leave_the_machine(allowed: str, said: str, unsaid: str) -> None:
    application = create_app(Settings(fixture="empty", webhook_allow=allowed))
    with TestClient(application, base_url=BASE_URL) as http:
        for path in ("/", "/developer/sign-in", "/company/sign-in", "/nowhere", "/control"):
            text = http.get(path).text
            assert said in text, path
            assert unsaid not in text, path
