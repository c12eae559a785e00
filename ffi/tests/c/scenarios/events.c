/* How events look in lines. */
#include <stdio.h>
#include <string.h>

#include "world.h"

static const char *text_of(world *w, const syncline_buf *buf)
{
    return keep_text(w, buf->ptr, buf->len);
}

/* What a key holds, or "-". */
static const char *content_of(world *w, const syncline_buf *json)
{
    return json->len == 0 ? "-" : text_of(w, json);
}

const char *sync_status_name(uint32_t status)
{
    switch (status) {
    case SYNCLINE_SYNC_STATUS_SYNCED:
        return "synced";
    case SYNCLINE_SYNC_STATUS_PENDING:
        return "pending";
    case SYNCLINE_SYNC_STATUS_OFFLINE:
        return "offline";
    default:
        return "degraded";
    }
}

/* How a client's room is called in lines. */
static const char *client_room_name(world *w, client *c, uint32_t number)
{
    syncline_buf name = {0};
    text made = {0};
    if (syncline_client_room_name(c->handle, number, &name, NULL) == SYNCLINE_STATUS_OK) {
        text_add(w, &made, (const char *)name.ptr, name.len);
    } else {
        text_addf(w, &made, "#%u", (unsigned)number);
    }
    syncline_buf_free(&name);
    return made.at;
}

static void print_verdict(world *w, const char *who, const char *where,
                          const syncline_client_output *e)
{
    unsigned long long draft = e->draft;
    const char *code = syncline_status_name(e->status);
    switch (e->verdict) {
    case SYNCLINE_VERDICT_APPLIED:
        print(w, "event %s applied %s %llu %llu", who, where, draft,
              (unsigned long long)e->version);
        break;
    case SYNCLINE_VERDICT_REFUSED:
        print(w, "event %s refused %s %llu %s %u", who, where, draft, code, (unsigned)e->op);
        break;
    default:
        print(w, "event %s unknown %s %llu %s", who, where, draft, code);
        break;
    }
}

/* The numbers of a JSON array, with a plus sign between them. */
static const char *sum_of(world *w, const syncline_buf *array)
{
    text sum = {0};
    text_add(w, &sum, "", 0);
    for (size_t i = 0; i < array->len; i++) {
        const char *at = (const char *)array->ptr + i;
        if (*at == ',') {
            text_add(w, &sum, "+", 1);
        } else if (*at != '[' && *at != ']') {
            text_add(w, &sum, at, 1);
        }
    }
    return sum.at;
}

/* The three sides of a refused edit. */
static void print_sides(world *w, const char *who, const char *what, const char *where,
                        const syncline_client_output *e)
{
    text line = {0};
    text_addf(w, &line, "event %s %s %s %s %s %s", who, what, where, sum_of(w, &e->drafts),
              text_of(w, &e->key), syncline_status_name(e->status));
    text_addf(w, &line, " mine %s", content_of(w, &e->mine));
    text_addf(w, &line, " base %s", content_of(w, &e->base));
    text_addf(w, &line, " theirs %s", content_of(w, &e->theirs));
    if (e->kind == SYNCLINE_CLIENT_OUTPUT_KIND_REFUSED && e->by == 0) {
        text_addf(w, &line, " by -");
    } else if (e->kind == SYNCLINE_CLIENT_OUTPUT_KIND_REFUSED) {
        text_addf(w, &line, " by %llu", (unsigned long long)e->by);
    }
    print(w, "%s", line.at);
}

static void print_resumed(world *w, const char *who, const char *where,
                          const syncline_client_output *e)
{
    if (e->resume == SYNCLINE_RESUME_RESET) {
        print(w, "event %s resumed %s reset %s", who, where, syncline_status_name(e->status));
    } else {
        const char *kind = e->resume == SYNCLINE_RESUME_DELTA ? "delta" : "snapshot";
        print(w, "event %s resumed %s %s", who, where, kind);
    }
}

void print_client_event(world *w, client *c, const syncline_client_output *e)
{
    const char *who = c->name;
    const char *where = e->room == 0 ? "-" : client_room_name(w, c, e->room);
    const char *code = syncline_status_name(e->status);
    const char *again = e->retries ? "retries" : "final";
    switch (e->kind) {
    case SYNCLINE_CLIENT_OUTPUT_KIND_CHANGE:
        print(w, "event %s change %s %s %s", who, where,
              e->origin == SYNCLINE_ORIGIN_LOCAL ? "local" : "remote", text_of(w, &e->keys));
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_VERDICT:
        print_verdict(w, who, where, e);
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_REFUSED:
        print_sides(w, who, "resolved", where, e);
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_CONFLICT:
        print_sides(w, who, "conflict", where, e);
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_UNKNOWN:
        print(w, "event %s handed back %s %llu %s %s", who, where, (unsigned long long)e->draft,
              code, text_of(w, &e->edits));
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_READY:
        print(w, "event %s ready %s", who, where);
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_RESUMED:
        print_resumed(w, who, where, e);
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_DIVERGED:
        print(w, "event %s diverged %s", who, where);
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_DENIED:
        print(w, "event %s denied %s %s %s", who, where, code, again);
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_FAILED:
        print(w, "event %s failed %s %s", who, code, again);
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_STATUS:
        print(w, "event %s status %s %s", who, where, sync_status_name(e->sync_status));
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_PRESENCE:
        print(w, "event %s presence %s", who, where);
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_VIEW:
        print(w, "event %s view %s %u", who, where, (unsigned)e->view);
        print_changes(w, c, e->view);
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_UNWATCHED:
        print(w, "event %s unwatched %s %u %s", who, where, (unsigned)e->view, code);
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_STORED:
        print(w, "event %s stored %llu", who, (unsigned long long)e->record);
        break;
    case SYNCLINE_CLIENT_OUTPUT_KIND_STORAGE_FAILED:
        print(w, "event %s storage failed", who);
        break;
    default:
        fail(w, "an event of kind %u", (unsigned)e->kind);
    }
}

void print_server_event(world *w, const syncline_server_output *e)
{
    const char *where = e->name.len > 0 ? text_of(w, &e->name) : server_room_name(w, e->room);
    const char *code = syncline_status_name(e->status);
    const char *who = text_of(w, &e->principal);
    unsigned channel = e->channel;
    unsigned long long write = e->write;
    unsigned long long version = e->version;
    switch (e->kind) {
    case SYNCLINE_SERVER_OUTPUT_KIND_RENDER:
        print(w, "render %s %s", server_room_name(w, e->room), text_of(w, &e->name));
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_JOINED:
        print(w, "event server joined %s %s %u as %s", where, owner_of(w, e->conn), channel, who);
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_LEFT:
        print(w, "event server left %s %s %u as %s %s", where, owner_of(w, e->conn), channel, who,
              e->status == 0 ? "-" : code);
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_OPENED:
        print(w, "event server opened %s", where);
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_FAILED:
        print(w, "event server failed %s %s", where, code);
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_CLOSED:
        print(w, "event server closed %s", where);
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_WRITTEN:
        print(w, "event server written %s %llu %llu", where, write, version);
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_WRITE_FAILED:
        print(w, "event server write failed %s %llu %s", where, write, code);
        break;
    case SYNCLINE_SERVER_OUTPUT_KIND_CHANGED:
        print(w, "event server changed %s %llu %s by %s", where, version, text_of(w, &e->keys),
              text_of(w, &e->principals));
        break;
    default:
        fail(w, "an event of kind %u", (unsigned)e->kind);
    }
}
