"""Attachments and folders over the API: files in base64, and folders that know what they hold."""

import base64
import json
from typing import Any

import pytest
from sandbox.tests.rest.calling import Response
from sandbox.tests.rest.conftest import Api, build_api

ATTACHMENT = "/objects/company-config/attachment"
FOLDER = "/objects/company-config/folder"
PDF = bytes(range(256)) * 4
FILE = {"name": "invoice.pdf", "data": base64.b64encode(PDF).decode()}
NOTE = {"name": "note.txt", "data": base64.b64encode(b"hello").decode()}


@pytest.fixture
def api() -> Api:
    return build_api()


async def patch(api: Api, path: str, payload: Any) -> Response:
    return await api.call("PATCH", path, body=json.dumps(payload).encode())


async def folder(api: Api, folder_id: str = "Bills", **more: Any) -> str:
    made = await api.post(FOLDER, {"id": folder_id, "description": folder_id, "status": "active", **more})
    assert made.status == 201, made.body
    key: str = made.json()["ia::result"]["key"]
    return key


async def attach(api: Api, *files: Any, **more: Any) -> Response:
    payload = {"id": "Att-1", "name": "Bill", "files": list(files), **more}
    return await api.post(ATTACHMENT, payload)


async def read(api: Api, path: str) -> dict[str, Any]:
    shown: dict[str, Any] = (await api.get(path)).json()["ia::result"]
    return shown


async def made(api: Api, *files: Any, **more: Any) -> str:
    answer = await attach(api, *files, **more)
    assert answer.status == 201, answer.body
    return f"{ATTACHMENT}/{answer.json()['ia::result']['key']}"


async def test_files_come_back_as_they_went_with_keys_and_sizes(api: Api) -> None:
    path = await made(api, FILE, NOTE, folder={"key": await folder(api)})
    shown = await read(api, path)
    first, second = shown["files"]
    assert (first["name"], first["size"], base64.b64decode(first["data"])) == ("invoice.pdf", 1024, PDF)
    assert (second["name"], second["size"]) == ("note.txt", 5)
    assert first["key"] != second["key"]
    assert shown["folder"]["id"] == "Bills"
    assert shown["audit"]["createdDate"] == "2026-11-25T12:00:00Z"


async def test_files_are_added_changed_and_deleted_by_their_keys(api: Api) -> None:
    path = await made(api, FILE, NOTE)
    first, second = (one["key"] for one in (await read(api, path))["files"])
    changes = [
        {"key": first, "ia::operation": "delete"},
        {"key": second, "name": "renamed.txt"},
        {"name": "third.csv", "data": NOTE["data"]},
    ]
    assert (await patch(api, path, {"files": changes})).status == 200
    files = (await read(api, path))["files"]
    assert [(one["name"], one["size"]) for one in files] == [("renamed.txt", 5), ("third.csv", 5)]
    assert files[0]["key"] == second
    assert files[1]["key"] not in {first, second}


async def test_what_a_change_does_not_mention_stays(api: Api) -> None:
    path = await made(api, FILE)
    assert (await patch(api, path, {"name": "Other"})).status == 200
    shown = await read(api, path)
    assert (shown["name"], len(shown["files"])) == ("Other", 1)


@pytest.mark.parametrize(
    ("file", "target"),
    [
        ({"name": "a.pdf"}, "/files/0/data"),
        ({"name": "a.pdf", "data": "not base64!"}, "/files/0/data"),
        ({"name": "a.pdf", "data": 7}, "/files/0/data"),
        ({"data": NOTE["data"]}, "/files/0/name"),
        ({"name": "invoice", "data": NOTE["data"]}, "/files/0/name"),
        ({"name": f"{'a' * 255}.pdf", "data": NOTE["data"]}, "/files/0/name"),
        ({**NOTE, "surprise": 1}, "/files/0/surprise"),
        ({**NOTE, "ia::operation": "move", "key": "1"}, "/files/0/key"),
    ],
)
async def test_a_file_that_cannot_be_kept_is_refused(api: Api, file: Any, target: str) -> None:
    answer = await attach(api, file)
    assert answer.status == 400
    assert answer.error["details"][0]["target"] == target


async def test_a_name_without_an_extension_may_be_allowed(api: Api) -> None:
    api.quirks.set("attachment-file-extension", "optional")
    assert (await attach(api, {"name": "invoice", "data": NOTE["data"]})).status == 201


async def test_two_files_of_one_name_are_refused(api: Api) -> None:
    assert (await attach(api, FILE, FILE)).status == 400


async def test_a_file_of_another_attachment_is_not_there(api: Api) -> None:
    path = await made(api, FILE)
    answer = await patch(api, path, {"files": [{"key": "999", "name": "x.txt"}]})
    assert answer.status == 400
    assert "There is no file with key 999" in answer.details


async def test_a_body_over_the_limit_is_refused_and_the_limit_can_be_set(api: Api) -> None:
    large = {"name": "large.bin", "data": base64.b64encode(bytes(1_500_000)).decode()}
    assert (await attach(api, large)).status == 413
    api.quirks.set("attachment-body-bytes", "4000000")
    path = await made(api, large)
    assert (await read(api, path))["files"][0]["size"] == 1_500_000


async def test_a_folder_knows_what_it_holds(api: Api) -> None:
    outer = await folder(api)
    inner = await folder(api, "Inner", parent={"key": outer})
    path = await made(api, FILE, folder={"id": "Inner"})
    shown = await read(api, f"{FOLDER}/{outer}")
    assert (shown["hasSubfolders"], shown["hasAttachments"]) == (True, False)
    shown = await read(api, f"{FOLDER}/{inner}")
    assert (shown["hasSubfolders"], shown["hasAttachments"]) == (False, True)
    assert (await api.call("DELETE", path)).status == 204
    assert (await read(api, f"{FOLDER}/{inner}"))["hasAttachments"] is False


async def test_a_folder_that_holds_something_is_not_deleted(api: Api) -> None:
    key = await folder(api)
    await made(api, FILE, folder={"key": key})
    assert (await api.call("DELETE", f"{FOLDER}/{key}")).status == 400


async def test_a_folder_is_not_put_into_itself(api: Api) -> None:
    outer = await folder(api)
    inner = await folder(api, "Inner", parent={"key": outer})
    for parent in (outer, inner):
        assert (await patch(api, f"{FOLDER}/{outer}", {"parent": {"key": parent}})).status == 400


async def test_a_bill_carries_its_attachment(api: Api) -> None:
    path = await made(api, FILE)
    row = api.store.one("SELECT min(key) FROM accounts_payable__bill WHERE state = 'draft'")
    assert row is not None
    bill = f"/objects/accounts-payable/bill/{row[0]}"
    assert (await patch(api, bill, {"attachment": {"id": "Att-1"}})).status == 200
    assert (await read(api, bill))["attachment"]["id"] == "Att-1"
    assert (await api.call("DELETE", path)).status == 400
