/* The questions that a step can ask, and a check can know the answer to. */
#include <stdio.h>
#include <string.h>

#include "world.h"

/* Writes what a call gave, and frees it. Returns false for an error, which is the answer then. */
bool give(world *w, text *out, syncline_status status, syncline_buf *json)
{
    if (status < 0) {
        text_addf(w, out, "! %s", syncline_status_name(status));
    } else if (status == SYNCLINE_STATUS_DONE) {
        text_addf(w, out, "-");
    } else {
        text_add(w, out, (const char *)json->ptr, json->len);
    }
    syncline_buf_free(json);
    return status >= 0;
}

static bool give_number(world *w, text *out, syncline_status status, uint64_t number)
{
    if (status < 0) {
        text_addf(w, out, "! %s", syncline_status_name(status));
        return false;
    }
    text_addf(w, out, "%llu", (unsigned long long)number);
    return true;
}

/* The text of a number in the JSON text of a report, where its name stands first. */
bool give_member(world *w, text *out, syncline_status status, syncline_buf *json,
                 const char *name)
{
    text report = {0};
    text start = {0};
    if (!give(w, &report, status, json)) {
        text_addf(w, out, "%s", report.at);
        return false;
    }
    text_addf(w, &start, "\"%s\":", name);
    const char *found = strstr(report.at, start.at);
    if (found == NULL) {
        text_addf(w, out, "-");
    } else {
        found += start.len;
        text_add(w, out, found, strcspn(found, ",}"));
    }
    return true;
}

/* What a key holds and its version. */
static bool give_held(world *w, text *out, syncline_status status, uint64_t version,
                      syncline_buf *json)
{
    if (status == SYNCLINE_STATUS_OK) {
        text_addf(w, out, "%llu ", (unsigned long long)version);
    }
    return give(w, out, status, json);
}

static bool ask_report(world *w, const char *question, uint32_t number, text *out)
{
    syncline_room_report report;
    syncline_room_report_init(&report, sizeof report);
    syncline_status status =
        syncline_server_room_report(running(w), number, &report, NULL, NULL);
    uint64_t told_number = strcmp(question, "hostversion") == 0 ? report.version
                           : strcmp(question, "registers") == 0 ? report.registers
                                                                : report.readers;
    return give_number(w, out, status, told_number);
}

static bool ask_host(world *w, const char *question, words *step, text *out)
{
    syncline_server *s = running(w);
    uint32_t number = 0;
    uint64_t version = 0;
    syncline_buf json = {0};
    const char *name = next_word(w, step);
    syncline_status found = syncline_server_room_find(s, TEXT(name), &number, NULL);
    MUST(w, found);
    const char *key = has_words(step) ? next_word(w, step) : "";
    if (found == SYNCLINE_STATUS_DONE) {
        text_addf(w, out, "closed");
        return true;
    }
    if (strcmp(question, "hostget") == 0) {
        syncline_status status =
            syncline_server_room_get(s, number, TEXT(key), &version, &json, NULL);
        return give_held(w, out, status, version, &json);
    }
    if (strcmp(question, "hoststaged") == 0) {
        syncline_status status =
            syncline_server_room_staged(s, number, TEXT(key), &version, &json, NULL);
        return give_held(w, out, status, version, &json);
    }
    if (strcmp(question, "hostentries") == 0) {
        syncline_status status =
            syncline_server_room_entries(s, number, TEXT(key), &json, NULL);
        return give(w, out, status, &json);
    }
    if (strcmp(question, "hostpresences") == 0) {
        syncline_status status = syncline_server_room_presences(s, number, &json, NULL);
        return give(w, out, status, &json);
    }
    if (strcmp(question, "roommetric") == 0) {
        syncline_status status = syncline_server_room_metrics(s, number, &json, NULL);
        return give_member(w, out, status, &json, key);
    }
    return ask_report(w, question, number, out);
}

static bool ask_room(world *w, const char *question, client *c, words *step, text *out)
{
    uint32_t number = room_of(w, c, next_word(w, step));
    uint32_t status_number = 0;
    uint64_t count = 0;
    syncline_buf json = {0};
    syncline_status status;
    if (strcmp(question, "get") == 0) {
        const char *key = next_word(w, step);
        status = syncline_client_get(c->handle, number, TEXT(key), &json, NULL);
    } else if (strcmp(question, "confirmed") == 0) {
        const char *key = next_word(w, step);
        status = syncline_client_get_confirmed(c->handle, number, TEXT(key), &json, NULL);
    } else if (strcmp(question, "entries") == 0) {
        const char *prefix = next_word(w, step);
        status = syncline_client_entries(c->handle, number, TEXT(prefix), &json, NULL);
    } else if (strcmp(question, "presences") == 0) {
        status = syncline_client_presences(c->handle, number, &json, NULL);
    } else if (strcmp(question, "own") == 0) {
        status = syncline_client_presence_own(c->handle, number, &json, NULL);
    } else if (strcmp(question, "version") == 0) {
        status = syncline_client_room_version(c->handle, number, &count, NULL);
        return give_number(w, out, status, count);
    } else if (strcmp(question, "pending") == 0) {
        status = syncline_client_room_pending(c->handle, number, &count, NULL);
        return give_number(w, out, status, count);
    } else if (strcmp(question, "ready") == 0) {
        status = syncline_client_room_ready(c->handle, number, NULL);
        text_addf(w, out, "%s", status == SYNCLINE_STATUS_OK ? "yes" : "no");
        return true;
    } else if (strcmp(question, "denied") == 0) {
        int32_t reason = 0;
        status = syncline_client_room_denied(c->handle, number, &reason, NULL);
        text_addf(w, out, "%s", status == SYNCLINE_STATUS_OK ? syncline_status_name(reason) : "-");
        return true;
    } else if (strcmp(question, "status") == 0) {
        status = syncline_client_room_status(c->handle, number, &status_number, NULL, NULL);
        text_addf(w, out, "%s",
                  status == SYNCLINE_STATUS_OK ? sync_status_name(status_number) : "closed");
        return true;
    } else {
        fail(w, "%s: no such question", question);
    }
    return give(w, out, status, &json);
}

/* Writes the answer to a question; returns false if it is an error. */
bool ask(world *w, const char *question, words *step, text *out)
{
    static const char *const of_host[] = {"hostget",       "hoststaged", "hostentries",
                                          "hostpresences", "hostversion", "registers",
                                          "readers",       "roommetric"};
    syncline_buf json = {0};
    text_add(w, out, "", 0);
    for (size_t i = 0; i < sizeof of_host / sizeof *of_host; i++) {
        if (strcmp(question, of_host[i]) == 0) {
            return ask_host(w, question, step, out);
        }
    }
    static const char *const of_views[] = {"viewhtml",   "viewjson",     "viewcursor", "framejson",
                                           "wholejson",  "screenhtml",   "screencursor",
                                           "predictions"};
    for (size_t i = 0; i < sizeof of_views / sizeof *of_views; i++) {
        if (strcmp(question, of_views[i]) == 0) {
            return ask_view(w, question, step, out);
        }
    }
    if (strcmp(question, "watchedhtml") == 0 || strcmp(question, "watchedmetric") == 0) {
        return ask_watched(w, question, step, out);
    }
    if (strcmp(question, "hostrooms") == 0) {
        syncline_status status = syncline_server_rooms(running(w), &json, NULL);
        return give(w, out, status, &json);
    }
    if (strcmp(question, "hostmetric") == 0) {
        syncline_status status = syncline_server_metrics(running(w), &json, NULL);
        return give_member(w, out, status, &json, next_word(w, step));
    }
    client *c = find_client(w, next_word(w, step));
    if (strcmp(question, "metric") == 0) {
        syncline_status status = syncline_client_metrics(c->handle, &json, NULL);
        return give_member(w, out, status, &json, next_word(w, step));
    }
    if (strcmp(question, "status") == 0 && !has_words(step)) {
        uint32_t status = 0;
        MUST(w, syncline_client_status(c->handle, &status, NULL));
        text_addf(w, out, "%s", sync_status_name(status));
        return true;
    }
    return ask_room(w, question, c, step, out);
}
