/* What a call through the C header costs: lines of "name<TAB>nanoseconds", each the least of several rounds. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "syncline.h"

/* Of ten milliseconds or so each, so that some are not disturbed. */
enum { ROUNDS = 30 };

static syncline_client *client;
static uint32_t room;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void version(unsigned n) {
  while (n-- > 0) {
    if (syncline_abi_version() != 1) return;
  }
}

static void get_integer(unsigned n) {
  int64_t value = 0;
  while (n-- > 0) syncline_client_get_i64(client, room, "visits", 6, &value, NULL);
}

static void get_json(unsigned n) {
  while (n-- > 0) {
    syncline_buf json = {0};
    syncline_client_get(client, room, "items", 5, &json, NULL);
    syncline_buf_free(&json);
  }
}

static void set_integer(unsigned n) {
  while (n-- > 0) syncline_client_set_i64(client, room, "visits", 6, (int64_t)n, NULL, NULL);
}

static void set_json(unsigned n) {
  static const char json[] = "{\"name\":\"tea\",\"price\":4,\"tags\":[\"green\",\"loose\"]}";
  while (n-- > 0) syncline_client_set(client, room, "items", 5, json, sizeof json - 1, NULL, NULL);
}

static void poll_nothing(unsigned n) {
  syncline_client_output output;
  syncline_client_output_init(&output, sizeof output);
  while (syncline_client_poll(client, &output, NULL) == SYNCLINE_STATUS_OK) continue;
  while (n-- > 0) syncline_client_poll(client, &output, NULL);
}

static void measure(const char *name, unsigned calls, void (*work)(unsigned)) {
  double best = 1e18;
  for (int round = 0; round < ROUNDS; round++) {
    double start = now();
    work(calls);
    double each = (now() - start) / calls;
    if (each < best) best = each;
  }
  printf("%s\t%.1f\n", name, best);
}

/* A client and a server that hand their frames to each other. */
static struct {
  syncline_server *server;
  syncline_client *client;
  uint32_t room;
  uint64_t conn;
} pair;

static void grant(uint64_t request) {
  static const syncline_text everything = {"", 0};
  syncline_server_grant(pair.server, request, "ada", 3, &everything, 1, NULL);
}

/* Carries out what both want, and says whether the client told of a change or that it is ready. */
static int pump(void) {
  static syncline_server_output said;
  static syncline_client_output told;
  int heard = 0;
  if (said.struct_size == 0) syncline_server_output_init(&said, sizeof said);
  if (told.struct_size == 0) syncline_client_output_init(&told, sizeof told);
  while (syncline_server_poll(pair.server, &said, NULL) == SYNCLINE_STATUS_OK) {
    if (said.kind == SYNCLINE_SERVER_OUTPUT_KIND_TRANSMIT) {
      syncline_client_receive(pair.client, said.bytes.ptr, said.bytes.len, NULL);
      syncline_server_writable(pair.server, pair.conn, NULL);
    } else if (said.kind == SYNCLINE_SERVER_OUTPUT_KIND_AUTHORIZE) {
      grant(said.request);
    }
  }
  while (syncline_client_poll(pair.client, &told, NULL) == SYNCLINE_STATUS_OK) {
    if (told.kind == SYNCLINE_CLIENT_OUTPUT_KIND_TRANSMIT) {
      syncline_server_receive(pair.server, pair.conn, told.bytes.ptr, told.bytes.len, NULL);
    }
    heard |= told.kind == SYNCLINE_CLIENT_OUTPUT_KIND_CHANGE || told.kind == SYNCLINE_CLIENT_OUTPUT_KIND_READY;
  }
  return heard;
}

/* Another client, until it knows the room's state. */
static void meet(void) {
  static const char options[] = "{\"durable\":false}";
  syncline_client_config config;
  syncline_client_config_init(&config, sizeof config);
  config.mode = SYNCLINE_MODE_MANUAL;
  config.options = options;
  config.options_len = sizeof options - 1;
  memset(config.seed, 2, sizeof config.seed);
  syncline_client_free(pair.client);
  if (pair.conn > 0) syncline_server_disconnected(pair.server, pair.conn, NULL);
  if (syncline_client_new(&config, &pair.client, NULL) < 0) abort();
  syncline_client_room_open(pair.client, "bench", 5, 1, &room, NULL);
  pair.conn++;
  syncline_client_connected(pair.client, "token", 5, NULL);
  syncline_server_connected(pair.server, pair.conn, NULL);
  while (!pump()) continue;
}

static void connect_anew(unsigned n) {
  while (n-- > 0) meet();
}

static void tell_change(unsigned n) {
  while (n-- > 0) {
    syncline_edits *edits = NULL;
    syncline_edits_new(&edits, NULL);
    syncline_edits_add_i64(edits, "visits", 6, 1, NULL);
    syncline_server_room_write(pair.server, pair.room, edits, NULL, NULL);
    syncline_edits_free(edits);
    while (!pump()) continue;
  }
}

static int measure_pair(void) {
  syncline_server_config config;
  syncline_server_config_init(&config, sizeof config);
  config.mode = SYNCLINE_MODE_MANUAL;
  config.durability = SYNCLINE_DURABILITY_VOLATILE;
  memset(config.seed, 1, sizeof config.seed);
  if (syncline_server_new(&config, &pair.server, NULL) < 0) return 1;
  if (syncline_server_room_open(pair.server, "bench", 5, &pair.room, NULL) < 0) return 1;
  meet();
  measure("a change told: write, frame, event", 3000, tell_change);
  measure("connect: greet, join, first state", 1000, connect_anew);
  syncline_client_free(pair.client);
  syncline_server_free(pair.server);
  return 0;
}

int main(void) {
  syncline_client_config config;
  syncline_client_config_init(&config, sizeof config);
  if (syncline_client_new(&config, &client, NULL) < 0) return 1;
  if (syncline_client_room_open(client, "bench", 5, 1, &room, NULL) < 0) return 1;
  set_integer(1);
  set_json(1);
  measure("a call that does nothing (abi_version)", 1000000, version);
  measure("poll with nothing to tell", 100000, poll_nothing);
  measure("get an integer", 400000, get_integer);
  measure("get a 50 B object", 150000, get_json);
  measure("set an integer", 20000, set_integer);
  measure("set a 50 B object", 10000, set_json);
  syncline_client_free(client);
  return measure_pair();
}
