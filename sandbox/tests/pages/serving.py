"""The pages behind a real socket, for a real browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from sandbox.tests.pages.visiting import Site


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """Serve on a free port of this machine; gives the address."""
    server = uvicorn.Server(
        uvicorn.Config(site.app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the pages' server did not start"
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
