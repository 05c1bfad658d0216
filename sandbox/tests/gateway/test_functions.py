from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox.tests.gateway.asking import ask, data, failure, into, login, session, texts
from starlette.testclient import TestClient

from intacct_sandbox.app import Sandbox
from intacct_sandbox.gateway import legacy


def by_query(query: str, *, of: str = "VENDOR", fields: str = "*", size: int = 100) -> str:
    return (
        f"<readByQuery><object>{of}</object><fields>{escape(fields)}</fields><query>{escape(query)}</query>"
        f"<pagesize>{size}</pagesize></readByQuery>"
    )


def test_a_query_is_read_to_its_end_page_by_page(http: TestClient) -> None:
    page = data(http, by_query("", of="APBILL", fields="RECORDNO", size=50))
    keys = texts(page, "apbill/RECORDNO")
    assert [page.get(name) for name in ("listtype", "count", "totalcount", "numremaining")] == [
        "apbill",
        "50",
        "120",
        "70",
    ]
    result_id = page.get("resultId")
    more = f"<readMore><resultId>{result_id}</resultId></readMore>"
    for remaining in ("20", "0"):
        page = data(http, more)
        keys += texts(page, "apbill/RECORDNO")
        assert (page.get("numremaining"), page.get("totalcount")) == (remaining, "120")
    assert page.get("resultId") == ""
    assert len(set(keys)) == len(keys) == 120
    assert failure(http, more)[0] == "DL02000001"


def test_the_last_query_of_an_object_goes_on_by_the_objects_name(http: TestClient) -> None:
    first = data(http, by_query("", of="CLASS", fields="RECORDNO", size=1))
    data(http, by_query("", of="APBILL", fields="RECORDNO", size=100))
    more = data(http, "<readMore><object>class</object></readMore>")
    assert (more.get("listtype"), more.get("resultId")) == ("class", first.get("resultId"))
    assert texts(more, "class/RECORDNO") == ["2"]
    assert failure(http, "<readMore><object>VENDOR</object></readMore>")[0] == "DL02000001"


def test_a_pattern_has_signs_for_one_character_and_for_any_text(http: TestClient) -> None:
    names = ("Pet 1", "Pit 1", "P*t 2", "P[t] 3")
    vendors = "".join(f"<VENDOR><VENDORID>{name}</VENDORID><NAME>{name}</NAME></VENDOR>" for name in names)
    data(http, f"<create>{vendors}</create>")
    within = "(" + ",".join(f"'{name}'" for name in names) + ")"
    for condition, ids in (
        ("NAME like 'P_t 1'", ["Pet 1", "Pit 1"]),
        ("NAME like 'P%t%1'", ["Pet 1", "Pit 1"]),
        ("NAME like '_*t%'", ["P*t 2"]),
        ("NAME like 'p_t%'", []),
        ("NAME like 'P[%_'", ["P[t] 3"]),
        ("NOT NAME like 'P_t 1'", ["P*t 2", "P[t] 3"]),
    ):
        found = data(http, by_query(f"VENDORID in {within} and {condition}", fields="VENDORID"))
        assert texts(found, "vendor/VENDORID") == ids, condition


def test_the_newer_query_takes_patterns_in_either_case_where_it_is_told(http: TestClient) -> None:
    like = "<filter><like><field>NAME</field><value>_lder c%supply</value></like></filter>"
    folded = f"{like}<options><caseinsensitive>true</caseinsensitive></options>"
    assert texts(data(http, select("field VENDORID", of="VENDOR", more=like)), "VENDOR/VENDORID") == []
    assert texts(data(http, select("field VENDORID", of="VENDOR", more=folded)), "VENDOR/VENDORID") == [
        "20001"
    ]
    gaps = like.replace("_lder c%supply", "a%" * 11)
    assert failure(http, select("field VENDORID", of="VENDOR", more=gaps))[0] == "DL02000001"


def test_another_company_does_not_go_on_with_a_query(http: TestClient) -> None:
    result_id = data(http, by_query("", size=1)).get("resultId")
    answer = ask(http, login(company_id="SoloCo"), f"<readMore><resultId>{result_id}</resultId></readMore>")
    assert answer.statuses()[2] == "failure"


def test_conditions_choose_the_records(http: TestClient) -> None:
    every = data(http, by_query("", fields="VENDORID,NAME,TOTALDUE,STATUS"))
    owed = {
        vendor.findtext("VENDORID")
        for vendor in every
        if float(vendor.findtext("TOTALDUE") or 0) > 100 and vendor.findtext("STATUS") == "active"
    }
    found = data(http, by_query("STATUS = 'T' AND TOTALDUE > 100"))
    assert owed
    assert set(texts(found, "vendor/VENDORID")) == owed
    name = texts(every, "vendor/NAME")[0]
    assert name in texts(data(http, by_query(f"NAME like '{name[:3]}%'")), "vendor/NAME")


def test_dates_are_compared_and_written_in_the_apis_own_notation(http: TestClient) -> None:
    found = data(http, by_query("WHENCREATED >= '01/01/2024' AND WHENCREATED <= '12/31/2024'", of="APBILL"))
    assert {text[-4:] for text in texts(found, "apbill/WHENCREATED")} == {"2024"}
    assert failure(http, by_query("WHENCREATED >= '2024-01-01'", of="APBILL"))[0] == "DL02000001"


def test_records_are_read_by_key_with_their_lines(http: TestClient) -> None:
    found = data(http, "<read><object>APBILL</object><keys>1, 2,999999</keys></read>")
    assert (found.get("listtype"), found.get("count")) == ("APBILL", "2")
    assert texts(found, "APBILL/RECORDNO") == ["1", "2"]
    assert texts(found, "APBILL/APBILLITEMS/apbillitem/RECORDKEY")
    some = data(http, "<read><object>APBILL</object><keys>1</keys><fields>STATE,RECORDID</fields></read>")
    assert [child.tag for child in some[0]] == ["STATE", "RECORDID"]


def test_fields_of_other_records_stand_apart_only_where_a_record_is_read(http: TestClient) -> None:
    flat = data(http, by_query("RECORDNO = 1", fields="PAYTO.CONTACTNAME"))
    nested = data(
        http, "<read><object>VENDOR</object><keys>1</keys><fields>PAYTO.CONTACTNAME</fields></read>"
    )
    assert [child.tag for child in flat[0]] == ["PAYTO.CONTACTNAME"]
    assert nested.find("VENDOR/PAYTO/CONTACTNAME") is not None


def test_elements_stand_in_each_other_as_deep_as_their_names(http: TestClient) -> None:
    found = data(http, "<read><object>EMPLOYEE</object><keys>1</keys></read>")
    assert found.find("EMPLOYEE/CONTACT/MAILADDRESS/CITY") is not None


def test_the_newer_query_skips_and_sorts(http: TestClient) -> None:
    asked = (
        "<query><object>APBILL</object><select><field>WHENCREATED</field><field>RECORDNO</field></select>"
        "<orderby><order><field>RECORDNO</field><descending/></order></orderby>"
        "<pagesize>2</pagesize><offset>118</offset></query>"
    )
    found = data(http, asked)
    assert dict(zip(found.keys(), found.values(), strict=True)) == {
        "listtype": "APBILL",
        "totalcount": "120",
        "offset": "118",
        "count": "2",
        "numremaining": "0",
    }
    assert texts(found, "APBILL/RECORDNO") == ["2", "1"]


def select(*parts: str, of: str = "APBILL", more: str = "") -> str:
    chosen = "".join(f"<{name}>{field}</{name}>" for name, field in (one.split() for one in parts))
    return f"<query><object>{of}</object><select>{chosen}</select>{more}<pagesize>2000</pagesize></query>"


def test_records_are_counted_and_computed_by_group(http: TestClient) -> None:
    every = data(http, select("field VENDORID", "field TRX_TOTALENTERED", "field WHENDUE"))
    groups: dict[str, list[tuple[Decimal, date]]] = {}
    for bill in every:
        vendor, amount, due = (one.text or "" for one in bill)
        day = datetime.strptime(due, "%m/%d/%Y").replace(tzinfo=UTC).date()
        groups.setdefault(vendor, []).append((Decimal(amount), day))
    order = "<orderby><order><field>VENDORID</field><descending/></order></orderby>"
    parts = ("sum TRX_TOTALENTERED", "min TRX_TOTALENTERED", "avg TRX_TOTALENTERED", "max WHENDUE")
    found = data(http, select("field VENDORID", "count RECORDNO", *parts, more=order))
    assert found.get("totalcount") == found.get("count") == str(len(groups))
    assert texts(found, "APBILL/VENDORID") == sorted(groups, reverse=True)
    for row in found:
        own = groups[row.findtext("VENDORID") or ""]
        amounts = [amount for amount, _ in own]
        assert row.findtext("COUNT.RECORDNO") == str(len(own))
        assert row.findtext("SUM.TRX_TOTALENTERED") == str(sum(amounts))
        assert row.findtext("MIN.TRX_TOTALENTERED") == str(min(amounts))
        mean = (sum(amounts, Decimal()) / len(amounts)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert row.findtext("AVG.TRX_TOTALENTERED") == str(mean)
        assert row.findtext("MAX.WHENDUE") == f"{max(day for _, day in own):%m/%d/%Y}"


def test_without_a_group_there_is_one_row_even_of_nothing(http: TestClient) -> None:
    assert texts(data(http, select("count RECORDNO")), "APBILL/COUNT.RECORDNO") == ["120"]
    none = "<filter><lessthan><field>RECORDNO</field><value>0</value></lessthan></filter>"
    found = data(http, select("count RECORDNO", "sum TOTALDUE", more=none))
    assert [[one.text or "" for one in row] for row in found] == [["0", ""]]


def test_an_aggregate_is_called_as_the_quirk_says(http: TestClient) -> None:
    http.patch("/_sandbox/quirks", json={"gateway-aggregate-names": "count-only"})
    found = data(http, select("field VENDORID", "sum TOTALDUE", "count RECORDNO"))[0]
    assert [one.tag for one in found] == ["VENDORID", "TOTALDUE", "COUNT.RECORDNO"]


def test_aggregates_group_by_what_they_are_given(http: TestClient) -> None:
    found = data(http, select("field VENDORID", "field RECORDNO", "count RECORDNO"))
    assert {row.findtext("COUNT.RECORDNO") for row in found} == {"1"}


@pytest.mark.parametrize(
    "function",
    [
        select("sum VENDORID"),
        select("avg WHENDUE"),
        select("count RECORD_URL"),
        select("sum TRX_DEBITAMOUNT", of="GLENTRY"),
        select(
            "field VENDORID",
            "count RECORDNO",
            more="<orderby><order><field>WHENDUE</field></order></orderby>",
        ),
    ],
)
def test_what_cannot_be_computed_is_refused(function: str, http: TestClient) -> None:
    assert failure(http, function)[0] == "DL02000001"


@pytest.mark.parametrize("name", legacy.ALL)
def test_every_object_is_read_in_every_way(name: str, http: TestClient) -> None:
    selected = "".join(f"<field>{field}</field>" for field in legacy.ALL[name].fields)
    listed = data(http, by_query("", of=name))
    assert listed.get("listtype") == name.lower()
    data(http, f"<query><object>{name}</object><select>{selected}</select></query>")
    key = listed[0].findtext("RECORDNO") if len(listed) else "1"
    data(http, f"<read><object>{name}</object><keys>{key}</keys></read>")
    data(http, f"<readByName><object>{name}</object><keys>{key}</keys></readByName>")


@pytest.mark.parametrize(
    ("function", "number", "word"),
    [
        (by_query("", of="UNICORN"), "BL01001973", "UNICORN"),
        (by_query("", fields="HORN"), "DL02000001", "HORN"),
        (by_query("HORN = 1"), "DL02000001", "HORN"),
        (by_query("NAME = "), "DL02000001", "ends"),
        (by_query("", size=1001), "DL02000001", "1001"),
        (by_query(" AND ".join(["RECORDNO > 1"] * 201)), "DL02000001", "200"),
        ("<read><object>VENDOR</object></read>", "DL02000001", "keys"),
        (f"<read><object>VENDOR</object><keys>{'1,' * 101}</keys></read>", "DL02000001", "100"),
        (
            "<readByQuery><object>VENDOR</object><returnFormat>csv</returnFormat></readByQuery>",
            "DL02000001",
            "csv",
        ),
        ("<readReport><report>Sales</report></readReport>", "BL01001973", "readReport"),
    ],
)
def test_a_failure_says_what_is_wrong(function: str, number: str, word: str, http: TestClient) -> None:
    found, text = failure(http, function)
    assert found == number
    assert word in text
    assert "[Support ID: " in text


def test_a_session_of_an_entity_sees_the_entitys_records(http: TestClient) -> None:
    session_id = ask(http, login(), into("East Region")).session_id
    answer = ask(http, session(session_id), by_query("", of="APBILL"))
    assert answer.statuses() == ("success", "success", "success")
    inside = answer.root.find("operation/result/data")
    assert inside is not None
    assert int(inside.get("totalcount", "")) < 120


PIECES = st.sampled_from(
    [
        *("NAME", "RECORDNO", "TOTALDUE", "STATUS", "WHENMODIFIED", "ONHOLD", "PAYTO.CONTACTNAME", "HORN"),
        *("=", "<>", "<", "<=", ">", ">=", "like", "not", "in", "is", "null", "and", "or", "(", ")", ","),
        *("'A%'", "'%'", "'%a%b'", "1", "'1e999999'", "'nan'", "'03/01/2026'", "T", "-1", "'\ud7ff'", "'"),
    ]
)


@st.composite
def conditions(draw: st.DrawFn) -> str:
    """A query that is nearly always readable, so that its values reach the store."""
    names = st.sampled_from([*legacy.ALL["VENDOR"].fields])
    signs = st.sampled_from(["=", "<>", "<", ">=", "like", "not like"])
    values = st.one_of(
        st.integers().map(str),
        st.floats().map(str),
        st.dates().map(lambda day: day.strftime("%m/%d/%Y")),
        st.text(max_size=10),
    )
    found = ""
    for _ in range(draw(st.integers(1, 4))):
        value = draw(values).replace("\\", "\\\\").replace("'", "\\'")
        found += draw(st.sampled_from([" and ", " or "])) if found else ""
        found += f"{draw(names)} {draw(signs)} '{value}'"
    return found


def in_xml(text: str) -> bytes:
    kept = "".join(sign for sign in text if sign.isprintable() and sign <= "\ud7ff")
    return kept.encode()


# The sandbox of the test is shared by all examples: reading leaves nothing behind.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.one_of(st.lists(PIECES, max_size=15).map(" ".join), conditions(), st.text(max_size=60)))
def test_any_query_is_answered_or_refused(http: TestClient, query: str) -> None:
    answer = ask(http, login(), by_query(in_xml(query).decode(), size=3))
    control, authentication, result = answer.statuses()
    assert (control, authentication) == ("success", "success")
    assert result == "success" or answer.error("operation/result/")[0] == "DL02000001"


def test_queries_fall_behind_writes_as_the_quirk_says_and_reads_by_key_do_not(
    http: TestClient, sandbox: Sandbox
) -> None:
    sandbox.quirks.set("read-delay-seconds", "60")
    two = "".join(
        f"<VENDOR><VENDORID>{id_}</VENDORID><NAME>{id_}</NAME></VENDOR>" for id_ in ("LAG1", "LAG2")
    )
    keys = texts(data(http, f"<create>{two}</create>"), "vendor/RECORDNO")
    query = by_query("VENDORID like 'LAG%'", fields="VENDORID")
    read = f"<read><object>VENDOR</object><keys>{','.join(keys)}</keys><fields>VENDORID</fields></read>"
    assert texts(data(http, read), "VENDOR/VENDORID") == ["LAG1", "LAG2"]
    assert texts(data(http, query), "vendor/VENDORID") == []
    sandbox.clock.advance(timedelta(seconds=60))
    assert texts(data(http, query), "vendor/VENDORID") == ["LAG1", "LAG2"]


def in_germany(http: TestClient, **more: str) -> None:
    wanted = {"company": "MyCompany", "locale": "de_DE", "gmt_offset": "+01:00", **more}
    assert http.patch("/_sandbox/formats", json=wanted).status_code == 200


def test_every_function_writes_and_reads_dates_in_the_companys_format(http: TestClient) -> None:
    in_germany(http)
    bill = (
        "<APBILL><VENDORID>20001</VENDORID><RECORDID>DE-1</RECORDID><WHENCREATED>31.01.2026</WHENCREATED>"
        "<WHENDUE>28.02.2026</WHENDUE><CURRENCY>USD</CURRENCY><APBILLITEMS><APBILLITEM><ACCOUNTNO>1500</ACCOUNTNO>"
        "<TRX_AMOUNT>1.00</TRX_AMOUNT><LOCATIONID>{}</LOCATIONID></APBILLITEM></APBILLITEMS></APBILL>"
    )
    place = data(http, "<read><object>APBILL</object><keys>1</keys></read>").findtext(".//LOCATIONID")
    key = data(http, f"<create>{bill.format(place)}</create>").findtext("apbill/RECORDNO")
    read = f"<read><object>APBILL</object><keys>{key}</keys></read>"
    assert data(http, read).findtext("APBILL/WHENDUE") == "28.02.2026"
    # By the clock of the test it is 09:30 in UTC.
    assert data(http, read).findtext("APBILL/AUWHENCREATED") == "02.03.2026 10:30:00"
    change = f"<APBILL><RECORDNO>{key}</RECORDNO><WHENDUE>01.03.2026</WHENDUE></APBILL>"
    data(http, f"<update>{change}</update>")
    found = data(http, by_query("WHENDUE = '1.3.2026' AND RECORDID = 'DE-1'", of="APBILL", fields="WHENDUE"))
    assert texts(found, "apbill/WHENDUE") == ["01.03.2026"]
    asked = (
        "<query><object>APBILL</object><select><field>WHENDUE</field></select><filter><and>"
        "<between><field>WHENDUE</field><value>28.02.2026</value><value>02.03.2026</value></between>"
        "<equalto><field>RECORDID</field><value>DE-1</value></equalto></and></filter></query>"
    )
    assert texts(data(http, asked), "APBILL/WHENDUE") == ["01.03.2026"]
    page = data(http, by_query("", of="APBILL", fields="WHENDUE", size=119))
    more = data(http, f"<readMore><resultId>{page.get('resultId')}</resultId></readMore>")
    assert {text[2] + text[5] for text in texts(more, "apbill/WHENDUE")} == {".."}


def test_dates_of_another_format_are_refused(http: TestClient) -> None:
    in_germany(http)
    number, text = failure(http, by_query("WHENDUE = '03/01/2026'", of="APBILL"))
    assert number == "DL02000001"
    assert "31.01.2026" in text
    http.patch("/_sandbox/quirks", json={"gateway-dates": "us"})
    data(http, by_query("WHENDUE = '03/01/2026'", of="APBILL"))


def test_a_time_is_compared_by_the_companys_offset(http: TestClient) -> None:
    vendor = "<VENDOR><VENDORID>LATE</VENDORID><NAME>Late</NAME></VENDOR>"
    data(http, f"<create>{vendor}</create>")
    in_germany(http, clock="12")
    for sign, ids in (("=", ["LATE"]), ("<", []), (">=", ["LATE"])):
        query = f"VENDORID = 'LATE' AND WHENCREATED {sign} '02.03.2026 10:30:00 AM'"
        assert texts(data(http, by_query(query, fields="VENDORID")), "vendor/VENDORID") == ids


def test_the_older_functions_keep_three_elements_and_lists_take_the_companys_dates(http: TestClient) -> None:
    in_germany(http)
    listed = (
        '<get_list object="bill" maxitems="1"><filter><expression><field>datedue</field>'
        "<operator>&gt;=</operator><value>01.01.2020</value></expression></filter></get_list>"
    )
    due = data(http, listed).find("bill/datedue")
    assert due is not None
    assert [part.tag for part in due] == ["year", "month", "day"]
    assert len(due.findtext("year") or "") == 4


def test_the_formats_of_a_user_are_told(http: TestClient) -> None:
    in_germany(http, clock="12")
    key = data(http, "<readUserFormatting><userId>Reader</userId></readUserFormatting>").findtext(
        ".//recordno"
    )
    for named in ("<userId>Reader</userId>", f"<key>{key}</key>"):
        found = data(http, f"<readUserFormatting>{named}</readUserFormatting>")[0]
        assert {one.tag: one.text for one in found if one.tag != "recordno"} == {
            "locale": "de_DE",
            "dateformat": ".dmY",
            "gmtoffset": "+01:00",
            "clock": "12",
        }
    for named in ("", "<key>999</key>", "<key>x</key>", "<userId>Nobody</userId>"):
        assert failure(http, f"<readUserFormatting>{named}</readUserFormatting>")[0] == "BL01001973"


def test_booleans_are_written_as_the_quirk_says(http: TestClient) -> None:
    read = "<read><object>VENDOR</object><keys>1</keys><fields>ONHOLD</fields></read>"
    assert data(http, read).findtext("VENDOR/ONHOLD") == "false"
    http.patch("/_sandbox/quirks", json={"gateway-booleans": "T-F"})
    assert data(http, read).findtext("VENDOR/ONHOLD") == "F"
