"""XML is taken apart without obeying it, bounded, and put together so that it reads the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.providers.sage_intacct.elements import (
    MOST_ELEMENTS,
    MOST_LEVELS,
    Element,
    NotXml,
    Reading,
    fits_in_xml,
    leaf,
    parse,
    serialize,
)

ENTITY = b'<!DOCTYPE a [<!ENTITY x "%s">]><a>&x;</a>'
LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10 if level else b"ha") for level in range(10)
)
DEFINED = {
    "an entity": ENTITY % b"y",
    "a million laughs": b"<!DOCTYPE a [" + LAUGHS + b"]><a>&l9;</a>",
    "a file": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "an address": b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]><a>&x;</a>',
    "a parameter entity": b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/">%p;]><a/>',
    "an outer subset": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
    "a public subset": b'<!DOCTYPE a PUBLIC "-//A" "http://127.0.0.1:1/a.dtd"><a/>',
    "nothing": b"<!DOCTYPE a><a/>",
    "an empty subset": b"<!DOCTYPE a []><a/>",
    "a default attribute": b'<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>',
    "a notation": b'<!DOCTYPE a [<!NOTATION n SYSTEM "n">]><a/>',
    "in UTF-16": '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16"),
}
BROKEN = {
    "nothing at all": b"",
    "blanks": b"  \n",
    "text": b"hello",
    "JSON": b'{"a": 1}',
    "a form": b"a=1&b=2",
    "half an element": b"<a",
    "an open element": b"<a><b></b>",
    "crossed elements": b"<a><b></a></b>",
    "two roots": b"<a/><b/>",
    "text after the root": b"<a/>b",
    "an unknown entity": b"<a>&nbsp;</a>",
    "an entity without an end": b"<a>&amp</a>",
    "a bare ampersand": b"<a>a & b</a>",
    "an attribute twice": b'<a b="1" b="2"/>',
    "an attribute without quotes": b"<a b=1/>",
    "a control character": b"<a>\x01</a>",
    "an encoded control character": b"<a>&#1;</a>",
    "an encoded surrogate": b"<a>&#xD800;</a>",
    "a number beyond Unicode": b"<a>&#x110000;</a>",
    "NUL": b"<a>\x00</a>",
    "bad UTF-8": b"<a>\xff\xfe</a>",
    "overlong UTF-8": b"<a>\xc0\xaf</a>",
    "a declaration too late": b'<a/><?xml version="1.0"?>',
    "an unknown encoding": b'<?xml version="1.0" encoding="zork"?><a/>',
    "UTF-7": b'<?xml version="1.0" encoding="utf-7"?>+ADw-a/+AD4-',
    "an encoding of several bytes": b'<?xml version="1.0" encoding="shift_jis"?><a/>',
    "a body compressed": b"\x1f\x8b\x08\x00",
    "CDATA without an end": b"<a><![CDATA[x</a>",
    "a comment without an end": b"<a><!-- </a>",
    "too deep": b"<a>" * (MOST_LEVELS + 1) + b"</a>" * (MOST_LEVELS + 1),
    "much too deep": b"<a>" * 500_000,
    "too many elements": b"<a>" + b"<b/>" * MOST_ELEMENTS + b"</a>",
}


@pytest.mark.parametrize("document", DEFINED.values(), ids=DEFINED.keys())
def test_a_document_type_definition_is_refused_whatever_is_in_it(document: bytes) -> None:
    with pytest.raises(NotXml, match="document type definition"):
        parse(document)


@pytest.mark.parametrize("document", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_xml_or_too_much_of_it_is_refused(document: bytes) -> None:
    with pytest.raises(NotXml):
        parse(document)


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_document_that_breaks_off_anywhere_is_refused(cut: int) -> None:
    whole = b'<request><control a="b">text</control></request>'
    with pytest.raises(NotXml):
        parse(whole[:cut])


def test_texts_attributes_and_order_survive() -> None:
    document = '<a x="1&amp;&#10;ü">t&lt;&#13;<b/>more<c:d xmlns:c="urn:c">é</c:d></a>'.encode()
    assert serialize(parse(document)).endswith(document)


def test_cdata_becomes_text_and_comments_and_instructions_are_left_out() -> None:
    document = b"<?pi x?><a><!-- c --><![CDATA[<x>&]]><?pi y?></a>"
    assert serialize(parse(document)).endswith(b"<a>&lt;x&gt;&amp;</a>")


def test_utf16_comes_out_as_utf8() -> None:
    root = parse('<?xml version="1.0" encoding="UTF-16"?><a>ü</a>'.encode("utf-16"))
    assert serialize(root) == '<?xml version="1.0" encoding="UTF-8"?>\n<a>ü</a>'.encode()


@given(st.text(st.characters(codec="utf-8").filter(fits_in_xml)))
def test_a_text_can_not_become_markup(text: str) -> None:
    again = parse(serialize(Element("a", (("x", text),), [leaf("b", text)])))
    assert [one.name for one in again.children()] == ["b"]
    assert "".join(str(part) for part in again.children("b")[0].content) == text
    assert again.attributes == (("x", text),)


def test_a_character_that_xml_can_not_have_is_never_written() -> None:
    for sign in ("\x00", "\x0b", "\ufffe", "\ud800"):
        with pytest.raises(NotXml):
            serialize(leaf("a", sign))


def test_a_document_can_be_read_as_it_arrives() -> None:
    reading = Reading()
    reading.feed(b"<a><b>1</b><c>")
    assert reading.root is not None
    assert reading.root.text("b") == "1"
    assert ("a", "b") in reading.finished
    assert ("a", "c") not in reading.finished


def test_elements_are_found_by_their_path() -> None:
    root = parse(b"<a><b><c> x </c></b><b/></a>")
    assert root.text("b", "c") == "x"
    assert root.text("b", "d") == ""
    assert root.child("z", "c") is None
    assert len(root.children("b")) == 2


def test_a_secret_text_is_not_shown() -> None:
    assert "hidden" not in repr(leaf("password", "hidden"))
