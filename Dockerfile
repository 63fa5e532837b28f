# All programs in one image, which runs none by itself: a command names it. compose.yaml uses it, and `make image` makes
# one of the same content without docker. It is not built in CI: see docs/OPERATING.md.
FROM rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
# Debug information is most of what the programs weigh.
ENV CARGO_PROFILE_RELEASE_STRIP=debuginfo
RUN cargo build --release --locked -p pawnshop-cli -p pawnshop-dispatcher-program -p pawnshop-worker-program \
      -p pawnshop-operator -p pawnshop-kubectl \
    && mkdir /programs \
    && cp target/release/pawnshop target/release/pawnshop-dispatcher target/release/pawnshop-worker \
      target/release/pawnshop-operator target/release/kubectl-pawnshop /programs/

# glibc and libgcc of the same Debian, certificate authorities, and a user without rights: no shell, no packages.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /programs/ /usr/local/bin/
ENV PATH=/usr/local/bin
USER 65532:65532
CMD ["pawnshop", "help"]
