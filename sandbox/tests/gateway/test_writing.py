from sandbox.tests.gateway.asking import ask, data, failure, login
from starlette.testclient import TestClient

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
        "<create><GLACCOUNT><ACCOUNTNO>1</ACCOUNTNO></GLACCOUNT></create>",
        "<update><VENDOR><NAME>Two</NAME></VENDOR></update>",
        "<update><VENDOR><VENDORID>nobody</VENDORID></VENDOR></update>",
        "<update><VENDOR><VENDORID>V-1</VENDORID><CREDITLIMIT>much</CREDITLIMIT></VENDOR></update>",
        "<update><VENDOR><VENDORID>V-1</VENDORID><TERMNAME>never</TERMNAME></VENDOR></update>",
        "<update><VENDOR><RECORDNO>99999</RECORDNO><NAME>x</NAME></VENDOR></update>",
        "<delete><object>VENDOR</object><keys>99999</keys></delete>",
        "<delete><object>VENDOR</object><keys/></delete>",
    ):
        assert failure(http, function)[0] == "BL01001973", function


def test_who_may_only_read_writes_nothing(http: TestClient) -> None:
    assert "permission" in failure(http, NEW, user_id="Reader")[1]
    assert (
        data(http, "<read><object>VENDOR</object><keys>1</keys></read>", user_id="Reader").get("count") == "1"
    )
