from intacct_sandbox.objects import model, registry


def test_a_model_nests_groups_and_keeps_references_where_they_stand() -> None:
    vendor = model.describe(registry.ALL["accounts-payable/vendor"])
    assert set(vendor["groups"]["contacts"]["refs"]) >= {"default", "primary", "payTo", "returnTo"}
    assert vendor["groups"]["audit"]["fields"]["createdDateTime"]["format"] == "date-time"
    assert vendor["refs"]["term"]["apiObject"] == "accounts-payable/term"
    assert vendor["refs"]["term"]["fields"]["id"]["mutable"] is True
    assert vendor["refs"]["term"]["fields"]["href"]["readOnly"] is True


def test_lists_are_an_empty_array_where_there_are_none() -> None:
    assert model.describe(registry.ALL["general-ledger/account"])["lists"] == []
    assert model.describe(registry.ALL["accounts-payable/bill"])["lists"] == {
        "lines": {"apiObject": "accounts-payable/bill-line"}
    }


def test_a_field_says_what_a_recorded_model_said() -> None:
    department = model.describe(registry.ALL["company-config/department"])["fields"]
    assert department["name"] == {
        "type": "string",
        "readOnly": False,
        "writeOnly": False,
        "required": False,
        "nullable": False,
        "mutable": True,
    }
    assert department["key"]["nullable"] is True
    assert department["key"]["mutable"] is False


def test_words_defaults_and_deprecation_are_told() -> None:
    customer = model.describe(registry.ALL["accounts-receivable/customer"])["fields"]
    assert customer["status"]["enum"] == ["active", "activeNonPosting", "inactive"]
    assert customer["status"]["default"] == "active"
    assert customer["resaleNumber"]["deprecated"] is True
    assert customer["id"]["mutable"] is False
    invoice = model.describe(registry.ALL["accounts-receivable/invoice"])["fields"]
    assert invoice["action"]["writeOnly"] is True
    assert invoice["invoiceType"]["nullable"] is True


def test_the_owner_of_an_owned_object_is_marked() -> None:
    line = model.describe(registry.ALL["accounts-payable/bill-line"])
    assert line["type"] == "ownedObject"
    assert line["refs"]["bill"]["isOwner"] is True
    assert "isOwner" not in line["refs"]["glAccount"]


def test_inline_lists_describe_their_elements() -> None:
    files = model.describe(registry.ALL["company-config/attachment"])["lists"]["files"]["fields"]
    assert set(files) == {"name", "data", "id", "key", "size"}
    assert model.describe(registry.ALL["company-config/department-group"])["lists"]["groupMembers"][
        "fields"
    ] == {
        "id": {"type": "string"},
        "key": {"type": "string"},
    }


def test_typed_documents_have_their_type_in_the_name() -> None:
    definition = registry.find("order-entry/document::Sales Invoice")
    assert definition is not None
    invoice = model.describe(definition)
    assert invoice["apiObject"] == "objects/order-entry/document::Sales Invoice"
    assert "POST" in invoice["httpMethods"]
    assert invoice["lists"]["lines"] == {"apiObject": "order-entry/document-line::Sales Invoice"}


def test_summaries_come_in_the_order_of_names() -> None:
    names = [one["apiObject"] for one in model.apis(registry.ALL)]
    assert names == sorted(names)
    assert len(names) == len(registry.ALL)
