/* What storage does: answers late, fails, is lost, is put aside and brought back. */
#include <string.h>

#include "world.h"

static const char why[] = "a failure";

static void release(world *w, client *c, size_t most)
{
    bool *held = c == NULL ? &w->server.held : &c->held;
    *held = most != SIZE_MAX;
    for (; most > 0; most--) {
        orders *from = c == NULL ? &w->server.orders : &c->orders;
        if (from->count == 0) {
            break;
        }
        order what = orders_take(from);
        if (c == NULL) {
            carry_out(w, what);
        } else {
            write_blob(w, &c->blobs, &what);
            MUST(w, syncline_client_persisted(c->handle, what.record, NULL));
        }
    }
}

/* Storage fails; what was ordered is nevertheless there if `kept`. */
static void fail_storage(world *w, client *c, const char *name, bool kept)
{
    uint32_t number = c == NULL ? server_room(w, name) : 0;
    orders *from = c == NULL ? &w->server.orders : &c->orders;
    while (from->count > 0) {
        order what = orders_take(from);
        if (!kept || what.opens || what.room != number) {
            continue;
        }
        list *blobs = c == NULL ? &add_room(w, &w->server.disks, name)->blobs : &c->blobs;
        write_blob(w, blobs, &what);
    }
    if (c == NULL) {
        w->server.held = false;
        MUST(w, syncline_server_room_failed(running(w), number, SYNCLINE_STATUS_STORAGE_FAILED,
                                            why, sizeof why - 1, NULL));
    } else {
        c->held = false;
        MUST(w, syncline_client_persist_failed(c->handle, SYNCLINE_STATUS_STORAGE_FAILED, why,
                                               sizeof why - 1, NULL));
    }
}

/* The process dies: what was not answered is lost, and so are its connections. */
static void crash(world *w, client *c)
{
    if (c != NULL) {
        syncline_client_free(c->handle);
        c->handle = NULL;
        c->orders.count = 0;
        c->held = false;
        drop_wire(w, c);
        return;
    }
    syncline_server_free(w->server.handle);
    w->server.handle = NULL;
    w->server.orders.count = 0;
    w->server.held = false;
    w->server.question_count = 0;
    for (size_t i = 0; i < w->client_count; i++) {
        memset(w->clients[i].ghosts, 0, sizeof w->clients[i].ghosts);
        drop_wire(w, &w->clients[i]);
    }
}

static rooms rooms_copy(world *w, const rooms *from)
{
    rooms copy = *from;
    for (size_t i = 0; i < copy.count; i++) {
        copy.at[i].blobs = list_copy(w, &from->at[i].blobs);
    }
    return copy;
}

/* Spoils a byte of what is durable. The bytes may be shared with a copy, so they are copied. */
static void spoil(world *w, list *blobs)
{
    if (blobs->count == 0 || blobs->at[0].len == 0) {
        fail(w, "nothing to spoil");
    }
    blobs->at[0] = keep_bytes(w, blobs->at[0].at, blobs->at[0].len);
    blobs->at[0].at[0] ^= 0x80;
}

static void step_backup(world *w, const char *verb, client *c, words *step)
{
    if (strcmp(verb, "putaside") == 0 && c == NULL) {
        w->server.backup = rooms_copy(w, &w->server.disks);
    } else if (strcmp(verb, "putaside") == 0) {
        c->backup = list_copy(w, &c->blobs);
    } else if (strcmp(verb, "bringback") == 0 && c == NULL) {
        w->server.disks = rooms_copy(w, &w->server.backup);
    } else if (strcmp(verb, "bringback") == 0) {
        c->blobs = list_copy(w, &c->backup);
    } else if (c == NULL) {
        spoil(w, &add_room(w, &w->server.disks, next_word(w, step))->blobs);
    } else {
        spoil(w, &c->blobs);
    }
}

void step_storage(world *w, const char *verb, words *step)
{
    const char *party = next_word(w, step);
    client *c = strcmp(party, "server") == 0 ? NULL : find_client(w, party);
    if (strcmp(verb, "hold") == 0) {
        *(c == NULL ? &w->server.held : &c->held) = true;
    } else if (strcmp(verb, "release") == 0) {
        release(w, c, next_count(w, step, SIZE_MAX));
        pump(w);
    } else if (strcmp(verb, "fail") == 0) {
        const char *name = c == NULL ? next_word(w, step) : "";
        fail_storage(w, c, name, strcmp(next_word(w, step), "kept") == 0);
        pump(w);
    } else if (strcmp(verb, "crash") == 0) {
        crash(w, c);
    } else if (strcmp(verb, "reopen") != 0) {
        step_backup(w, verb, c, step);
    } else if (c == NULL) {
        w->server.restarts++;
        start_server(w);
    } else {
        c->restarts++;
        start_client(w, c);
    }
}
