"""What a company adds, through the XML gateway: its custom fields and objects by their XML names."""

from typing import Any

import pytest
from sandbox.tests.gateway.asking import ask, data, failure, login, texts
from starlette.testclient import TestClient

from intacct_sandbox.gateway.additions import Names
from intacct_sandbox.gateway.legacy import ALL
from intacct_sandbox.gateway.refusals import Refused
from intacct_sandbox.objects.custom import TYPES, Additions, CustomField, CustomObject

VENDOR = "accounts-payable/vendor"
# Type of a field -> what a client writes, and what it reads.
SAMPLES = {
    "text": ("North", "North"),
    "picklist": ("GOLD", "gold"),
    "checkbox": ("true", "true"),
    "integer": ("7", "7"),
    "number": ("1.25", "1.25"),
    "currency": ("12.5", "12.50"),
    "date": ("11/25/2026", "11/25/2026"),
    "date-time": ("11/25/2026 12:00:00", "11/25/2026 12:00:00"),
}


def field(http: TestClient, name: str = "REGION", kind: str = "text", on: str = VENDOR, **more: Any) -> None:
    values = {"values": ["gold", "silver"]} if kind == "picklist" else {}
    wanted = {
        "company": "MyCompany",
        "object": on,
        "name": name,
        "type": kind,
        "label": "Region",
        **values,
        **more,
    }
    made = http.post("/_sandbox/customization/fields", json=wanted)
    assert made.status_code == 200, made.text


def dimension(http: TestClient) -> None:
    wanted = {"company": "MyCompany", "name": "Crop", "label": "Crops", "dimension": True}
    assert http.post("/_sandbox/customization/objects", json=wanted).status_code == 200


def create(*vendors: str) -> str:
    return f"<create>{''.join(f'<VENDOR>{one}</VENDOR>' for one in vendors)}</create>"


def vendor(vendor_id: str, more: str = "") -> str:
    return f"<VENDORID>{vendor_id}</VENDORID><NAME>{vendor_id}</NAME>{more}"


def by_query(query: str, fields: str, of: str = "VENDOR") -> str:
    return f"<readByQuery><object>{of}</object><fields>{fields}</fields><query>{query}</query></readByQuery>"


@pytest.mark.parametrize("kind", TYPES)
def test_a_field_of_each_type_is_written_read_and_asked_for(http: TestClient, kind: str) -> None:
    field(http, kind=kind)
    written, shown = SAMPLES[kind]
    made = data(http, create(vendor("N1", f"<REGION>{written}</REGION>"), vendor("N2")))
    key, other = texts(made, "vendor/RECORDNO")
    read = f"<read><object>VENDOR</object><keys>{key}</keys></read>"
    assert data(http, read).findtext("VENDOR/REGION") == shown
    found = data(http, by_query(f"region = '{written}' and VENDORID like 'N%'", "VENDORID,REGION"))
    assert [[one.text for one in row] for row in found] == [["N1", shown]]
    asked = (
        "<query><object>VENDOR</object><select><field>VENDORID</field></select><filter><and>"
        "<in><field>VENDORID</field><value>N1</value><value>N2</value></in>"
        "<isnull><field>REGION</field></isnull></and></filter>"
        "<orderby><order><field>REGION</field></order></orderby></query>"
    )
    assert texts(data(http, asked), "VENDOR/VENDORID") == ["N2"]
    data(http, f"<update><VENDOR><RECORDNO>{other}</RECORDNO><REGION>{written}</REGION></VENDOR></update>")
    assert texts(data(http, asked), "VENDOR/VENDORID") == []


def test_it_is_the_field_that_the_rest_api_shows(http: TestClient) -> None:
    field(http)
    read = "<read><object>VENDOR</object><keys>1</keys><fields>REGION</fields></read>"
    assert data(http, read).findtext("VENDOR/REGION") == ""
    assert failure(http, by_query("", "nsp::REGION"))[0] == "DL02000001"
    answer = ask(http, login(company_id="SoloCo"), by_query("", "REGION"))
    assert answer.statuses()[2] == "failure"


def test_a_checkbox_that_nobody_touched_is_false_where_it_is_read_and_null_in_queries(
    http: TestClient,
) -> None:
    field(http, name="CHECKED", kind="checkbox")
    read = "<read><object>VENDOR</object><keys>1</keys><fields>CHECKED</fields></read>"
    assert data(http, read).findtext("VENDOR/CHECKED") == "false"
    assert data(http, by_query("RECORDNO = 1 and CHECKED = 'F'", "RECORDNO")).get("count") == "0"
    assert data(http, by_query("RECORDNO = 1 and CHECKED is null", "RECORDNO")).get("count") == "1"


def test_wrong_values_and_missing_required_fields_are_refused(http: TestClient) -> None:
    field(http, kind="picklist", required=True)
    for more in ("", "<REGION>lead</REGION>"):
        number, text = failure(http, create(vendor("N1", more)))
        assert number == "BL01001973"
        assert "REGION" in text
    data(http, create(vendor("N1", "<REGION>silver</REGION>")))


def test_custom_dates_are_taken_as_sages_examples_write_them(http: TestClient) -> None:
    field(http, name="SINCE", kind="date")
    field(http, name="SEEN", kind="date-time")
    more = "<SINCE>2009-05-26</SINCE><SEEN>2009-05-26T12:01:01Z</SEEN>"
    key = data(http, create(vendor("N1", more))).findtext("vendor/RECORDNO")
    read = f"<read><object>VENDOR</object><keys>{key}</keys><fields>SINCE,SEEN</fields></read>"
    assert [one.text for one in data(http, read)[0]] == ["05/26/2009", "05/26/2009 12:01:01"]


def test_what_a_company_added_is_described(http: TestClient) -> None:
    field(http, kind="picklist", required=True)
    dimension(http)
    fields = {
        one.findtext("ID"): one
        for one in data(http, "<lookup><object>VENDOR</object></lookup>").iterfind("Type/Fields/Field")
    }
    own = fields["REGION"]
    told = [own.findtext(name) for name in ("LABEL", "REQUIRED", "READONLY", "DATATYPE", "ISCUSTOM")]
    assert told == ["Region", "true", "false", "ENUM", "true"]
    assert texts(own, "VALIDVALUES/VALIDVALUE") == ["gold", "silver"]
    assert fields["NAME"].findtext("ISCUSTOM") == "false"
    inspected = data(http, '<inspect detail="1"><object>VENDOR</object></inspect>')
    assert "REGION" in texts(inspected, "Type/Fields/Field/Name")
    every = data(http, "<inspect><object>*</object></inspect>")
    assert {one.get("typename"): one.text for one in every}["Crop"] == "Crops"
    dimensions = data(http, "<getDimensions/>").iterfind("dimensions/dimension")
    mine = [one for one in dimensions if one.findtext("userDefinedDimension") == "true"]
    assert [(one.findtext("objectName"), one.findtext("termLabel")) for one in mine] == [("Crop", "Crops")]
    lines = data(http, "<lookup><object>APBILLITEM</object></lookup>")
    related = {
        one.findtext("RELATEDBY"): one.findtext("OBJECTNAME")
        for one in lines.iterfind("Type/Relationships/Relationship")
    }
    assert related["GLDIMCROP"] == "Crop"


def query(of: str, *fields: str, more: str = "") -> str:
    select = "".join(f"<field>{name}</field>" for name in fields)
    return f"<query><object>{of}</object><select>{select}</select>{more}<pagesize>2000</pagesize></query>"


def test_a_query_reaches_the_fields_of_related_records(http: TestClient) -> None:
    field(http)
    bills = data(http, query("APBILL", "VENDORID", "VENDOR.NAME", "vendor.apterm.description"))
    vendors = data(http, query("VENDOR", "VENDORID", "NAME"))
    named = {row.findtext("VENDORID"): row.findtext("NAME") for row in vendors}
    assert [one.tag for one in bills[0]] == ["VENDORID", "VENDOR.NAME", "VENDOR.APTERM.DESCRIPTION"]
    assert {row.findtext("VENDOR.NAME") == named[row.findtext("VENDORID")] for row in bills} == {True}
    first = bills[0].findtext("VENDORID")
    data(http, f"<update><VENDOR><VENDORID>{first}</VENDORID><REGION>North</REGION></VENDOR></update>")
    north = "<filter><equalto><field>VENDOR.REGION</field><value>North</value></equalto></filter>"
    order = "<orderby><order><field>VENDOR.NAME</field></order></orderby>"
    found = data(http, query("APBILL", "VENDORID", more=north + order))
    assert set(texts(found, "APBILL/VENDORID")) == {first}


@pytest.mark.parametrize(
    "name",
    ["VENDOR.HORN", "HORN.NAME", "VENDOR.", ".NAME", "VENDOR" + ".VENDOR" * 5 + ".NAME", "VENDOR.ENTITY"],
)
def test_what_no_relationship_leads_to_is_refused(http: TestClient, name: str) -> None:
    assert failure(http, query("APBILL", name))[0] == "DL02000001"


def test_related_fields_are_for_the_newer_query_only(http: TestClient) -> None:
    assert failure(http, by_query("", "VENDOR.CREDITLIMIT", of="APBILL"))[0] == "DL02000001"
    change = "<APBILL><RECORDNO>1</RECORDNO><VENDOR><NAME>x</NAME></VENDOR></APBILL>"
    assert failure(http, f"<update>{change}</update>")[0] == "DL02000001"


def test_records_of_a_custom_object_are_known_by_id_and_name(http: TestClient) -> None:
    dimension(http)
    field(http, name="acres", kind="integer", on="platform-apps/nsp::Crop")
    made = data(
        http, "<create><Crop><name>Wheat</name><acres>12</acres></Crop><Crop><name>Rye</name></Crop></create>"
    )
    wheat, rye = texts(made, "crop/id")
    read = f"<read><object>Crop</object><keys>{wheat}</keys></read>"
    found = data(http, read)
    assert found.findtext("Crop/acres") == "12"
    assert [one.tag for one in found[0]] == [
        *("id", "name", "createdBy", "createdAt", "updatedBy", "updatedAt", "acres"),
    ]
    data(
        http,
        f"<update><Crop><id>{wheat}</id><acres>13</acres></Crop><Crop><name>Rye</name><acres>1</acres></Crop></update>",
    )
    listed = data(http, by_query("acres &gt;= 1 and id in (1, 2)", "*", of="crop"))
    assert sorted(texts(listed, "crop/acres")) == ["1", "13"]
    named = data(http, "<readByName><object>Crop</object><keys>Rye</keys><fields>id</fields></readByName>")
    assert named.findtext("Crop/id") == rye
    data(http, f"<delete><object>Crop</object><keys>{rye}</keys></delete>")
    asked = "<query><object>Crop</object><select><field>id</field><field>createdBy</field></select></query>"
    assert texts(data(http, asked), "Crop/id") == [wheat]


def test_a_reader_changes_no_custom_record(http: TestClient) -> None:
    dimension(http)
    assert "permission" in failure(http, "<create><Crop><name>Wheat</name></Crop></create>", "Reader")[1]


def test_a_line_refers_to_a_dimension_by_key(http: TestClient) -> None:
    dimension(http)
    field(http, name="NOTE", on="accounts-payable/bill-line")
    crop = data(http, "<create><Crop><name>Wheat</name></Crop></create>").findtext("crop/id")
    place = data(http, "<read><object>APBILL</object><keys>1</keys></read>").findtext(".//LOCATIONID")
    line = f"<LOCATIONID>{place}</LOCATIONID><ACCOUNTNO>1500</ACCOUNTNO><TRX_AMOUNT>1.00</TRX_AMOUNT>"
    bill = (
        "<APBILL><VENDORID>20001</VENDORID><RECORDID>C-1</RECORDID><WHENCREATED>01/31/2026</WHENCREATED>"
        "<WHENDUE>01/31/2026</WHENDUE><CURRENCY>USD</CURRENCY><APBILLITEMS><APBILLITEM>{}</APBILLITEM>"
        "</APBILLITEMS></APBILL>"
    )
    own = f"<GLDIMCROP>{crop}</GLDIMCROP><NOTE>mine</NOTE>"
    key = data(http, f"<create>{bill.format(line + own)}</create>").findtext("apbill/RECORDNO")
    found = data(http, f"<read><object>APBILL</object><keys>{key}</keys></read>").find(".//apbillitem")
    assert found is not None
    assert (found.findtext("GLDIMCROP"), found.findtext("NOTE")) == (crop, "mine")
    lines = data(http, by_query(f"GLDIMCROP = {crop}", "NOTE", of="APBILLITEM"))
    assert texts(lines, "apbillitem/NOTE") == ["mine"]
    wrong = bill.format(f"{line}<GLDIMCROP>999</GLDIMCROP>").replace("C-1", "C-2")
    assert failure(http, f"<create>{wrong}</create>")[0] == "BL01001973"


def test_the_older_functions_take_custom_fields_in_pairs(http: TestClient) -> None:
    field(http, on="accounts-payable/bill")
    dimension(http)
    crop = data(http, "<create><Crop><name>Wheat</name></Crop></create>").findtext("crop/id")
    place = data(http, "<read><object>APBILL</object><keys>1</keys></read>").findtext(".//LOCATIONID")

    def pair(name: str, value: object) -> str:
        return (
            f"<customfields><customfield><customfieldname>{name}</customfieldname>"
            f"<customfieldvalue>{value}</customfieldvalue></customfield></customfields>"
        )

    def bill(own: str, lines: str) -> str:
        day = "<year>2026</year><month>1</month><day>31</day>"
        return (
            f"<create_bill><vendorid>20001</vendorid><datecreated>{day}</datecreated><datedue>{day}</datedue>"
            f"<billno>P-1</billno><currency>USD</currency>{own}<billitems><lineitem>"
            f"<glaccountno>1500</glaccountno><amount>1.00</amount><locationid>{place}</locationid>{lines}"
            "</lineitem></billitems></create_bill>"
        )

    answer = ask(http, login(), bill(pair("REGION", "North"), pair("gldimcrop", crop)))
    key = answer.text("operation/result/key")
    found = data(http, f"<read><object>APBILL</object><keys>{key}</keys></read>")
    assert (found.findtext("APBILL/REGION"), found.findtext(".//GLDIMCROP")) == ("North", crop)
    for name in ("HORN", "VENDORID", ""):
        assert failure(http, bill(pair(name, "x"), ""))[0] == "BL01001973"


def test_sages_names_come_first() -> None:
    own = CustomField(object_name=VENDOR, name="name", type="text", label="x")
    names = Names(Additions((own,), (CustomObject(name="vendor", label="x"),)))
    assert names.find("VENDOR").definition.name == VENDOR
    assert names.find("vendor").fields["NAME"].path == "name"
    assert list(names.every()) == list(ALL)


def test_documents_of_one_type_are_an_object_of_their_own() -> None:
    names = Names(Additions((), ()))
    found = names.find("SODOCUMENT")
    assert names.of_document(found, "") is found
    assert names.of_document(found, "Sales Order").definition.document == "Sales Order"
    with pytest.raises(Refused, match="no documents"):
        names.of_document(names.find("VENDOR"), "Sales Order")
