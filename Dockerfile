# OPBX in a container: `docker build -t opbx .`, then `docker run -p 127.0.0.1:8080:8080 -v opbx:/var/lib/opbx opbx`.
ARG RUST_VERSION=1.95
ARG NODE_VERSION=20

# The binary says what the types of the web app are written from, so it is built before the app is.
FROM rust:${RUST_VERSION}-bookworm AS contract
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY crates crates
COPY modules modules
COPY xtask xtask
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --package opbx \
    && mkdir /out \
    && target/debug/opbx openapi > /out/openapi.json

FROM node:${NODE_VERSION}-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund --ignore-scripts
COPY web .
COPY --from=contract /out/openapi.json /src/openapi.json
# As `cargo xtask web` does it.
RUN npm exec --offline -- openapi-typescript /src/openapi.json --default-non-nullable=false --output src/api/schema.d.ts \
    && npm run build

# As it is shipped, with the web app inside.
FROM contract AS build
COPY --from=web /src/web/dist web/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked --package opbx \
    && install -D target/dist/opbx /out/opbx

FROM debian:bookworm-slim
# Webhooks and Cloudonix are spoken to over TLS.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
# The numbers stay the same from image to image, so that volumes stay readable. A volume begins as its folder here.
RUN groupadd --system --gid 10001 opbx \
    && useradd --system --uid 10001 --gid opbx --no-create-home --home-dir /var/lib/opbx --shell /usr/sbin/nologin opbx \
    && install --directory --owner=opbx --group=opbx --mode=0750 \
        /var/lib/opbx /var/lib/opbx/objects /var/lib/opbx-keys
COPY --from=build /out/opbx /usr/local/bin/opbx
COPY LICENSE /usr/share/doc/opbx/LICENSE
USER opbx
WORKDIR /var/lib/opbx
ENV OPBX_DATA=/var/lib/opbx OPBX_LISTEN=0.0.0.0:8080
VOLUME /var/lib/opbx
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["opbx", "health"]
ENTRYPOINT ["opbx"]
CMD ["serve"]
