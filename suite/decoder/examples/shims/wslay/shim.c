/* wslay's event API behind the shim protocol of docs/decoders.md: cc -O1 -g -o shim shim.c -lwslay */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wslay/wslay.h>

/* The bytes of the connection that wslay has not read. */
struct connection {
  const uint8_t *bytes;
  size_t left;
  int closed; /* a close frame came, or the bytes were rejected */
};

static void put(char kind, const void *payload, size_t length) {
  uint8_t head[5] = {(uint8_t)kind, (uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8),
                     (uint8_t)length};
  fwrite(head, 1, sizeof head, stdout);
  if (length > 0) fwrite(payload, 1, length, stdout);
}

static int get(void *out, size_t length) { return length == 0 || fread(out, 1, length, stdin) == length; }

static size_t length_of(const uint8_t *head) {
  return (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
}

static ssize_t on_recv(wslay_event_context_ptr ctx, uint8_t *out, size_t length, int flags, void *data) {
  struct connection *connection = data;
  size_t count = length < connection->left ? length : connection->left;
  (void)flags;
  if (count == 0) {
    wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  memcpy(out, connection->bytes, count);
  connection->bytes += count;
  connection->left -= count;
  return (ssize_t)count;
}

static void on_message(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *message, void *data) {
  struct connection *connection = data;
  (void)ctx;
  switch (message->opcode) {
  case WSLAY_TEXT_FRAME: put('T', message->msg, message->msg_length); break;
  case WSLAY_BINARY_FRAME: put('M', message->msg, message->msg_length); break;
  case WSLAY_PING: put('P', message->msg, message->msg_length); break;
  case WSLAY_PONG: put('O', message->msg, message->msg_length); break;
  case WSLAY_CONNECTION_CLOSE:
    /* The payload is the code and the reason, as in a message `C`; one byte is neither. */
    put('C', message->msg, message->msg_length == 1 ? 0 : message->msg_length);
    connection->closed = 1;
    break;
  default: break;
  }
}

static int on_genmask(wslay_event_context_ptr ctx, uint8_t *out, size_t length, void *data) {
  (void)ctx;
  (void)data;
  memset(out, 0, length);
  return 0;
}

static ssize_t on_send(wslay_event_context_ptr ctx, const uint8_t *bytes, size_t length, int flags, void *data) {
  (void)ctx;
  (void)bytes;
  (void)flags;
  (void)data;
  return (ssize_t)length; /* goes nowhere */
}

static wslay_event_context_ptr begin(int of_client, struct connection *connection) {
  struct wslay_event_callbacks callbacks = {on_recv, on_send, on_genmask, NULL, NULL, NULL, on_message};
  wslay_event_context_ptr ctx = NULL;
  memset(connection, 0, sizeof *connection);
  int failed = of_client ? wslay_event_context_server_init(&ctx, &callbacks, connection)
                         : wslay_event_context_client_init(&ctx, &callbacks, connection);
  if (failed) {
    fprintf(stderr, "no context: %d\n", failed);
    exit(1);
  }
  return ctx;
}

static void decode(wslay_event_context_ptr ctx, struct connection *connection, const uint8_t *bytes, size_t length) {
  connection->bytes = bytes;
  connection->left = length;
  int failed = wslay_event_recv(ctx);
  /* wslay reports a violation by closing: it stops reading although no close frame has arrived. */
  if (!connection->closed && (failed || !wslay_event_get_read_enabled(ctx))) {
    wslay_event_send(ctx); /* the close frame is queued; its code is known once it was sent */
    uint16_t code = wslay_event_get_status_code_sent(ctx);
    /* These two mean a close frame without a code, and no close frame. */
    if (code == WSLAY_CODE_NO_STATUS_RCVD || code == WSLAY_CODE_ABNORMAL_CLOSURE) code = 0;
    uint8_t shown[2] = {(uint8_t)(code >> 8), (uint8_t)code};
    put(code == 0 ? 'F' : 'R', shown, code == 0 ? 0 : sizeof shown);
    connection->closed = 1;
    return;
  }
  put('A', NULL, 0);
}

/* Answers the requests of a batch. Those after the end of a connection get no answer. */
static int answer(wslay_event_context_ptr *ctx, struct connection *connection, const uint8_t *requests, size_t size) {
  for (size_t at = 0; at + 5 <= size;) {
    const uint8_t *head = requests + at, *payload = head + 5;
    size_t length = length_of(head);
    if (length > size - at - 5) return -1;
    at += 5 + length;
    if (head[0] == 'N') {
      if (*ctx != NULL) wslay_event_context_free(*ctx);
      *ctx = begin(length > 0 && payload[0] == 'C', connection);
    } else if (head[0] == 'B' && *ctx != NULL) {
      if (!connection->closed) decode(*ctx, connection, payload, length);
    } else {
      return -1;
    }
  }
  return 0;
}

int main(void) {
  struct connection connection;
  wslay_event_context_ptr ctx = NULL;
  put('H', "wsspec-decoder 2", 16);
  fflush(stdout);
  for (uint8_t head[5]; get(head, sizeof head);) {
    size_t length = length_of(head);
    uint8_t *payload = malloc(length + 1);
    if (payload == NULL || !get(payload, length)) break;
    if (head[0] != 'Q' || answer(&ctx, &connection, payload, length) != 0) {
      fprintf(stderr, "unknown message\n");
      return 1;
    }
    fflush(stdout);
    free(payload);
  }
  if (ctx != NULL) wslay_event_context_free(ctx);
  return 0;
}
