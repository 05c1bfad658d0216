"""Sage Intacct: what its providers share, and the providers themselves.

    client_credentials    the provider `sage-intacct-cc`: a Web Services user, or a session, through REST
    authorization_code    the provider `sage-intacct-oauth`: a person signs in and accepts, through REST
    username              the grammar of `user@company|entity`, and what people type instead
    answers               where Sage puts the error in an answer
    causes                what Sage's codes mean, for people: sentence, remedy, who, step of the guide
    guide                 the four steps

Facts and their sources are in docs/explanation/sage-intacct.md. The REST objects are not known here: calls to
them are the proxy's, which passes them on.
"""

from counterfoil.providers.sage_intacct import authorization_code, client_credentials

__all__ = ["authorization_code", "client_credentials"]
