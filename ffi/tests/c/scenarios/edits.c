/* The steps in which somebody writes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

static uint64_t item_of(world *w, const char *word)
{
    char *end = NULL;
    errno = 0;
    unsigned long long item = strtoull(word, &end, 16);
    if (errno != 0 || end == word || *end != 0) {
        fail(w, "%s: no item", word);
    }
    return item;
}

/* A neighbour in a list, or NULL where there is none. */
static const uint64_t *neighbour(world *w, const char *word, uint64_t *place)
{
    if (strcmp(word, "-") == 0) {
        return NULL;
    }
    *place = item_of(w, word);
    return place;
}

static bool is_integer(const char *word)
{
    return strpbrk(word, ".eE") == NULL;
}

static size_t index_of(world *w, const char *word)
{
    char *end = NULL;
    errno = 0;
    unsigned long long index = strtoull(word, &end, 10);
    if (errno != 0 || end == word || *end != 0) {
        fail(w, "%s: no place", word);
    }
    return (size_t)index;
}

/* Adds an edit by place, or returns SYNCLINE_STATUS_DONE if the verb is of another kind. */
static syncline_status add_edit_at(world *w, const syncline_edits *edits, const char *verb,
                                   const char *key, words *step)
{
    if (strcmp(verb, "insertat") == 0) {
        size_t index = index_of(w, next_word(w, step));
        uint64_t item = item_of(w, next_word(w, step));
        const char *json = next_word(w, step);
        return syncline_edits_insert_at(edits, TEXT(key), index, item, TEXT(json), NULL);
    }
    if (strcmp(verb, "removeat") == 0) {
        return syncline_edits_remove_at(edits, TEXT(key), index_of(w, next_word(w, step)), NULL);
    }
    if (strcmp(verb, "moveto") == 0) {
        size_t from = index_of(w, next_word(w, step));
        size_t to = index_of(w, next_word(w, step));
        return syncline_edits_move_to(edits, TEXT(key), from, to, NULL);
    }
    if (strcmp(verb, "replaceat") == 0) {
        size_t index = index_of(w, next_word(w, step));
        const char *json = next_word(w, step);
        return syncline_edits_replace_at(edits, TEXT(key), index, TEXT(json), NULL);
    }
    return SYNCLINE_STATUS_DONE;
}

/* Adds the next edit of a list of them. */
static syncline_status add_edit(world *w, const syncline_edits *edits, words *step)
{
    const char *verb = next_word(w, step);
    const char *key = next_word(w, step);
    uint64_t left = 0;
    uint64_t right = 0;
    syncline_status by_place = add_edit_at(w, edits, verb, key, step);
    if (by_place != SYNCLINE_STATUS_DONE) {
        return by_place;
    }
    if (strcmp(verb, "set") == 0) {
        const char *json = next_word(w, step);
        return syncline_edits_set(edits, TEXT(key), TEXT(json), NULL);
    }
    if (strcmp(verb, "merge") == 0) {
        const char *json = next_word(w, step);
        return syncline_edits_merge(edits, TEXT(key), TEXT(json), NULL);
    }
    if (strcmp(verb, "add") == 0) {
        const char *amount = next_word(w, step);
        return is_integer(amount)
                   ? syncline_edits_add_i64(edits, TEXT(key), strtoll(amount, NULL, 10), NULL)
                   : syncline_edits_add_f64(edits, TEXT(key), strtod(amount, NULL), NULL);
    }
    if (strcmp(verb, "delete") == 0) {
        return syncline_edits_delete(edits, TEXT(key), NULL);
    }
    if (strcmp(verb, "expect") == 0) {
        return syncline_edits_expect(edits, TEXT(key), NULL);
    }
    if (strcmp(verb, "require") == 0) {
        return syncline_edits_require(edits, TEXT(key), next_number(w, step), NULL);
    }
    uint64_t item = item_of(w, next_word(w, step));
    if (strcmp(verb, "remove") == 0) {
        return syncline_edits_remove(edits, TEXT(key), item, NULL);
    }
    if (strcmp(verb, "replace") == 0) {
        const char *json = next_word(w, step);
        return syncline_edits_replace(edits, TEXT(key), item, TEXT(json), NULL);
    }
    const uint64_t *after = neighbour(w, next_word(w, step), &left);
    const uint64_t *before = neighbour(w, next_word(w, step), &right);
    if (strcmp(verb, "move") == 0) {
        return syncline_edits_move(edits, TEXT(key), item, after, before, NULL);
    }
    if (strcmp(verb, "insert") != 0) {
        fail(w, "%s: no edit", verb);
    }
    const char *json = next_word(w, step);
    return syncline_edits_insert(edits, TEXT(key), item, after, before, TEXT(json), NULL);
}

/* The rest of the step as edits; NULL if one of them is refused. */
static syncline_edits *edits_of(world *w, words *step)
{
    syncline_edits *edits = NULL;
    MUST(w, syncline_edits_new(&edits, NULL));
    while (has_words(step)) {
        if (!told(w, add_edit(w, edits, step))) {
            syncline_edits_free(edits);
            step->next = step->count;
            return NULL;
        }
    }
    return edits;
}

static void print_draft(world *w, syncline_status status, uint64_t draft)
{
    if (told(w, status) && status == SYNCLINE_STATUS_OK) {
        print(w, "draft %llu", (unsigned long long)draft);
    }
    pump(w);
}

/* NAME ROOM KEY ... */
void step_edit(world *w, const char *verb, words *step)
{
    client *c = find_client(w, next_word(w, step));
    uint32_t number = room_of(w, c, next_word(w, step));
    const char *key = next_word(w, step);
    const char *word = strcmp(verb, "delete") == 0 ? "" : next_word(w, step);
    uint64_t draft = 0;
    syncline_status status;
    if (strcmp(verb, "set") == 0) {
        status = syncline_client_set(c->handle, number, TEXT(key), TEXT(word), &draft, NULL);
    } else if (strcmp(verb, "delete") == 0) {
        status = syncline_client_delete(c->handle, number, TEXT(key), &draft, NULL);
    } else if (strcmp(verb, "merge") == 0) {
        status = syncline_client_merge(c->handle, number, TEXT(key), TEXT(word), &draft, NULL);
    } else if (strcmp(verb, "add") == 0 && is_integer(word)) {
        status = syncline_client_add_i64(c->handle, number, TEXT(key), strtoll(word, NULL, 10),
                                         &draft, NULL);
    } else if (strcmp(verb, "add") == 0) {
        status = syncline_client_add_f64(c->handle, number, TEXT(key), strtod(word, NULL), &draft,
                                         NULL);
    } else {
        size_t index = (size_t)number_of(w, word);
        if (strcmp(verb, "remove") == 0) {
            status =
                syncline_client_remove_at(c->handle, number, TEXT(key), index, &draft, NULL);
        } else if (strcmp(verb, "move") == 0) {
            size_t to = (size_t)next_number(w, step);
            status =
                syncline_client_move_to(c->handle, number, TEXT(key), index, to, &draft, NULL);
        } else {
            const char *json = next_word(w, step);
            status = strcmp(verb, "insert") == 0
                         ? syncline_client_insert_at(c->handle, number, TEXT(key), index,
                                                     TEXT(json), &draft, NULL)
                         : syncline_client_replace_at(c->handle, number, TEXT(key), index,
                                                      TEXT(json), &draft, NULL);
        }
    }
    print_draft(w, status, draft);
}

/* NAME ROOM [EDIT KEY ...]... */
void step_batch(world *w, words *step)
{
    client *c = find_client(w, next_word(w, step));
    uint32_t number = room_of(w, c, next_word(w, step));
    syncline_edits *edits = edits_of(w, step);
    if (edits != NULL) {
        uint64_t draft = 0;
        syncline_status status = syncline_client_batch(c->handle, number, edits, &draft, NULL);
        syncline_edits_free(edits);
        print_draft(w, status, draft);
    }
}

/* NAME ROOM DRAFT mine|theirs|JSON */
void step_resolve(world *w, words *step)
{
    client *c = find_client(w, next_word(w, step));
    uint32_t number = room_of(w, c, next_word(w, step));
    uint64_t refused = next_number(w, step);
    const char *how = next_word(w, step);
    uint32_t resolution = strcmp(how, "mine") == 0     ? SYNCLINE_RESOLUTION_KEEP_MINE
                          : strcmp(how, "theirs") == 0 ? SYNCLINE_RESOLUTION_KEEP_THEIRS
                                                       : SYNCLINE_RESOLUTION_VALUE;
    const char *json = resolution == SYNCLINE_RESOLUTION_VALUE ? how : "";
    uint64_t draft = 0;
    syncline_status status =
        syncline_client_resolve(c->handle, number, refused, resolution, TEXT(json), &draft, NULL);
    print_draft(w, status, draft);
}

/* ROOM [EDIT KEY ...]... */
void step_write(world *w, words *step)
{
    uint32_t number = server_room(w, next_word(w, step));
    syncline_edits *edits = edits_of(w, step);
    if (edits != NULL) {
        uint64_t write = 0;
        if (told(w, syncline_server_room_write(running(w), number, edits, &write, NULL))) {
            print(w, "write %llu", (unsigned long long)write);
        }
        syncline_edits_free(edits);
        pump(w);
    }
}
