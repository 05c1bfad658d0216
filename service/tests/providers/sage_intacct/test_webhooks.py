"""A webhook of Sage Intacct is believed for one body, one client, one hour; everything else is doubted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service.tests.providers.sage_intacct.signing import SECRET, signature

from counterfoil.auth_modes import ClientSettings
from counterfoil.providers import Believed, Doubted, Received
from counterfoil.providers.sage_intacct.webhooks import read_webhook
from counterfoil.vault import Secret

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BODY = b'{"id": 1}'
HELD = ClientSettings({"clientSecret": Secret(SECRET)})


def read(token: str, body: bytes = BODY, settings: ClientSettings = HELD, at: datetime = AT) -> object:
    received = Received(headers={"x-ia-sage-signature": token}, body=body, at=at)
    return read_webhook(received, settings)


@pytest.mark.parametrize("in_seconds", [False, True])
def test_a_signed_webhook_is_its_companys(in_seconds: bool) -> None:
    assert read(signature(BODY, AT, in_seconds=in_seconds)) == Believed(company_id="MyCompany")


def test_without_a_company_it_is_nobodys_in_particular() -> None:
    assert read(signature(BODY, AT, tenant_id=None)) == Believed(company_id=None)


@pytest.mark.parametrize(
    "changed",
    [
        {"secret": "another"},
        {"iss": "Somebody"},
        {"iss": None},
        {"payload_signature": "0" * 64},
        {"payload_signature": None},
        {"payload_signature_alg": "MD5"},
        {"payload_signature_alg": None},
        {"exp": None},
        {"exp": True},
        {"exp": "soon"},
        {"exp": 1e300},
        {"iat": None},
        {"head": {"alg": "none"}},
        {"head": {"alg": "HS512"}},
        {"head": {"alg": "RS256"}},
        {"head": {"typ": "JWT"}},
    ],
)
def test_what_does_not_fit_is_doubted(changed: dict[str, Any]) -> None:
    assert isinstance(read(signature(BODY, AT, **changed)), Doubted)


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "....", "é.é.é", "=.=.=", "x" * 10_000])
def test_what_is_no_signature_is_doubted(token: str) -> None:
    assert isinstance(read(token), Doubted)


@given(st.text(max_size=200))
def test_nothing_in_the_header_breaks_the_reading(token: str) -> None:
    assert isinstance(read(token), Doubted)


def test_another_body_is_doubted() -> None:
    assert isinstance(read(signature(BODY, AT), body=BODY + b" "), Doubted)


@pytest.mark.parametrize(
    ("later", "believed"),
    [
        (timedelta(0), True),
        (timedelta(minutes=59), True),
        (timedelta(minutes=64), True),
        (timedelta(minutes=66), False),
        (timedelta(days=1), False),
        (timedelta(minutes=-4), True),
        (timedelta(minutes=-6), False),
    ],
)
def test_it_holds_for_its_hour(later: timedelta, believed: bool) -> None:
    assert isinstance(read(signature(BODY, AT), at=AT + later), Believed) is believed


def test_without_a_secret_nobody_is_believed() -> None:
    assert isinstance(read(signature(BODY, AT), settings=ClientSettings()), Doubted)
    assert isinstance(read(signature(BODY, AT, secret=""), settings=ClientSettings()), Doubted)
