from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intacct_sandbox.app import Sandbox
from intacct_sandbox.gateway import notation
from intacct_sandbox.gateway.notation import ENGLISH, Notation
from intacct_sandbox.identity import companies, formats
from intacct_sandbox.identity.formats import CLOCKS, SEPARATORS, Formats


def of(date_format: str = "/mdY", clock: str = "24", gmt_offset: str = "+00:00") -> Notation:
    return Notation(Formats(date_format=date_format, clock=clock, gmt_offset=gmt_offset))


@pytest.mark.parametrize(
    ("one", "iso", "text"),
    [
        (of(), "2026-03-02T09:30:05Z", "03/02/2026 09:30:05"),
        (of(".dmY"), "2026-03-02T09:30:05Z", "02.03.2026 09:30:05"),
        (of("-Ymd", gmt_offset="+09:30"), "2026-03-02T18:00:00Z", "2026-03-03 03:30:00"),
        (of("/dmy", "12", "-05:00"), "2026-03-02T09:30:05Z", "02/03/26 04:30:05 AM"),
        (of(clock="12"), "2026-03-02T12:00:00Z", "03/02/2026 12:00:00 PM"),
        (of(clock="12"), "2026-03-02T00:05:00Z", "03/02/2026 12:05:00 AM"),
    ],
)
def test_a_moment_is_written_in_the_companys_format_clock_and_offset(
    one: Notation, iso: str, text: str
) -> None:
    assert one.moment(iso) == text
    assert one.read_moment(text) == iso


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (of(), "2026-01-31"),
        (of(), "31/01/2026"),
        (of(), "01/31/26"),
        (of(".dmY"), "31/01/2026"),
        (of(".dmY"), "01.31.2026"),
        (of("/mdy"), "01/31/2026"),
        (of(), "01/31/2026 25:00:00"),
        (of(), "01/31/2026 01:00:00 PM"),
        (of(clock="12"), "01/31/2026 13:00:00"),
        (of(clock="12"), "01/31/2026 13:00:00 PM"),
        (of(clock="12"), "01/31/2026 00:00:00 AM"),
        (of(gmt_offset="+14:00"), "01/01/0001 00:00:00"),
        (of(), "٠١/٣١/٢٠٢٦"),
    ],
)
def test_what_is_written_otherwise_is_no_moment(one: Notation, text: str) -> None:
    assert one.read_moment(text) is None


def test_a_day_needs_no_zeros_in_front() -> None:
    assert of("/dmY").read_day("2/3/2026") == "2026-03-02"
    assert of("/mdy").read_day("1/2/68") == "2068-01-02"
    assert of("/mdy").read_day("1/2/69") == "1969-01-02"


@given(
    st.builds(
        lambda separator, order, clock, minutes: of(
            separator + order,
            clock,
            f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}",
        ),
        st.sampled_from(SEPARATORS),
        st.sampled_from(["mdY", "dmY", "Ymd"]),
        st.sampled_from(CLOCKS),
        st.integers(-14 * 60, 14 * 60),
    ),
    st.datetimes(timezones=st.just(UTC)).filter(lambda moment: 1900 <= moment.year < 9999),
)
def test_a_moment_comes_back_as_it_went_in_every_format(one: Notation, moment: datetime) -> None:
    iso = moment.isoformat()[:19] + "Z"
    assert one.read_moment(one.moment(iso)) == iso
    assert one.read_day(one.day(iso)) == iso[:10]


def test_the_ends_of_the_calendar_are_written_all_the_same() -> None:
    assert of(gmt_offset="-05:00").moment("0001-01-01T00:00:00Z") == "01/01/0001 00:00:00"
    assert of(gmt_offset="+05:00").moment("9999-12-31T23:59:59Z") == "12/31/9999 23:59:59"


@pytest.mark.parametrize(
    ("quirk", "words"),
    [("true-false", ("true", "false")), ("T-F", ("T", "F")), ("locale", ("wahr", "falsch"))],
)
def test_booleans_are_written_as_the_quirk_says_and_always_understood(
    sandbox: Sandbox, quirk: str, words: tuple[str, str]
) -> None:
    company = companies.find(sandbox.store, "MyCompany")
    assert company is not None
    formats.change(sandbox.store, company.key, {"locale": "de_DE"})
    sandbox.quirks.set("gateway-booleans", quirk)
    found = notation.of(sandbox.store, sandbox.quirks, company.key)
    assert (found.truth(value=True), found.truth(value=False)) == words
    for text in (words[0], "T", "true", "TRUE"):
        assert found.read_truth(text) is True
    for text in (words[1], "f", "False"):
        assert found.read_truth(text) is False
    assert found.read_truth("1") is None


def test_a_company_without_formats_of_its_own_writes_as_sages_documents(sandbox: Sandbox) -> None:
    company = companies.find(sandbox.store, "MyCompany")
    assert company is not None
    assert notation.of(sandbox.store, sandbox.quirks, company.key) == ENGLISH
    formats.change(sandbox.store, company.key, {"locale": "en_GB"})
    assert notation.of(sandbox.store, sandbox.quirks, company.key).example == "31/01/2026"
    sandbox.quirks.set("gateway-dates", "us")
    assert notation.of(sandbox.store, sandbox.quirks, company.key) == ENGLISH
