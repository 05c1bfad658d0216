import pytest

from intacct_sandbox.objects import registry


def test_an_object_is_found_by_its_name() -> None:
    vendor = registry.find("accounts-payable/vendor")
    assert vendor is not None
    assert vendor.name == "accounts-payable/vendor"


@pytest.mark.parametrize(
    "name",
    [
        "vendor",
        "",
        "accounts-payable/bill::X",
        "order-entry/document::",
        "order-entry/document:: ",
        "order-entry/nothing::Y",
        f"order-entry/document::{'x' * 81}",
    ],
)
def test_other_names_find_nothing(name: str) -> None:
    assert registry.find(name) is None


def test_an_object_with_two_owners_has_a_way_back_to_each() -> None:
    line = registry.ALL["construction/change-request-line"]
    ways = {
        registry.way_back(definition, one, line)
        for definition in registry.ALL.values()
        for one in definition.lists.values()
        if one.target == line.name
    }
    assert ways == {"changeRequest", "projectContractLine"}


def test_a_list_of_mere_references_has_no_way_back() -> None:
    group = registry.ALL["accounts-payable/vendor-group"]
    vendor = registry.ALL["accounts-payable/vendor"]
    assert registry.way_back(group, group.lists["groupMembers"], vendor) is None
