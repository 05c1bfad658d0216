"""Streaming, authenticated pass-through to a provider: `ANY /proxy/<path>` becomes `<base URL>/<path>` with
the token.

    Proxy(*, api_keys, tokens, outbound, clock, ids, metrics, access_log, limits=ProxyLimits())
        a plain ASGI callable; to be given the HTTP requests that `is_proxied(scope["path"])`, in front of the
        framework. One per process, without state; nothing to open or close
    ProxyLimits      deadlines, sizes and retries
    ProxyMetrics     Prometheus counter and histogram: ProxyMetrics(registry)
    AccessLog        one JSON line per request: AccessLog(), or AccessLog(write) for elsewhere

The life of a request: who calls (an API key with `environment:proxy`) → what is asked (`headers`, `paths`) →
the live connection (`connections.Tokens`) → the call, once more with a renewed token if the provider says so,
again as far as that is safe (`calls`, `retries`) → the answer, piece by piece. Who hangs up stops it
(`hangups`). Nothing here knows a provider, the database or the framework. What a provider answers is passed
on as it is; only what could act in our name is taken off (`headers`). Its redirects are passed on too, and
never followed. Every answer has a `Counterfoil-Request-Id`.

Refusals of our own, besides those of `access`, `integrations` and `connections`, as `{"error": {"code", …}}`:

    400  invalid_headers, invalid_uri_params, invalid_query_params, base_url_override_not_allowed
    403  navigation_not_allowed        405  method_not_allowed       413  payload_too_large
    502  outbound_…, provider_answer_unreadable                      504  outbound_timeout
    503  token_renewed: the provider refused the token and there is a new one, but the body was
         too large to be kept for this; a caller sends the request again
"""

from counterfoil.proxy.limits import ProxyLimits
from counterfoil.proxy.paths import is_proxied
from counterfoil.proxy.records import AccessLog, ProxyMetrics
from counterfoil.proxy.service import Proxy

__all__ = ["AccessLog", "Proxy", "ProxyLimits", "ProxyMetrics", "is_proxied"]
