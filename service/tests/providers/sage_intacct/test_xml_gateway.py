"""The provider `sage-intacct` against a running sandbox: signing in, calling, sessions that end, wrong
passwords."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from service.tests.auth_modes.playing import play, play_to_failure
from service.tests.connect.api import ConnectApi, connect_api
from service.tests.connections.service_process import Process, process
from service.tests.doubles import PredictableIds
from service.tests.providers.sage_intacct.gateway_documents import authentication_failure, request, session
from service.tests.web.asgi import Answer, call

from counterfoil.access import Environment
from counterfoil.auth_modes import ClientSettings
from counterfoil.connections import ConnectionUnusable
from counterfoil.connections.sealed import credentials_context
from counterfoil.db import Database
from counterfoil.errors import CounterfoilError
from counterfoil.integrations import IntegrationChange, NewIntegration
from counterfoil.outbound import AddressPolicy, Outbound
from counterfoil.providers.sage_intacct import xml_gateway
from counterfoil.proxy import AccessLog, Proxy, ProxyLimits, ProxyMetrics
from counterfoil.vault import MasterKey, Secret, Vault

KEY = "books"
SENDER = {"senderId": "acme-sender", "senderPassword": "sandbox-sender"}
LOGIN = {"companyId": "MyCompany", "userId": "Admin", "userPassword": "sandbox"}
LOCAL = AddressPolicy.from_cidrs(["127.0.0.1/32"])
REAL = "https://api.intacct.com"
# What the fixture of the run's sandbox is; the service knows its programs only over HTTP.
Sandbox = Any


class Gateway:
    """One connection of one process, called through the proxy, and the sandbox's own record of it."""

    def __init__(
        self, service: Process, connect: ConnectApi, proxy: Proxy, sandbox: Sandbox, vault: Vault
    ) -> None:
        self.service, self.connect, self.proxy, self.sandbox = service, connect, proxy, sandbox
        self.vault = vault

    async def connected(self, integration: dict[str, str] | None = None, **typed: str) -> str:
        """An integration and a connection of it."""
        settings = SENDER if integration is None else integration
        new = NewIntegration(unique_key=KEY, provider="sage-intacct", settings=settings)
        await self.service.integrations.create(self.service.environment, new)
        made = await self.service.authorization.authorize(
            self.service.environment, KEY, {**LOGIN, **typed}, connection_id="c1"
        )
        if self.sandbox is not None:
            self.sandbox.forget_requests()
        return made.connection_id

    async def call(
        self, body: bytes | None = None, *, method: str = "POST", target: str = "/proxy/", **headers: str
    ) -> Answer:
        sent = {
            "Authorization": f"Bearer {self.connect.token.reveal()}",
            "Provider-Config-Key": KEY,
            "Connection-Id": "c1",
            "Content-Type": "application/x-www-form-urlencoded",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        content = request() if body is None else body
        sent["Content-Length"] = str(len(content))
        return await call(self.proxy, method, target, headers=sent, body=content)

    def asked(self) -> int:
        """How many requests the gateway has got since the connection was made."""
        return len(self.sandbox.requests(path=xml_gateway.PATH))

    async def row(self, name: str) -> Any:
        return await self.service.column(name)


def proxy_of(service: Process, connect: ConnectApi, outbound: Outbound) -> Proxy:
    return Proxy(
        api_keys=connect.api_keys,
        tokens=service.tokens,
        outbound=outbound,
        clock=service.clock,
        ids=PredictableIds("proxy"),
        metrics=ProxyMetrics(CollectorRegistry()),
        access_log=AccessLog(lambda _line: None),
        # Called without a server, whose word alone could tell that a caller has hung up.
        limits=ProxyLimits(hangup_seconds=60),
    )


@asynccontextmanager
async def refusing_every_session() -> AsyncIterator[tuple[str, list[str]]]:
    """A gateway that signs everybody in and then knows nobody; its origin, and what it was asked for."""
    asked: list[str] = []
    origin = ""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        body = await reader.readexactly(int(head.partition("content-length:")[2].split("\r\n")[0]))
        asked.append("login" if b"<login>" in body else "session")
        endpoint = f"{origin}{xml_gateway.PATH}"
        signed_in = session(f"session-{len(asked)}", endpoint).body
        told = signed_in if asked[-1] == "login" else authentication_failure()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(told))
        writer.write(told)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield origin, asked
    server.close()
    await server.wait_closed()


@pytest.fixture
async def gateway(
    database: Database, master_key: MasterKey, environment: Environment, fresh_intacct_sandbox: Sandbox
) -> AsyncIterator[Gateway]:
    outbound = Outbound(LOCAL)
    async with process(database, master_key, environment, fresh_intacct_sandbox.url) as service:
        connect = await connect_api(service)
        proxy = proxy_of(service, connect, outbound)
        vault = await Vault.open_with(database, master_key)
        yield Gateway(service, connect, proxy, fresh_intacct_sandbox, vault)
    await outbound.close()


class TestConnecting:
    async def test_a_login_becomes_a_connection_through_the_headless_endpoint(self, gateway: Gateway) -> None:
        new = NewIntegration(unique_key=KEY, provider="sage-intacct")
        await gateway.service.integrations.create(gateway.service.environment, new)
        page = await gateway.connect.page()
        body = {"type": "TWO_STEP", **SENDER, **LOGIN}
        answer = await page("POST", f"/auth/two-step/{KEY}?connect_session_token={page.token.reveal()}", body)
        assert answer.status == 200, answer.body
        opened = await gateway.service.tokens.open(
            gateway.service.environment.id, KEY, answer.json()["connectionId"], force=False
        )
        shown = opened.mode.reveal(opened.credentials, opened.expires_at, include_refresh_token=False)
        assert shown["type"] == "TWO_STEP"
        assert shown["token"] == shown["raw"]["sessionid"]
        assert shown["userId"] == "Admin"
        assert shown["expires_at"]

    async def test_a_sender_that_the_integration_holds_is_kept_there_alone(self, gateway: Gateway) -> None:
        await gateway.connected()
        opened = await gateway.service.tokens.open(gateway.service.environment.id, KEY, "c1", force=False)
        assert "senderPassword" not in opened.credentials.dump()["submitted"]
        assert (await gateway.call()).status == 200

    async def test_an_entity_is_where_the_session_works(self, gateway: Gateway) -> None:
        await gateway.connected(entityId="Central Region")
        answer = await gateway.call()
        assert b"<locationid>Central Region</locationid>" in answer.body

    async def test_a_password_keeps_its_blanks(self, gateway: Gateway) -> None:
        with pytest.raises(CounterfoilError):
            await gateway.connected(userPassword=" sandbox ")

    @pytest.mark.parametrize(
        ("settings", "typed", "code"),
        [
            ({**SENDER, "senderPassword": "wrong"}, {}, "sender_refused"),
            ({**SENDER, "senderId": "Acme-Sender"}, {}, "sender_refused"),
            (SENDER, {"userPassword": "wrong"}, "sign_in_refused"),
            (SENDER, {"userId": "admin"}, "sign_in_refused"),
            (SENDER, {"userId": "Dormant"}, "sign_in_refused"),
            (SENDER, {"companyId": "Nobody"}, "sign_in_refused"),
            (SENDER, {"companyId": "NoServices"}, "sender_not_authorized"),
            (SENDER, {"entityId": "Nowhere"}, "sign_in_refused"),
            (SENDER, {"companyId": "https://www-p03.intacct.com/"}, "value_in_wrong_field"),
            (SENDER, {"userId": "0123456789abcdef0123.app.sage.com"}, "value_in_wrong_field"),
            (SENDER, {"userPassword": "a\x00b"}, "value_unsendable"),
        ],
    )
    async def test_a_refusal_is_told_with_its_cause_and_nothing_is_stored(
        self, settings: dict[str, str], typed: dict[str, str], code: str, gateway: Gateway
    ) -> None:
        with pytest.raises(CounterfoilError) as refused:
            await gateway.connected(settings, **typed)
        diagnosis: Any = refused.value.diagnostics()["diagnosis"]
        assert diagnosis["code"] == code
        assert await gateway.service.sql("SELECT 1 FROM connections") == []

    async def test_a_page_of_the_network_in_between_may_pass(self, gateway: Gateway) -> None:
        gateway.sandbox.faults.plan("html", path=xml_gateway.PATH)
        with pytest.raises(CounterfoilError) as refused:
            await gateway.connected()
        diagnosis: Any = refused.value.diagnostics()["diagnosis"]
        assert (diagnosis["code"], diagnosis["recoverable"]) == ("provider_down", True)


class TestCalling:
    async def test_a_callers_request_is_answered_with_the_connections_session(self, gateway: Gateway) -> None:
        await gateway.connected()
        answer = await gateway.call()
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/xml")
        assert answer.body.count(b"<vendor>") == 40
        assert gateway.asked() == 1

    async def test_neither_the_session_nor_the_sender_password_comes_back(self, gateway: Gateway) -> None:
        await gateway.connected()
        live = await gateway.service.tokens.live(gateway.service.environment.id, KEY, "c1")
        answer = await gateway.call()
        assert live.authorization == Secret("")
        assert b"sandbox-sender" not in answer.body
        assert "authorization" not in answer.headers

    @pytest.mark.parametrize(
        ("method", "target", "status", "code"),
        [
            ("GET", "/proxy", 405, "method_not_allowed"),
            ("PUT", "/proxy", 405, "method_not_allowed"),
            ("POST", "/proxy/ia/xml/other.phtml", 400, "invalid_uri_params"),
            ("POST", "/proxy/?x=1", 400, "invalid_query_params"),
        ],
    )
    async def test_there_is_one_address_and_one_method(
        self, method: str, target: str, status: int, code: str, gateway: Gateway
    ) -> None:
        await gateway.connected()
        answer = await gateway.call(method=method, target=target)
        assert (answer.status, answer.error_code) == (status, code)
        assert gateway.asked() == 0

    @pytest.mark.parametrize("target", ["/proxy", "/proxy/"])
    async def test_the_address_may_be_spelled_out(self, target: str, gateway: Gateway) -> None:
        await gateway.connected()
        assert (await gateway.call(target=target)).status == 200
        absolute = f"/proxy/{gateway.sandbox.url}{xml_gateway.PATH}"
        assert (await gateway.call(target=absolute)).status == 200

    @pytest.mark.parametrize("body", [b"", b"hello", b"<request/>", b"<!DOCTYPE request><request/>"])
    async def test_what_is_no_request_never_leaves(self, body: bytes, gateway: Gateway) -> None:
        await gateway.connected()
        answer = await gateway.call(body)
        assert (answer.status, answer.error_code) == (400, "invalid_body")
        assert gateway.asked() == 0

    async def test_a_large_request_is_filled_too_and_a_larger_one_refused(self, gateway: Gateway) -> None:
        await gateway.connected()
        pad = f"<!--{'x' * 200_000}-->"
        large = request(content=pad + '<function controlid="f"><getDimensions/></function>')
        assert (await gateway.call(large)).status == 200
        larger = request(content=f"<function>{'x' * (10 * 1024**2)}</function>")
        answer = await gateway.call(larger)
        assert (answer.status, answer.error_code) == (413, "payload_too_large")

    async def test_what_a_caller_says_of_its_body_does_not_go_along(self, gateway: Gateway) -> None:
        await gateway.connected()
        answer = await gateway.call(Nango_Proxy_Content_Encoding="gzip", Nango_Proxy_Digest="x")
        assert answer.status == 200

    async def test_a_function_that_fails_is_the_callers_answer(self, gateway: Gateway) -> None:
        await gateway.connected()
        answer = await gateway.call(request(content='<function controlid="f"><nothing/></function>'))
        assert answer.status == 200
        assert b"does not have the function" in answer.body
        assert gateway.asked() == 1

    async def test_a_changed_sender_is_used_when_memory_ends(self, gateway: Gateway) -> None:
        await gateway.connected()
        await gateway.call()
        change = IntegrationChange(settings={"senderPassword": "rotated"})
        await gateway.service.integrations.update(gateway.service.environment, KEY, change)
        gateway.service.clock.advance(60)
        answer = await gateway.call()
        # The provider's own word: nobody's session is at fault, so nothing is renewed.
        assert b"Incorrect Intacct XML Partner ID" in answer.body
        assert gateway.asked() == 2


class TestSessions:
    async def test_a_session_that_has_ended_is_replaced_and_the_request_sent_again(
        self, gateway: Gateway
    ) -> None:
        await gateway.connected()
        gateway.sandbox.advance(7 * 86_400)
        answer = await gateway.call()
        assert answer.status == 200
        assert answer.body.count(b"<vendor>") == 40
        # Refused, signed in, sent again.
        assert gateway.asked() == 3

    async def test_a_session_revoked_in_the_middle_of_a_batch_means_one_login_for_all(
        self, gateway: Gateway
    ) -> None:
        gateway.sandbox.snapshot("before")
        await gateway.connected()
        gateway.sandbox.restore("before")
        gateway.sandbox.forget_requests()
        answers = await asyncio.gather(*(gateway.call() for _ in range(12)))
        assert all(answer.body.count(b"<vendor>") == 40 for answer in answers)
        assert gateway.asked() == 12 + 1 + 12
        assert await gateway.row("token_version") == 2

    async def test_use_keeps_the_session_and_nobody_signs_in_again(self, gateway: Gateway) -> None:
        await gateway.connected()
        first = await gateway.row("token_expires_at")
        for _ in range(6):
            gateway.sandbox.advance(1500)
            # As much time passes for the service, whose database's clock stands still here.
            await gateway.service.sql(
                "UPDATE connections SET token_expires_at = token_expires_at - interval '1500 seconds'"
            )
            gateway.service.clock.advance(1500)
            assert (await gateway.call()).body.count(b"<vendor>") == 40
            await gateway.service.tokens.close()
        assert await gateway.row("token_version") == 1
        assert gateway.asked() == 6
        assert await gateway.row("token_expires_at") > first.replace(microsecond=0)

    async def test_many_uses_at_once_write_the_row_at_most_once(self, gateway: Gateway) -> None:
        await gateway.connected()
        gateway.service.clock.advance(60)
        await gateway.call()
        await gateway.service.tokens.close()
        before = await gateway.row("xmin::text")
        await asyncio.gather(*(gateway.call() for _ in range(10)))
        await gateway.service.tokens.close()
        assert await gateway.row("xmin::text") == before

    async def test_a_session_that_nobody_uses_is_not_renewed(self, gateway: Gateway) -> None:
        await gateway.connected()
        assert await gateway.row("refresh_at") is None
        await gateway.service.sql("UPDATE connections SET token_expires_at = now()")
        assert await gateway.service.tokens.sweep() == 0
        assert gateway.asked() == 0

    async def test_an_ended_session_is_replaced_before_it_is_tried(self, gateway: Gateway) -> None:
        await gateway.connected()
        await gateway.service.expire()
        assert (await gateway.call()).status == 200
        assert gateway.asked() == 2

    async def test_a_refusal_in_the_control_block_is_not_taken_for_an_ended_session(
        self, gateway: Gateway
    ) -> None:
        await gateway.connected({}, **SENDER)
        answer = await gateway.call(
            request(control="<control><controlid>x</controlid><policyid>p</policyid></control>")
        )
        assert b"not a valid transport policy" in answer.body
        assert gateway.asked() == 1


class TestNeverALoop:
    async def test_a_gateway_that_refuses_every_session_is_asked_once_more_and_then_believed(
        self, database: Database, master_key: MasterKey, environment: Environment
    ) -> None:
        async with (
            refusing_every_session() as (origin, asked),
            process(database, master_key, environment, origin) as service,
        ):
            connect = await connect_api(service)
            outbound = Outbound(LOCAL)
            proxy = proxy_of(service, connect, outbound)
            gateway = Gateway(service, connect, proxy, None, await Vault.open_with(database, master_key))
            await gateway.connected()
            answer = await gateway.call()
            await outbound.close()
        assert answer.status == 200
        assert answer.body == authentication_failure()
        assert asked == ["login", "session", "login", "session"]


class TestWrongPasswords:
    async def test_a_password_that_is_wrong_is_tried_three_times_in_all_whoever_asks(
        self, gateway: Gateway
    ) -> None:
        await self._with_a_changed_password(gateway)
        for _ in range(2):
            answer = await gateway.call()
            assert (answer.status, answer.error_code) == (424, "connection_unusable")
        assert gateway.asked() == 1
        for _ in range(5):
            with pytest.raises(ConnectionUnusable):
                await self._forced(gateway)
        assert gateway.asked() == 3
        with pytest.raises(ConnectionUnusable) as parked:
            await self._forced(gateway)
        assert "not asked again" in parked.value.cause.sentence
        assert parked.value.cause.code == "sign_in_refused"
        assert await gateway.service.tokens.sweep() == 0
        assert gateway.asked() == 3
        assert await gateway.row("status") == "needs_reconnect"

    async def test_many_forced_at_once_are_counted_too(self, gateway: Gateway) -> None:
        await self._with_a_changed_password(gateway)
        await asyncio.gather(*(self._forced(gateway) for _ in range(20)), return_exceptions=True)
        await asyncio.gather(*(self._forced(gateway) for _ in range(20)), return_exceptions=True)
        await asyncio.gather(*(self._forced(gateway) for _ in range(20)), return_exceptions=True)
        await asyncio.gather(*(self._forced(gateway) for _ in range(20)), return_exceptions=True)
        assert gateway.asked() == 3

    async def test_a_new_password_counts_from_zero(self, gateway: Gateway) -> None:
        await self._with_a_changed_password(gateway)
        for _ in range(4):
            with pytest.raises(ConnectionUnusable):
                await self._forced(gateway)
        await gateway.service.authorization.authorize(
            gateway.service.environment, KEY, LOGIN, connection_id="c1"
        )
        assert await gateway.row("secret_refusals") == 0
        assert (await gateway.call()).status == 200

    async def test_a_provider_that_is_down_does_not_count(self, gateway: Gateway) -> None:
        await gateway.connected()
        gateway.sandbox.faults.plan("html", path=xml_gateway.PATH, count=4)
        for _ in range(4):
            with pytest.raises(ConnectionUnusable):
                await self._forced(gateway)
        assert await gateway.row("secret_refusals") == 0
        await self._forced(gateway)
        assert await gateway.row("status") == "active"

    async def _with_a_changed_password(self, gateway: Gateway) -> None:
        """A connection whose session has ended and whose password is not the user's any more."""
        await gateway.connected()
        pk, environment_id = await gateway.row("id"), gateway.service.environment.id
        context = credentials_context(environment_id, pk)
        held = json.loads(gateway.vault.open(await gateway.row("sealed_credentials"), context))
        held["submitted"]["userPassword"] = "the password of before"
        await gateway.service.sql(
            "UPDATE connections SET sealed_credentials = %s",
            gateway.vault.seal(json.dumps(held).encode(), context),
        )
        await gateway.service.expire()

    async def _forced(self, gateway: Gateway) -> None:
        await gateway.service.tokens.open(gateway.service.environment.id, KEY, "c1", force=True)


@pytest.mark.parametrize(
    ("origin", "endpoint", "allowed"),
    [
        (REAL, "https://api.intacct.com/ia/xml/xmlgw.phtml", True),
        (REAL, "https://www-p03.intacct.com/ia/xml/xmlgw.phtml", True),
        (REAL, "https://www-p03.intacct.com:443/ia/xml/xmlgw.phtml", True),
        (REAL, "http://api.intacct.com/ia/xml/xmlgw.phtml", False),
        (REAL, "https://api.intacct.com/ia/xml/xmlgw.phtml?.redirect=x", False),
        (REAL, "https://api.intacct.com/ia/xml/other.phtml", False),
        (REAL, "https://api.intacct.com:8443/ia/xml/xmlgw.phtml", False),
        (REAL, "https://user@api.intacct.com/ia/xml/xmlgw.phtml", False),
        (REAL, "https://intacct.com.evil.example/ia/xml/xmlgw.phtml", False),
        (REAL, "https://evilintacct.com/ia/xml/xmlgw.phtml", False),
        (REAL, "https://127.0.0.1/ia/xml/xmlgw.phtml", False),
        (REAL, "https://169.254.169.254/ia/xml/xmlgw.phtml", False),
        (REAL, "https://[::1]/ia/xml/xmlgw.phtml", False),
        (REAL, "//api.intacct.com/ia/xml/xmlgw.phtml", False),
        (REAL, "file:///ia/xml/xmlgw.phtml", False),
        (REAL, "", False),
        ("http://127.0.0.1:8089", "http://127.0.0.1:8089/ia/xml/xmlgw.phtml", True),
        ("http://127.0.0.1:8089", "http://127.0.0.1:9999/ia/xml/xmlgw.phtml", False),
        ("http://127.0.0.1:8089", "https://www-p03.intacct.com/ia/xml/xmlgw.phtml", False),
    ],
)
def test_a_session_is_used_at_sages_own_addresses_only(origin: str, endpoint: str, allowed: bool) -> None:
    assert xml_gateway.may_be_called(origin, LOCAL, endpoint) is allowed


def test_an_endpoint_of_somebody_else_is_a_cause_and_no_connection() -> None:
    provider = xml_gateway.provider(REAL, LOCAL)
    submission = provider.mode.read(provider, ClientSettings(), {**SENDER, **LOGIN})
    failed = play_to_failure(
        provider.mode.obtain(provider, ClientSettings(), submission),
        session(endpoint="https://evil.example/"),
    )
    assert failed.cause.code == "endpoint_not_allowed"


def test_a_session_from_before_the_address_was_changed_is_used_at_the_new_one() -> None:
    provider = xml_gateway.provider(REAL, LOCAL)
    submission = provider.mode.read(provider, ClientSettings(), {**SENDER, **LOGIN})
    obtained = play(
        provider.mode.obtain(provider, ClientSettings(), submission),
        session(endpoint="https://www-p03.intacct.com/ia/xml/xmlgw.phtml"),
    ).result
    elsewhere = xml_gateway.provider("http://127.0.0.1:8089", LOCAL)
    for one, url in (
        (provider, "https://www-p03.intacct.com/ia/xml/xmlgw.phtml"),
        (elsewhere, "http://127.0.0.1:8089/ia/xml/xmlgw.phtml"),
    ):
        assert one.envelope is not None
        assert one.envelope(obtained.credentials, ClientSettings()).url == url
