# Two stages: the first installs what is pinned, the second holds only what runs.
FROM python:3.13-slim-bookworm AS build
WORKDIR /build
COPY requirements/run.txt requirements/run.txt
RUN python -m venv /opt/alongside \
    && /opt/alongside/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /srv/alongside --create-home alongside
WORKDIR /srv/alongside
COPY --from=build /opt/alongside /opt/alongside
COPY bot bot
COPY prompts prompts
COPY adapters adapters
COPY storage storage
USER 10001
ENV PATH=/opt/alongside/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ALONGSIDE_HOST=0.0.0.0
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('ALONGSIDE_PORT', '8080') + '/healthz', timeout=4)"]
ENTRYPOINT ["python", "-m", "adapters.cli"]
CMD ["serve"]
