/* A client, its storage, and what is done about its outputs. */
#include <stdio.h>
#include <string.h>

#include "world.h"

/* Starts a client on what is durable of it. */
void start_client(world *w, client *c)
{
    syncline_bytes *blobs = keep(w, (c->blobs.count + 1) * sizeof *blobs);
    for (size_t i = 0; i < c->blobs.count; i++) {
        blobs[i] = (syncline_bytes){.ptr = c->blobs.at[i].at, .len = c->blobs.at[i].len};
    }
    syncline_client_config config;
    syncline_client_config_init(&config, sizeof config);
    config.mode = SYNCLINE_MODE_MANUAL;
    config.options = c->options;
    config.options_len = strlen(c->options);
    config.blobs = blobs;
    config.blob_count = c->blobs.count;
    config.now_micros = w->now;
    seed_of(config.seed, c->name, c->restarts);
    memset(&c->rooms, 0, sizeof c->rooms);
    c->asks = false;
    c->handle = NULL;
    told(w, syncline_client_new(&config, &c->handle, NULL));
    pump(w);
}

uint32_t room_of(world *w, client *c, const char *name)
{
    room *found = find_room(&c->rooms, name);
    if (found == NULL) {
        fail(w, "%s never opened %s", c->name, name);
    }
    return found->number;
}

/* Does to blobs what an order says. */
void write_blob(world *w, list *blobs, const order *from)
{
    if (from->replaces) {
        blobs->count = 0;
    }
    list_push(w, blobs, from->blob);
}

static void persist(world *w, client *c, const syncline_client_output *o)
{
    order what = {.record = o->record,
                  .replaces = o->replace != 0,
                  .blob = keep_bytes(w, o->bytes.ptr, o->bytes.len)};
    if (c->held) {
        orders_push(w, &c->orders, what);
        return;
    }
    write_blob(w, &c->blobs, &what);
    MUST(w, syncline_client_persisted(c->handle, what.record, NULL));
}

static void do_for_client(world *w, client *c, const syncline_client_output *o)
{
    switch (o->kind) {
    case SYNCLINE_CLIENT_OUTPUT_KIND_PERSIST:
        persist(w, c, o);
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_CONNECT:
        c->asks = true;
        print(w, "connect %s", c->name);
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_TRANSMIT:
        if (c->wire.is_there) {
            list_push(w, &c->wire.up, keep_bytes(w, o->bytes.ptr, o->bytes.len));
        }
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_DISCONNECT:
        print(w, "disconnect %s", c->name);
        leave(w, c);
        break;
    default:
        print_client_event(w, c, o);
        break;
    }
}

bool drain_client(world *w, client *c)
{
    bool moved = false;
    syncline_client_output output;
    syncline_client_output_init(&output, sizeof output);
    /* A closed client says so, and nothing else. */
    while (c->handle != NULL &&
           syncline_client_poll(c->handle, &output, NULL) == SYNCLINE_STATUS_OK) {
        moved = true;
        do_for_client(w, c, &output);
    }
    syncline_client_output_clear(&output);
    return moved;
}
