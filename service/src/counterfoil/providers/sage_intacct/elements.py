"""XML as plain values: parsed without obeying anything in it, written by a serializer.

A document type definition is refused the moment it begins, so that no entity is ever declared; depth and
number of elements are capped while parsing, the size by who brings the document. Comments and processing
instructions are left out. Names keep their prefixes as written; what they mean is not asked. Sage's words are
not known here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

MOST_LEVELS: Final = 64
MOST_ELEMENTS: Final = 50_000
_NOTED_LEVELS: Final = 3

# A carriage return that is written as it is would be read back as a line feed (XML 1.0 section 2.11).
_ESCAPED: Final = {"\r": "&#13;"}
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


class NotXml(ValueError):
    """A text that is no XML, or such as is not taken; the message is the end of a sentence."""


@dataclass(slots=True)
class Element:
    """An element; its content stays out of `repr`: it may be secret.

    Attributes:
        name: With its prefix, as written.
        attributes: Names and values, in order.
        content: Texts and elements, in order.
    """

    name: str
    attributes: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    content: list["Element | str"] = field(default_factory=list, repr=False)

    def children(self, name: str | None = None) -> "list[Element]":
        """The elements in it; with a name, those of that name."""
        return [
            one for one in self.content if isinstance(one, Element) and (name is None or one.name == name)
        ]

    def child(self, *path: str) -> "Element | None":
        """The first element down that path of names."""
        found: Element | None = self
        for name in path:
            found = next(iter(found.children(name)), None) if found is not None else None
        return found

    def text(self, *path: str) -> str:
        """The own text of the first element down that path, without blanks around it; empty without one."""
        found = self.child(*path)
        own = () if found is None else (part for part in found.content if isinstance(part, str))
        return "".join(own).strip()


def leaf(name: str, text: str) -> Element:
    """An element with a text and nothing else."""
    return Element(name, (), [text] if text else [])


def parse(document: bytes) -> Element:
    """The root of a whole document.

    Raises:
        NotXml: It is not well formed, has a document type definition, or is too deep or too much.
    """
    reading = Reading()
    reading.feed(document, is_last=True)
    if reading.root is None:
        raise NotXml("it is empty")
    return reading.root


def serialize(root: Element) -> bytes:
    """The document in UTF-8.

    Raises:
        NotXml: A text holds a character that XML can't have.
    """
    document = _DECLARATION + "".join(_written(root))
    if not all(_fits(sign) for sign in set(document)):
        raise NotXml("it holds a character that XML can't have")
    return document.encode()


def fits_in_xml(text: str) -> bool:
    """Whether every character of a text may stand in XML (XML 1.0 section 2.2)."""
    return all(_fits(sign) for sign in text)


class Reading:
    """A document as it arrives. `feed` raises NotXml.

    Attributes:
        root: The document's element as far as it has arrived; None before.
        finished: Paths of names, of up to three levels, of which an element has ended.
    """

    def __init__(self) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._add
        parser.ordered_attributes = True
        self._parser = parser
        self._open: list[Element] = []
        self._count = 0
        self.root: Element | None = None
        self.finished: set[tuple[str, ...]] = set()

    def feed(self, piece: bytes, *, is_last: bool = False) -> None:
        """Read on. Raises NotXml."""
        try:
            self._parser.Parse(piece, is_last)
        except expat.ExpatError as error:
            raise NotXml(
                f"it is not well formed at line {error.lineno}: {expat.ErrorString(error.code)}"
            ) from None
        # An encoding that nobody knows, or one with several bytes a character.
        except (LookupError, ValueError) as error:
            raise error if isinstance(error, NotXml) else NotXml("its encoding is not taken") from None

    def _begin(self, name: str, attributes: list[str]) -> None:
        self._count += 1
        if len(self._open) >= MOST_LEVELS:
            raise NotXml(f"it has more than {MOST_LEVELS} levels")
        if self._count > MOST_ELEMENTS:
            raise NotXml(f"it has more than {MOST_ELEMENTS} elements")
        element = Element(name, tuple(zip(attributes[::2], attributes[1::2], strict=True)))
        if self._open:
            self._open[-1].content.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, _name: str) -> None:
        if len(self._open) <= _NOTED_LEVELS:
            self.finished.add(tuple(one.name for one in self._open))
        self._open.pop()

    def _add(self, text: str) -> None:
        if self._open:
            self._open[-1].content.append(text)


def _refuse_doctype(*_declaration: object) -> None:
    raise NotXml("it has a document type definition, which is not taken")


def _written(element: Element) -> Iterator[str]:
    attributes = "".join(f" {name}={quoteattr(value, _ESCAPED)}" for name, value in element.attributes)
    if not element.content:
        yield f"<{element.name}{attributes}/>"
        return
    yield f"<{element.name}{attributes}>"
    for part in element.content:
        if isinstance(part, Element):
            yield from _written(part)
        else:
            yield escape(part, _ESCAPED)
    yield f"</{element.name}>"


def _fits(sign: str) -> bool:
    return sign in "\t\n\r" or " " <= sign <= "\ud7ff" or "\ue000" <= sign <= "\ufffd" or sign > "\uffff"
