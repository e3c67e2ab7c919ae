# An image with Hemline's runner and Fashion-MNIST, which runs without a network:
#
#   docker build -t hemline .
#   docker run --rm -v "$PWD/results:/results" hemline configs/quickstart.toml

FROM rust:1.95-slim-bookworm AS build
WORKDIR /hemline
COPY . .
# The git revision in the result rows: --build-arg HEMLINE_REVISION="$(git rev-parse --short=12 HEAD)"
ARG HEMLINE_REVISION=""
RUN cargo build --release --locked --package runner --package loader --package report \
 && strip target/release/runner target/release/loader target/release/report

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates dataset-fashion-mnist \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /hemline/target/release/runner /hemline/target/release/loader /hemline/target/release/report /usr/local/bin/
COPY configs /configs
# Any user can run the image (--user): like the folder for temporary files, the cache folder is writable for all users.
ENV HEMLINE_CACHE=/var/cache/hemline
RUN install --directory --mode=1777 /var/cache/hemline \
 && install --directory --owner=1000 --group=1000 /results
WORKDIR /
VOLUME /results
USER 1000:1000
ENTRYPOINT ["runner"]
CMD ["--help"]
