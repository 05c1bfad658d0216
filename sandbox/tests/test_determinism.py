"""Two sandboxes with one seed, asked the same at one moment, answer the same bytes.

Headers, pages and errors count too. They are processes of their own, so whatever Python orders by chance is
ordered differently in each.
"""

import json
import re
import socket
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from sandbox.tests.gateway.asking import request_xml, session
from sandbox.tests.rest.query_bodies import Bodies

from intacct_sandbox.fixtures.guide import CLIENT_ID, CLIENT_SECRET
from intacct_sandbox.testing.process import started

SEED: Final = 20
MOMENT: Final = "2026-03-02T09:30:00Z"
HOST: Final = "sandbox.example:8089"
API: Final = "/ia/api/v1"
RANDOM_QUERIES: Final = 150
QUIRKS: Final = {"business-rule-status": "422", "modified-time-of-new-records": "null"}


@dataclass(slots=True)
class Player:
    """Plays a script against one sandbox and keeps every byte that comes back.

    Attributes:
        heard: What was asked and all bytes of the answer, in order.
        cookies: As a browser would keep them.
    """

    url: str
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)

    def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> bytes:
        """One request on a connection of its own; gives the body."""
        to = urlsplit(self.url)
        sent = {"Host": HOST, "Connection": "close", "Content-Length": str(len(body)), **(headers or {})}
        if self.cookies and not path.startswith("/ia/"):
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
        with socket.create_connection((str(to.hostname), to.port or 80), timeout=60) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        self.heard.append((f"{method} {path} {body[:300]!r}", answer))
        head, _, content = answer.partition(b"\r\n\r\n")
        for name, value in re.findall(rb"(?im)^set-cookie: ([^=]+)=([^;\r]*)", head):
            self.cookies[name.decode()] = value.decode()
        return content

    def control(self, method: str, where: str, **members: Any) -> bytes:
        return self.send(method, f"/_sandbox{where}", json.dumps(members).encode() if members else b"")

    def form(self, path: str, **fields: str) -> bytes:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", path, urlencode(fields).encode(), kind)

    def page(self, path: str, **fields: str) -> bytes:
        """Open a page and send its form, as a browser would with its token."""
        found = re.search(rb'name="csrf" value="([^"]+)"', self.send("GET", path))
        assert found is not None, path
        return self.form(path, csrf=found[1].decode(), **fields)


class Caller:
    """An API client with a token of its own."""

    def __init__(self, player: Player, username: str = "Admin@MyCompany") -> None:
        self._player = player
        answer = player.form(
            f"{API}/oauth2/token",
            grant_type="client_credentials",
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            username=username,
        )
        self.tokens = json.loads(answer)

    def call(self, method: str, path: str, payload: Any = None, **headers: str) -> bytes:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode() if payload else b""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        authorization = {"Authorization": f"Bearer {self.tokens['access_token']}"}
        return self._player.send(method, API + path, body, {**authorization, **named})


def play(url: str) -> list[tuple[str, bytes]]:
    """The script: everything there is, good and bad."""
    player = Player(url)
    player.control("POST", "/clock", stop_at=MOMENT)
    player.control("POST", "/fixture", name="guide")
    player.control("DELETE", "/requests")
    _tokens(player)
    caller = Caller(player)
    _reads(caller)
    _queries(caller)
    _writes(caller)
    _gateway(player, caller)
    _pages(player)
    _control(player, caller)
    return player.heard


def _tokens(player: Player) -> None:
    wrong = [
        {"grant_type": "password"},
        {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": "wrong"},
        {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
        {"grant_type": "refresh_token", "refresh_token": "none", "client_id": CLIENT_ID},
    ]
    for fields in wrong:
        player.form(f"{API}/oauth2/token", **fields)
    issued = Caller(player, "Admin@MyCompany|East Region").tokens
    client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    player.form(
        f"{API}/oauth2/token", grant_type="refresh_token", refresh_token=issued["refresh_token"], **client
    )
    player.form(f"{API}/oauth2/revoke", token=issued["access_token"], **client)
    player.send("GET", f"{API}/objects/accounts-payable/vendor", headers={"Authorization": "Basic x"})
    player.send("GET", f"{API}/objects/accounts-payable/vendor", headers={"Authorization": "Bearer x"})
    player.send("GET", "/.well-known/openid-configuration")
    player.send("GET", f"{API}/oauth2/authorize?response_type=code&client_id={CLIENT_ID}&state=s")


def _reads(caller: Caller) -> None:
    for path in (
        "/objects/accounts-payable/vendor",
        "/objects/accounts-payable/vendor?start=31&size=15",
        "/objects/accounts-payable/vendor?pageSize=1",
        "/objects/accounts-payable/bill/7",
        "/objects/accounts-receivable/invoice/11",
        "/objects/general-ledger/journal-entry/3",
        "/objects/company-config/user/1",
        "/objects/accounts-payable/bill/999999",
        "/objects/nothing/here",
        "/services/core/session/id",
        "/services/core/model",
        "/services/core/model?name=objects/accounts-payable/bill",
        "/services/core/model?type=service,workflow",
        "/services/core/model?filter=term&schema=true",
        "/services/core/nothing",
        "/services/company-config/dimensions/list",
    ):
        caller.call("GET", path)
    caller.call("GET", "/objects/accounts-receivable/invoice", X_IA_API_Param_Entity="West Region")
    caller.call("OPTIONS", "/objects/accounts-payable/vendor")
    caller.call("PUT", "/objects/accounts-payable/vendor/1", {"name": "x"})


def _queries(caller: Caller) -> None:
    bodies = Bodies(SEED)
    for _ in range(RANDOM_QUERIES):
        caller.call("POST", "/services/core/query", bodies.next())
    caller.call(
        "POST",
        "/services/core/query",
        {
            "object": "accounts-receivable/invoice",
            "fields": ["customer.id", "sum:totalTxnAmount", "count:key"],
            "orderBy": [{"sum:totalTxnAmount": "desc"}],
        },
    )


def _writes(caller: Caller) -> None:
    line = {"txnAmount": "10.00", "glAccount": {"id": "1000"}, "dimensions": {"location": {"key": "1"}}}
    bill = {
        "billNumber": "D-1",
        "vendor": {"key": "1"},
        "createdDate": "2026-03-01",
        "dueDate": "2026-03-31",
        "currency": {"txnCurrency": "USD"},
        "lines": [line, {**line, "txnAmount": "2.50"}],
    }
    vendor = {"id": "D-1", "name": "Determined"}
    caller.call("POST", "/objects/accounts-payable/vendor", vendor)
    caller.call("POST", "/objects/accounts-payable/vendor", vendor)
    caller.call("POST", "/objects/accounts-payable/vendor", {"id": "x", "nothing": 1})
    caller.call("POST", "/objects/accounts-payable/vendor", [vendor, {"id": "D-2", "name": "Two"}])
    caller.call("PATCH", "/objects/accounts-payable/vendor/41", {"name": "Other"})
    made = json.loads(caller.call("POST", "/objects/accounts-payable/bill", bill))["ia::result"]
    caller.call("GET", f"/objects/accounts-payable/bill/{made['key']}")
    for action in ("submit", "approve", "reverse", "nothing"):
        caller.call("POST", f"/workflows/accounts-payable/bill/{action}", {"key": made["key"]})
    unbalanced = {
        "glJournal": {"id": "GJ"},
        "postingDate": "2026-03-01",
        "lines": [{**line, "txnType": "debit"}],
    }
    caller.call("POST", "/objects/general-ledger/journal-entry", unbalanced)
    caller.call("DELETE", "/objects/accounts-payable/vendor/41")
    caller.call("DELETE", "/objects/accounts-payable/vendor/1")
    for key in ("accounts-payable/vendor", "company-config/audit-history"):
        caller.call("POST", "/services/core/query", {"object": key, "fields": ["key", "id"], "size": 4000})
    part = {"method": "GET", "path": "/objects/accounts-payable/vendor/2"}
    caller.call(
        "POST", "/services/core/composite", [part, {**part, "path": "/objects/accounts-payable/vendor/0"}]
    )
    caller.call(
        "POST", "/services/core/export", {"fileType": "csv", "query": {"object": "vendor", "fields": ["id"]}}
    )


def _gateway(player: Player, caller: Caller) -> None:
    xml = {"Content-Type": "application/xml"}
    asked = "<object>VENDOR</object><fields>*</fields><query></query><pagesize>5</pagesize>"
    read = f"<readByQuery>{asked}</readByQuery>"
    found = re.search(rb"<sessionid>([^<]+)", player.send("POST", "/ia/xml/xmlgw.phtml", request_xml(), xml))
    assert found is not None
    for functions in (
        (read,),
        ("<lookup><object>VENDOR</object></lookup>", "<inspect><object>*</object></inspect>"),
        ("<getDimensions/>", "<nothing/>", "<readMore><resultId>none</resultId></readMore>"),
        ("<create><VENDOR><VENDORID>X-1</VENDORID><NAME>By XML</NAME></VENDOR></create>",),
    ):
        body = request_xml(session(found[1].decode()), *functions)
        player.send("POST", "/ia/xml/xmlgw.phtml", body, xml)
    player.send("POST", "/ia/xml/xmlgw.phtml", b"<request/>", xml)
    player.send("POST", "/ia/xml/xmlgw.phtml", request_xml(password="wrong"), xml)
    caller.call("GET", "/services/core/session/id")


def _pages(player: Player) -> None:
    player.send("GET", "/")
    player.page("/developer/sign-in", email="dev@example.com", password="wrong", next="")
    player.page("/developer/sign-in", email="dev@example.com", password="sandbox", next="")
    for path in ("/developer", "/developer/account", "/developer/nothing"):
        player.send("GET", path)
    player.page("/company/sign-in", company_id="MyCompany", user_id="owner", password="sandbox", next="")
    for path in ("/company", "/company/roles", "/company/security", "/company/data", "/company/nothing"):
        player.send("GET", path)
    player.send("GET", "/company/data/records?object=accounts-payable%2Fvendor")


def _control(player: Player, caller: Caller) -> None:
    player.send("PATCH", "/_sandbox/quirks", json.dumps(QUIRKS).encode())
    caller.call("POST", "/objects/accounts-payable/vendor", {"id": "D-9", "name": "Nine"})
    player.control("POST", "/faults", kind="status", status=503, path="/ia/api", count=1)
    caller.call("GET", "/objects/accounts-payable/vendor/1")
    player.control("POST", "/snapshots", name="here")
    player.control("POST", "/clock", advance_seconds=50_000)
    caller.call("GET", "/objects/accounts-payable/vendor/1")
    Caller(player).call("GET", "/services/core/session/id")
    player.control("POST", "/restore", name="here")
    Caller(player).call("GET", "/services/core/session/id")
    for path in ("/quirks", "/faults", "/state", "/snapshots", "/clock", "/nothing"):
        player.control("GET", path)


def test_two_sandboxes_with_one_seed_answer_the_same_bytes() -> None:
    with started(seed=SEED) as first, started(seed=SEED) as second, ThreadPoolExecutor(2) as together:
        heard, again = together.map(play, (first.url, second.url))
    assert [asked for asked, _ in heard] == [asked for asked, _ in again]
    assert _differences(heard, again) == []
    # A script that everything refuses would show nothing.
    statuses = {answer.split(b" ", 2)[1] for _, answer in heard}
    assert statuses >= {b"200", b"201", b"204", b"303", b"400", b"401", b"404", b"503"}
    assert len(heard) > 240


def _differences(one: Sequence[tuple[str, bytes]], other: Sequence[tuple[str, bytes]]) -> list[str]:
    return [
        f"{asked}\n    {first[:1500]!r}\n    {second[:1500]!r}"
        for (asked, first), (_, second) in zip(one, other, strict=True)
        if first != second
    ]
