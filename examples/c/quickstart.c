/*
 * A server and a client in one program, without sockets: what a host does for the engine, in one page.
 *
 *   cc quickstart.c $(pkg-config --cflags --libs syncline) && ./a.out
 */
#include <stdio.h>
#include <string.h>

#include "syncline.h"

#define TEXT(literal) literal, sizeof(literal) - 1

enum { CONNECTION = 1 };

/* Does what the server wants done. Returns 1 if there was anything. */
static int serve(syncline_server *server, syncline_client *client, syncline_server_output *output) {
  int busy = 0;
  for (; syncline_server_poll(server, output, NULL) == SYNCLINE_STATUS_OK; busy = 1) {
    if (output->kind == SYNCLINE_SERVER_OUTPUT_KIND_TRANSMIT) {
      /* A real host writes to a socket, and says "writable" when the socket has taken it. */
      syncline_client_receive(client, output->bytes.ptr, output->bytes.len, NULL);
      syncline_server_writable(server, output->conn, NULL);
    } else if (output->kind == SYNCLINE_SERVER_OUTPUT_KIND_AUTHORIZE) {
      /* A real host looks at output->token and output->name. */
      syncline_text everything = {"", 0};
      syncline_server_grant(server, output->request, TEXT("ada"), &everything, 1, NULL);
    }
  }
  return busy;
}

/* Does what the client wants done. Returns 1 if there was anything; *settled counts verdicts. */
static int follow(syncline_client *client, syncline_server *server, syncline_client_output *output, int *settled) {
  int busy = 0;
  for (; syncline_client_poll(client, output, NULL) == SYNCLINE_STATUS_OK; busy = 1) {
    if (output->kind == SYNCLINE_CLIENT_OUTPUT_KIND_CONNECT) {
      syncline_server_connected(server, CONNECTION, NULL);
      syncline_client_connected(client, TEXT("a token"), NULL);
    } else if (output->kind == SYNCLINE_CLIENT_OUTPUT_KIND_TRANSMIT) {
      syncline_server_receive(server, CONNECTION, output->bytes.ptr, output->bytes.len, NULL);
    } else if (output->kind == SYNCLINE_CLIENT_OUTPUT_KIND_VERDICT) {
      printf("edit %d: %s\n", (int)output->draft, output->verdict == SYNCLINE_VERDICT_APPLIED ? "applied" : "refused");
      *settled += 1;
    } else if (output->kind == SYNCLINE_CLIENT_OUTPUT_KIND_CHANGE) {
      printf("changed %s: %.*s\n", output->origin == SYNCLINE_ORIGIN_LOCAL ? "here" : "there", (int)output->keys.len,
             (const char *)output->keys.ptr);
    }
  }
  return busy;
}

int main(void) {
  syncline_server_config server_config;
  syncline_server_config_init(&server_config, sizeof server_config);
  syncline_server *server = NULL;
  syncline_client_config client_config;
  syncline_client_config_init(&client_config, sizeof client_config);
  syncline_client *client = NULL;
  syncline_error *error = NULL;
  uint32_t cart = 0;

  if (syncline_server_new(&server_config, &server, &error) < 0 ||
      syncline_client_new(&client_config, &client, &error) < 0 ||
      syncline_client_room_open(client, TEXT("cart-1"), 1, &cart, &error) < 0 ||
      syncline_client_set(client, cart, TEXT("items"), TEXT("[\"tea\",\"milk\"]"), NULL, &error) < 0 ||
      syncline_client_add_i64(client, cart, TEXT("visits"), 1, NULL, &error) < 0) {
    fprintf(stderr, "%s\n", syncline_error_message(error, NULL));
    syncline_error_free(error);
    return 1;
  }
  syncline_client_flush(client, NULL); /* do not wait for more edits */

  syncline_server_output from_server;
  syncline_server_output_init(&from_server, sizeof from_server);
  syncline_client_output from_client;
  syncline_client_output_init(&from_client, sizeof from_client);
  for (int settled = 0; settled < 2;) {
    follow(client, server, &from_client, &settled);
    serve(server, client, &from_server);
  }

  uint32_t room = 0;
  syncline_buf json = {0};
  syncline_server_room_find(server, TEXT("cart-1"), &room, NULL);
  syncline_server_room_entries(server, room, TEXT(""), &json, NULL);
  printf("the server has %.*s\n", (int)json.len, (const char *)json.ptr);

  syncline_buf_free(&json);
  syncline_client_output_clear(&from_client);
  syncline_server_output_clear(&from_server);
  syncline_client_free(client);
  syncline_server_free(server);
  return 0;
}
