/* One server and two clients in manual mode: frames and records pass through this program's hands. */
#ifndef WORLD_H
#define WORLD_H

#include "check.h"

#define CLIENTS 2
#define BLOBS 512

/* The records of one role, as a program's own storage holds them. */
typedef struct {
    syncline_bytes blobs[BLOBS];
    size_t count;
} log_file;

typedef struct {
    syncline_client *handle;
    uint64_t conn; /* 0 while there is none */
    log_file log;
    /* What it told last. */
    uint64_t verdict_of;
    uint32_t verdict;
    int32_t status;
    uint32_t conflict_room;
    uint64_t conflict;
    uint32_t told; /* a bit for each kind of event above 31 */
} peer;

typedef struct {
    syncline_server *server;
    peer peers[CLIENTS];
    log_file rooms[16]; /* by the room's number */
    log_file closed;    /* of the room that was closed last */
    uint64_t next_conn;
    uint64_t now;
    uint64_t written;         /* the version of the write that was told last */
    int32_t write_status;     /* of the write that failed last */
    uint32_t told;            /* a bit for each kind of event above 31 */
    int readable;             /* frames reach the server */
    int may_write;            /* what the next grants say */
    syncline_status may_join; /* 0, or why not */
    void (*render)(void *of, const syncline_server_output *); /* answers for views */
    void *of;
} world;

static inline void log_clear(log_file *log)
{
    for (size_t at = 0; at < log->count; at++) {
        free((void *)(uintptr_t)log->blobs[at].ptr);
    }
    log->count = 0;
}

static inline void log_add(log_file *log, const syncline_buf *bytes, int replace)
{
    if (replace) {
        log_clear(log);
    }
    CHECK(log->count < BLOBS);
    uint8_t *copy = malloc(bytes->len + 1);
    CHECK(copy != NULL);
    if (bytes->len > 0) {
        memcpy(copy, bytes->ptr, bytes->len);
    }
    log->blobs[log->count].ptr = copy;
    log->blobs[log->count].len = bytes->len;
    log->count++;
}

static inline void seed(uint8_t bytes[32], uint8_t with)
{
    memset(bytes, with, 32);
}

static inline void start_client(world *w, size_t at)
{
    peer *p = &w->peers[at];
    syncline_client_config config;
    syncline_client_config_init(&config, sizeof config);
    config.mode = SYNCLINE_MODE_MANUAL;
    config.now_micros = w->now;
    /* Never the same twice, or a restarted client would reuse names. */
    seed(config.seed, (uint8_t)(at + 1 + w->next_conn * CLIENTS));
    config.options = "{\"resolvers\":{\"ask/\":\"custom\"}}";
    config.options_len = strlen(config.options);
    config.blobs = p->log.blobs;
    config.blob_count = p->log.count;
    OK(syncline_client_new(&config, &p->handle, &err));
}

static inline void start_world(world *w)
{
    memset(w, 0, sizeof *w);
    w->next_conn = 1;
    w->now = 1000;
    w->readable = 1;
    w->may_write = 1;
    syncline_server_config config;
    syncline_server_config_init(&config, sizeof config);
    config.mode = SYNCLINE_MODE_MANUAL;
    config.now_micros = w->now;
    seed(config.seed, 200);
    config.options = "{\"watch\":true,\"views\":true,\"policy\":{\"ask/\":\"strict\",\"\":\"last\"}}";
    config.options_len = strlen(config.options);
    OK(syncline_server_new(&config, &w->server, &err));
    for (size_t at = 0; at < CLIENTS; at++) {
        start_client(w, at);
    }
}

static inline peer *peer_of(world *w, uint64_t conn)
{
    for (size_t at = 0; at < CLIENTS; at++) {
        if (w->peers[at].conn == conn) {
            return &w->peers[at];
        }
    }
    return NULL;
}

static inline void hang_up(world *w, peer *p)
{
    if (p->conn != 0) {
        OK(syncline_server_disconnected(w->server, p->conn, &err));
        OK(syncline_client_disconnected(p->handle, &err));
        p->conn = 0;
    }
}

static inline void do_for_client(world *w, peer *p, const syncline_client_output *o)
{
    if (o->kind >= 32) {
        p->told |= UINT32_C(1) << (o->kind - 32);
    }
    switch (o->kind) {
    case SYNCLINE_CLIENT_OUTPUT_KIND_PERSIST:
        log_add(&p->log, &o->bytes, o->replace);
        OK(syncline_client_persisted(p->handle, o->record, &err));
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_CONNECT:
        if (!w->readable) {
            OK(syncline_client_disconnected(p->handle, &err));
            break;
        }
        p->conn = w->next_conn++;
        OK(syncline_server_connected(w->server, p->conn, &err));
        OK(syncline_client_connected(p->handle, TEXT("secret"), &err));
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_TRANSMIT:
        OK(syncline_server_receive(w->server, p->conn, o->bytes.ptr, o->bytes.len, &err));
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_DISCONNECT:
        OK(syncline_server_disconnected(w->server, p->conn, &err));
        p->conn = 0;
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_VERDICT:
        p->verdict_of = o->draft;
        p->verdict = o->verdict;
        p->status = o->status;
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_CONFLICT:
        p->conflict_room = o->room;
        p->conflict = o->draft;
        CHECK(o->status == SYNCLINE_STATUS_STALE && o->key.len > 0);
        char drafts[32];
        snprintf(drafts, sizeof drafts, "[%llu]", (unsigned long long)o->draft);
        CHECK(holds(&o->drafts, drafts));
        CHECK(holds(&o->mine, "\"mine\"") && holds(&o->theirs, "\"theirs\""));
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_DENIED:
        p->status = o->status;
        break;
    default:
        CHECK(o->kind >= 32);
        break;
    }
}

static inline void do_for_server(world *w, const syncline_server_output *o)
{
    if (o->kind >= 32) {
        w->told |= UINT32_C(1) << (o->kind - 32);
    }
    peer *p = peer_of(w, o->conn);
    syncline_text all = {"", 0};
    switch (o->kind) {
    case SYNCLINE_SERVER_OUTPUT_KIND_TRANSMIT:
        if (p != NULL) {
            OK(syncline_client_receive(p->handle, o->bytes.ptr, o->bytes.len, &err));
            OK(syncline_server_writable(w->server, o->conn, &err));
        }
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_CLOSE:
        if (p != NULL) {
            p->conn = 0;
            OK(syncline_client_disconnected(p->handle, &err));
        }
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_AUTHORIZE:
        CHECK((holds(&o->token, "secret") || holds(&o->token, "newer")) && o->name.len > 0);
        if (w->may_join != 0) {
            OK(syncline_server_deny(w->server, o->request, w->may_join, &err));
        } else {
            OK(syncline_server_grant(w->server, o->request, TEXT("ada"), &all,
                                     w->may_write ? 1 : 0, &err));
        }
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_OPEN_ROOM: {
        log_file *log = &w->rooms[o->room];
        if (log->count == 0 && holds(&o->name, "kept")) {
            *log = w->closed;
            w->closed.count = 0;
        }
        OK(syncline_server_room_opened(w->server, o->room, log->blobs, log->count, &err));
        break;
    }
    case SYNCLINE_SERVER_OUTPUT_KIND_PERSIST:
        CHECK(o->room < 16);
        log_add(&w->rooms[o->room], &o->bytes, o->replace);
        OK(syncline_server_persisted(w->server, o->room, o->record, &err));
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_CLOSE_ROOM:
        if (!o->remove) {
            log_clear(&w->closed);
            w->closed = w->rooms[o->room];
            w->rooms[o->room].count = 0;
        }
        log_clear(&w->rooms[o->room]);
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_RENDER:
        CHECK(w->render != NULL);
        w->render(w->of, o);
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_WRITTEN:
        w->written = o->version;
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_WRITE_FAILED:
        w->write_status = o->status;
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_CHANGED:
        CHECK(o->keys.len > 2 && o->principals.len >= 2 && o->version > 0);
        break;
    default:
        CHECK(o->kind != SYNCLINE_SERVER_OUTPUT_KIND_NONE);
        break;
    }
}

/* Carries out what everybody wants until nobody wants anything. */
static inline void settle(world *w)
{
    syncline_client_output from_client;
    syncline_server_output from_server;
    syncline_client_output_init(&from_client, sizeof from_client);
    syncline_server_output_init(&from_server, sizeof from_server);
    int busy = 1;
    while (busy) {
        busy = 0;
        for (size_t at = 0; at < CLIENTS; at++) {
            peer *p = &w->peers[at];
            while (p->handle != NULL &&
                   syncline_client_poll(p->handle, &from_client, NULL) == SYNCLINE_STATUS_OK) {
                busy = 1;
                do_for_client(w, p, &from_client);
            }
        }
        while (syncline_server_poll(w->server, &from_server, NULL) == SYNCLINE_STATUS_OK) {
            busy = 1;
            do_for_server(w, &from_server);
        }
    }
    syncline_client_output_clear(&from_client);
    syncline_server_output_clear(&from_server);
}

/* Lets time pass in steps, as a program's timer would. */
static inline void pass(world *w, uint64_t millis)
{
    settle(w);
    for (uint64_t step = 0; step < millis; step += 10) {
        w->now += 10000;
        OK(syncline_server_set_now(w->server, w->now, &err));
        for (size_t at = 0; at < CLIENTS; at++) {
            if (w->peers[at].handle != NULL) {
                OK(syncline_client_set_now(w->peers[at].handle, w->now, &err));
            }
        }
        settle(w);
    }
}

static inline void end_world(world *w)
{
    for (size_t at = 0; at < CLIENTS; at++) {
        syncline_client_free(w->peers[at].handle);
        log_clear(&w->peers[at].log);
    }
    syncline_server_free(w->server);
    for (size_t at = 0; at < 16; at++) {
        log_clear(&w->rooms[at]);
    }
    log_clear(&w->closed);
}

#endif
