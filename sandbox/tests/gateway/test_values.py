from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intacct_sandbox.gateway.legacy import LegacyField, find
from intacct_sandbox.gateway.notation import ENGLISH
from intacct_sandbox.gateway.refusals import Refused
from intacct_sandbox.gateway.values import operand, shown

STATUS = find("VENDOR").field("STATUS")
ON_HOLD = find("VENDOR").field("ONHOLD")
MODIFIED = find("VENDOR").field("WHENMODIFIED")
DUE = find("APBILL").field("WHENDUE")


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        (DUE, "2026-03-02", "03/02/2026"),
        (MODIFIED, "2026-03-02T09:30:00Z", "03/02/2026 09:30:00"),
        (ON_HOLD, True, "true"),
        (ON_HOLD, False, "false"),
        (STATUS, "inactive", "inactive"),
        (find("APBILL").field("STATE"), "partiallyPaid", "Partially Paid"),
        (find("VENDOR").field("NAME"), None, ""),
    ],
)
def test_a_value_is_shown_as_the_xml_api_writes_it(field: LegacyField, value: object, text: str) -> None:
    assert shown(field, value, ENGLISH) == text


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (DUE, "3/2/2026", "2026-03-02"),
        (MODIFIED, "03/02/2026", "2026-03-02T00:00:00Z"),
        (MODIFIED, "03/02/2026 09:30:05", "2026-03-02T09:30:05Z"),
        (ON_HOLD, "T", True),
        (ON_HOLD, "false", False),
        (STATUS, "T", "active"),
        (STATUS, "Inactive", "inactive"),
        (STATUS, "odd", "odd"),
        (find("APBILL").field("STATE"), "A", "posted"),
    ],
)
def test_a_text_is_read_as_the_value_it_stands_for(field: LegacyField, text: str, value: object) -> None:
    assert operand(field, text, ENGLISH) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [(DUE, "2026-03-02"), (DUE, "13/01/2026"), (DUE, ""), (MODIFIED, "2026-03-02T09:30:00Z"), (ON_HOLD, "1")],
)
def test_another_notation_is_refused(field: LegacyField, text: str) -> None:
    with pytest.raises(Refused):
        operand(field, text, ENGLISH)


@given(st.dates(min_value=date(1900, 1, 1)))
def test_a_date_comes_back_as_it_went(day: date) -> None:
    assert operand(DUE, shown(DUE, day.isoformat(), ENGLISH), ENGLISH) == day.isoformat()


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda moment: moment.year >= 1900))
def test_a_time_comes_back_as_it_went(moment: datetime) -> None:
    text = moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    assert operand(MODIFIED, shown(MODIFIED, text, ENGLISH), ENGLISH) == text
