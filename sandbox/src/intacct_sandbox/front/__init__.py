"""A way to the sandbox for clients that can't be told another address than Sage's.

`tunnels` is an HTTPS proxy that answers for Sage's host names itself and leads to the sandbox; `certificates`
has what it answers with. Nothing here knows what is asked: bytes go through. It leads nowhere else, so a
client that uses it by mistake for real work is refused instead of being listened to.
"""

from intacct_sandbox.front.certificates import Identity, make_identity
from intacct_sandbox.front.tunnels import NAMES, Tunnels

__all__ = ["NAMES", "Identity", "Tunnels", "make_identity"]
