/* An echo server on wslay, a thread for each connection: an example of a server that counts the edges of its code.
 *
 *     wslay_server PORT */

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <wslay/wslay.h>

enum { HEAD = 8192, LINGER_MS = 1000 };
static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static uint32_t rotated(uint32_t word, int by) { return word << by | word >> (32 - by); }

/* SHA-1 of a text that fits into two blocks. */
static void sha1(const char *text, uint8_t digest[20]) {
  uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  uint8_t blocks[128] = {0};
  size_t length = strlen(text);
  memcpy(blocks, text, length);
  blocks[length] = 0x80;
  blocks[126] = (uint8_t)(length >> 5);
  blocks[127] = (uint8_t)(length << 3);
  for (const uint8_t *block = blocks; block < blocks + 128; block += 64) {
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 16; i++)
      w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 80; i++) w[i] = rotated(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
      uint32_t f = i < 20   ? ((b & c) | (~b & d)) + 0x5a827999
                   : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1
                   : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
                            : (b ^ c ^ d) + 0xca62c1d6;
      uint32_t t = rotated(a, 5) + f + e + w[i];
      e = d, d = c, c = rotated(b, 30), b = a, a = t;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
  }
  for (int i = 0; i < 20; i++) digest[i] = (uint8_t)(h[i / 4] >> (24 - i % 4 * 8));
}

static void base64_of_20(const uint8_t *bytes, char text[29]) {
  for (int i = 0; i < 7; i++) {
    uint32_t last = i < 6 ? bytes[3 * i + 2] : 0;
    uint32_t word = (uint32_t)bytes[3 * i] << 16 | (uint32_t)bytes[3 * i + 1] << 8 | last;
    for (int j = 0; j < 4; j++) text[4 * i + j] = digits[word >> (18 - 6 * j) & 63];
  }
  text[27] = '=';
  text[28] = 0;
}

/* Whether a list, separated by commas, contains a token. */
static int has_token(const char *list, const char *token) {
  size_t length = strlen(token);
  while (*list) {
    list += strspn(list, ", \t");
    size_t size = strcspn(list, ", \t");
    if (size == length && strncasecmp(list, token, size) == 0) return 1;
    list += size;
  }
  return 0;
}

/* The fields of a request that count, and how many there are of each. */
struct request {
  const char *key, *version;
  int hosts, keys, versions, upgrade, connection;
};

static void field(struct request *request, const char *name, char *value) {
  value += strspn(value, " \t");
  for (size_t end = strlen(value); end && strchr(" \t", value[end - 1]); end--) value[end - 1] = 0;
  if (strcasecmp(name, "Host") == 0) request->hosts++;
  if (strcasecmp(name, "Upgrade") == 0) request->upgrade |= has_token(value, "websocket");
  if (strcasecmp(name, "Connection") == 0) request->connection |= has_token(value, "upgrade");
  if (strcasecmp(name, "Sec-WebSocket-Key") == 0) request->key = value, request->keys++;
  if (strcasecmp(name, "Sec-WebSocket-Version") == 0) request->version = value, request->versions++;
}

/* Whether a key is 16 bytes in base64. */
static int is_key(const char *key) {
  return strlen(key) == 24 && strspn(key, digits) == 22 && strchr("AQgw", key[21]) && strcmp(key + 22, "==") == 0;
}

/* The answer to a request: a response of 101 if it opens a WebSocket. */
static void answer(char *head, char response[256]) {
  struct request request = {0};
  char *line = strtok(head, "\r\n");
  int is_fine = line && strncmp(line, "GET /", 5) == 0 && strlen(line) >= 14 &&
                strcmp(line + strlen(line) - 9, " HTTP/1.1") == 0;
  while ((line = strtok(NULL, "\r\n"))) {
    char *colon = strchr(line, ':');
    is_fine &= colon && colon != line;
    if (!colon) continue;
    *colon = 0;
    is_fine &= strcspn(line, " \t") == strlen(line);
    field(&request, line, colon + 1);
  }
  is_fine &= request.hosts == 1 && request.upgrade && request.connection;
  if (is_fine && request.versions && strcmp(request.version, "13") != 0) {
    strcpy(response, "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n"
                     "Connection: Upgrade, close\r\nContent-Length: 0\r\n\r\n");
  } else if (!is_fine || request.versions != 1 || request.keys != 1 || !is_key(request.key)) {
    strcpy(response, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  } else {
    char text[64], accept[29];
    uint8_t digest[20];
    snprintf(text, sizeof text, "%s%s", request.key, guid);
    sha1(text, digest);
    base64_of_20(digest, accept);
    snprintf(response, 256, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
  }
}

/* A connection, and what arrived after the request. */
struct connection {
  int socket;
  char head[HEAD + 1];
  size_t size, read;
};

/* Reads the request and answers it; whether the connection is a WebSocket now. */
static int open_handshake(struct connection *connection) {
  char response[256], *end;
  while (!(end = strstr(connection->head, "\r\n\r\n"))) {
    ssize_t count = recv(connection->socket, connection->head + connection->size, HEAD - connection->size, 0);
    if (count <= 0) return 0;
    connection->size += (size_t)count;
    connection->head[connection->size] = 0;
  }
  connection->read = (size_t)(end - connection->head) + 4;
  end[2] = 0;
  answer(connection->head, response);
  return send(connection->socket, response, strlen(response), 0) > 0 && strstr(response, " 101 ");
}

static ssize_t on_recv(wslay_event_context_ptr ctx, uint8_t *out, size_t length, int flags, void *data) {
  struct connection *connection = data;
  size_t left = connection->size - connection->read;
  (void)flags;
  if (left > 0) {
    size_t count = length < left ? length : left;
    memcpy(out, connection->head + connection->read, count);
    connection->read += count;
    return (ssize_t)count;
  }
  ssize_t count = recv(connection->socket, out, length, MSG_DONTWAIT);
  if (count > 0) return count;
  wslay_event_set_error(ctx, count < 0 ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
  return -1;
}

static ssize_t on_send(wslay_event_context_ptr ctx, const uint8_t *bytes, size_t length, int flags, void *data) {
  struct connection *connection = data;
  (void)flags;
  ssize_t count = send(connection->socket, bytes, length, 0);
  if (count < 0) wslay_event_set_error(ctx, WSLAY_ERR_CALLBACK_FAILURE);
  return count;
}

static void on_message(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *message, void *data) {
  struct wslay_event_msg echo = {message->opcode, message->msg, message->msg_length};
  (void)data;
  if (!wslay_is_ctrl_frame(message->opcode)) wslay_event_queue_msg(ctx, &echo);
}

static void serve(struct connection *connection) {
  struct wslay_event_callbacks callbacks = {.recv_callback = on_recv, .send_callback = on_send, .on_msg_recv_callback = on_message};
  wslay_event_context_ptr ctx;
  if (wslay_event_context_server_init(&ctx, &callbacks, connection) != 0) return;
  while (wslay_event_want_read(ctx) || wslay_event_want_write(ctx)) {
    struct pollfd poll_for = {connection->socket, POLLIN, 0};
    if (wslay_event_want_write(ctx)) {
      if (wslay_event_send(ctx) != 0) break;
      continue;
    }
    if (connection->read == connection->size && poll(&poll_for, 1, -1) < 0) break;
    if (wslay_event_recv(ctx) != 0) break;
  }
  wslay_event_context_free(ctx);
}

static void *run(void *data) {
  struct connection *connection = data;
  struct pollfd poll_for = {connection->socket, POLLIN, 0};
  char rest[4096];
  if (open_handshake(connection)) serve(connection);
  shutdown(connection->socket, SHUT_WR);
  while (poll(&poll_for, 1, LINGER_MS) > 0 && recv(connection->socket, rest, sizeof rest, 0) > 0) continue;
  close(connection->socket);
  free(connection);
  return NULL;
}

int main(int count, char **words) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  if (count != 2) return fprintf(stderr, "usage: wslay_server PORT\n"), 2;
  address.sin_port = htons((uint16_t)atoi(words[1]));
  signal(SIGPIPE, SIG_IGN);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 128) != 0)
    return perror("wslay_server"), 1;
  for (;;) {
    pthread_t thread;
    struct connection *connection = calloc(1, sizeof *connection);
    connection->socket = accept(listener, NULL, NULL);
    if (connection->socket < 0 || pthread_create(&thread, NULL, run, connection) != 0) continue;
    pthread_detach(thread);
  }
}
