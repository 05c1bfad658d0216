"""The gateway's decisions: which sender is let in, who signs in, what a function answers.

The order is Sage's: the control block first, then the company's authorization of the sender and the user,
then each function on its own. XML and HTTP are not known here.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from intacct_sandbox.clock import SandboxClock
from intacct_sandbox.faults.quirks import Quirks
from intacct_sandbox.gateway import additions, notation, repeats
from intacct_sandbox.gateway.documents import Document
from intacct_sandbox.gateway.functions import Caller, Functions
from intacct_sandbox.gateway.nodes import Node
from intacct_sandbox.gateway.reading import Control, Function, GatewayRequest, Login
from intacct_sandbox.gateway.refusals import BUSINESS, Refused
from intacct_sandbox.identity import companies, developers, entity_access, senders, sessions, users
from intacct_sandbox.identity.companies import WEB_SERVICES, Company
from intacct_sandbox.identity.users import User
from intacct_sandbox.ids import SeededIds
from intacct_sandbox.objects import Scope
from intacct_sandbox.store import Store

SIGN_IN_INCORRECT: Final = "Sign-in information is incorrect"
# Keys are positive: nothing is in this entity.
_NO_ENTITY: Final = -1
PARTNER_INCORRECT: Final = "Incorrect Intacct XML Partner ID or password."


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Sage's error element."""

    number: str
    description: str = ""
    description2: str = ""
    correction: str = ""


_ROLLED_BACK: Final = Fault(
    number="XL03000009",
    description2="The entire transaction in this operation has been rolled back due to an error.",
)


class _RolledBack(Exception):
    """Undoes what the functions before wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlFailure:
    """Refused before anybody looked at the operation."""

    control: Control
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationFailure:
    """The sender is known; the company does not let it in, or nobody signed in."""

    control: Control
    user_id: str
    company_id: str
    entity_id: str | None
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSession:
    """What `getAPISession` answers; `entity_id` is None at the top level."""

    session_id: str
    entity_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aborted:
    """What a function did was undone with the whole operation; its own fault first, if it was the one."""

    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The answer of one function: a session, elements such as `data`, all of it, or why there is none."""

    function: Function
    outcome: ApiSession | tuple[Node, ...] | Document | Fault | Aborted


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """Somebody signed in, and each function has its result.

    Attributes:
        signed_in_at: Now, aware, in UTC.
        signed_in_until: When the session ends unless it is used before.
    """

    control: Control
    user_id: str
    company_id: str
    entity_id: str | None
    signed_in_at: datetime
    signed_in_until: datetime
    results: tuple[Result, ...]


Outcome = ControlFailure | AuthenticationFailure | Performed


@dataclass(frozen=True, slots=True, kw_only=True)
class _SignedIn:
    company: Company
    user: User
    entity_id: str | None
    until: datetime
    sender_id: str
    is_unique: bool
    is_alone: bool = False


class Gateway:
    """The gateway's decisions over one sandbox's state."""

    def __init__(self, store: Store, clock: SandboxClock, ids: SeededIds, quirks: Quirks) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._quirks = quirks
        self._functions = Functions(store, ids, quirks)

    def perform(self, request: GatewayRequest) -> Outcome:
        """Carry out a request that could be read."""
        fault = self._refuse_control(request.control)
        if fault is not None:
            return ControlFailure(control=request.control, fault=fault)
        with self._store.transaction():
            signed_in = self._sign_in(request)
            if isinstance(signed_in, AuthenticationFailure):
                return signed_in
            signed_in = replace(signed_in, is_alone=len(request.functions) == 1)
            return Performed(
                control=request.control,
                user_id=signed_in.user.id,
                company_id=signed_in.company.id,
                entity_id=signed_in.entity_id,
                signed_in_at=self._clock.now(),
                signed_in_until=signed_in.until,
                results=self._results(request, signed_in),
            )

    def _results(self, request: GatewayRequest, signed_in: _SignedIn) -> tuple[Result, ...]:
        if request.is_transaction:
            return self._all_or_nothing(request, signed_in)
        return tuple(
            Result(function=function, outcome=self._call(function, signed_in))
            for function in request.functions
        )

    def _all_or_nothing(self, request: GatewayRequest, signed_in: _SignedIn) -> tuple[Result, ...]:
        """The functions in their order until one fails; then nothing of them stands."""
        done: list[Result] = []
        failed: Fault | None = None
        try:
            with self._store.transaction():
                for function in request.functions:
                    outcome = self._call(function, signed_in)
                    if isinstance(outcome, Fault):
                        failed = outcome
                        raise _RolledBack
                    done.append(Result(function=function, outcome=outcome))
        except _RolledBack:
            pass
        if failed is None:
            return tuple(done)
        own: Fault | Aborted = Aborted(faults=(failed, _ROLLED_BACK))
        if self._quirks.value("gateway-failed-transaction") == "failure":
            own = failed
        return tuple(
            Result(function=function, outcome=own if at == len(done) else Aborted(faults=(_ROLLED_BACK,)))
            for at, function in enumerate(request.functions)
        )

    def _refuse_control(self, control: Control) -> Fault | None:
        sender = developers.find_sender(self._store, control.sender_id)
        if sender is None or sender.sender_password != control.password:
            return Fault(number="XL03000006", description2=PARTNER_INCORRECT)
        if control.policy_id:
            # Transport policies are set up by Sage for each sender; a sandbox's senders have none.
            return Fault(
                number="XL03000006", description2=f"{control.policy_id} is not a valid transport policy."
            )
        return None

    def _sign_in(self, request: GatewayRequest) -> _SignedIn | AuthenticationFailure:
        if isinstance(request.authentication, Login):
            return self._by_login(request.control, request.authentication)
        return self._by_session(request.control, request.authentication)

    def _by_login(self, control: Control, login: Login) -> _SignedIn | AuthenticationFailure:
        company = companies.find(self._store, login.company_id)
        fault = self._refuse_sender(control, company) if company is not None else None
        user = None
        if company is not None and fault is None:
            user = users.check_password(self._store, company.key, login.user_id, login.password)
        if company is None or user is None or not self._may_log_in(user, login.entity_id):
            return AuthenticationFailure(
                control=control,
                user_id=login.user_id,
                company_id=login.company_id,
                entity_id=login.entity_id,
                fault=fault or Fault(number="XL03000006", description2=SIGN_IN_INCORRECT),
            )
        until = self._clock.now() + timedelta(seconds=company.session_timeout_seconds)
        return self._signed_in(control, company, user, login.entity_id, until)

    def _by_session(self, control: Control, session_id: str) -> _SignedIn | AuthenticationFailure:
        session = sessions.find(self._store, self._clock, session_id)
        company = companies.by_key(self._store, session.company_key) if session is not None else None
        user = users.by_key(self._store, session.user_key) if session is not None else None
        fault = self._refuse_sender(control, company) if company is not None else None
        if session is None or company is None or user is None or user.status != "active" or fault:
            return AuthenticationFailure(
                control=control,
                user_id=user.id if user is not None else "",
                company_id=company.id if company is not None else "",
                entity_id=session.entity_id if session is not None else None,
                fault=fault or Fault(number="XL03000006", description2=SIGN_IN_INCORRECT),
            )
        until = sessions.touch(self._store, self._clock, session).expires_at
        return self._signed_in(control, company, user, session.entity_id, until)

    def _signed_in(
        self, control: Control, company: Company, user: User, entity_id: str | None, until: datetime
    ) -> _SignedIn:
        is_checked = self._quirks.value("gateway-repeated-functions") == "refuse"
        return _SignedIn(
            company=company,
            user=user,
            entity_id=entity_id,
            until=until,
            sender_id=control.sender_id,
            is_unique=is_checked and control.unique_id.lower() != "false",
        )

    def _refuse_sender(self, control: Control, company: Company) -> Fault | None:
        authorization = senders.find(self._store, company.key, control.sender_id)
        is_authorized = authorization is not None and authorization.status == "active"
        is_subscribed = (
            WEB_SERVICES in company.subscriptions or self._quirks.value("gateway-subscription-check") == "off"
        )
        if is_authorized and is_subscribed:
            return None
        return Fault(
            number="XL03000006",
            description="Invalid Web Services Authorization",
            description2=f"The sender ID '{control.sender_id}' is not authorized to make Web Services"
            f" requests to company ID '{company.id}'.",
            correction="Contact the company administrator to grant Web Services authorization to this"
            " sender ID.",
        )

    def _may_log_in(self, user: User, entity_id: str | None) -> bool:
        if user.status != "active":
            return False
        if self._quirks.value("gateway-login-users") == "web-services-only" and not user.is_web_services:
            return False
        return entity_access.may_enter(self._store, user, entity_id)

    def _call(
        self, function: Function, signed_in: _SignedIn
    ) -> ApiSession | tuple[Node, ...] | Document | Fault:
        if not signed_in.is_unique or not function.control_id:
            return self._carried_out(function, signed_in)
        at = (signed_in.company.key, signed_in.sender_id, function.control_id)
        if repeats.is_repeated(self._store, *at):
            return self._fault(
                BUSINESS,
                f"The function with the control ID '{function.control_id}' was carried out before; a request"
                " with uniqueid true cannot be repeated.",
            )
        outcome = self._carried_out(function, signed_in)
        if not isinstance(outcome, Fault):
            repeats.remember(self._store, *at)
        return outcome

    def _carried_out(
        self, function: Function, signed_in: _SignedIn
    ) -> ApiSession | tuple[Node, ...] | Document | Fault:
        if function.name == "getAPISession":
            return self._new_session(function, signed_in)
        caller = Caller(
            user=signed_in.user,
            scope=self._scope(signed_in),
            now=self._clock.now(),
            notation=notation.of(self._store, self._quirks, signed_in.company.key),
            names=additions.of(self._store, signed_in.company.key),
            is_alone=signed_in.is_alone,
        )
        try:
            # What a failing function wrote is undone; other functions of the request stand.
            with self._store.transaction():
                return self._functions.perform(function.arguments, caller)
        except Refused as refused:
            return self._fault(refused.number, refused.text)

    def _scope(self, signed_in: _SignedIn) -> Scope:
        """Whose records a user sees, as in the REST API."""
        company_key = signed_in.company.key
        entities = companies.entities(self._store, company_key)
        if signed_in.entity_id is not None:
            keys = [entity.key for entity in entities if entity.id == signed_in.entity_id]
            return Scope(company_key=company_key, entity_key=keys[0] if keys else _NO_ENTITY)
        allowed = signed_in.user.entity_ids
        keys_allowed = tuple(entity.key for entity in entities if entity.id in allowed) if allowed else None
        return Scope(company_key=company_key, allowed_entity_keys=keys_allowed)

    def _new_session(self, function: Function, signed_in: _SignedIn) -> ApiSession | Fault:
        # Absent: the session keeps the level of the login. Empty: back to the top level.
        entity_id = signed_in.entity_id if function.entity_id is None else function.entity_id or None
        if not entity_access.may_enter(self._store, signed_in.user, entity_id):
            return self._fault(
                BUSINESS,
                f"The location ID '{entity_id or ''}' is not valid, or the user has no access to it.",
            )
        session = sessions.start(self._store, self._clock, self._ids, signed_in.user, entity_id, "api")
        return ApiSession(session_id=session.id, entity_id=entity_id)

    def _fault(self, number: str, text: str) -> Fault:
        support_id = f"{self._ids.token(10)}~{self._ids.token(22)}"
        return Fault(number=number, description2=f"{text} [Support ID: {support_id}]")
