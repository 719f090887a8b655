# Touchline in a container: docker build -t touchline . && docker run --init -p 127.0.0.1:8765:8765 -v touchline:/data touchline
# deploy/compose.yaml has the same with everything that hardens it. The workspace lies in /data, backups in /backups.

FROM python:3.12-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/touchline
COPY pyproject.toml hatch_build.py README.md CHANGELOG.md LICENSE ./
COPY web web
COPY src src
RUN /opt/touchline/bin/pip install ".[server]"

FROM python:3.12-slim-bookworm
LABEL org.opencontainers.image.title="Touchline" \
      org.opencontainers.image.description="See where your customer journey breaks, for whom, why, and what to do." \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 touchline \
 && useradd --system --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin touchline \
 && install -d -o touchline -g touchline -m 0700 /data /backups
COPY --from=build /opt/touchline /opt/touchline
ENV PATH=/opt/touchline/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TOUCHLINE_LOG=json \
    TOUCHLINE_BACKUPS=/backups
USER 10001:10001
WORKDIR /data
VOLUME ["/data", "/backups"]
EXPOSE 8765
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8765/healthz', timeout=4)"]
ENTRYPOINT ["touchline"]
CMD ["serve", "/data", "--host", "0.0.0.0", "--port", "8765"]
