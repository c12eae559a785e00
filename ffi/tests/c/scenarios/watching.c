/* Views of rooms: what the host shows of them, and what clients that watch are told. */
#include <stdio.h>
#include <string.h>

#include "world.h"

/* A client begins to watch, or ends. */
void step_watch(world *w, const char *verb, words *step)
{
    client *c = find_client(w, next_word(w, step));
    if (strcmp(verb, "watch") == 0) {
        uint32_t number = room_of(w, c, next_word(w, step));
        const char *name = next_word(w, step);
        uint32_t made = 0;
        if (told(w, syncline_client_watch(c->handle, number, TEXT(name), &made, NULL))) {
            print(w, "view %u", (unsigned)made);
        }
    } else {
        MUST(w, syncline_client_unwatch(c->handle, (uint32_t)next_number(w, step), NULL));
    }
    pump(w);
}

/* What is being rendered reads these rooms; returns false if one of them is refused. */
static bool open_for_view(world *w, uint32_t number, const char *name, words *step)
{
    bool all = true;
    while (has_words(step)) {
        const char *other = next_word(w, step);
        uint32_t opened = 0;
        all = all && told(w, syncline_server_room_open_for_view(running(w), number, TEXT(name),
                                                                TEXT(other), &opened, NULL));
    }
    return all;
}

/* The host answers for a view. */
void step_show(world *w, const char *verb, words *step)
{
    uint32_t number = server_room(w, next_word(w, step));
    syncline_server *s = running(w);
    const char *name = next_word(w, step);
    if (strcmp(verb, "show") == 0) {
        const syncline_view *shown = find_view(w, name)->handle;
        if (open_for_view(w, number, name, step)) {
            told(w, syncline_server_room_show(s, number, TEXT(name), shown, NULL));
        }
    } else if (strcmp(verb, "read") == 0) {
        open_for_view(w, number, name, step);
    } else if (strcmp(verb, "keepview") == 0) {
        told(w, syncline_server_room_keep_view(s, number, TEXT(name), NULL));
    } else if (strcmp(verb, "endview") == 0) {
        int32_t status = status_of(w, next_word(w, step));
        told(w, syncline_server_room_end_view(s, number, TEXT(name), status, NULL));
    } else {
        told(w, syncline_server_room_touch_view(s, number, TEXT(name), NULL));
    }
    pump(w);
}

/* What pages of a client have to do now. */
void print_changes(world *w, client *c, uint32_t number)
{
    syncline_buf change = {0};
    while (syncline_client_view_change(c->handle, number, &change, NULL) == SYNCLINE_STATUS_OK) {
        print_bytes(w, "change", &change);
        syncline_buf_free(&change);
    }
}

/* Writes the answer to a question about a view that is watched; returns false if it is an error. */
bool ask_watched(world *w, const char *question, words *step, text *out)
{
    client *c = find_client(w, next_word(w, step));
    uint32_t number = (uint32_t)next_number(w, step);
    syncline_buf json = {0};
    if (strcmp(question, "watchedhtml") == 0) {
        return give(w, out, syncline_client_view_html(c->handle, number, &json, NULL), &json);
    }
    syncline_status status = syncline_client_view_metrics(c->handle, number, &json, NULL);
    return give_member(w, out, status, &json, next_word(w, step));
}
