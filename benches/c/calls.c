/* What a call through the C header costs: lines of "name<TAB>nanoseconds", each the least of several rounds. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "syncline.h"

enum { ROUNDS = 7 };

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
  printf("C: %s\t%.1f\n", name, best);
}

int main(void) {
  syncline_client_config config;
  syncline_client_config_init(&config, sizeof config);
  if (syncline_client_new(&config, &client, NULL) < 0) return 1;
  if (syncline_client_room_open(client, "bench", 5, 1, &room, NULL) < 0) return 1;
  set_integer(1);
  set_json(1);
  measure("a call that does nothing (abi_version)", 10000000, version);
  measure("poll with nothing to tell", 1000000, poll_nothing);
  measure("get an integer", 1000000, get_integer);
  measure("get a 50 B object as JSON", 1000000, get_json);
  measure("set an integer (coalesced draft)", 200000, set_integer);
  measure("set a 50 B object (coalesced draft)", 200000, set_json);
  syncline_client_free(client);
  return 0;
}
