"""Sage Intacct: what its providers share, and the providers themselves.

    client_credentials    the provider `sage-intacct-cc`: a Web Services user, or a session, through REST
    authorization_code    the provider `sage-intacct-oauth`: a person signs in and accepts, through REST
    xml_gateway           the provider `sage-intacct`: a sender and a user's login, through XML
    webhooks              whose a webhook is
    elements              XML as plain values
    gateway_requests      what is sent to the XML gateway
    gateway_answers       what comes back: level and error, session, lifetime
    gateway_causes        what its refusals mean, for people
    username              the grammar of `user@company|entity`, and what people type instead
    answers               where Sage puts the error in an answer
    causes                what Sage's codes mean, for people: sentence, remedy, who, step of the guide
    guide                 the four steps

Facts and their sources are in docs/explanation/sage-intacct.md. The REST objects are not known here: calls to
them are the proxy's, which passes them on.
"""

from counterfoil.providers.sage_intacct import authorization_code, client_credentials, xml_gateway

__all__ = ["authorization_code", "client_credentials", "xml_gateway"]
