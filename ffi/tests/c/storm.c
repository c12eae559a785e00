/* Eight threads that make, use, hand over, close and free handles, each as the header allows it; how often is the second
   argument. */
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>

#define THREADS 8

static int rounds = 2;
static const char *folder;
static atomic_int wakes, given, dropped;

static void woken(void *user_data)
{
    atomic_fetch_add((atomic_int *)user_data, 1);
}

static void gone(void *user_data)
{
    (void)user_data;
    atomic_fetch_add(&dropped, 1);
}

/* A call that is either done or comes after the close. */
#define IF_OPEN(call)                                                                 \
    do {                                                                              \
        syncline_error *err = NULL;                                                   \
        syncline_status got = (call);                                                 \
        expect_status(__FILE__, __LINE__, #call,                                      \
                      got == SYNCLINE_STATUS_CLOSED ? got : SYNCLINE_STATUS_OK,       \
                      got == SYNCLINE_STATUS_DONE ? SYNCLINE_STATUS_OK : got, err);   \
    } while (0)

static void wake_by(syncline_client *client, syncline_server *server)
{
    atomic_fetch_add(&given, 2);
    OK(syncline_client_set_wake(client, woken, &wakes, gone, &err));
    OK(syncline_server_set_wake(server, woken, &wakes, gone, &err));
}

/* Frames between the two until neither has anything to say. A frame is given before the next is polled, by one thread. */
static void carry(syncline_client *client, syncline_server *server, uint64_t *conn)
{
    syncline_client_output c;
    syncline_server_output s;
    syncline_client_output_init(&c, sizeof c);
    syncline_server_output_init(&s, sizeof s);
    int busy = 1;
    while (busy) {
        busy = 0;
        while (syncline_client_poll(client, &c, NULL) == SYNCLINE_STATUS_OK) {
            busy = 1;
            if (c.kind == SYNCLINE_CLIENT_OUTPUT_KIND_CONNECT) {
                IF_OPEN(syncline_server_connected(server, ++*conn, &err));
                IF_OPEN(syncline_client_connected(client, NULL, 0, &err));
            } else if (c.kind == SYNCLINE_CLIENT_OUTPUT_KIND_TRANSMIT) {
                IF_OPEN(syncline_server_receive(server, *conn, c.bytes.ptr, c.bytes.len, &err));
            }
        }
        while (syncline_server_poll(server, &s, NULL) == SYNCLINE_STATUS_OK) {
            busy = 1;
            if (s.kind == SYNCLINE_SERVER_OUTPUT_KIND_TRANSMIT) {
                IF_OPEN(syncline_client_receive(client, s.bytes.ptr, s.bytes.len, &err));
                IF_OPEN(syncline_server_writable(server, s.conn, &err));
            } else if (s.kind == SYNCLINE_SERVER_OUTPUT_KIND_AUTHORIZE) {
                syncline_text all = {"", 0};
                IF_OPEN(syncline_server_grant(server, s.request, TEXT("ada"), &all, 1, &err));
            }
        }
    }
    syncline_client_output_clear(&c);
    syncline_server_output_clear(&s);
}

/* A host's own use of a room, and a reader's. */
static void use_room(syncline_client *client, syncline_server *server)
{
    uint32_t room = 0;
    syncline_buf json = {0};
    syncline_edits *edits = NULL;
    IF_OPEN(syncline_client_room_open(client, TEXT("cart"), 1, &room, &err));
    if (syncline_client_set(client, room, TEXT("k"), TEXT("[\"a value\"]"), NULL, NULL) == SYNCLINE_STATUS_OK) {
        IF_OPEN(syncline_client_get(client, room, TEXT("k"), &json, &err));
        syncline_buf_free(&json);
    }
    IF_OPEN(syncline_client_flush(client, &err));
    if (syncline_server_room_open(server, TEXT("cart"), &room, NULL) == SYNCLINE_STATUS_OK) {
        OK(syncline_edits_new(&edits, &err));
        OK(syncline_edits_set_i64(edits, TEXT("n"), 1, &err));
        /* Before it is open, or after somebody closed it, this is an error, and nothing else. */
        (void)!syncline_server_room_write(server, room, edits, NULL, NULL);
        (void)!syncline_server_room_get(server, room, TEXT("n"), NULL, &json, NULL);
        IF_OPEN(syncline_server_room_release(server, room, &err));
        syncline_buf_free(&json);
        syncline_edits_free(edits);
    }
}

static void end(syncline_client *client, syncline_server *server, int close)
{
    if (close) {
        OK(syncline_client_close(client, NULL, &err));
        OK(syncline_server_close(server, &err));
        EXPECT(SYNCLINE_STATUS_CLOSED, syncline_client_flush(client, &err));
        EXPECT(SYNCLINE_STATUS_CLOSED, syncline_client_poll(client, &(syncline_client_output){.struct_size = sizeof(syncline_client_output)}, &err));
        EXPECT(SYNCLINE_STATUS_CLOSED, syncline_server_connected(server, 99, &err));
        EXPECT(SYNCLINE_STATUS_CLOSED, syncline_server_close(server, &err));
    }
    syncline_client_free(client);
    syncline_server_free(server);
}

/* Each thread has handles of its own, on a disk. */
static void *alone(void *number)
{
    char rooms[1024], journal[1024];
    snprintf(rooms, sizeof rooms, "%s/rooms-%d", folder, *(int *)number);
    snprintf(journal, sizeof journal, "%s/client-%d.log", folder, *(int *)number);
    for (int round = 0; round < rounds; round++) {
        syncline_server *server = new_server(rooms, SYNCLINE_STATUS_OK);
        syncline_client *client = new_client(journal);
        uint64_t conn = 0;
        wake_by(client, server);
        use_room(client, server);
        carry(client, server, &conn);
        end(client, server, round % 2);
    }
    return NULL;
}

/* What all threads use at once: each has a handle of its own. */
typedef struct {
    pthread_mutex_t carrying; /* one at a time, so that frames stay in order */
    uint64_t conn;
    syncline_client *client;
    syncline_server *server;
    int number;
} shared;

static void *together(void *of)
{
    shared *all = of;
    syncline_client *client = NULL;
    syncline_server *server = NULL;
    pthread_mutex_lock(&all->carrying);
    int number = all->number++;
    OK(syncline_client_clone(all->client, &client, &err));
    OK(syncline_server_clone(all->server, &server, &err));
    pthread_mutex_unlock(&all->carrying);
    for (int round = 0; round < rounds; round++) {
        wake_by(client, server);
        use_room(client, server);
        if (pthread_mutex_trylock(&all->carrying) == 0) {
            carry(client, server, &all->conn);
            pthread_mutex_unlock(&all->carrying);
        }
        if (number == 0 && round == rounds / 2) {
            OK(syncline_client_close(client, NULL, &err));
        }
        if (number == 1 && round == rounds / 2) {
            OK(syncline_server_close(server, &err));
        }
    }
    syncline_client_free(client);
    syncline_server_free(server);
    return NULL;
}

/* Handles go from thread to thread: whoever finds one here uses it and frees it, maybe as the last. */
static _Atomic(syncline_client *) offered[THREADS];

static void *handed_over(void *number)
{
    int own = *(int *)number;
    for (int round = 0; round < rounds * 4; round++) {
        syncline_client *client = new_client(""), *other = NULL;
        atomic_fetch_add(&given, 1);
        OK(syncline_client_set_wake(client, woken, &wakes, gone, &err));
        OK(syncline_client_clone(client, &other, &err));
        syncline_client *found = atomic_exchange(&offered[(own + round) % THREADS], other);
        uint32_t room = 0;
        OK(syncline_client_room_open(client, TEXT("mine"), 1, &room, &err));
        if (found != NULL) {
            IF_OPEN(syncline_client_room_open(found, TEXT("theirs"), 1, &room, &err));
            if (round % 3 == 0) {
                IF_OPEN(syncline_client_set_wake(found, NULL, NULL, NULL, &err));
            }
            syncline_client_free(found);
        }
        if (round % 2) {
            OK(syncline_client_close(client, NULL, &err));
        }
        syncline_client_free(client);
    }
    return NULL;
}

static void run(void *(*body)(void *), void *of, size_t step)
{
    pthread_t threads[THREADS];
    for (size_t at = 0; at < THREADS; at++) {
        CHECK(pthread_create(&threads[at], NULL, body, (char *)of + at * step) == 0);
    }
    for (size_t at = 0; at < THREADS; at++) {
        CHECK(pthread_join(threads[at], NULL) == 0);
    }
}

int main(int argc, char **argv)
{
    CHECK(argc == 2 || argc == 3);
    folder = argv[1];
    if (argc == 3) {
        rounds = atoi(argv[2]);
    }
    int numbers[THREADS];
    for (int at = 0; at < THREADS; at++) {
        numbers[at] = at;
    }
    run(alone, numbers, sizeof numbers[0]);
    for (int round = 0; round < rounds; round++) {
        shared all = {.client = new_client(""), .server = new_server("", SYNCLINE_STATUS_OK)};
        pthread_mutex_init(&all.carrying, NULL);
        run(together, &all, 0);
        end(all.client, all.server, 0);
        pthread_mutex_destroy(&all.carrying);
    }
    run(handed_over, numbers, sizeof numbers[0]);
    for (int at = 0; at < THREADS; at++) {
        syncline_client_free(atomic_load(&offered[at]));
    }
    /* Each callback ended once, and some were called. */
    CHECK(atomic_load(&dropped) == atomic_load(&given));
    CHECK(atomic_load(&wakes) > 0);
    return 0;
}
