# wsspec where scripts expect the image of Autobahn|Testsuite: its paths, its port, its default command.
#
#   docker build -t wsspec .
#   docker run --rm -v "$PWD/config:/config" -v "$PWD/reports:/reports" -p 9001:9001 wsspec
#
# A test assembles the second stage's files from the lines below, without an engine, and calls them as scripts do.

FROM rust:1-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package wsspec

FROM debian:bookworm-slim
COPY --from=build /src/target/release/wsspec /usr/local/bin/wsspec
COPY --chmod=0755 suite/autobahn/image/as-owner.sh /usr/local/bin/as-owner
COPY suite/autobahn/image/fuzzingclient.json suite/autobahn/image/fuzzingserver.json /config/
RUN mkdir -p /config /reports /opt/pypy/bin \
    && ln -s wsspec /usr/local/bin/wstest \
    && ln -s ../../../usr/local/bin/wsspec /opt/pypy/bin/wstest \
    && chown 65532:65532 /config /reports
# Specs say 127.0.0.1, and clients come through published ports.
ENV WSSPEC_WSTEST_LISTEN=0.0.0.0
WORKDIR /
VOLUME /config /reports
EXPOSE 9001
# Nobody in particular, or who owns the folder that is mounted.
ENTRYPOINT ["as-owner"]
CMD ["wstest", "--mode", "fuzzingserver", "--spec", "/config/fuzzingserver.json"]
