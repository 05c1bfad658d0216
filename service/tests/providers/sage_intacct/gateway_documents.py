"""Documents of the XML gateway, as Sage's documentation and recorded answers have them. Support for tests."""

from counterfoil.oauth2 import HttpResponse

CONTROL = (
    "<control><status>{status}</status><senderid>acme-sender</senderid><controlid>c</controlid>"
    "<uniqueid>false</uniqueid><dtdversion>3.0</dtdversion></control>"
)
FUNCTION = '<function controlid="f"><readByQuery><object>VENDOR</object></readByQuery></function>'


def error(number: str, description: str = "", description2: str = "") -> str:
    return (
        f"<errormessage><error><errorno>{number}</errorno><description>{description}</description>"
        f"<description2>{description2}</description2><correction></correction></error></errormessage>"
    )


def control_failure(number: str = "XL03000006", text: str = "Incorrect Intacct XML Partner ID") -> bytes:
    return _response(CONTROL.format(status="failure") + error(number, "", text))


def authentication_failure(
    description2: str = "Sign-in information is incorrect",
    description: str = "",
    number: str = "XL03000006",
) -> bytes:
    signed_in = (
        "<authentication><status>failure</status><userid>Admin</userid><companyid>MyCompany</companyid>"
        "</authentication>"
    )
    failed = error(number, description, description2)
    return _response(CONTROL.format(status="success") + f"<operation>{signed_in}{failed}</operation>")


def performed(
    result: str,
    *,
    begin: str = "2026-11-24T12:00:00+00:00",
    end: str = "2026-11-24T13:00:00+00:00",
) -> bytes:
    signed_in = (
        "<authentication><status>success</status><userid>Admin</userid><companyid>MyCompany</companyid>"
        f"<locationid></locationid><sessiontimestamp>{begin}</sessiontimestamp>"
        f"<sessiontimeout>{end}</sessiontimeout></authentication>"
    )
    return _response(CONTROL.format(status="success") + f"<operation>{signed_in}{result}</operation>")


def function_failure(description2: str, number: str = "BL01001973") -> bytes:
    failed = error(number, "", f"{description2} [Support ID: abc~def]")
    return performed(f"<result><status>failure</status><function>getAPISession</function>{failed}</result>")


def session(
    session_id: str = "the-session-of-the-test",
    endpoint: str = "https://api.example.com/ia/xml/xmlgw.phtml",
    **moments: str,
) -> HttpResponse:
    api = f"<api><sessionid>{session_id}</sessionid><endpoint>{endpoint}</endpoint></api>"
    result = f"<result><status>success</status><function>getAPISession</function><data>{api}</data></result>"
    return answer(performed(result, **moments))


def answer(body: bytes, status: int = 200) -> HttpResponse:
    return HttpResponse(status, (("Content-Type", 'text/xml; encoding="UTF-8"'),), body)


def request(*, control: str = "", authentication: str = "", content: str = FUNCTION) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><request>{control}<operation transaction="true">'
        f"{authentication}<content>{content}</content></operation></request>"
    ).encode()


def _response(inner: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<response>{inner}</response>'.encode()
