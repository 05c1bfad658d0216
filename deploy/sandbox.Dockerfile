# The sandbox as a container. From the top of the repository:
#
#   docker build -f deploy/sandbox.Dockerfile -t intacct-sandbox .
#   docker run --rm -p 8089:8089 intacct-sandbox
#
# The first stage makes an environment of the locked packages, with their hashes, and the sandbox's own wheel; the
# second one holds only that environment and a user without rights.

FROM python:3.11-slim AS build

WORKDIR /build
COPY requirements.lock ./

# uv's own line of the lock, so that the installer is as pinned as what it installs.
RUN awk '/^uv==/ { on = 1 } on { print } on && !/\\$/ { exit }' requirements.lock > uv.lock.txt \
    && python -m venv /uv \
    && /uv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r uv.lock.txt

# The lock covers the whole workspace; as constraints it says version and hashes of what the sandbox needs of it.
COPY sandbox sandbox
RUN /uv/bin/uv build --quiet --wheel --build-constraints requirements.lock --out-dir /wheels sandbox \
    && python -m venv --without-pip /venv \
    && VIRTUAL_ENV=/venv /uv/bin/uv pip install --quiet --constraints requirements.lock /wheels/*.whl

FROM python:3.11-slim

RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin sandbox \
    && install --directory --owner sandbox --mode 0700 /state
COPY --from=build /venv /venv

# Inside a container only its own network can reach the port; what of that is published is said to `docker run`.
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    INTACCT_SANDBOX_HOST=0.0.0.0 \
    INTACCT_SANDBOX_PORT=8089
USER sandbox
EXPOSE 8089
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8089/_sandbox/clock', timeout=2)"]
ENTRYPOINT ["intacct-sandbox", "serve"]
CMD ["--json"]
