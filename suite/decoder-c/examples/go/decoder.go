package gorilla_fuzz

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"regexp"
	"time"

	"github.com/gorilla/websocket"
)

type kind int

const (
	textMessage kind = iota
	binaryMessage
	pingFrame
	pongFrame
	closeFrame
)

type event struct {
	kind    kind
	payload []byte
}

// A decoder is a connection of gorilla/websocket whose other end is here: it reads in a goroutine of its own, and stops
// there when it has read everything.
type decoder struct {
	segments chan []byte
	hungry   chan struct{}
	over     chan error
	seen     []event
	rest     []byte
	isClient bool
}

func newDecoder(ofClient bool) *decoder {
	decoder := &decoder{
		segments: make(chan []byte),
		hungry:   make(chan struct{}),
		over:     make(chan error, 1),
		isClient: !ofClient,
	}
	go func() { decoder.over <- decoder.run() }()
	<-decoder.hungry
	return decoder
}

// decode passes on bytes, and waits until they are read.
func (d *decoder) decode(bytes []byte) ([]event, error) {
	d.segments <- bytes
	var failed error
	select {
	case <-d.hungry:
	case failed = <-d.over:
		d.over <- failed
	}
	seen := d.seen
	d.seen = nil
	return seen, failed
}

func (d *decoder) end() { close(d.segments) }

func (d *decoder) run() error {
	socket, err := d.open()
	if err != nil {
		panic(err)
	}
	note := func(kind kind, payload string) { d.seen = append(d.seen, event{kind, []byte(payload)}) }
	socket.SetPingHandler(func(payload string) error { note(pingFrame, payload); return nil })
	socket.SetPongHandler(func(payload string) error { note(pongFrame, payload); return nil })
	socket.SetCloseHandler(func(code int, reason string) error {
		body := ""
		if code != websocket.CloseNoStatusReceived {
			body = string(binary.BigEndian.AppendUint16(nil, uint16(code))) + reason
		}
		note(closeFrame, body)
		return nil
	})
	for {
		kind, payload, err := socket.ReadMessage()
		var closed *websocket.CloseError
		switch {
		case errors.As(err, &closed):
			// The close frame is an event, not a failure, and nothing follows it.
			d.hungry <- struct{}{}
			<-d.segments
			return nil
		case err != nil:
			return err
		case kind == websocket.TextMessage:
			note(textMessage, string(payload))
		default:
			note(binaryMessage, string(payload))
		}
	}
}

// open makes a server or a client of it.
func (d *decoder) open() (*websocket.Conn, error) {
	if d.isClient {
		dialer := websocket.Dialer{NetDial: func(string, string) (net.Conn, error) { return d, nil }}
		socket, _, err := dialer.Dial("ws://example.org/", nil)
		return socket, err
	}
	request := &http.Request{Method: http.MethodGet, Header: http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}}
	return (&websocket.Upgrader{}).Upgrade(response{d}, request, nil)
}

var keyField = regexp.MustCompile(`Sec-WebSocket-Key: (\S+)`)

// The methods of a net.Conn.

func (d *decoder) Read(out []byte) (int, error) {
	for len(d.rest) == 0 {
		d.hungry <- struct{}{}
		segment, isOpen := <-d.segments
		if !isOpen {
			return 0, io.EOF
		}
		d.rest = segment
	}
	count := copy(out, d.rest)
	d.rest = d.rest[count:]
	return count, nil
}

// Write answers the opening handshake of a client.
func (d *decoder) Write(bytes []byte) (int, error) {
	if key := keyField.FindSubmatch(bytes); d.isClient && key != nil {
		sum := sha1.Sum(append(key[1], "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"...))
		d.rest = []byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n")
	}
	return len(bytes), nil
}

func (d *decoder) Close() error                     { return nil }
func (d *decoder) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (d *decoder) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (d *decoder) SetDeadline(time.Time) error      { return nil }
func (d *decoder) SetReadDeadline(time.Time) error  { return nil }
func (d *decoder) SetWriteDeadline(time.Time) error { return nil }

// response is what a handler of net/http has.
type response struct{ *decoder }

func (response) Header() http.Header { return http.Header{} }
func (response) WriteHeader(int)     {}
func (r response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return r.decoder, bufio.NewReadWriter(bufio.NewReader(r.decoder), bufio.NewWriter(r.decoder)), nil
}
