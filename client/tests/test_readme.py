"""The examples of the documentation, run as they stand against a real server; address and key are put in."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from client.tests.served_fake import served

from counterfoil_client.testing import FakeCounterfoil, RecordedCall, Reply

ROOT = Path(__file__).parent.parent.parent
VENDORS = {"ia::result": [{"id": "V-1", "name": "Acme", "totalDue": "1.00"}]}


@pytest.fixture
def fake() -> FakeCounterfoil:
    made = FakeCounterfoil()
    made.add_connection("sage-intacct", "c-1", end_user={"id": "customer-17"})
    made.on_proxy("POST", "/v1/services/core/query", Reply(json=VENDORS))
    made.on_proxy("GET", "/v1/objects/accounts-payable/vendor", Reply(json=VENDORS))
    made.on_proxy("GET", "/v1/objects/general-ledger/account", Reply(content=b"12345"))
    return made


@pytest.fixture
def base_url(fake: FakeCounterfoil) -> Iterator[str]:
    with served(fake) as address:
        yield address


def examples(document: str, base_url: str, fake: FakeCounterfoil) -> list[str]:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.DOTALL)
    return [
        block.replace("http://127.0.0.1:3003", base_url).replace("cf_dev_…", fake.api_key) for block in blocks
    ]


def run(blocks: list[str], **names: Any) -> dict[str, Any]:
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    return names


def closed(names: dict[str, Any]) -> dict[str, Any]:
    names["counterfoil"].close()
    return names


def test_the_projects_example_works(
    fake: FakeCounterfoil, base_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    closed(run(examples("README.md", base_url, fake), connection_id="c-1"))

    link, result = capsys.readouterr().out.splitlines()
    assert link.startswith("http://")
    assert result == str(VENDORS["ia::result"])


def test_the_clients_examples_work_one_after_the_other(
    fake: FakeCounterfoil, base_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = closed(run(examples("client/README.md", base_url, fake)))

    assert "V-1 Acme" in capsys.readouterr().out
    assert names["size_bytes"] == 5
    names["test_vendors_are_imported"]()


def test_the_guide_to_calling_intacct_works(
    fake: FakeCounterfoil, base_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def page(call: RecordedCall) -> Reply:
        start = call.json.get("start", 1)
        return Reply(json={**VENDORS, "ia::meta": {"totalCount": 2, "next": 2 if start == 1 else None}})

    fake.on_proxy("POST", "/v1/services/core/query", page)

    closed(run(examples("docs/how-to/call-intacct-from-python.md", base_url, fake)))

    assert capsys.readouterr().out.splitlines() == ["V-1 1.00", "2 vendors"]
    assert fake.proxied_calls[-1].headers == {"x-ia-api-param-entity": "Central Region"}


async def test_the_asynchronous_example_works(fake: FakeCounterfoil, base_url: str) -> None:
    names = closed(run(examples("client/README.md", base_url, fake)))

    assert await names["vendors"]("c-1") == VENDORS["ia::result"]


@pytest.mark.parametrize(
    ("retries_at", "printed"),
    [
        (False, "The provider refuses the credentials. Connect again. http://"),
        (True, "The service tries again"),
    ],
)
def test_the_example_of_failures_tells_them_apart(
    retries_at: bool, printed: str, fake: FakeCounterfoil, base_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = examples("client/README.md", base_url, fake)
    (failing,) = [block for block in blocks if "except ConnectionNeedsReconnect" in block]
    names = run(blocks[: blocks.index(failing)])
    moment = names["connection"].created_at

    fake.break_connection("sage-intacct", "c-1", retry_at=moment if retries_at else None)
    closed(run([failing], **names))

    assert printed in capsys.readouterr().out
