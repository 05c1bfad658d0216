from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox.tests.gateway.asking import ask, data, failure, login, post, request_xml, texts
from starlette.testclient import TestClient

from intacct_sandbox.gateway import legacy, older

NEW = "<create><VENDOR><VENDORID>V-1</VENDORID><NAME>One</NAME><ONETIME>true</ONETIME></VENDOR></create>"


def name_of(http: TestClient, vendor_id: str) -> str | None:
    return data(http, f"<readByName><object>VENDOR</object><keys>{vendor_id}</keys></readByName>").findtext(
        "VENDOR/NAME"
    )


def test_a_vendor_is_created_changed_and_deleted(http: TestClient) -> None:
    created = data(http, NEW)
    assert (created.get("listtype"), created.findtext("vendor/VENDORID")) == ("objects", "V-1")
    key = created.findtext("vendor/RECORDNO")
    data(http, f"<update><VENDOR><RECORDNO>{key}</RECORDNO><CREDITLIMIT>12.5</CREDITLIMIT></VENDOR></update>")
    data(http, "<update><VENDOR><VENDORID>V-1</VENDORID><NAME>Two</NAME></VENDOR></update>")
    read = data(http, f"<read><object>VENDOR</object><keys>{key}</keys></read>")
    assert [read.findtext(f"VENDOR/{name}") for name in ("NAME", "CREDITLIMIT", "ONETIME")] == [
        "Two",
        "12.5",
        "true",
    ]
    data(http, f"<delete><object>VENDOR</object><keys>{key}</keys></delete>")
    assert name_of(http, "V-1") is None


def test_a_customer_with_a_term_and_a_contact_in_elements_of_its_own(http: TestClient) -> None:
    contact = data(http, "<query><object>CONTACT</object><select><field>CONTACTNAME</field></select></query>")
    name = contact.findtext("CONTACT/CONTACTNAME")
    data(
        http,
        "<create><CUSTOMER><CUSTOMERID>C-1</CUSTOMERID><NAME>One</NAME><BILLTO>"
        f"<CONTACTNAME>{name}</CONTACTNAME></BILLTO></CUSTOMER></create>",
    )
    read = data(http, "<readByName><object>CUSTOMER</object><keys>C-1</keys></readByName>")
    assert read.findtext("CUSTOMER/BILLTO/CONTACTNAME") == name


def test_of_a_function_that_fails_nothing_is_written(http: TestClient) -> None:
    both = NEW.replace("</create>", "<VENDOR><VENDORID>V-1</VENDORID><NAME>Two</NAME></VENDOR></create>")
    answer = ask(http, login(), both, NEW.replace("V-1", "V-2"))
    assert [one.text for one in answer.root.iterfind("operation/result/status")] == ["failure", "success"]
    assert name_of(http, "V-1") is None
    assert name_of(http, "V-2") == "One"


def test_what_cannot_be_written_is_refused(http: TestClient) -> None:
    data(http, NEW)
    for function in (
        NEW,
        "<create/>",
        "<create><GLDETAIL><ACCOUNTNO>1000</ACCOUNTNO></GLDETAIL></create>",
        "<create><TAXDETAIL><DETAILID>x</DETAILID></TAXDETAIL></create>",
        "<create><VENDOR><VENDORID>V-3</VENDORID><UNICORN>1</UNICORN></VENDOR></create>",
        "<create><VENDOR><VENDORID>V-3</VENDORID><ACHACCOUNTNUMBER>1</ACHACCOUNTNUMBER></VENDOR></create>",
        "<create><VENDOR><DISPLAYCONTACT><EMAIL1>a@b.example</EMAIL1></DISPLAYCONTACT></VENDOR></create>",
        "<create><GLBATCH><ENTRIES><UNICORN/></ENTRIES></GLBATCH></create>",
        "<update><VENDOR><NAME>Two</NAME></VENDOR></update>",
        "<update><VENDOR><VENDORID>nobody</VENDORID></VENDOR></update>",
        "<update><VENDOR><VENDORID>V-1</VENDORID><CREDITLIMIT>much</CREDITLIMIT></VENDOR></update>",
        "<update><VENDOR><VENDORID>V-1</VENDORID><TERMNAME>never</TERMNAME></VENDOR></update>",
        "<update><VENDOR><RECORDNO>99999</RECORDNO><NAME>x</NAME></VENDOR></update>",
        "<delete><object>VENDOR</object><keys>99999</keys></delete>",
        "<delete><object>VENDOR</object><keys/></delete>",
    ):
        assert failure(http, function)[0] in {"BL01001973", "DL02000001"}, function


def test_who_may_only_read_writes_nothing(http: TestClient) -> None:
    assert "permission" in failure(http, NEW, user_id="Reader")[1]
    assert (
        data(http, "<read><object>VENDOR</object><keys>1</keys></read>", user_id="Reader").get("count") == "1"
    )


# A name is enough for these; the others have tests of their own.
BY_NAME = sorted(
    name
    for name, one in legacy.ALL.items()
    if {"POST", "PATCH", "DELETE"} <= set(one.definition.methods)
    and one.definition.kind == "root"
    and one.named_by != "RECORDNO"
    and not one.field(one.named_by).is_read_only
    and not one.definition.required
    and not one.is_read_only
    # Administered on the company's pages.
    and name not in {"LOCATIONENTITY", "USERINFO", "ROLES"}
)


@pytest.mark.parametrize("name", BY_NAME)
def test_every_object_with_a_name_is_created_found_changed_and_deleted(http: TestClient, name: str) -> None:
    one = legacy.ALL[name]
    created = data(http, f"<create><{name}><{one.named_by}>New</{one.named_by}></{name}></create>")
    key = created.findtext(f"{name.lower()}/RECORDNO")
    found = data(http, f"<readByName><object>{name}</object><keys>New</keys></readByName>")
    assert texts(found, f"{name}/RECORDNO") == [key]
    is_kept = one.definition.fields[one.field(one.named_by).path].immutable
    field, value = ("NAME", "Newer") if is_kept else (one.named_by, "Newer")
    changed = f"<RECORDNO>{key}</RECORDNO><{field}>{value}</{field}>"
    data(http, f"<update><{name}>{changed}</{name}></update>")
    by_query = (
        f"<query><object>{name}</object><select><field>RECORDNO</field></select><filter><equalto>"
        f"<field>{field}</field><value>{value}</value></equalto></filter></query>"
    )
    assert texts(data(http, by_query), f"{name}/RECORDNO") == [key]
    data(http, f"<delete><object>{name}</object><keys>{key}</keys></delete>")
    assert data(http, f"<read><object>{name}</object><keys>{key}</keys></read>").get("count") == "0"


def test_most_objects_are_written_by_name() -> None:
    assert len(BY_NAME) > 40


def contact_of(http: TestClient, vendor_id: str) -> list[str | None]:
    found = data(http, f"<readByName><object>VENDOR</object><keys>{vendor_id}</keys></readByName>")
    return [
        found.findtext(f"VENDOR/DISPLAYCONTACT/{name}") for name in ("CONTACTNAME", "EMAIL1", "COMPANYNAME")
    ]


def test_a_contact_inside_a_vendor_is_a_contact_of_its_own(http: TestClient) -> None:
    data(
        http,
        "<create><VENDOR><VENDORID>V-9</VENDORID><NAME>One</NAME><DISPLAYCONTACT><PRINTAS>One Inc</PRINTAS>"
        "<EMAIL1>a@one.example</EMAIL1><MAILADDRESS><CITY>Chicago</CITY></MAILADDRESS></DISPLAYCONTACT>"
        "</VENDOR></create>",
    )
    assert contact_of(http, "V-9") == ["One Inc (VV-9)", "a@one.example", ""]
    data(
        http,
        "<update><VENDOR><VENDORID>V-9</VENDORID><DISPLAYCONTACT><COMPANYNAME>One</COMPANYNAME></DISPLAYCONTACT>"
        "</VENDOR></update>",
    )
    assert contact_of(http, "V-9") == ["One Inc (VV-9)", "a@one.example", "One"]
    contact = data(http, "<readByName><object>CONTACT</object><keys>One Inc (VV-9)</keys></readByName>")
    assert contact.findtext("CONTACT/MAILADDRESS/CITY") == "Chicago"


BILL = (
    "<APBILL><VENDORID>20001</VENDORID><RECORDID>B-1</RECORDID><WHENCREATED>01/31/2026</WHENCREATED>"
    "<WHENDUE>02/28/2026</WHENDUE><CURRENCY>USD</CURRENCY><APBILLITEMS>{}</APBILLITEMS></APBILL>"
)
LINE = (
    "<APBILLITEM><ACCOUNTNO>1500</ACCOUNTNO><TRX_AMOUNT>{}</TRX_AMOUNT>"
    "<LOCATIONID>{}</LOCATIONID></APBILLITEM>"
)


@pytest.fixture
def place(http: TestClient) -> str:
    """A location that a line may have."""
    found = data(http, "<read><object>APBILL</object><keys>1</keys></read>")
    return str(found.findtext("APBILL/APBILLITEMS/apbillitem/LOCATIONID"))


def bill(http: TestClient) -> tuple[str | None, list[str]]:
    found = data(http, "<readByName><object>APBILL</object><keys>B-1</keys></readByName>")
    return found.findtext("APBILL/TRX_TOTALENTERED"), texts(found, "APBILL/APBILLITEMS/apbillitem/TRX_AMOUNT")


def test_lines_are_written_with_their_owner(http: TestClient, place: str) -> None:
    lines = LINE.format("10.50", place) + LINE.format("4.50", place)
    created = data(http, f"<create>{BILL.format(lines)}</create>")
    key = created.findtext("apbill/RECORDNO")
    assert bill(http) == ("15.00", ["10.50", "4.50"])
    replaced = LINE.format("20.00", place)
    data(
        http,
        f"<update><APBILL><RECORDNO>{key}</RECORDNO><APBILLITEMS>{replaced}</APBILLITEMS></APBILL></update>",
    )
    assert bill(http) == ("20.00", ["20.00"])
    found = data(http, f"<read><object>APBILL</object><keys>{key}</keys></read>")
    line = found.findtext("APBILL/APBILLITEMS/apbillitem/RECORDNO")
    changed = f"<APBILLITEM><RECORDNO>{line}</RECORDNO><TRX_AMOUNT>7.00</TRX_AMOUNT></APBILLITEM>"
    data(
        http,
        f"<update><APBILL><RECORDNO>{key}</RECORDNO><APBILLITEMS>{changed}</APBILLITEMS></APBILL></update>",
    )
    assert bill(http) == ("7.00", ["7.00"])


def test_a_journal_entry_must_balance(http: TestClient, place: str) -> None:
    entry = (
        "<create><GLBATCH><JOURNAL>GJ</JOURNAL><BATCH_DATE>01/31/2026</BATCH_DATE><BATCH_TITLE>x</BATCH_TITLE>"
        "<ENTRIES><GLENTRY><ACCOUNTNO>1500</ACCOUNTNO><TR_TYPE>1</TR_TYPE><TRX_AMOUNT>5.00</TRX_AMOUNT>"
        f"<LOCATION>{place}</LOCATION></GLENTRY><GLENTRY><ACCOUNTNO>1500</ACCOUNTNO><TR_TYPE>-1</TR_TYPE>"
        f"<TRX_AMOUNT>{{}}</TRX_AMOUNT><LOCATION>{place}</LOCATION></GLENTRY></ENTRIES></GLBATCH></create>"
    )
    number, text = failure(http, entry.format("4.00"))
    assert number == "BL01001973"
    assert "balance" in text
    key = data(http, entry.format("5.00")).findtext("glbatch/RECORDNO")
    found = data(
        http,
        f"<readByQuery><object>GLDETAIL</object><fields>DEBITAMOUNT,CREDITAMOUNT</fields>"
        f"<query>BATCHKEY = {key}</query></readByQuery>",
    )
    assert [(one.findtext("DEBITAMOUNT"), one.findtext("CREDITAMOUNT")) for one in found] == [
        ("5.00", ""),
        ("", "5.00"),
    ]


def test_a_document_is_written_under_its_type(http: TestClient) -> None:
    without = "<create><SODOCUMENT><CUSTVENDID>{}</CUSTVENDID>{}</SODOCUMENT></create>"
    customer = texts(
        data(http, "<read><object>CUSTOMER</object><keys>1</keys></read>"), "CUSTOMER/CUSTOMERID"
    )[0]
    assert failure(http, without.format(customer, ""))[0] == "BL01001973"


TEXTS = st.sampled_from(
    [*("", "1", "-1", "true", "T", "active", "Draft", "x" * 300, "01/31/2026", "13/45/2026", "1e999", "nan")]
) | st.text(alphabet="ab<&'\"\u00e9\U0001f4a1 .", max_size=8)


@st.composite
def records(draw: st.DrawFn) -> str:
    """A record of some object, with fields and lines, as a client would never send it."""
    name = draw(st.sampled_from(sorted(legacy.ALL)))
    one = legacy.ALL[name]
    fields = draw(st.lists(st.tuples(st.sampled_from(sorted(one.fields)), TEXTS), max_size=5))
    body = "".join(element(path.split("."), text) for path, text in fields)
    if one.lines is not None and draw(st.booleans()):
        line = legacy.ALL[one.lines.object_name]
        inner = draw(st.lists(st.tuples(st.sampled_from(sorted(line.fields)), TEXTS), max_size=3))
        inside = "".join(element(path.split("."), text) for path, text in inner)
        body += f"<{one.lines.element}><{line.name}>{inside}</{line.name}></{one.lines.element}>"
    return f"<{name}>{body}</{name}>"


@st.composite
def older_records(draw: st.DrawFn) -> str:
    """A call of API 2.1 with elements that it knows."""
    name = draw(st.sampled_from(sorted(older.FUNCTIONS)))
    shape = older.FUNCTIONS[name].shape
    key = draw(st.sampled_from(["1", "0", "x", "Sales Invoice-1", ""]))
    if shape is None:
        return f'<{name} {older.FUNCTIONS[name].attribute}="{key}"/>'
    fields = draw(st.lists(st.tuples(st.sampled_from(sorted(shape.fields)), TEXTS), max_size=5))
    body = "".join(element(path.split("."), text) for path, text in fields)
    if shape.lines is not None and shape.lines.create[0]:
        inner = older.SHAPES[shape.lines.shape].fields
        line = draw(st.lists(st.tuples(st.sampled_from(sorted(inner)), TEXTS), max_size=3))
        inside = "".join(element([path], text) for path, text in line)
        around, each = shape.lines.create
        body += f"<{around}><{each}>{inside}</{each}></{around}>"
    return f'<{name} key="{key}">{body}</{name}>'


def element(path: list[str], text: str) -> str:
    head, *rest = path
    return f"<{head}>{element(rest, text) if rest else escape(text)}</{head}>"


# Nothing of an example stays: its last function fails, and the whole is a transaction.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120, deadline=None)
@given(
    records().map(lambda record: f"<create>{record}</create>")
    | records().map(lambda record: f"<update>{record}</update>")
    | older_records()
)
def test_any_write_is_carried_out_or_refused(http: TestClient, function: str) -> None:
    body = request_xml(login(), function, "<unicorn/>")
    answer = post(http, body.replace(b"<operation>", b'<operation transaction="true">'))
    assert answer.statuses() == ("success", "success", "aborted"), answer.response.text
    assert answer.error("operation/result/")[0] in {"BL01001973", "DL02000001", "XL03000009"}
