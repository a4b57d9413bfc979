# `docker build -t penstock .`, then `docker run --rm penstock demo`; deal files of your own: `-v "$PWD:/work"`.
# It uses the registries of Python, npm and Debian only. The machine this was written on runs no Docker engine:
# tests/install/test_dockerfile.py reads the steps, and `docker build` was never run.

FROM node:22-bookworm-slim AS anvil
WORKDIR /anvil
COPY package.json package-lock.json .npmrc ./
# The chain of the demonstration is a native program inside its npm package; the compiler and Ganache are not needed.
RUN npm ci --ignore-scripts --loglevel=error \
    && cp node_modules/@foundry-rs/anvil-linux-*/bin/anvil /usr/local/bin/anvil

FROM python:3.12-slim-bookworm AS wheel
WORKDIR /source
COPY pyproject.toml LICENSE ./
COPY deals deals
COPY penstock penstock
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.12-slim-bookworm
COPY requirements.lock /tmp/
COPY --from=wheel /wheels /wheels
# The lock pins; only what the package and the picture need is installed.
RUN pip install --no-cache-dir --constraint /tmp/requirements.lock "$(ls /wheels/*.whl)[plots]" \
    && rm -r /wheels /tmp/requirements.lock \
    && useradd --create-home --uid 1000 penstock \
    && install --directory --owner penstock /work
COPY --from=anvil /usr/local/bin/anvil /usr/local/bin/
USER penstock
WORKDIR /work
ENTRYPOINT ["penstock"]
CMD ["--help"]
