"""The browser side of making a connection: connect sessions, the Connect page, what it submits.

A connect session is a short-lived permission for one browser to create or renew one connection. The page is
opened by link, by `embed.js` or by the published frontend client; it draws the form from the auth mode's
field list and hands what was typed to the one authorization pipeline in `connections`. Nothing here obtains a
token, seals or stores credentials.

The composition root builds and mounts all of it with

    connect.routes.router(
        public_url=...,          # scheme, host and path prefix under which browsers reach the service
        environments=...,        # access.Environments, whose registered origins may show the page
        api_keys=...,            # access.ApiKeys, for POST /connect/sessions
        sessions=...,            # access.ConnectSessions
        integrations=...,        # integrations.Integrations
        connections=...,         # connections.Connections, to find the connection of a reconnect session
        authorization=...,       # connections.Authorization, the pipeline
        clock=...,
    ) -> fastapi.APIRouter

which serves /connect/…, /auth/two-step/{key}, /oauth/…, the WebSocket at `/`, the page at `/` and
`/connect/`, `/embed.js` and `/static/connect/…`. The page and its parts bring their own security headers; a
middleware that adds headers must not overwrite them and must not add `X-Frame-Options` to an answer that has
a `Content-Security-Policy`.
"""
