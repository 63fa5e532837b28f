# Both programs of a fleet in one image; compose.yaml uses it. It is not built in CI: see docs/FLEET.md.
FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
RUN cargo build --release --locked -p pawnshop-dispatcher-program -p pawnshop-worker-program

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=build /build/target/release/pawnshop-dispatcher /build/target/release/pawnshop-worker /usr/local/bin/
USER 65532:65532
