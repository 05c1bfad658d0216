from datetime import timedelta

import pytest

from intacct_sandbox.errors import InvalidInput
from intacct_sandbox.identity import companies, formats
from intacct_sandbox.identity.companies import Company
from intacct_sandbox.identity.formats import LOCALES, Formats
from intacct_sandbox.store import Store


def test_a_company_has_the_formats_of_the_united_states_until_it_gets_others(
    store: Store, company: Company
) -> None:
    other = companies.create(store, company_id="Other", title="Other")
    assert formats.of(store, company.key) == Formats()
    wanted = {"locale": "de_DE", "date_format": "-dmy", "clock": "12", "gmt_offset": "-09:30"}
    assert formats.change(store, company.key, wanted) == Formats(**wanted)
    assert formats.of(store, company.key) == Formats(**wanted)
    assert formats.of(store, other.key) == Formats()


@pytest.mark.parametrize("locale", LOCALES)
def test_a_locale_brings_its_order_of_dates_unless_another_is_given(
    store: Store, company: Company, locale: str
) -> None:
    assert formats.change(store, company.key, {"locale": locale}).date_format == LOCALES[locale]
    kept = formats.change(store, company.key, {"locale": locale, "date_format": " Ymd"})
    assert kept.date_format == " Ymd"


@pytest.mark.parametrize(
    ("offset", "span"),
    [("+00:00", timedelta()), ("+09:30", timedelta(hours=9.5)), ("-05:15", -timedelta(hours=5.25))],
)
def test_an_offset_is_a_span_of_time(offset: str, span: timedelta) -> None:
    assert Formats(gmt_offset=offset).offset == span


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("locale", "xx_XX"),
        ("locale", ["en_US"]),
        ("date_format", "mdY"),
        ("date_format", "/mdd"),
        ("date_format", "/MdY"),
        ("date_format", "/Ydm"),
        ("date_format", "xmdY"),
        ("clock", "25"),
        ("clock", 24),
        ("gmt_offset", "+15:00"),
        ("gmt_offset", "+1:00"),
        ("gmt_offset", "+00:60"),
        ("gmt_offset", "Z"),
    ],
)
def test_what_is_no_format_is_refused_beside_its_field(
    store: Store, company: Company, member: str, value: object
) -> None:
    with pytest.raises(InvalidInput) as refused:
        formats.change(store, company.key, {member: value})
    assert refused.value.field == member
    assert formats.of(store, company.key) == Formats()
