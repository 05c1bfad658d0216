"""The JSON response: orjson out, times in UTC. Not a serializer of models; routes hand over plain data."""

from typing import Any

import orjson
from starlette.responses import Response


class OrjsonResponse(Response):
    """A JSON body written by orjson."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:  # noqa: ANN401 - as the base class has it
        """The bytes of the body; `None` means none at all."""
        return b"" if content is None else orjson.dumps(content)
