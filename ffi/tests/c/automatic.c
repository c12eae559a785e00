/* Automatic mode: clocks, threads and journals are the library's; this program waits to be woken. */
#include "check.h"

#include <pthread.h>

/* What the wake callbacks of all handles ring. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    int rings;
    int drops;
} bell;

static void ring(void *user_data)
{
    bell *b = user_data;
    pthread_mutex_lock(&b->lock);
    b->rings++;
    pthread_cond_signal(&b->rung);
    pthread_mutex_unlock(&b->lock);
}

static void dropped(void *user_data)
{
    bell *b = user_data;
    pthread_mutex_lock(&b->lock);
    b->drops++;
    pthread_mutex_unlock(&b->lock);
}

static void wait_for_ring(bell *b)
{
    pthread_mutex_lock(&b->lock);
    while (b->rings == 0) {
        pthread_cond_wait(&b->rung, &b->lock);
    }
    b->rings = 0;
    pthread_mutex_unlock(&b->lock);
}

static syncline_server *start_server(bell *b, const char *folder)
{
    syncline_server *server = new_server(folder, SYNCLINE_STATUS_OK);
    OK(syncline_server_set_wake(server, ring, b, dropped, &err));
    return server;
}

static syncline_client *start_client(bell *b, const char *file)
{
    syncline_client *client = new_client(file);
    OK(syncline_client_set_wake(client, ring, b, dropped, &err));
    return client;
}

/* Carries frames between the two until the client has a verdict. */
static void serve_until_verdict(bell *b, syncline_server *server, syncline_client *client)
{
    static uint64_t conn = 0;
    syncline_client_output c;
    syncline_server_output s;
    syncline_client_output_init(&c, sizeof c);
    syncline_server_output_init(&s, sizeof s);
    int decided = 0;
    while (!decided) {
        wait_for_ring(b);
        int busy = 1;
        while (busy) {
            busy = 0;
            while (syncline_client_poll(client, &c, NULL) == SYNCLINE_STATUS_OK) {
                busy = 1;
                if (c.kind == SYNCLINE_CLIENT_OUTPUT_KIND_CONNECT) {
                    OK(syncline_server_connected(server, ++conn, &err));
                    OK(syncline_client_connected(client, NULL, 0, &err));
                } else if (c.kind == SYNCLINE_CLIENT_OUTPUT_KIND_TRANSMIT) {
                    OK(syncline_server_receive(server, conn, c.bytes.ptr, c.bytes.len, &err));
                } else if (c.kind == SYNCLINE_CLIENT_OUTPUT_KIND_VERDICT) {
                    CHECK(c.verdict == SYNCLINE_VERDICT_APPLIED);
                    decided = 1;
                }
                CHECK(c.kind != SYNCLINE_CLIENT_OUTPUT_KIND_PERSIST);
            }
            while (syncline_server_poll(server, &s, NULL) == SYNCLINE_STATUS_OK) {
                busy = 1;
                if (s.kind == SYNCLINE_SERVER_OUTPUT_KIND_TRANSMIT) {
                    OK(syncline_client_receive(client, s.bytes.ptr, s.bytes.len, &err));
                    OK(syncline_server_writable(server, s.conn, &err));
                } else if (s.kind == SYNCLINE_SERVER_OUTPUT_KIND_AUTHORIZE) {
                    syncline_text all = {"", 0};
                    OK(syncline_server_grant(server, s.request, TEXT("ada"), &all, 1, &err));
                }
            }
        }
    }
    OK(syncline_server_disconnected(server, conn, &err));
    OK(syncline_client_disconnected(client, &err));
    syncline_client_output_clear(&c);
    syncline_server_output_clear(&s);
}

/* Runs are added up: what was told in one is there in the next. */
static void runs_add_up(bell *b, const char *folder)
{
    char rooms[1024], journal[1024];
    snprintf(rooms, sizeof rooms, "%s/rooms", folder);
    snprintf(journal, sizeof journal, "%s/client.log", folder);
    for (int run = 1; run <= 3; run++) {
        syncline_server *server = start_server(b, rooms);
        CHECK(new_server(rooms, SYNCLINE_STATUS_STORAGE_IN_USE) == NULL);
        syncline_client *client = start_client(b, journal);
        uint32_t room = 0;
        int64_t sum = 0;
        OK(syncline_client_room_open(client, TEXT("cart"), 1, &room, &err));
        OK(syncline_client_add_i64(client, room, TEXT("runs"), 1, NULL, &err));
        serve_until_verdict(b, server, client);
        OK(syncline_client_get_i64(client, room, TEXT("runs"), &sum, &err));
        CHECK(sum == run);
        EXPECT(SYNCLINE_STATUS_WRONG_MODE, syncline_client_set_now(client, 1, &err));
        EXPECT(SYNCLINE_STATUS_WRONG_MODE, syncline_server_persisted(server, 1, 1, &err));
        if (run == 2) {
            OK(syncline_client_close(client, NULL, &err));
            OK(syncline_server_close(server, &err));
        }
        syncline_client_free(client);
        syncline_server_free(server);
    }
}

/* A handle may be freed by its own wake callback, and its user data goes after that. */
typedef struct {
    bell *b;
    syncline_client *client;
} own;

static void free_handle(void *user_data)
{
    own *o = user_data;
    syncline_client *client = o->client;
    o->client = NULL;
    syncline_client_free(client);
}

static void drop_own(void *user_data)
{
    own *o = user_data;
    bell *b = o->b;
    free(o);
    dropped(b);
    ring(b);
}

static void a_callback_may_free_its_handle(bell *b)
{
    syncline_client_config config;
    syncline_client_config_init(&config, sizeof config);
    syncline_client *client = NULL;
    OK(syncline_client_new(&config, &client, &err));
    own *o = malloc(sizeof *o);
    CHECK(o != NULL);
    o->b = b;
    OK(syncline_client_clone(client, &o->client, &err));
    syncline_client_free(client);
    client = o->client;
    pthread_mutex_lock(&b->lock);
    b->rings = 0;
    b->drops = 0;
    pthread_mutex_unlock(&b->lock);
    /* A new client wants a connection: it is woken at once, and ends in the callback. */
    OK(syncline_client_set_wake(client, free_handle, o, drop_own, &err));
    wait_for_ring(b);
    CHECK(b->drops == 1);
}

/* After the removal returns, the callback is not running and does not run again. */
static void removal_is_quiescence(bell *b)
{
    for (int round = 0; round < 50; round++) {
        syncline_client *client = start_client(b, "");
        bell *gone = malloc(sizeof *gone);
        CHECK(gone != NULL);
        memset(gone, 0, sizeof *gone);
        pthread_mutex_init(&gone->lock, NULL);
        pthread_cond_init(&gone->rung, NULL);
        uint32_t room = 0;
        OK(syncline_client_room_open(client, TEXT("cart"), 1, &room, &err));
        OK(syncline_client_set_wake(client, ring, gone, dropped, &err));
        OK(syncline_client_set_i64(client, room, TEXT("k"), round, NULL, &err));
        OK(syncline_client_set_wake(client, NULL, NULL, NULL, &err));
        CHECK(gone->drops == 1);
        pthread_mutex_destroy(&gone->lock);
        pthread_cond_destroy(&gone->rung);
        free(gone);
        OK(syncline_client_set_i64(client, room, TEXT("k"), -round, NULL, &err));
        syncline_client_free(client);
    }
}

/* The status of a recording, which is freed, begins with its path and ends so. */
static void check_flight(syncline_buf *told, const char *path, const char *end)
{
    char begin[1200];
    snprintf(begin, sizeof begin, "{\"path\":\"%s\",\"bytes\":", path);
    CHECK(told->len > strlen(begin) && memcmp(told->ptr, begin, strlen(begin)) == 0);
    CHECK(told->ptr[strlen(begin)] >= '1' && told->ptr[strlen(begin)] <= '9');
    CHECK(mentions(told, end));
    syncline_buf_free(told);
}

static syncline_client *record_client(const char *path, const char *bytes)
{
    char options[1400];
    snprintf(options, sizeof options,
             "{\"flight\":\"%s\",\"flight_bytes\":%s,\"debounce\":{\"quiet_ms\":1}}", path, bytes);
    syncline_client_config config;
    syncline_client_config_init(&config, sizeof config);
    config.options = options;
    config.options_len = strlen(options);
    syncline_client *client = NULL;
    OK(syncline_client_new(&config, &client, &err));
    return client;
}

static syncline_server *record_server(const char *path)
{
    char options[1200];
    snprintf(options, sizeof options, "{\"flight\":\"%s\"}", path);
    syncline_server_config config;
    syncline_server_config_init(&config, sizeof config);
    config.options = options;
    config.options_len = strlen(options);
    syncline_server *server = NULL;
    OK(syncline_server_new(&config, &server, &err));
    return server;
}

/* What is recorded here is replayed by tests/programs.rs. */
static void a_recording_tells_how_far_it_is(bell *b, const char *folder)
{
    static const char goes_on[] = ",\"full\":false,\"failed\":false}";
    char of_client[1024], of_server[1024];
    snprintf(of_client, sizeof of_client, "%s/client.flight", folder);
    snprintf(of_server, sizeof of_server, "%s/server.flight", folder);
    syncline_client *client = record_client(of_client, "65536");
    syncline_server *server = record_server(of_server);
    OK(syncline_client_set_wake(client, ring, b, dropped, &err));
    OK(syncline_server_set_wake(server, ring, b, dropped, &err));
    uint32_t room = 0;
    OK(syncline_client_room_open(client, TEXT("cart"), 1, &room, &err));
    OK(syncline_client_add_i64(client, room, TEXT("total"), 7, NULL, &err));
    serve_until_verdict(b, server, client);
    syncline_buf told = {0};
    OK(syncline_client_flight(client, &told, &err));
    check_flight(&told, of_client, goes_on);
    OK(syncline_server_flight(server, &told, &err));
    check_flight(&told, of_server, goes_on);
    EXPECT(SYNCLINE_STATUS_INVALID_ARGUMENT, syncline_client_flight(client, NULL, &err));
    EXPECT(SYNCLINE_STATUS_INVALID_ARGUMENT, syncline_server_flight(NULL, &told, &err));
    OK(syncline_client_close(client, NULL, &err));
    OK(syncline_server_close(server, &err));
    EXPECT(SYNCLINE_STATUS_CLOSED, syncline_client_flight(client, &told, &err));
    EXPECT(SYNCLINE_STATUS_CLOSED, syncline_server_flight(server, &told, &err));
    syncline_client_free(client);
    syncline_server_free(server);
}

static void a_recording_is_full_or_is_not_there(const char *folder)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/full.flight", folder);
    syncline_client *client = record_client(path, "1500");
    uint32_t room = 0;
    OK(syncline_client_room_open(client, TEXT("cart"), 1, &room, &err));
    for (int edit = 0; edit < 300; edit++) {
        OK(syncline_client_set_i64(client, room, TEXT("k"), edit, NULL, &err));
    }
    syncline_buf told = {0};
    OK(syncline_client_flight(client, &told, &err));
    check_flight(&told, path, ",\"full\":true,\"failed\":false}");
    syncline_client_free(client);
    client = new_client("");
    DONE(syncline_client_flight(client, &told, &err));
    syncline_client_free(client);
    syncline_server *server = new_server("", SYNCLINE_STATUS_OK);
    DONE(syncline_server_flight(server, &told, &err));
    syncline_server_free(server);
    CHECK(told.ptr == NULL);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    bell b;
    memset(&b, 0, sizeof b);
    pthread_mutex_init(&b.lock, NULL);
    pthread_cond_init(&b.rung, NULL);
    runs_add_up(&b, argv[1]);
    CHECK(b.drops == 6);
    a_callback_may_free_its_handle(&b);
    removal_is_quiescence(&b);
    a_recording_tells_how_far_it_is(&b, argv[1]);
    a_recording_is_full_or_is_not_there(argv[1]);
    pthread_mutex_destroy(&b.lock);
    pthread_cond_destroy(&b.rung);
    return 0;
}
