"""What of Sage's paths the sandbox serves, and how sure each of it is: the text of the coverage page.

Objects, their behaviour, workflows and quirks speak for themselves in their own modules; here stand the
services and what holds for all of them. A test sees to it that no path of Sage's is served without a line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Mark(StrEnum):
    """How sure something is."""

    RECORDED = "recorded"
    DOCUMENTED = "documented"
    REPORTED = "reported"
    PROPOSED = "proposed"


MEANINGS: Final[Mapping[Mark, str]] = {
    Mark.RECORDED: "seen in live traffic, or in how a production client takes live answers",
    Mark.DOCUMENTED: "in Sage's documentation or its published schemas and examples",
    Mark.REPORTED: "seen in a third party's code or notes",
    Mark.PROPOSED: "our proposal; where it matters there is a quirk to switch it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A path that is served.

    Attributes:
        path: As the routes have it.
        what: What it does here, and what not.
        marks: What it stands on, the strongest first.
    """

    path: str
    what: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """Behaviour that many paths share."""

    what: str
    marks: tuple[Mark, ...]


_API: Final = "/ia/api/v1"

SERVICES: Final = (
    Service(
        path=f"{_API}/oauth2/authorize",
        what="Authorization code with PKCE: a person signs in at the company's pages and consents.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Service(
        path=f"{_API}/oauth2/token",
        what="Client credentials (by username or session ID), authorization code, refresh; the recorded"
        " refusals in their three shapes.",
        marks=(Mark.RECORDED, Mark.DOCUMENTED),
    ),
    Service(
        path=f"{_API}/oauth2/revoke",
        what="Ends all tokens of one user in one company, as reported.",
        marks=(Mark.DOCUMENTED, Mark.REPORTED),
    ),
    Service(
        path=f"{_API}/objects/{{application}}/{{name}}",
        what="List of references with start and size; create and, in a batch, change where the object has"
        " them.",
        marks=(Mark.RECORDED, Mark.DOCUMENTED),
    ),
    Service(
        path=f"{_API}/objects/{{application}}/{{name}}/{{key}}",
        what="One record in full, or several between commas; change and delete where the object has them.",
        marks=(Mark.RECORDED, Mark.DOCUMENTED),
    ),
    Service(
        path=f"{_API}/services/core/query",
        what="Filters, expressions, aggregates with groups, order, paging up to 4,000 rows, date macros,"
        " private records, several queries in one body. includeHierarchyFields is taken and without effect.",
        marks=(Mark.RECORDED, Mark.DOCUMENTED),
    ),
    Service(
        path=f"{_API}/services/core/model",
        what="The model of an object in the recorded shape, and the list of them.",
        marks=(Mark.RECORDED, Mark.DOCUMENTED),
    ),
    Service(
        path=f"{_API}/services/core/composite",
        what="2 to 10 requests in one, references to earlier results; all or nothing on request.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Service(
        path=f"{_API}/services/core/async/job-status",
        what="The state of a request sent with Prefer: respond-async, and of its signed delivery to a webhook"
        " with three more attempts.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Service(
        path=f"{_API}/services/bulk/job/create",
        what="Create, update or delete the records of a JSON file in a job; a callback when it is done.",
        marks=(Mark.DOCUMENTED, Mark.REPORTED, Mark.PROPOSED),
    ),
    Service(
        path=f"{_API}/services/bulk/job/status",
        what="The state of a bulk job, and its result file, whose contents are ours.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Service(
        path=f"{_API}/services/core/view",
        what="The rows of a user's view, or of a system view; which fields system views have is ours.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Service(
        path=f"{_API}/services/core/export",
        what="All rows of a query as csv, xlsx or pdf, in a layout of ours; word and xml are refused.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Service(
        path=f"{_API}/services/core/allowed-operations/list",
        what="canView, canEdit and canDelete for up to 1,000 keys, by permission, method and entity;"
        " operation codes are 0.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Service(
        path=f"{_API}/services/company-config/dimensions/list",
        what="The company's dimensions, its user-defined ones among them.",
        marks=(Mark.DOCUMENTED, Mark.REPORTED, Mark.PROPOSED),
    ),
    Service(
        path=f"{_API}/services/company-config/document-sequence/generate-next-value",
        what="Counts a numeric document sequence on; how its value is put together is ours.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Service(
        path=f"{_API}/services/accounts-receivable/invoice/printed/{{token}}",
        what="The PDF of an invoice, at the downloadURL that generate-pdf answers with; address and layout"
        " are ours.",
        marks=(Mark.PROPOSED,),
    ),
    Service(
        path=f"{_API}/services/core/session/id",
        what="The session ID behind a token.",
        marks=(Mark.DOCUMENTED,),
    ),
    Service(
        path=f"{_API}/workflows/{{application}}/{{name}}/{{action}}",
        what="Actions that change a record's state; those that are emulated are listed below.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Service(
        path="/ia/xml/xmlgw.phtml",
        what="The XML gateway: sender, login and session; getAPISession, readByQuery, readMore, read,"
        " readByName, query with aggregates and as XML, JSON or CSV, lookup, inspect, getDimensions,"
        " readUserFormatting, create, update, delete and API 2.1's functions over the objects listed below;"
        " transactions; errors at Sage's three levels. Texts of errors and some shapes are ours.",
        marks=(Mark.RECORDED, Mark.DOCUMENTED, Mark.PROPOSED),
    ),
)

TRAITS: Final = (
    Trait(
        what="Envelopes ia::result and ia::meta, errors with code, message, errorId, additionalInfo and"
        " supportId.",
        marks=(Mark.RECORDED,),
    ),
    Trait(
        what="Access tokens are JWTs that name company, user and client; they live 43,200 seconds.",
        marks=(Mark.RECORDED,),
    ),
    Trait(
        what="All tokens of one user in one company are one pool: revoking one ends them all.",
        marks=(Mark.REPORTED,),
    ),
    Trait(
        what="At the top level all entities' records are seen, in an entity its own and shared ones; private"
        " records on request.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Trait(
        what="Idempotency-Key on POST and PATCH: the same answer for 48 hours, 60 days of memory, 409 for"
        " another request and for one that is under way. The words of a 409 are ours.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Trait(
        what="Performance tiers: requests at once for each application and company, 429 GW-0010 with the X-IA"
        " headers, a month's transactions. No company has a tier until one is given; the exact 429 is ours.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Trait(
        what="Platform triggers of type HTTP post with webhook delivery: signature, idempotency key, context"
        " and retry schedule as documented; body, bearer token and lost connections are quirks. Conditions"
        " and templates of triggers, and the trigger queue, are not emulated.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Trait(
        what="Decimals are strings with their places, keys are strings; an empty reference has no href.",
        marks=(Mark.RECORDED,),
    ),
    Trait(
        what="Batches of up to 500 operations, each with its own outcome, or all or nothing by header; mixed"
        " outcomes are 207.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Trait(
        what="Custom fields, custom objects and user-defined dimensions (nsp::) of a company, in model,"
        " writes and queries, and by their names in the XML gateway; the members of a custom object beside"
        " its custom fields are ours.",
        marks=(Mark.DOCUMENTED, Mark.REPORTED, Mark.PROPOSED),
    ),
    Trait(
        what="What is open of bills, invoices, adjustments and advances is their total less what posted"
        " payments and memos applied to it; a vendor's or customer's totalDue is the sum of that, and equals"
        " the account that holds it in the ledger.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Trait(
        what="Everything posted has lines in general-ledger/gl-detail that balance, and a reversal mirrors"
        " them; Sage has that view in XML, and no REST object of it has been seen.",
        marks=(Mark.PROPOSED,),
    ),
    Trait(
        what="Amounts in other currencies become base amounts by the company's own exchange rates or a given"
        " one, rounded to the currency's places; payments at another rate post a gain or loss.",
        marks=(Mark.DOCUMENTED, Mark.PROPOSED),
    ),
    Trait(
        what="Pages of a list are read one by one; what changes between two of them shows.",
        marks=(Mark.REPORTED,),
    ),
)

OF_OBJECTS: Final[Mapping[str, Mark]] = {
    "recorded": Mark.RECORDED,
    "schema": Mark.DOCUMENTED,
    "examples": Mark.DOCUMENTED,
    "proposed": Mark.PROPOSED,
}
