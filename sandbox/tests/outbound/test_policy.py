import pytest

from intacct_sandbox.errors import InvalidInput
from intacct_sandbox.outbound.policy import AddressPolicy, Forbidden, check_url


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_allowed(address: str) -> None:
    assert AddressPolicy().choose([address]) == address


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "169.254.169.254", "93.184.215.14", "::", "fe80::1%eth0", "::ffff:10.0.0.1"]
)
def test_other_machines_are_not(address: str) -> None:
    with pytest.raises(Forbidden):
        AddressPolicy().choose([address])


def test_a_name_that_also_leads_elsewhere_is_not() -> None:
    with pytest.raises(Forbidden, match=r"10\.0\.0\.1"):
        AddressPolicy().choose(["127.0.0.1", "10.0.0.1"])
    with pytest.raises(Forbidden):
        AddressPolicy().choose([])


def test_the_operator_may_allow_more_and_less() -> None:
    assert AddressPolicy("10.0.0.0/8, 127.0.0.1/32").choose(["10.1.2.3"]) == "10.1.2.3"
    with pytest.raises(Forbidden):
        AddressPolicy("").choose(["127.0.0.1"])
    with pytest.raises(InvalidInput, match=r"everything is no network"):
        AddressPolicy("everything")


@pytest.mark.parametrize("allowed", ["", "127.0.0.0/8,::1/128", "127.0.0.1/32", "::1"])
def test_loopback_is_this_machine(allowed: str) -> None:
    assert AddressPolicy(allowed).is_this_machine_only


@pytest.mark.parametrize("allowed", ["0.0.0.0/0", "126.0.0.0/7", "127.0.0.1/32,10.0.0.1/32", "::/0"])
def test_anything_besides_is_not(allowed: str) -> None:
    assert not AddressPolicy(allowed).is_this_machine_only


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "https://localhost/hook?a=b", "http://[::1]:80/"])
def test_an_address_of_a_program_is_one(url: str) -> None:
    assert check_url("url", url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/hook",
        "ftp://localhost/x",
        "http://",
        "http://u:p@localhost/",
        "http://localhost:x/",
        "http://localhost:0/",
        "http://local host/",
        "http://[::1/",
        "http://localhost/" + "x" * 500,
        "http://exämple.com/",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        check_url("url", url)
