from intacct_sandbox.gateway.nodes import Node

READ = Node("read", children=(Node("object", "VENDOR"), Node("Keys", "1"), Node("keys", "2")))


def test_elements_are_found_in_any_case() -> None:
    assert READ.child("OBJECT") == Node("object", "VENDOR")
    assert [one.text for one in READ.all("keys")] == ["1", "2"]
    assert READ.value("KEYS") == "1"


def test_what_is_absent_is_empty() -> None:
    assert READ.child("fields") is None
    assert READ.value("fields") == ""
