import pytest
from sandbox.tests.gateway.asking import ask, data, failure, login, texts
from starlette.testclient import TestClient


def key(http: TestClient, function: str) -> str:
    """The key that a function answers with."""
    answer = ask(http, login(), function)
    assert answer.statuses() == ("success", "success", "success"), answer.response.text
    return str(answer.text("operation/result/key"))


def date(name: str, day: str = "31") -> str:
    return f"<{name}><year>2026</year><month>01</month><day>{day}</day></{name}>"


@pytest.fixture
def place(http: TestClient) -> str:
    """A location that a line may have."""
    found = data(http, "<read><object>APBILL</object><keys>1</keys></read>")
    return str(found.findtext("APBILL/APBILLITEMS/apbillitem/LOCATIONID"))


def line(amount: str, place: str, element: str = "lineitem") -> str:
    return (
        f"<{element}><glaccountno>1500</glaccountno><amount>{amount}</amount><memo>m {amount}</memo>"
        f"<locationid>{place}</locationid></{element.split(maxsplit=1)[0]}>"
    )


LINE_99 = (
    '<update_bill key="1"><updatebillitems><updatelineitem line_num="99"><memo>x</memo></updatelineitem>'
    "</updatebillitems></update_bill>"
)


def new_bill(http: TestClient, place: str) -> str:
    return key(
        http,
        f"<create_bill><vendorid>20001</vendorid>{date('datecreated', '01')}{date('datedue')}"
        f"<billno>OLD-1</billno><currency>USD</currency><billitems>"
        f"{line('10.00', place)}{line('5.00', place)}"
        "</billitems></create_bill>",
    )


def bill(http: TestClient, number: str) -> tuple[str | None, list[str], str | None]:
    found = data(http, f"<read><object>APBILL</object><keys>{number}</keys></read>")
    lines = texts(found, "APBILL/APBILLITEMS/apbillitem/TRX_AMOUNT")
    return found.findtext("APBILL/TRX_TOTALENTERED"), lines, found.findtext("APBILL/STATE")


def test_a_bill_is_created_changed_and_reversed(http: TestClient, place: str) -> None:
    number = new_bill(http, place)
    assert bill(http, number) == ("15.00", ["10.00", "5.00"], "Posted")
    changed = '<updatelineitem line_num="2"><amount>7.00</amount></updatelineitem>'
    update = (
        f'<update_bill key="{number}"><description>new</description><updatebillitems>{changed}'
        f"{line('1.00', place)}</updatebillitems></update_bill>"
    )
    assert key(http, update) == number
    assert bill(http, number)[:2] == ("18.00", ["10.00", "7.00", "1.00"])
    assert key(http, f'<reverse_bill key="{number}">{date("datereversed")}</reverse_bill>') == number
    assert bill(http, number)[2] == "Reversed"


def test_a_draft_is_deleted(http: TestClient, place: str) -> None:
    number = key(
        http,
        f"<create_invoice><customerid>10001</customerid>{date('datecreated', '01')}{date('datedue')}"
        "<action>Draft</action><invoiceno>OLD-2</invoiceno>"
        f"<invoiceitems>{line('3.00', place)}</invoiceitems></create_invoice>",
    )
    listed = (
        '<get_list object="invoice"><filter><expression><field>invoiceno</field><operator>=</operator>'
        "<value>OLD-2</value></expression></filter></get_list>"
    )
    found = data(http, listed)
    assert [found.findtext(f"invoice/{name}") for name in ("key", "datecreated/month", "state")] == [
        number,
        "01",
        "Draft",
    ]
    assert key(http, f'<delete_invoice key="{number}"/>') == number
    assert len(data(http, listed)) == 0


def test_a_document_is_known_by_its_type_and_number(http: TestClient, place: str) -> None:
    item = str(data(http, "<read><object>ITEM</object><keys>1</keys></read>").findtext("ITEM/ITEMID"))
    create = (
        "<create_sotransaction><transactiontype>Sales Invoice</transactiontype>{}"
        "<customerid>10001</customerid>{}"
        f"<sotransitems><sotransitem><itemid>{item}</itemid><quantity>2</quantity><unit>Each</unit>"
        f"<price>3.50</price><locationid>{place}</locationid></sotransitem></sotransitems></create_sotransaction>"
    )
    known = key(http, create.format(date("datecreated"), "<documentno>SI-1</documentno>"))
    assert known == "Sales Invoice-SI-1"
    assert key(http, create.format(date("datecreated"), "")) == "Sales Invoice-2"
    update = f'<update_sotransaction key="{known}"><message>hello</message></update_sotransaction>'
    assert key(http, update) == known
    found = data(
        http,
        "<readByQuery><object>SODOCUMENT</object><fields>DOCPARID,DOCNO,MESSAGE</fields>"
        "<query>DOCPARID = 'Sales Invoice' and DOCNO = 'SI-1'</query></readByQuery>",
    )
    assert [[field.text for field in one] for one in found] == [["Sales Invoice", "SI-1", "hello"]]
    orders = (
        "<readByQuery><object>SODOCUMENT</object><fields>DOCNO</fields><query/><docparid>{}</docparid>"
        "</readByQuery>"
    )
    assert data(http, orders.format("Sales Invoice")).get("count") == "2"
    assert data(http, orders.format("Sales Order")).get("count") == "0"
    assert failure(http, orders.replace("SODOCUMENT", "VENDOR").replace("DOCNO", "NAME").format("x"))
    assert key(http, f'<delete_sotransaction key="{known}"/>') == known
    assert failure(http, f'<delete_sotransaction key="{known}"/>')[0] == "BL01001973"


@pytest.mark.parametrize(
    ("function", "of", "name"),
    [
        ('<delete_vendor vendorid="{}"/>', "VENDOR", "VENDORID"),
        ('<delete_customer customerid="{}"/>', "CUSTOMER", "CUSTOMERID"),
        ('<delete_item itemid="{}"/>', "ITEM", "ITEMID"),
        ('<delete_class key="{}"/>', "CLASS", "CLASSID"),
    ],
)
def test_a_record_is_deleted_by_its_id(http: TestClient, function: str, of: str, name: str) -> None:
    data(http, f"<create><{of}><{name}>OLD</{name}></{of}></create>")
    key(http, function.format("OLD"))
    found = data(http, f"<readByName><object>{of}</object><keys>OLD</keys></readByName>")
    assert found.get("count") == "0"


@pytest.mark.parametrize(
    "function",
    [
        "<create_bill/>",
        "<create_bill><vendorid>20001</vendorid><action>Fly</action></create_bill>",
        '<update_bill key="99999"><description>x</description></update_bill>',
        "<delete_bill/>",
        '<update_bill key="1" externalkey="true"/>',
        '<reverse_bill key="1"/>',
        '<delete_sotransaction key="nothing"/>',
        LINE_99,
        "<consolidate/>",
        '<get_list object="unicorn"/>',
    ],
)
def test_what_cannot_be_done_is_refused(http: TestClient, function: str) -> None:
    assert failure(http, function)[0] in {"BL01001973", "DL02000001"}


def test_who_may_only_read_does_nothing(http: TestClient) -> None:
    assert "permission" in failure(http, '<delete_bill key="1"/>', user_id="Reader")[1]
