from sandbox.tests.gateway.asking import ask, data, failure, login
from sandbox.tests.gateway.test_older_calls import key
from starlette.testclient import TestClient

FILE = (
    "<attachment><attachmentname>{}</attachmentname><attachmenttype>txt</attachmenttype>"
    "<attachmentdata>{}</attachmentdata></attachment>"
)
ONE = (
    '<get_list object="supdoc"><filter><expression><field>supdocid</field><operator>=</operator>'
    "<value>A-1</value></expression></filter></get_list>"
)


def files(http: TestClient) -> list[tuple[str | None, str | None]]:
    found = data(http, ONE)
    return [
        (one.findtext("attachmentname"), one.findtext("attachmentdata"))
        for one in found.iterfind("supdoc/attachments/attachment")
    ]


def test_attachments_are_kept_with_their_files(http: TestClient) -> None:
    key(http, "<create_supdocfolder><supdocfoldername>Bills</supdocfoldername></create_supdocfolder>")
    number = key(
        http,
        "<create_supdoc><supdocid>A-1</supdocid><supdocname>One</supdocname><supdocfoldername>Bills"
        f"</supdocfoldername><attachments>{FILE.format('a', 'SGVsbG8=')}</attachments></create_supdoc>",
    )
    found = data(http, ONE)
    assert [found.findtext(f"supdoc/{name}") for name in ("recordno", "supdocname", "folder")] == [
        number,
        "One",
        "Bills",
    ]
    assert files(http) == [("a", "SGVsbG8=")]
    more = FILE.format("b", "Qg==") + FILE.format("a", "QQ==")
    key(
        http,
        f"<update_supdoc><supdocid>A-1</supdocid><attachments>{more}</attachments></update_supdoc>",
    )
    assert sorted(files(http)) == [("a", "QQ=="), ("b", "Qg==")]
    key(http, '<delete_supdoc key="A-1"/>')
    assert files(http) == []


def test_folders_are_listed_and_stand_in_each_other(http: TestClient) -> None:
    folder = "<create_supdocfolder><supdocfoldername>{}</supdocfoldername>{}</create_supdocfolder>"
    key(http, folder.format("Above", ""))
    key(http, folder.format("Below", "<supdocparentfoldername>Above</supdocparentfoldername>"))
    answer = ask(
        http,
        login(),
        '<get_list object="supdocfolder" maxitems="1"><sorts><sortfield order="desc">name</sortfield></sorts>'
        "</get_list>",
    )
    listed = answer.root.find("operation/result/listtype")
    assert listed is not None
    assert (listed.text, listed.get("start"), listed.get("end"), listed.get("total")) == (
        "supdocfolder",
        "0",
        "0",
        "2",
    )
    found = answer.root.find("operation/result/data/supdocfolder")
    assert found is not None
    assert (found.findtext("name"), found.findtext("parentfolder")) == ("Below", "Above")
    key(http, '<delete_supdocfolder key="Below"/>')


def test_what_is_not_there_is_said(http: TestClient) -> None:
    for function in (
        "<create_supdoc/>",
        '<delete_supdoc key="nobody"/>',
        "<update_supdoc><supdocid>nobody</supdocid></update_supdoc>",
        "<create_supdoc><supdocid>x</supdocid><unicorn/></create_supdoc>",
        ONE.replace("<operator>=", "<operator>like"),
    ):
        assert failure(http, function)[0] in {"BL01001973", "DL02000001"}, function
    assert "permission" in failure(http, '<delete_supdoc key="A-1"/>', user_id="Reader")[1]
