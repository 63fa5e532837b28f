# The image of own-worker.yaml: docker build -f examples/kubernetes/own-worker.Dockerfile -t museum-worker:1.0.0 .
# Not built in CI, which has no containers. In a repository of your own, the example is the `main.rs` of a crate that
# depends on pawnshop-worker-program.
FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
RUN cargo build --release --locked -p pawnshop-own-worker

# The operator starts every worker as `pawnshop-worker`.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /build/target/release/own-worker /usr/local/bin/pawnshop-worker
ENV PATH=/usr/local/bin
USER 65532:65532
CMD ["pawnshop-worker", "--help"]
