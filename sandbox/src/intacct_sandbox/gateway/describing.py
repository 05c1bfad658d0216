"""What the XML API says of its objects: `lookup`, `inspect`, `getDimensions`; and of a company's formats.

Labels are made of the fields' names: Sage's are not known. Lengths and relationships' paths are left out.
"""

from typing import Final

from intacct_sandbox.gateway import legacy
from intacct_sandbox.gateway.additions import Names
from intacct_sandbox.gateway.legacy import LegacyField, LegacyObject
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.identity.formats import Formats
from intacct_sandbox.objects.definitions import Kind

# Sage's words, as far as its documents show them.
_TYPES: Final = {
    Kind.BOOLEAN: "BOOLEAN",
    Kind.INTEGER: "INTEGER",
    Kind.KEY: "INTEGER",
    Kind.NUMBER: "DECIMAL",
    Kind.MONEY: "CURRENCY",
    Kind.DECIMAL: "DECIMAL",
    Kind.DATE: "DATE",
    Kind.DATETIME: "TIMESTAMP",
}


def lookup(found: LegacyObject, names: Names) -> Node:
    """The `data` of `lookup`."""
    fields = Node("Fields", children=tuple(_field(one) for one in found.fields.values()))
    relationships = Node("Relationships", children=tuple(_relationships(found, names)))
    described = Node(
        "Type", children=(fields, relationships), attributes=(("Name", found.name), ("DocumentType", ""))
    )
    return _all((described,))


def inspect(found: LegacyObject, *, in_detail: bool) -> Node:
    """The `data` of `inspect` for one object: the fields' names, or more of each."""
    fields = tuple(_inspected(one) if in_detail else Node("Field", one.name) for one in found.fields.values())
    return _all(
        (Node("Type", children=(Node("Fields", children=fields),), attributes=(("Name", found.name),)),)
    )


def inspect_all(names: Names) -> Node:
    """The `data` of `inspect` for `*`: every object there is."""
    return _all(
        tuple(
            Node("type", one.label, attributes=(("typename", name),)) for name, one in names.every().items()
        )
    )


def dimensions(names: Names) -> Node:
    """The `data` of `getDimensions`: the standard dimensions, all of them in use, and the company's own."""
    standard = [_dimension(one.name, one.label) for one in legacy.ALL.values() if one.is_dimension]
    own = [_dimension(one.name, one.label, is_own=True) for one in names.dimensions]
    return Node("data", children=(Node("dimensions", children=(*standard, *own)),))


def user_formatting(user_key: int, formats: Formats) -> Node:
    """The `data` of `readUserFormatting`: a user has the formats of the company."""
    told = {
        "recordno": str(user_key),
        "locale": formats.locale,
        "dateformat": formats.date_format,
        "gmtoffset": formats.gmt_offset,
        "clock": formats.clock,
    }
    children = tuple(Node(name, text) for name, text in told.items())
    return Node("data", children=(Node("userformatting", children=children),))


def _all(types: tuple[Node, ...]) -> Node:
    return Node("data", children=types, attributes=(("listtype", "All"), ("count", str(len(types)))))


def _field(field: LegacyField) -> Node:
    words = tuple(Node("VALIDVALUE", names[0]) for names in field.words.values())
    return Node(
        "Field",
        children=(
            Node("ID", field.name),
            Node("LABEL", _label(field)),
            Node("DESCRIPTION", ""),
            Node("REQUIRED", _truth(field.is_required)),
            Node("READONLY", _truth(field.is_read_only)),
            Node("DATATYPE", _type(field)),
            Node("ISCUSTOM", _truth(field.is_custom)),
            *((Node("VALIDVALUES", children=words),) if words else ()),
        ),
    )


def _relationships(found: LegacyObject, names: Names) -> list[Node]:
    return [
        Node(
            "Relationship",
            children=(
                Node("OBJECTPATH", target.name),
                Node("OBJECTNAME", target.name),
                Node("LABEL", target.label),
                Node("RELATIONSHIPTYPE", "MANY2ONE"),
                Node("RELATEDBY", field.name),
            ),
        )
        for field, target in names.relationships(found)
    ]


def _inspected(field: LegacyField) -> Node:
    return Node(
        "Field",
        children=(
            Node("Name", field.name),
            Node("GroupName", ""),
            Node("dataName", _type(field)),
            Node("externalDataName", _type(field).lower()),
            Node("isRequired", _truth(field.is_required)),
            Node("isReadOnly", _truth(field.is_read_only)),
            Node("DisplayLabel", _label(field)),
            Node("Description", ""),
        ),
    )


def _dimension(name: str, label: str, *, is_own: bool = False) -> Node:
    return Node(
        "dimension",
        children=(
            Node("objectName", name),
            Node("objectLabel", label),
            Node("termLabel", label),
            Node("userDefinedDimension", _truth(is_own)),
            Node("enabledInGL", "true"),
        ),
    )


def _label(field: LegacyField) -> str:
    return field.label or field.name.replace(".", " ").replace("_", " ").capitalize()


def _type(field: LegacyField) -> str:
    if field.is_custom and field.words:
        return "ENUM"
    return _TYPES.get(field.kind, "TEXT")


def _truth(value: bool) -> str:
    return "true" if value else "false"
