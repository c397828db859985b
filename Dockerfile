# HDSWatch in a container: no root, nothing writable but the one volume. Build: docker build -t hdswatch:0.1.0 .
# Python 3.11 because constraints.txt was resolved and tested on it. Linted by the tests, never built where it was written.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY crawler ./crawler
COPY registry ./registry
COPY monitor ./monitor
COPY datasette ./datasette
RUN python -m venv /opt/hdswatch \
 && /opt/hdswatch/bin/pip install --no-cache-dir --constraint constraints.txt .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/hdswatch --create-home --shell /usr/sbin/nologin hdswatch
COPY --from=build /opt/hdswatch /opt/hdswatch
ENV PATH=/opt/hdswatch/bin:$PATH \
    HDSWATCH_HOME=/var/lib/hdswatch \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
VOLUME ["/var/lib/hdswatch"]
EXPOSE 8001
# The first crawl keeps two seconds between requests: until it is done the watch is not healthy, and need not be.
# `|| exit 1`: a configuration error is exit code 2, which the engine keeps for itself.
HEALTHCHECK --interval=60s --timeout=10s --start-period=45m --retries=3 CMD hdswatch status --probe >/dev/null || exit 1
ENTRYPOINT ["hdswatch"]
CMD ["run"]
