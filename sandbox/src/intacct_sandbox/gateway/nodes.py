"""Elements of XML as plain values: what a function was given, and what it answers. No parser, no bytes."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """An element.

    Attributes:
        name: The element's name.
        text: Its own text, stripped of blanks around it.
        children: The elements in it.
        attributes: Name and value, in their order.
    """

    name: str
    text: str = ""
    children: tuple["Node", ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()

    def child(self, name: str) -> "Node | None":
        """The first element of that name, whatever the case: the gateway takes `pagesize` and `pageSize`."""
        return next(self.all(name), None)

    def all(self, name: str) -> "Iterator[Node]":
        """All elements of that name, whatever the case."""
        return (one for one in self.children if one.name.lower() == name.lower())

    def value(self, name: str) -> str:
        """The text of the first element of that name; empty where there is none."""
        found = self.child(name)
        return found.text if found is not None else ""
