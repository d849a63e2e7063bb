"""An echo server on aioquic and wsproto (Python) over HTTP/3 (RFC 9220), with a certificate that it makes itself.

The opening handshake is this file's, QUIC and HTTP/3 are those of aioquic, frames and messages those of wsproto.
"""

import asyncio
import datetime
import ipaddress
import sys
import tempfile
from pathlib import Path

from aioquic.asyncio import QuicConnectionProtocol, serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated, StreamReset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.extensions import PerMessageDeflate
from wsproto.handshake import server_extensions_handshake
from wsproto.utilities import split_comma_header


def listed(headers, name):
    """The elements of all fields with a name."""
    return [part for field, value in headers if field == name for part in split_comma_header(value)]


class EchoProtocol(QuicConnectionProtocol):
    """One connection of QUIC."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.http = None
        self.echoes = {}

    def quic_event_received(self, event):
        """Called by aioquic for whatever happens on the connection."""
        if isinstance(event, ProtocolNegotiated):
            self.http = H3Connection(self._quic)
        elif isinstance(event, StreamReset):
            self.end(event.stream_id)
        if self.http is not None:
            for happened in self.http.handle_event(event):
                self.on_http(happened)

    def on_http(self, event):
        """A request, or octets on a stream."""
        stream = event.stream_id
        if isinstance(event, HeadersReceived) and stream not in self.echoes:
            self.answer(stream, event.headers)
        elif isinstance(event, DataReceived) and (echo := self.echoes.get(stream)):
            echo.receive(event.data)
        if getattr(event, "stream_ended", False) and self.echoes.get(stream):
            self.end(stream)
        self.transmit()

    def answer(self, stream, headers):
        """Opens a WebSocket connection, or refuses to."""
        self.echoes[stream] = None
        fields = dict(headers)
        if fields.get(b":method") != b"CONNECT" or fields.get(b":protocol") != b"websocket":
            self.refuse(stream, 501)
        elif fields.get(b"sec-websocket-version") != b"13":
            self.refuse(stream, 400, (b"sec-websocket-version", b"13"))
        else:
            try:
                self.open(stream, listed(headers, b"sec-websocket-extensions"), listed(headers, b"sec-websocket-protocol"))
            except ValueError:  # of wsproto, about the offer
                self.refuse(stream, 400)

    def open(self, stream, offer, subprotocols):
        """Opens a WebSocket connection with what both ends know."""
        extensions = [PerMessageDeflate()]
        agreed = server_extensions_handshake(offer, extensions)
        head = [(b":status", b"200")]
        if agreed:
            head.append((b"sec-websocket-extensions", agreed))
        if "wsspec.echo" in subprotocols:
            head.append((b"sec-websocket-protocol", b"wsspec.echo"))
        self.http.send_headers(stream, head)
        self.echoes[stream] = Echo(self, stream, extensions)

    def refuse(self, stream, status, *fields):
        """Sends a response that opens nothing."""
        self.http.send_headers(stream, [(b":status", b"%d" % status), *fields], end_stream=True)

    def end(self, stream):
        """Ends our half of a stream, once."""
        if self.echoes.get(stream):
            self.echoes[stream] = None
            self.http.send_data(stream, b"", end_stream=True)


class Echo:
    """One WebSocket connection, on a stream."""

    def __init__(self, protocol, stream, extensions):
        self.protocol = protocol
        self.stream = stream
        self.connection = Connection(ConnectionType.SERVER, extensions)
        self.parts = []

    def receive(self, data):
        """Reads octets, and answers what they contain."""
        self.connection.receive_data(data)
        for event in self.connection.events():
            if isinstance(event, Ping):
                self.send(event.response())
            elif isinstance(event, (BytesMessage, TextMessage)):
                self.parts.append(event.data)
                if event.message_finished:
                    whole = type(event.data)().join(self.parts)
                    self.parts = []
                    self.send(type(event)(data=whole))
            elif isinstance(event, CloseConnection):
                is_theirs = self.connection.state is ConnectionState.REMOTE_CLOSING
                self.send(event.response() if is_theirs else CloseConnection(code=event.code))
                self.protocol.end(self.stream)
                return

    def send(self, event):
        """Sends what wsproto makes of an event, unless the connection is over."""
        if self.connection.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
            self.protocol.http.send_data(self.stream, self.connection.send(event), end_stream=False)


def certify(folder):
    """Writes a self-signed certificate for this machine and its key, as two files in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(encoding))
    (folder / "key.pem").write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))


async def main(port):
    with tempfile.TemporaryDirectory() as folder:
        certify(Path(folder))
        configuration = QuicConfiguration(alpn_protocols=H3_ALPN, is_client=False)
        configuration.load_cert_chain(f"{folder}/certificate.pem", f"{folder}/key.pem")
        server = await serve("127.0.0.1", port, configuration=configuration, create_protocol=EchoProtocol)
        host, port = server._transport.get_extra_info("sockname")
        print(f"listening on wss://{host}:{port}", flush=True)
        await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1])))
