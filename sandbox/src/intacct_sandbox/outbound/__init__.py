"""The only door from the sandbox to the network: posts to addresses that the operator allows.

    policy     which addresses those are; loopback unless more is said
    posting    one POST, to an address that was looked at
    signing    how what is posted is signed, as Sage does

A sandbox sends nothing anywhere else: what it is told to post to is somebody's typing.
"""

from intacct_sandbox.outbound.policy import AddressPolicy, Forbidden
from intacct_sandbox.outbound.posting import Posted, post

__all__ = ["AddressPolicy", "Forbidden", "Posted", "post"]
