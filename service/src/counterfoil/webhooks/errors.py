"""Refusals of the webhook verbs. What goes wrong with a delivery is an outcome (`answers`), not an error."""

from counterfoil.errors import Conflict, InvalidBody, NotFound, Unauthenticated


class InvalidWebhookUrl(InvalidBody):
    """An address that webhooks can't be sent to."""


class InvalidSigningKey(InvalidBody):
    """A text that can't be a signing key."""


class WebhookDoubted(Unauthenticated):
    """A provider's webhook that anybody may have sent."""

    code = "invalid_webhook_signature"


class UnknownDelivery(NotFound):
    """No delivery by that number in the environment."""

    code = "unknown_delivery"


class UnknownEndpoint(NotFound):
    """No endpoint by that number in the environment."""

    code = "unknown_endpoint"


class EndpointNotActive(Conflict):
    """The endpoint was deactivated or removed, so nothing is sent to it."""

    code = "endpoint_not_active"


class DeliveryPending(Conflict):
    """The delivery is on its way already."""

    code = "delivery_pending"


class NoRotation(Conflict):
    """There is no rotation to be finished."""

    code = "no_rotation"


class RotationUnderWay(Conflict):
    """A rotation has begun and not ended. The code is the wire protocol's."""

    code = "multiple_webhook_signing_keys"
