"""Streaming, authenticated pass-through to a provider: `ANY /proxy/<path>` becomes `<base URL>/<path>` with
the token.

    Proxy            a plain ASGI callable, dispatched in front of the framework for `/proxy` and `/proxy/…`
    ProxyLimits      deadlines, sizes and retries
    ProxyMetrics     Prometheus counter and histogram
    AccessLog        one JSON line per request

The life of a request: who calls (an API key with `environment:proxy`) → what is asked (`headers`, `paths`) →
the live connection (`connections.Tokens`) → the call, once more with a renewed token if the provider says so,
again as far as that is safe (`retries`) → the answer, piece by piece. Nothing here knows a provider, the
database or the framework. What a provider answers is passed on as it is; only what could act in our name is
taken off (`headers`).
"""

from counterfoil.proxy.records import AccessLog, ProxyMetrics
from counterfoil.proxy.service import Proxy, ProxyLimits

__all__ = ["AccessLog", "Proxy", "ProxyLimits", "ProxyMetrics"]
