/* The server, the storage of its rooms, and what its host does about its outputs. */
#include <stdio.h>
#include <string.h>

#include "world.h"

syncline_server *running(world *w)
{
    if (w->server.handle == NULL) {
        fail(w, "the server does not run");
    }
    return w->server.handle;
}

/* Starts the server on what is durable of it. */
void start_server(world *w)
{
    server *s = &w->server;
    syncline_server_config config;
    syncline_server_config_init(&config, sizeof config);
    config.mode = SYNCLINE_MODE_MANUAL;
    config.durability =
        s->is_volatile ? SYNCLINE_DURABILITY_VOLATILE : SYNCLINE_DURABILITY_DURABLE;
    config.options = s->options;
    config.options_len = strlen(s->options);
    config.now_micros = w->now;
    seed_of(config.seed, "server", s->restarts);
    s->names.count = 0;
    syncline_server_free(s->handle);
    s->handle = NULL;
    told(w, syncline_server_new(&config, &s->handle, NULL));
    pump(w);
}

/* How a room is called in lines. */
const char *server_room_name(world *w, uint32_t number)
{
    for (size_t i = 0; i < w->server.names.count; i++) {
        if (w->server.names.at[i].number == number) {
            return w->server.names.at[i].name;
        }
    }
    text made = {0};
    text_addf(w, &made, "#%u", (unsigned)number);
    return made.at;
}

/* The number of an open room; 0 for none. */
uint32_t server_room(world *w, const char *name)
{
    uint32_t number = 0;
    MUST(w, syncline_server_room_find(running(w), name, strlen(name), &number, NULL));
    return number;
}

static void name_room(world *w, uint32_t number, const syncline_buf *name)
{
    rooms *names = &w->server.names;
    size_t at = 0;
    while (at < names->count && names->at[at].number != number) {
        at++;
    }
    if (at == ROOMS_MOST) {
        fail(w, "too many rooms");
    }
    names->at[at] = (room){.name = keep_text(w, name->ptr, name->len), .number = number};
    names->count += at == names->count;
}

/* Does what was ordered, and says so. */
void carry_out(world *w, order what)
{
    const char *name = server_room_name(w, what.room);
    if (!what.opens) {
        write_blob(w, &add_room(w, &w->server.disks, name)->blobs, &what);
        MUST(w, syncline_server_persisted(w->server.handle, what.room, what.record, NULL));
        return;
    }
    room *disk = find_room(&w->server.disks, name);
    size_t count = disk == NULL ? 0 : disk->blobs.count;
    syncline_bytes *blobs = keep(w, (count + 1) * sizeof *blobs);
    for (size_t i = 0; i < count; i++) {
        blobs[i] = (syncline_bytes){.ptr = disk->blobs.at[i].at, .len = disk->blobs.at[i].len};
    }
    MUST(w, syncline_server_room_opened(w->server.handle, what.room, blobs, count, NULL));
}

static void do_order(world *w, order what)
{
    if (w->server.held) {
        orders_push(w, &w->server.orders, what);
    } else {
        carry_out(w, what);
    }
}

static void close_room(world *w, const syncline_server_output *o)
{
    room *disk = find_room(&w->server.disks, server_room_name(w, o->room));
    if (disk != NULL && o->remove) {
        disk->blobs.count = 0;
    }
}

static void ask_host(world *w, const syncline_server_output *o)
{
    server *s = &w->server;
    if (s->question_count == ANSWERS_MOST) {
        fail(w, "too many questions");
    }
    s->questions[s->question_count].request = o->request;
    s->questions[s->question_count].token = keep_text(w, o->token.ptr, o->token.len);
    s->question_count++;
    answer_questions(w);
}

static void transmit(world *w, const syncline_server_output *o)
{
    wire *to = wire_of(w, o->conn);
    wire *ghost = ghost_of(w, o->conn);
    if (to != NULL) {
        list_push(w, &to->down, keep_bytes(w, o->bytes.ptr, o->bytes.len));
        to->owes = true;
    } else if (ghost != NULL) {
        ghost->owes = true;
    }
}

static void do_for_server(world *w, const syncline_server_output *o)
{
    switch (o->kind) {
    case SYNCLINE_SERVER_OUTPUT_KIND_TRANSMIT:
        transmit(w, o);
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_PAUSE:
        set_paused(w, o->conn, true);
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_RESUME:
        set_paused(w, o->conn, false);
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_CLOSE:
        print(w, "close %s %s", owner_of(w, o->conn), syncline_status_name(o->status));
        end_from_server(w, o->conn);
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_AUTHORIZE:
        ask_host(w, o);
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_OPEN_ROOM:
        name_room(w, o->room, &o->name);
        do_order(w, (order){.opens = true, .room = o->room});
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_PERSIST:
        do_order(w, (order){.room = o->room,
                            .record = o->record,
                            .replaces = o->replace != 0,
                            .blob = keep_bytes(w, o->bytes.ptr, o->bytes.len)});
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_CLOSE_ROOM:
        close_room(w, o);
        break;
    default:
        if (o->kind == SYNCLINE_SERVER_OUTPUT_KIND_OPENED) {
            name_room(w, o->room, &o->name);
        }
        print_server_event(w, o);
        break;
    }
}

bool drain_server(world *w)
{
    bool moved = false;
    syncline_server_output output;
    syncline_server_output_init(&output, sizeof output);
    while (w->server.handle != NULL) {
        syncline_status status = syncline_server_poll(w->server.handle, &output, NULL);
        MUST(w, status);
        if (status == SYNCLINE_STATUS_DONE) {
            break;
        }
        moved = true;
        do_for_server(w, &output);
    }
    syncline_server_output_clear(&output);
    return moved;
}

static const answer *answer_to(const world *w, const char *token)
{
    for (size_t i = 0; i < w->answer_count; i++) {
        if (strcmp(w->answers[i].token, token) == 0) {
            return &w->answers[i];
        }
    }
    /* Whoever is not known may write everything. */
    static const answer everything = {.what = GRANT, .write = {{.ptr = "", .len = 0}}, .write_count = 1};
    return &everything;
}

/* Answers the questions to which the host has an answer. */
void answer_questions(world *w)
{
    server *s = &w->server;
    size_t left = 0;
    for (size_t i = 0; i < s->question_count; i++) {
        uint64_t request = s->questions[i].request;
        const char *token = s->questions[i].token;
        const answer *found = answer_to(w, token);
        if (found->what == LATER) {
            s->questions[left++] = s->questions[i];
        } else if (found->what == DENY) {
            MUST(w, syncline_server_deny(s->handle, request, found->status, NULL));
        } else {
            MUST(w, syncline_server_grant(s->handle, request, token, strlen(token), found->write,
                                          found->write_count, NULL));
        }
    }
    s->question_count = left;
}
