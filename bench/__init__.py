"""`python -m bench`: what the proxy costs, as ratios to others in the same run, and the sandbox's queries.

    upstream     a program: a provider with canned answers, as quick as Python can be
    relay        a program: the barest streaming relay of ASGI and aiohttp, without keys, tokens or records
    load         a program: requests over kept-alive connections, as fast as they are answered; or `wrk`
    nginx        a reverse proxy that adds the same header, where nginx is installed
    targets      starts them all, the service as its command line does, with a connection
    measuring    one round of load against one of them, and what it cost its processes
    goals        the ratios, beside what we want them to be
    ledger       the sandbox's query service over half a million lines

Everything runs at once and rounds alternate, so that a busy machine is busy for all. Figures are medians. CPU
per request is the one to trust; on a shared machine requests per second are not. Nothing here is a test.
"""
