from sandbox.tests.gateway.asking import data, failure, texts
from starlette.testclient import TestClient


def test_lookup_tells_the_fields_and_where_they_lead(http: TestClient) -> None:
    found = data(http, "<lookup><object>APBILL</object></lookup>")
    assert (found.get("listtype"), found.get("count")) == ("All", "1")
    fields = {field.findtext("ID"): field for field in found.iterfind("Type/Fields/Field")}
    assert fields["TOTALDUE"].findtext("DATATYPE") == "CURRENCY"
    assert fields["WHENDUE"].findtext("DATATYPE") == "DATE"
    assert fields["RECORDNO"].findtext("READONLY") == "true"
    assert "Posted" in texts(fields["STATE"], "VALIDVALUES/VALIDVALUE")
    assert "VENDOR" in texts(found, "Type/Relationships/Relationship/OBJECTNAME")


def test_inspect_names_fields_or_tells_more(http: TestClient) -> None:
    found = data(http, "<inspect><object>CLASS</object></inspect>")
    assert "CLASSID" in texts(found, "Type/Fields/Field")
    assert data(http, "<inspect><name>CLASS</name></inspect>").get("count") == "1"
    found = data(http, '<inspect detail="1"><object>CLASS</object></inspect>')
    assert "CLASSID" in texts(found, "Type/Fields/Field/Name")


def test_inspect_lists_the_objects(http: TestClient) -> None:
    found = data(http, "<inspect><object>*</object></inspect>")
    assert "VENDOR" in [one.get("typename") for one in found]
    assert found.get("count") == str(len(found))


def test_an_unknown_object_is_not_described(http: TestClient) -> None:
    for function in ("lookup", "inspect"):
        number, text = failure(http, f"<{function}><object>UNICORN</object></{function}>")
        assert number == "BL01001973"
        assert "UNICORN" in text


def test_the_dimensions_are_listed(http: TestClient) -> None:
    names = texts(data(http, "<getDimensions/>"), "dimensions/dimension/objectName")
    assert {"DEPARTMENT", "LOCATION", "CLASS", "PROJECT"} <= set(names)
    assert "APBILL" not in names
