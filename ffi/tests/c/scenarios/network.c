/* What the network does: connects, delivers, loses. */
#include <stdio.h>
#include <string.h>

#include "world.h"

wire *wire_of(world *w, uint64_t conn)
{
    for (size_t i = 0; i < w->client_count; i++) {
        wire *found = &w->clients[i].wire;
        if (found->is_there && found->conn == conn) {
            return found;
        }
    }
    return NULL;
}

wire *ghost_of(world *w, uint64_t conn)
{
    for (size_t i = 0; i < w->client_count; i++) {
        for (size_t j = 0; j < GHOSTS_MOST; j++) {
            wire *found = &w->clients[i].ghosts[j];
            if (found->is_there && found->conn == conn) {
                return found;
            }
        }
    }
    return NULL;
}

/* The name of the client that a connection belongs or belonged to. */
const char *owner_of(world *w, uint64_t conn)
{
    return w->owners[conn];
}

void set_paused(world *w, uint64_t conn, bool paused)
{
    print(w, "%s %s", paused ? "pause" : "resume", owner_of(w, conn));
    wire *found = wire_of(w, conn);
    if (found != NULL) {
        found->paused = paused;
    }
}

/* Says what the server asks to be told when frames have left. */
bool tell_writable(world *w)
{
    bool moved = false;
    for (size_t i = 0; i < w->client_count && w->server.handle != NULL; i++) {
        wire *all[1 + GHOSTS_MOST] = {&w->clients[i].wire};
        for (size_t j = 0; j < GHOSTS_MOST; j++) {
            all[1 + j] = &w->clients[i].ghosts[j];
        }
        for (size_t j = 0; j < 1 + GHOSTS_MOST; j++) {
            if (all[j]->is_there && all[j]->owes && !all[j]->slow && !all[j]->server_left) {
                all[j]->owes = false;
                moved = true;
                MUST(w, syncline_server_writable(w->server.handle, all[j]->conn, NULL));
            }
        }
    }
    return moved;
}

/* Takes a connection down, and tells the sides that have not ended it. */
static void end_wire(world *w, client *c)
{
    wire was = c->wire;
    if (!was.is_there) {
        return;
    }
    memset(&c->wire, 0, sizeof c->wire);
    if (!was.client_left && c->handle != NULL) {
        MUST(w, syncline_client_disconnected(c->handle, NULL));
    }
    if (!was.server_left && w->server.handle != NULL) {
        MUST(w, syncline_server_disconnected(w->server.handle, was.conn, NULL));
    }
}

/* Takes down a connection that one side has ended, once nothing is under way to the other. */
static void finish(world *w, client *c)
{
    const wire *on = &c->wire;
    bool heard_by_server = on->client_left && (on->up.count == 0 || on->server_left);
    bool heard_by_client = on->server_left && (on->down.count == 0 || on->client_left);
    if (on->is_there && (heard_by_server || heard_by_client)) {
        end_wire(w, c);
    }
}

/* The client has ended its connection: what it sent before still arrives. */
void leave(world *w, client *c)
{
    if (c->wire.is_there) {
        c->wire.client_left = true;
        c->wire.down.count = 0;
    }
    finish(w, c);
}

/* The server has ended a connection: what it sent before still arrives. */
void end_from_server(world *w, uint64_t conn)
{
    wire *ghost = ghost_of(w, conn);
    if (ghost != NULL) {
        memset(ghost, 0, sizeof *ghost);
    }
    wire *found = wire_of(w, conn);
    if (found != NULL) {
        found->server_left = true;
        found->up.count = 0;
    }
    for (size_t i = 0; i < w->client_count; i++) {
        finish(w, &w->clients[i]);
    }
}

/* The connection ends, what was under way is lost, and both sides are told. */
void drop_wire(world *w, client *c)
{
    end_wire(w, c);
    pump(w);
}

static void use_question(world *w, client *c)
{
    if (!c->asks) {
        fail(w, "%s did not ask for a connection", c->name);
    }
    c->asks = false;
}

static void connect_client(world *w, client *c, const char *token)
{
    syncline_server *s = running(w);
    use_question(w, c);
    uint64_t conn = ++w->last_conn;
    if (conn >= sizeof w->owners / sizeof *w->owners) {
        fail(w, "too many connections");
    }
    w->owners[conn] = c->name;
    c->wire = (wire){.conn = conn, .is_there = true};
    MUST(w, syncline_client_connected(c->handle, token, strlen(token), NULL));
    MUST(w, syncline_server_connected(s, conn, NULL));
}

/* The connection ends for the client; the server has not noticed. */
static void cut(world *w, client *c)
{
    size_t free_place = 0;
    while (free_place < GHOSTS_MOST && c->ghosts[free_place].is_there) {
        free_place++;
    }
    if (free_place == GHOSTS_MOST || !c->wire.is_there) {
        fail(w, "nothing to cut, or too often");
    }
    c->wire.down.count = 0;
    c->ghosts[free_place] = c->wire;
    memset(&c->wire, 0, sizeof c->wire);
    MUST(w, syncline_client_disconnected(c->handle, NULL));
}

static const char *message_name(uint8_t tag)
{
    static const char *const names[] = {
        [1] = "hello", [2] = "presence", [3] = "welcome", [4] = "goaway", [5] = "join",
        [6] = "ping",  [7] = "joined",   [8] = "watch",   [9] = "denied", [10] = "show",
        [11] = "push", [12] = "unwatch", [13] = "delta",  [15] = "leave", [17] = "auth",
        [19] = "fault",
    };
    const char *name = tag < sizeof names / sizeof *names ? names[tag] : NULL;
    return name == NULL ? "unknown" : name;
}

/* Whether bytes are UTF-8: a frame that begins with a brace may be anything. */
static bool is_text(const bytes *frame)
{
    for (size_t i = 0; i < frame->len;) {
        uint8_t first = frame->at[i];
        size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
        if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || i + more >= frame->len) {
            return false;
        }
        for (size_t j = 1; j <= more; j++) {
            if ((frame->at[i + j] & 0xc0) != 0x80) {
                return false;
            }
        }
        i += more + 1;
    }
    return true;
}

/* A frame in a line: text as it is, anything else by its message's name and as digits. */
static void print_frame(world *w, const char *way, const char *name, const bytes *frame)
{
    text line = {0};
    text_addf(w, &line, "%s %s ", way, name);
    if (frame->len == 0) {
        text_addf(w, &line, "empty");
    } else if (frame->at[0] == '{' && is_text(frame)) {
        text_add(w, &line, (const char *)frame->at, frame->len);
    } else {
        text_addf(w, &line, "%s ", message_name(frame->at[0]));
        for (size_t i = 0; i < frame->len; i++) {
            text_addf(w, &line, "%02x", frame->at[i]);
        }
    }
    print(w, "%s", line.at);
}

/* What was under way on connections that were cut arrives. */
static void arrive_late(world *w, client *c)
{
    for (size_t i = 0; i < GHOSTS_MOST; i++) {
        wire *ghost = &c->ghosts[i];
        while (ghost->is_there && ghost->up.count > 0) {
            bytes frame = list_take(&ghost->up, 0);
            print_frame(w, "late", c->name, &frame);
            MUST(w, syncline_server_receive(running(w), ghost->conn, frame.at, frame.len, NULL));
            pump(w);
        }
    }
}

/* The server notices that connections were cut. */
static void bury(world *w, client *c)
{
    for (size_t i = 0; i < GHOSTS_MOST; i++) {
        wire ghost = c->ghosts[i];
        memset(&c->ghosts[i], 0, sizeof ghost);
        if (ghost.is_there) {
            MUST(w, syncline_server_disconnected(running(w), ghost.conn, NULL));
        }
    }
}

static bool deliver_one(world *w, client *c, bool up)
{
    wire *on = &c->wire;
    list *queue = up ? &on->up : &on->down;
    if (!on->is_there || queue->count == 0 || (up && on->paused)) {
        return false;
    }
    uint64_t conn = on->conn;
    bytes frame = list_take(queue, 0);
    print_frame(w, up ? "up" : "down", c->name, &frame);
    if (up) {
        MUST(w, syncline_server_receive(running(w), conn, frame.at, frame.len, NULL));
    } else {
        MUST(w, syncline_client_receive(c->handle, frame.at, frame.len, NULL));
    }
    pump(w);
    finish(w, c);
    pump(w);
    return true;
}

/* Delivers up to `most` frames one way, and says whether there was one. */
static bool deliver(world *w, client *c, bool up, size_t most)
{
    size_t delivered = 0;
    while (delivered < most && deliver_one(w, c, up)) {
        delivered++;
    }
    return delivered > 0;
}

/* Delivers frames until there are none. */
void settle(world *w)
{
    bool moved = true;
    while (moved) {
        moved = false;
        for (size_t i = 0; i < w->client_count; i++) {
            moved |= deliver(w, &w->clients[i], true, SIZE_MAX);
            moved |= deliver(w, &w->clients[i], false, SIZE_MAX);
        }
    }
}

/* Loses, doubles, swaps or forges frames. */
static void tamper(world *w, const char *verb, const char *name, words *step)
{
    wire *on = find_wire(w, name);
    list *queue = strcmp(next_word(w, step), "up") == 0 ? &on->up : &on->down;
    if (strcmp(verb, "raw") == 0) {
        list_push(w, queue, bytes_of(w, next_word(w, step)));
        return;
    }
    size_t needed = strcmp(verb, "swap") == 0 ? 2 : 1;
    if (strcmp(verb, "lose") == 0) {
        needed = next_count(w, step, queue->count);
    }
    if (needed == 0 || queue->count < needed) {
        fail(w, "no such frame is under way");
    }
    if (strcmp(verb, "lose") == 0) {
        for (; needed > 0; needed--) {
            list_take(queue, 0);
        }
    } else {
        bytes first = needed == 2 ? list_take(queue, 1) : queue->at[0];
        list_push_first(w, queue, first);
    }
}

static void tell_one_writable(world *w, wire *on)
{
    if (!on->owes) {
        fail(w, "nothing was transmitted");
    }
    on->owes = false;
    MUST(w, syncline_server_writable(running(w), on->conn, NULL));
}

void step_network(world *w, const char *verb, words *step)
{
    if (strcmp(verb, "settle") == 0) {
        settle(w);
        return;
    }
    const char *first = next_word(w, step);
    if (strcmp(verb, "tick") == 0 || strcmp(verb, "run") == 0) {
        pass_time(w, w->now + number_of(w, first) * 1000, verb[0] == 'r');
        return;
    }
    client *c = find_client(w, first);
    if (strcmp(verb, "connect") == 0) {
        connect_client(w, c, has_words(step) ? next_word(w, step) : first);
    } else if (strcmp(verb, "unreachable") == 0) {
        use_question(w, c);
        MUST(w, syncline_client_disconnected(c->handle, NULL));
    } else if (strcmp(verb, "drop") == 0) {
        drop_wire(w, c);
    } else if (strcmp(verb, "cut") == 0) {
        cut(w, c);
    } else if (strcmp(verb, "late") == 0) {
        arrive_late(w, c);
    } else if (strcmp(verb, "bury") == 0) {
        bury(w, c);
    } else if (strcmp(verb, "up") == 0 || strcmp(verb, "down") == 0) {
        deliver(w, c, verb[0] == 'u', next_count(w, step, SIZE_MAX));
    } else if (strcmp(verb, "slow") == 0) {
        find_wire(w, first)->slow = true;
    } else if (strcmp(verb, "fast") == 0) {
        find_wire(w, first)->slow = false;
    } else if (strcmp(verb, "writable") == 0) {
        tell_one_writable(w, find_wire(w, first));
    } else {
        tamper(w, verb, first, step);
    }
    pump(w);
}
