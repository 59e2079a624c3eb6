# syntax=docker/dockerfile:1
# servegate with its engines (Bandit, Semgrep, Checkov, zizmor); ZAP runs beside it: see compose.yaml.
#
#   docker build -t servegate .
#   mkdir -p servegate-report
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/src:ro" -v "$PWD/servegate-report:/out" \
#     servegate scan /src --out /out
FROM python:3.12.11-slim-bookworm AS build

WORKDIR /build
COPY constraints.txt pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY scanner scanner
COPY rules rules
COPY reports reports
COPY sample_endpoint sample_endpoint

# The versions are those that were tested, of what is needed to build too.
ENV PIP_CONSTRAINT=/build/constraints.txt
RUN python -m venv /opt/servegate \
    && /opt/servegate/bin/pip install --no-cache-dir '.[aws,vault,azure]' \
    && /opt/servegate/bin/servegate --version

FROM python:3.12.11-slim-bookworm

# git reads older states of a repository (--baseline git:REF); it runs nothing of it.
RUN apt-get update \
    && apt-get install -y --no-install-recommends git=1:2.39.* \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin servegate

COPY --from=build /opt/servegate /opt/servegate
ENV PATH=/opt/servegate/bin:$PATH \
    HOME=/tmp \
    SERVEGATE_CACHE=off \
    PYTHONDONTWRITEBYTECODE=1

USER 10001
WORKDIR /src
HEALTHCHECK NONE
ENTRYPOINT ["servegate"]
CMD ["scan", "/src", "--out", "/out"]
