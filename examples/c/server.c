/*
 * A syncline server over WebSockets, with rooms on disk and a command line.
 *
 *   server PORT DIRECTORY [POLICY_JSON]      port 0 takes any free one
 *
 * Commands on standard input; answers are JSON lines on standard output:
 *
 *   load ROOM FILE   writes "key<TAB>json" lines into a room, as the host
 *   dump ROOM FILE   writes the room as one JSON object
 *   kick             ends every connection
 *   metrics          what was counted
 *   quit             stops, as the end of the input, SIGTERM and SIGINT do: everything accepted is durable, everyone is
 *                    told what became of it, and clients are told to come back
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "frames.h"
#include "syncline.h"

enum { BATCH = 32, FRAME_BYTES_MAX = 1 << 20, CLOSE_SECONDS = 5, END_MILLIS = 5000, RETRY_MILLIS = 100 };

/* One connection. */
struct session {
  struct session *next;
  struct lws *wsi;
  uint64_t conn;
  struct frames out;
  struct message in;
  int closing;
};

static syncline_server *server;
static struct lws_context *context;
static struct session *sessions;
static uint64_t conns;
static atomic_int kick, quit;
static int stop[2]; /* a pipe, into which a signal writes */
static atomic_ullong last_write, last_written;

static void die(const char *what, syncline_error *error) {
  fprintf(stderr, "%s: %s\n", what, error != NULL ? syncline_error_message(error, NULL) : "failed");
  exit(1);
}

static struct session *session_of(uint64_t conn) {
  struct session *session = sessions;
  while (session != NULL && session->conn != conn) session = session->next;
  return session;
}

/* Whoever has a token is let in under its name, to read and to write: a real server checks it. */
static void authorize(const syncline_server_output *question) {
  static const syncline_text everything = {"", 0};
  const char *who = (const char *)question->token.ptr;
  syncline_error *error = NULL;
  if (question->token.len == 0) {
    syncline_server_deny(server, question->request, SYNCLINE_STATUS_UNAUTHORIZED, NULL);
  } else if (syncline_server_grant(server, question->request, who, question->token.len, &everything, 1, &error) < 0) {
    fprintf(stderr, "refused: %s\n", syncline_error_message(error, NULL));
    syncline_error_free(error);
    syncline_server_deny(server, question->request, SYNCLINE_STATUS_UNAUTHORIZED, NULL);
  }
}

/* Does what the engine wants done. Only the thread of the sockets calls this. */
static void drain(void) {
  syncline_server_output output;
  syncline_server_output_init(&output, sizeof output);
  while (syncline_server_poll(server, &output, NULL) == SYNCLINE_STATUS_OK) {
    struct session *session = session_of(output.conn);
    switch (output.kind) {
      case SYNCLINE_SERVER_OUTPUT_KIND_TRANSMIT:
        if (session != NULL) {
          frames_push(&session->out, output.bytes.ptr, output.bytes.len);
          lws_callback_on_writable(session->wsi);
        }
        break;
      case SYNCLINE_SERVER_OUTPUT_KIND_CLOSE:
        if (session != NULL) {
          session->closing = 1;
          lws_callback_on_writable(session->wsi);
          lws_set_timeout(session->wsi, PENDING_TIMEOUT_USER_OK, CLOSE_SECONDS); /* it may not read any more */
        }
        break;
      case SYNCLINE_SERVER_OUTPUT_KIND_PAUSE:
      case SYNCLINE_SERVER_OUTPUT_KIND_RESUME:
        if (session != NULL) {
          lws_rx_flow_control(session->wsi, output.kind == SYNCLINE_SERVER_OUTPUT_KIND_RESUME);
        }
        break;
      case SYNCLINE_SERVER_OUTPUT_KIND_AUTHORIZE:
        authorize(&output);
        break;
      case SYNCLINE_SERVER_OUTPUT_KIND_WRITTEN:
        atomic_store(&last_written, output.write);
        break;
      case SYNCLINE_SERVER_OUTPUT_KIND_WRITE_FAILED:
        fprintf(stderr, "a write failed: %.*s\n", (int)output.message.len, (const char *)output.message.ptr);
        exit(1);
      case SYNCLINE_SERVER_OUTPUT_KIND_FAILED:
        fprintf(stderr, "a room failed: %.*s\n", (int)output.message.len, (const char *)output.message.ptr);
        break;
      default:
        break;
    }
  }
  syncline_server_output_clear(&output);
}

static int on_socket(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
  struct session *session = user;
  switch (reason) {
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
      return atomic_load(&quit); /* nobody comes in any more */
    case LWS_CALLBACK_ESTABLISHED:
      memset(session, 0, sizeof *session);
      frames_init(&session->out);
      session->wsi = wsi;
      session->conn = ++conns;
      session->next = sessions;
      sessions = session;
      syncline_server_connected(server, session->conn, NULL);
      break;
    case LWS_CALLBACK_RECEIVE:
      if (session->in.len + len > FRAME_BYTES_MAX) return -1;
      if (message_take(&session->in, wsi, in, len)) {
        syncline_server_receive(server, session->conn, session->in.bytes, session->in.len, NULL);
        message_clear(&session->in);
      }
      break;
    case LWS_CALLBACK_SERVER_WRITEABLE:
      if (!frames_write(&session->out, wsi)) return -1;
      if (session->out.first != NULL) {
        lws_callback_on_writable(wsi);
      } else if (session->closing) {
        return -1;
      } else {
        syncline_server_writable(server, session->conn, NULL);
      }
      break;
    case LWS_CALLBACK_CLOSED: {
      struct session **link = &sessions;
      while (*link != session) link = &(*link)->next;
      *link = session->next;
      syncline_server_disconnected(server, session->conn, NULL);
      frames_clear(&session->out);
      message_clear(&session->in);
      break;
    }
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
      if (atomic_exchange(&kick, 0)) {
        for (struct session *each = sessions; each != NULL; each = each->next) {
          lws_set_timeout(each->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
        }
      }
      break;
    default:
      return lws_callback_http_dummy(wsi, reason, user, in, len);
  }
  drain();
  return 0;
}

/* There is something to poll: the thread of the sockets does it. */
static void on_wake(void *user_data) {
  (void)user_data;
  lws_cancel_service(context);
}

static uint32_t find(const char *name) {
  uint32_t room = 0;
  syncline_error *error = NULL;
  if (syncline_server_room_open(server, name, strlen(name), &room, &error) < 0) die(name, error);
  return room;
}

static void commit(uint32_t room, syncline_edits *edits) {
  uint64_t write = 0;
  syncline_error *error = NULL;
  if (syncline_edits_count(edits) == 0) return;
  if (syncline_server_room_write(server, room, edits, &write, &error) < 0) die("write", error);
  atomic_store(&last_write, write);
  syncline_edits_clear(edits);
}

static void load(const char *name, const char *path) {
  FILE *file = fopen(path, "r");
  if (file == NULL) die(path, NULL);
  uint32_t room = find(name);
  syncline_edits *edits = NULL;
  syncline_edits_new(&edits, NULL);
  char *line = NULL;
  size_t capacity = 0;
  unsigned keys = 0;
  for (ssize_t len; (len = getline(&line, &capacity, file)) > 0; keys++) {
    char *tab = strchr(line, '\t');
    if (tab == NULL) die(path, NULL);
    if (line[len - 1] == '\n') line[len - 1] = '\0';
    syncline_error *error = NULL;
    if (syncline_edits_set(edits, line, (size_t)(tab - line), tab + 1, strlen(tab + 1), &error) < 0) die(line, error);
    if (syncline_edits_count(edits) == BATCH) commit(room, edits);
  }
  commit(room, edits);
  while (atomic_load(&last_written) < atomic_load(&last_write)) usleep(1000);
  syncline_server_room_release(server, room, NULL);
  printf("{\"loaded\":%u}\n", keys);
  syncline_edits_free(edits);
  free(line);
  fclose(file);
}

static void dump(const char *name, const char *path) {
  syncline_buf json = {0};
  syncline_error *error = NULL;
  uint32_t room = find(name);
  /* A room is read from disk first; the output "opened" says when it is there. */
  syncline_status status = SYNCLINE_STATUS_UNAVAILABLE;
  for (int tries = 0; status == SYNCLINE_STATUS_UNAVAILABLE && tries < 5000; tries++) {
    if (tries > 0) usleep(1000);
    syncline_error_free(error);
    error = NULL;
    status = syncline_server_room_entries(server, room, "", 0, &json, &error);
  }
  if (status < 0) die(name, error);
  syncline_server_room_release(server, room, NULL);
  FILE *file = fopen(path, "w");
  if (file == NULL || fwrite(json.ptr, 1, json.len, file) != json.len || fclose(file) != 0) die(path, NULL);
  syncline_buf_free(&json);
  printf("{\"dumped\":true}\n");
}

static void on_signal(int number) {
  (void)number;
  int before = errno;
  if (write(stop[1], "", 1) < 0) _exit(1);
  errno = before;
}

/* The next command; 0 if there is none, or a signal came. Nothing of the input is read ahead, as poll() does not see that. */
static int next_command(char *line, int size) {
  struct pollfd from[] = {{STDIN_FILENO, POLLIN, 0}, {stop[0], POLLIN, 0}};
  while (poll(from, 2, -1) < 0) {
    if (errno != EINTR) return 0;
  }
  return from[1].revents == 0 && fgets(line, size, stdin) != NULL && strncmp(line, "quit", 4) != 0;
}

static void *commands(void *unused) {
  (void)unused;
  char line[1024], room[256], path[512];
  setvbuf(stdin, NULL, _IONBF, 0);
  while (next_command(line, sizeof line)) {
    if (sscanf(line, "load %255s %511s", room, path) == 2) {
      load(room, path);
    } else if (sscanf(line, "dump %255s %511s", room, path) == 2) {
      dump(room, path);
    } else if (strncmp(line, "kick", 4) == 0) {
      atomic_store(&kick, 1);
      lws_cancel_service(context);
    } else if (strncmp(line, "metrics", 7) == 0) {
      syncline_buf json = {0};
      syncline_server_metrics(server, &json, NULL);
      printf("{\"metrics\":%.*s}\n", (int)json.len, (const char *)json.ptr);
      syncline_buf_free(&json);
    } else {
      fprintf(stderr, "commands: load ROOM FILE, dump ROOM FILE, kick, metrics, quit\n");
    }
  }
  atomic_store(&quit, 1);
  lws_cancel_service(context);
  return NULL;
}

static int too_long;

static void on_too_long(lws_sorted_usec_list_t *timer) {
  (void)timer;
  too_long = 1;
}

/* Takes nothing more, and goes on until everyone has taken what became of all that was accepted, and the good-bye. The engine
 * waits END_MILLIS for that; who has not taken the good-bye a second later does not read. */
static void wind_down(void) {
  lws_sorted_usec_list_t timer = {0};
  lws_sul_schedule(context, 0, &timer, on_too_long, (END_MILLIS + 1000) * LWS_US_PER_MS);
  syncline_server_wind_down(server, RETRY_MILLIS, END_MILLIS, NULL);
  drain();
  while (sessions != NULL && !too_long) lws_service(context, 0);
  lws_sul_cancel(&timer);
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "server PORT DIRECTORY [POLICY_JSON]\n");
    return 2;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  lws_set_log_level(LLL_ERR, NULL);

  char options[1024] = "";
  if (argc > 3) snprintf(options, sizeof options, "{\"policy\":%s}", argv[3]);
  syncline_server_config config;
  syncline_server_config_init(&config, sizeof config);
  config.storage = argv[2];
  config.storage_len = strlen(argv[2]);
  config.options = options;
  config.options_len = strlen(options);
  syncline_error *error = NULL;
  if (syncline_server_new(&config, &server, &error) < 0) die("server", error);

  static const struct lws_protocols protocols[] = {
      {"syncline", on_socket, sizeof(struct session), 1 << 16, 0, NULL, 0}, {NULL, NULL, 0, 0, 0, NULL, 0}};
  struct lws_context_creation_info info = {0};
  info.port = atoi(argv[1]);
  info.iface = "127.0.0.1";
  info.protocols = protocols;
  info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
  context = lws_create_context(&info);
  struct lws_vhost *vhost = context != NULL ? lws_create_vhost(context, &info) : NULL;
  if (vhost == NULL) die("listen", NULL);
  if (syncline_server_set_wake(server, on_wake, NULL, NULL, &error) < 0) die("wake", error);
  struct sigaction action = {0};
  action.sa_handler = on_signal;
  if (pipe(stop) < 0 || sigaction(SIGTERM, &action, NULL) < 0 || sigaction(SIGINT, &action, NULL) < 0) die("signals", NULL);
  printf("{\"listening\":%d}\n", lws_get_vhost_listen_port(vhost));

  pthread_t reader;
  pthread_create(&reader, NULL, commands, NULL);
  while (!atomic_load(&quit)) lws_service(context, 0);
  pthread_join(reader, NULL); /* it uses the context and the server */
  wind_down();
  syncline_server_close(server, NULL);
  syncline_server_set_wake(server, NULL, NULL, NULL, NULL);
  lws_context_destroy(context);
  syncline_server_free(server);
  return 0;
}
