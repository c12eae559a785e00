/*
 * A syncline client over WebSockets, with its outbox on disk and a command line.
 *
 *   client HOST PORT ROOM JOURNAL
 *
 * Commands on standard input; answers are JSON lines on standard output:
 *
 *   set KEY JSON | merge KEY JSON | add KEY INTEGER | delete KEY | get KEY
 *   edits FILE RATE   makes the edits "set|merge|add|delete<TAB>key[<TAB>json]" of a file, RATE a second
 *   offline | online  drops the connection and makes none, makes one again
 *   sync              answers when every edit has its verdict
 *   pending | version | status | metrics
 *   dump FILE         writes the room as one JSON object
 *   quit              stops; edits without a verdict stay in the journal
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "frames.h"
#include "syncline.h"

enum { LINKS = 4, CLOSE_SECONDS = 5 };

static syncline_client *client;
static struct lws_context *context;
static uint32_t room;
static const char *host, *token;
static int port;

/* One connection; each has its own, since an old one may still be ending when the next one begins. */
struct link {
  struct lws *wsi;
  struct frames out;
  struct message in;
  int closing;
};

/* The connection that the engine knows, or NULL. Of the thread of the sockets. */
static struct link *current;

static pthread_t scripting;
static int scripted;
static atomic_int offline, quit, syncing, running;

static void die(const char *what, syncline_error *error) {
  fprintf(stderr, "%s: %s\n", what, error != NULL ? syncline_error_message(error, NULL) : "failed");
  exit(1);
}

/* The connection could not be opened, or is over. */
static void lost(struct link *link) {
  if (link == current) {
    current = NULL;
    syncline_client_disconnected(client, NULL);
  }
}

static void open_socket(void) {
  static struct link links[LINKS];
  struct link *link = links;
  while (link < links + LINKS && link->wsi != NULL) link++;
  if (atomic_load(&offline) || link == links + LINKS) {
    syncline_client_disconnected(client, NULL);
    return;
  }
  memset(link, 0, sizeof *link);
  frames_init(&link->out);
  current = link;
  struct lws_client_connect_info info = {0};
  info.context = context;
  info.address = info.host = host; /* no origin: that is what web pages say */
  info.port = port;
  info.path = "/";
  info.protocol = info.local_protocol_name = "syncline";
  info.userdata = link;
  info.pwsi = &link->wsi;
  if (lws_client_connect_via_info(&info) == NULL) {
    link->wsi = NULL;
    lost(link);
  }
}

/* Ends a connection after what waits to be sent, and in any case in a few seconds: the peer may be dead. */
static void close_socket(void) {
  if (current == NULL) return;
  current->closing = 1;
  /* An attempt may have ended without a word of the library. */
  if (current->wsi != NULL) {
    lws_callback_on_writable(current->wsi);
    lws_set_timeout(current->wsi, PENDING_TIMEOUT_USER_OK, CLOSE_SECONDS);
  }
  current = NULL;
}

/* What the engine tells. An application shows a refused edit with its sides: mine, base and theirs. */
static void tell(const syncline_client_output *event) {
  if (event->kind == SYNCLINE_CLIENT_OUTPUT_KIND_FAILED) {
    fprintf(stderr, "connection: %.*s\n", (int)event->message.len, (const char *)event->message.ptr);
  } else if (event->kind == SYNCLINE_CLIENT_OUTPUT_KIND_DENIED) {
    fprintf(stderr, "room: %s\n", syncline_status_name(event->status));
  } else if (event->kind == SYNCLINE_CLIENT_OUTPUT_KIND_STORAGE_FAILED) {
    fprintf(stderr, "storage failed\n");
  }
}

/* Does what the engine wants done. Only the thread of the sockets calls this. */
static void drain(void) {
  syncline_client_output output;
  syncline_client_output_init(&output, sizeof output);
  while (syncline_client_poll(client, &output, NULL) == SYNCLINE_STATUS_OK) {
    switch (output.kind) {
      case SYNCLINE_CLIENT_OUTPUT_KIND_CONNECT:
        open_socket();
        break;
      case SYNCLINE_CLIENT_OUTPUT_KIND_TRANSMIT:
        if (current != NULL) {
          frames_push(&current->out, output.bytes.ptr, output.bytes.len);
          lws_callback_on_writable(current->wsi);
        }
        break;
      case SYNCLINE_CLIENT_OUTPUT_KIND_DISCONNECT:
        close_socket();
        break;
      default:
        tell(&output);
        break;
    }
  }
  syncline_client_output_clear(&output);

  uint64_t pending = 1;
  if (atomic_load(&syncing) && syncline_client_room_ready(client, room, NULL) == SYNCLINE_STATUS_OK &&
      syncline_client_room_pending(client, room, &pending, NULL) == SYNCLINE_STATUS_OK && pending == 0) {
    atomic_store(&syncing, 0);
    printf("{\"synced\":true}\n");
  }
}

static int on_socket(struct lws *socket, enum lws_callback_reasons reason, void *user, void *data, size_t len) {
  struct link *link = user;
  switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
      if (link->closing) return -1;
      syncline_client_connected(client, token, strlen(token), NULL);
      break;
    case LWS_CALLBACK_CLIENT_RECEIVE:
      if (link == current && message_take(&link->in, socket, data, len)) {
        syncline_client_receive(client, link->in.bytes, link->in.len, NULL);
        message_clear(&link->in);
      }
      break;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
      if (!frames_write(&link->out, socket)) return -1;
      if (link->out.first != NULL) {
        lws_callback_on_writable(socket);
      } else if (link->closing) {
        return -1;
      }
      break;
    case LWS_CALLBACK_WSI_DESTROY:
      /* An attempt that was never answered ends with this and nothing else. */
      if (link == NULL || link->wsi != socket) return 0;
      /* fall through */
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_CLOSED:
      frames_clear(&link->out);
      message_clear(&link->in);
      link->wsi = NULL;
      lost(link);
      break;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
      if (atomic_load(&offline) && current != NULL && current->wsi != NULL) {
        lws_set_timeout(current->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
      }
      break;
    default:
      return lws_callback_http_dummy(socket, reason, user, data, len);
  }
  drain();
  return 0;
}

/* There is something to poll: the thread of the sockets does it. */
static void on_wake(void *user_data) {
  (void)user_data;
  lws_cancel_service(context);
}

/* Edits are made from any thread, also without a connection. */
static syncline_status edit(const char *kind, const char *key, const char *json) {
  syncline_error *error = NULL;
  syncline_status status = SYNCLINE_STATUS_INVALID_ARGUMENT;
  if (strcmp(kind, "set") == 0) {
    status = syncline_client_set(client, room, key, strlen(key), json, strlen(json), NULL, &error);
  } else if (strcmp(kind, "merge") == 0) {
    status = syncline_client_merge(client, room, key, strlen(key), json, strlen(json), NULL, &error);
  } else if (strcmp(kind, "add") == 0) {
    status = syncline_client_add_i64(client, room, key, strlen(key), strtoll(json, NULL, 10), NULL, &error);
  } else if (strcmp(kind, "delete") == 0) {
    status = syncline_client_delete(client, room, key, strlen(key), NULL, &error);
  }
  if (status < 0) {
    fprintf(stderr, "%s %s: %s\n", kind, key, error != NULL ? syncline_error_message(error, NULL) : "no such edit");
  }
  syncline_error_free(error);
  return status;
}

struct script {
  char path[512];
  unsigned rate;
};

static void *run_script(void *argument) {
  struct script *script = argument;
  FILE *file = fopen(script->path, "r");
  if (file == NULL) die(script->path, NULL);
  char *line = NULL;
  size_t capacity = 0;
  unsigned edits = 0;
  for (ssize_t len; (len = getline(&line, &capacity, file)) > 0 && !atomic_load(&quit); edits++) {
    if (line[len - 1] == '\n') line[len - 1] = '\0';
    char *rest = line;
    const char *kind = strsep(&rest, "\t"), *key = strsep(&rest, "\t");
    if (key == NULL) die(script->path, NULL);
    edit(kind, key, rest != NULL ? rest : "");
    usleep(1000000 / script->rate);
  }
  printf("{\"edited\":%u}\n", edits);
  free(line);
  free(script);
  fclose(file);
  atomic_store(&running, 0);
  return NULL;
}

static void dump(const char *path) {
  syncline_buf json = {0};
  syncline_error *error = NULL;
  if (syncline_client_entries(client, room, "", 0, &json, &error) < 0) die("dump", error);
  FILE *file = fopen(path, "w");
  if (file == NULL || fwrite(json.ptr, 1, json.len, file) != json.len || fclose(file) != 0) die(path, NULL);
  syncline_buf_free(&json);
  printf("{\"dumped\":true}\n");
}

static void answer(const char *what) {
  static const char *const names[] = {"synced", "pending", "offline", "degraded"};
  uint64_t number = 0;
  uint32_t status = 0;
  syncline_buf json = {0};
  if (strcmp(what, "pending") == 0) {
    syncline_client_room_pending(client, room, &number, NULL);
    printf("{\"pending\":%" PRIu64 "}\n", number);
  } else if (strcmp(what, "version") == 0) {
    syncline_client_room_version(client, room, &number, NULL);
    printf("{\"version\":%" PRIu64 "}\n", number);
  } else if (strcmp(what, "status") == 0) {
    syncline_client_status(client, &status, NULL);
    printf("{\"status\":\"%s\"}\n", status < 4 ? names[status] : "?");
  } else if (strcmp(what, "metrics") == 0) {
    syncline_client_metrics(client, &json, NULL);
    printf("{\"metrics\":%.*s}\n", (int)json.len, (const char *)json.ptr);
    syncline_buf_free(&json);
  } else {
    fprintf(stderr, "see the beginning of client.c for the commands\n");
  }
}

static void command(char *line) {
  char *rest = line;
  const char *word = strsep(&rest, " "), *key = strsep(&rest, " ");
  if (key == NULL && (strcmp(word, "offline") == 0 || strcmp(word, "online") == 0)) {
    atomic_store(&offline, word[1] == 'f');
    lws_cancel_service(context);
    printf("{\"%s\":true}\n", word);
  } else if (key == NULL && strcmp(word, "sync") == 0) {
    syncline_client_flush(client, NULL);
    atomic_store(&syncing, 1);
    lws_cancel_service(context);
  } else if (key == NULL) {
    answer(word);
  } else if (strcmp(word, "dump") == 0) {
    dump(key);
  } else if (strcmp(word, "edits") == 0) {
    if (atomic_load(&running)) {
      fprintf(stderr, "one file after the other, please\n");
      return;
    }
    if (scripted) pthread_join(scripting, NULL);
    struct script *script = calloc(1, sizeof *script);
    if (script == NULL) abort();
    snprintf(script->path, sizeof script->path, "%s", key);
    script->rate = rest != NULL && atoi(rest) > 0 ? (unsigned)atoi(rest) : 100;
    atomic_store(&running, 1);
    scripted = pthread_create(&scripting, NULL, run_script, script) == 0;
    if (!scripted) die("thread", NULL);
  } else if (strcmp(word, "get") == 0) {
    syncline_buf json = {0};
    syncline_status status = syncline_client_get(client, room, key, strlen(key), &json, NULL);
    printf("{\"value\":%.*s}\n", status == SYNCLINE_STATUS_OK ? (int)json.len : 4,
           status == SYNCLINE_STATUS_OK ? (const char *)json.ptr : "null");
    syncline_buf_free(&json);
  } else {
    edit(word, key, rest != NULL ? rest : "");
  }
}

static void *commands(void *unused) {
  (void)unused;
  char *line = NULL;
  size_t capacity = 0;
  for (ssize_t len; (len = getline(&line, &capacity, stdin)) > 0;) {
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(line, "quit") == 0) break;
    command(line);
  }
  free(line);
  atomic_store(&quit, 1);
  lws_cancel_service(context);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "client HOST PORT ROOM JOURNAL\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  lws_set_log_level(0, NULL);
  host = argv[1];
  port = atoi(argv[2]);
  /* The demo's server takes any token for a name; a real one wants proof. */
  token = strrchr(argv[4], '/') != NULL ? strrchr(argv[4], '/') + 1 : argv[4];

  static const struct lws_protocols protocols[] = {{"syncline", on_socket, 0, 1 << 16, 0, NULL, 0},
                                                   {NULL, NULL, 0, 0, 0, NULL, 0}};
  struct lws_context_creation_info info = {0};
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.protocols = protocols;
  context = lws_create_context(&info);
  if (context == NULL) die("context", NULL);

  syncline_client_config config;
  syncline_client_config_init(&config, sizeof config);
  config.storage = argv[4];
  config.storage_len = strlen(argv[4]);
  syncline_error *error = NULL;
  if (syncline_client_new(&config, &client, &error) < 0) die(argv[4], error);
  if (syncline_client_room_open(client, argv[3], strlen(argv[3]), 1, &room, &error) < 0) die(argv[3], error);
  uint64_t restored = 0;
  syncline_client_room_pending(client, room, &restored, NULL);
  printf("{\"restored\":%" PRIu64 "}\n", restored);
  if (syncline_client_set_wake(client, on_wake, NULL, NULL, &error) < 0) die("wake", error);

  pthread_t reader;
  pthread_create(&reader, NULL, commands, NULL);
  drain();
  while (!atomic_load(&quit)) lws_service(context, 0);
  /* Other threads use the context and the client: they end before those do. */
  pthread_join(reader, NULL);
  if (scripted) pthread_join(scripting, NULL);
  uint64_t unsettled = 0;
  syncline_client_close(client, &unsettled, NULL);
  drain();
  syncline_client_set_wake(client, NULL, NULL, NULL, NULL);
  lws_context_destroy(context);
  syncline_client_free(client);
  return 0;
}
