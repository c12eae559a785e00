/* What is said, who is who, and how time passes. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* Moves of time after which it is clear that something wants to be woken for nothing. */
enum { WAKES_MOST = 10000 };

_Noreturn void fail(world *w, const char *format, ...)
{
    fprintf(stderr, "%s:%zu: ", w->path, w->line);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void print(world *w, const char *format, ...)
{
    if (w->quiet) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *line = keep(w, (size_t)len + 1);
    va_start(arguments, format);
    vsnprintf(line, (size_t)len + 1, format, arguments);
    va_end(arguments);
    text_addf(w, &w->lines, "%s\n", line);
}

/* Prints the name of an error, or says that there is none. */
bool told(world *w, syncline_status status)
{
    if (status < 0) {
        text_addf(w, &w->lines, "! %s\n", syncline_status_name(status));
    }
    return status >= 0;
}

void must(world *w, const char *call, syncline_status status)
{
    if (status < 0) {
        fail(w, "%s: %s", call, syncline_status_name(status));
    }
}

/* Another one after each restart. */
void seed_of(uint8_t seed[32], const char *name, uint8_t restarts)
{
    for (unsigned i = 0; i < 32; i++) {
        seed[i] = (uint8_t)((uint8_t)name[0] + i);
    }
    seed[0] = (uint8_t)(seed[0] + restarts);
}

client *find_client(world *w, const char *name)
{
    for (size_t i = 0; i < w->client_count; i++) {
        if (strcmp(w->clients[i].name, name) == 0) {
            return &w->clients[i];
        }
    }
    fail(w, "%s: no such client", name);
}

wire *find_wire(world *w, const char *name)
{
    wire *found = &find_client(w, name)->wire;
    if (!found->is_there) {
        fail(w, "%s: not connected", name);
    }
    return found;
}

room *find_room(rooms *in, const char *name)
{
    for (size_t i = 0; i < in->count; i++) {
        if (strcmp(in->at[i].name, name) == 0) {
            return &in->at[i];
        }
    }
    return NULL;
}

room *add_room(world *w, rooms *to, const char *name)
{
    room *found = find_room(to, name);
    if (found == NULL) {
        if (to->count == ROOMS_MOST) {
            fail(w, "too many rooms");
        }
        found = &to->at[to->count++];
        *found = (room){.name = name};
    }
    return found;
}

/* Carries out what everyone wants until nobody wants anything. */
void pump(world *w)
{
    bool moved = true;
    while (moved) {
        moved = drain_server(w);
        for (size_t i = 0; i < w->client_count; i++) {
            moved |= drain_client(w, &w->clients[i]);
        }
        moved |= tell_writable(w);
    }
}

/* When somebody next wants to hear of the time; UINT64_MAX is never. */
static uint64_t deadline(world *w)
{
    uint64_t first = UINT64_MAX;
    uint64_t at = 0;
    if (w->server.handle != NULL &&
        syncline_server_deadline(w->server.handle, &at, NULL) == SYNCLINE_STATUS_OK) {
        first = at;
    }
    for (size_t i = 0; i < w->client_count; i++) {
        /* A closed client has no time. */
        if (w->clients[i].handle != NULL &&
            syncline_client_deadline(w->clients[i].handle, &at, NULL) == SYNCLINE_STATUS_OK &&
            at < first) {
            first = at;
        }
    }
    return first;
}

static void set_now(world *w, uint64_t now)
{
    w->now = now;
    if (w->server.handle != NULL) {
        MUST(w, syncline_server_set_now(w->server.handle, now, NULL));
    }
    for (size_t i = 0; i < w->client_count; i++) {
        if (w->clients[i].handle != NULL) {
            syncline_status status = syncline_client_set_now(w->clients[i].handle, now, NULL);
            if (status < 0 && status != SYNCLINE_STATUS_CLOSED) {
                fail(w, "set_now: %s", syncline_status_name(status));
            }
        }
    }
    pump(w);
}

/* Lets time pass, each deadline in its turn; frames may arrive meanwhile. */
void pass_time(world *w, uint64_t until, bool settles)
{
    for (size_t wakes = 0; wakes < WAKES_MOST; wakes++) {
        if (settles) {
            settle(w);
        }
        uint64_t next = deadline(w);
        if (next > until && w->now == until) {
            return;
        }
        next = next > until ? until : next;
        set_now(w, next > w->now ? next : w->now);
    }
    fail(w, "something wants to be woken again and again");
}
