/* Views and screens: what is rendered, what is told of it, and what is shown. */
#include <stdio.h>
#include <string.h>

#include "world.h"

view *find_view(world *w, const char *name)
{
    for (size_t i = 0; i < w->view_count; i++) {
        if (strcmp(w->views[i].name, name) == 0) {
            return &w->views[i];
        }
    }
    fail(w, "%s: no such view", name);
}

static screen *find_screen(world *w, const char *name)
{
    for (size_t i = 0; i < w->screen_count; i++) {
        if (strcmp(w->screens[i].name, name) == 0) {
            return &w->screens[i];
        }
    }
    fail(w, "%s: no such screen", name);
}

/* The text of a word; a dash is none. */
static const char *optional(const char *word)
{
    return strcmp(word, "-") == 0 ? NULL : word;
}

static size_t length(const char *word)
{
    return word == NULL ? 0 : strlen(word);
}

void print_bytes(world *w, const char *what, const syncline_buf *buf)
{
    text hex = {0};
    text_add(w, &hex, "", 0);
    for (size_t i = 0; i < buf->len; i++) {
        text_addf(w, &hex, "%02x", buf->ptr[i]);
    }
    print(w, "%s %s", what, buf->len == 0 ? "-" : hex.at);
}

static void step_new_view(world *w, const char *name, words *step)
{
    view *v = NULL;
    for (size_t i = 0; i < w->view_count; i++) {
        v = strcmp(w->views[i].name, name) == 0 ? &w->views[i] : v;
    }
    if (v == NULL) {
        if (w->view_count == VIEWS_MOST) {
            fail(w, "too many views");
        }
        v = &w->views[w->view_count++];
    }
    syncline_view_free(v->handle);
    v->name = name;
    syncline_view *first = NULL;
    MUST(w, syncline_view_new(TEXT(name), next_number(w, step), &first, NULL));
    /* Another handle is the same view. */
    MUST(w, syncline_view_clone(first, &v->handle, NULL));
    syncline_view_free(first);
}

static void step_new_screen(world *w, const char *name, words *step)
{
    if (w->screen_count == VIEWS_MOST) {
        fail(w, "too many screens");
    }
    screen *s = &w->screens[w->screen_count++];
    s->name = name;
    s->view = find_view(w, next_word(w, step))->name;
    syncline_screen *first = NULL;
    MUST(w, syncline_screen_new(&first, NULL));
    MUST(w, syncline_screen_clone(first, &s->handle, NULL));
    syncline_screen_free(first);
}

static syncline_status draw_named(world *w, view *v, syncline_tree *tree, words *step, bool is_tag)
{
    const char *name = next_word(w, step);
    const char *value = is_tag ? "" : next_word(w, step);
    uint32_t number = 0;
    syncline_status status = is_tag ? syncline_view_tag(v->handle, TEXT(name), &number, NULL)
                                    : syncline_view_attribute(v->handle, TEXT(name), &number, NULL);
    if (status < 0) {
        return status;
    }
    return is_tag ? syncline_tree_open(tree, number, NULL)
                  : syncline_tree_attribute(tree, number, TEXT(value), NULL);
}

static syncline_status draw_instance(world *w, syncline_tree *tree, words *step, bool is_row)
{
    uint32_t number = (uint32_t)next_number(w, step);
    const char *key = optional(next_word(w, step));
    if (!is_row) {
        return syncline_tree_instance(tree, number, key, length(key), NULL);
    }
    syncline_text slots[WORDS_MOST] = {0};
    size_t count = (size_t)next_number(w, step);
    for (size_t i = 0; i < count && i < WORDS_MOST; i++) {
        const char *slot = next_word(w, step);
        slots[i] = (syncline_text){.ptr = slot, .len = strlen(slot)};
    }
    return syncline_tree_row(tree, number, key, length(key), slots, count, NULL);
}

static syncline_status draw_part(world *w, view *v, syncline_tree *tree, words *step)
{
    const char *part = next_word(w, step);
    if (strcmp(part, "open") == 0 || strcmp(part, "attr") == 0) {
        return draw_named(w, v, tree, step, part[0] == 'o');
    }
    if (strcmp(part, "instance") == 0 || strcmp(part, "row") == 0) {
        return draw_instance(w, tree, step, part[0] == 'r');
    }
    if (strcmp(part, "hole") == 0) {
        return syncline_tree_hole(tree, NULL);
    }
    if (strcmp(part, "fragment") == 0) {
        return syncline_tree_fragment(tree, NULL);
    }
    if (strcmp(part, "close") == 0) {
        return syncline_tree_close(tree, NULL);
    }
    if (strcmp(part, "bound") == 0 || strcmp(part, "choice") == 0) {
        uint32_t number = (uint32_t)next_number(w, step);
        const char *json = optional(next_word(w, step));
        return part[0] == 'b' ? syncline_tree_bound(tree, number, json, length(json), NULL)
                              : syncline_tree_choice(tree, number, json, length(json), NULL);
    }
    const char *told = next_word(w, step);
    if (strcmp(part, "key") == 0) {
        return syncline_tree_key(tree, TEXT(told), NULL);
    }
    if (strcmp(part, "text") == 0) {
        return syncline_tree_text(tree, TEXT(told), NULL);
    }
    if (strcmp(part, "raw") == 0) {
        return syncline_tree_raw(tree, TEXT(told), NULL);
    }
    fail(w, "%s: no part of a tree", part);
}

static syncline_status draw(world *w, view *v, words *step, uint64_t *revision)
{
    syncline_tree *tree = NULL;
    MUST(w, syncline_tree_new(v->handle, &tree, NULL));
    /* What was written before is forgotten. */
    MUST(w, syncline_tree_hole(tree, NULL));
    MUST(w, syncline_tree_clear(tree, NULL));
    syncline_status status = SYNCLINE_STATUS_OK;
    while (has_words(step)) {
        syncline_status done = draw_part(w, v, tree, step);
        status = status < 0 ? status : done;
    }
    if (status >= 0) {
        status = syncline_view_render(v->handle, tree, revision, NULL);
    }
    syncline_tree_free(tree);
    return status;
}

static syncline_status absorb(world *w, view *v, words *step, uint64_t *revision)
{
    syncline_bytes drafts[WORDS_MOST] = {0};
    size_t count = 0;
    while (has_words(step)) {
        bytes draft = bytes_of(w, next_word(w, step));
        drafts[count++] = (syncline_bytes){.ptr = draft.at, .len = draft.len};
    }
    return syncline_view_absorb(v->handle, drafts, count, revision, NULL);
}

void step_view(world *w, const char *verb, words *step)
{
    const char *name = next_word(w, step);
    if (strcmp(verb, "view") == 0) {
        step_new_view(w, name, step);
        return;
    }
    if (strcmp(verb, "screen") == 0) {
        step_new_screen(w, name, step);
        return;
    }
    view *v = find_view(w, name);
    uint64_t revision = 0;
    uint32_t number = 0;
    if (strcmp(verb, "template") == 0 || strcmp(verb, "binding") == 0) {
        const char *told_text = next_word(w, step);
        if (told(w, verb[0] == 't'
                        ? syncline_view_template(v->handle, TEXT(told_text), &number, NULL)
                        : syncline_view_binding(v->handle, TEXT(told_text), &number, NULL))) {
            print(w, "number %u", (unsigned)number);
        }
        return;
    }
    syncline_status status = SYNCLINE_STATUS_OK;
    if (strcmp(verb, "render") == 0) {
        const char *json = next_word(w, step);
        status = syncline_view_render_json(v->handle, TEXT(json), &revision, NULL);
    } else if (strcmp(verb, "absorb") == 0) {
        status = absorb(w, v, step, &revision);
    } else {
        status = draw(w, v, step, &revision);
    }
    if (told(w, status)) {
        print(w, "revision %llu", (unsigned long long)revision);
    }
}

/* The screen takes the frame that there is for it. */
static syncline_status tell(world *w, screen *s)
{
    uint64_t epoch = 0;
    uint64_t revision = 0;
    syncline_buf frame = {0};
    MUST(w, syncline_screen_cursor(s->handle, &epoch, &revision, NULL));
    view *v = find_view(w, s->view);
    MUST(w, syncline_view_frame(v->handle, epoch, revision, &frame, NULL));
    print_bytes(w, "frame", &frame);
    syncline_status status = syncline_screen_take(s->handle, frame.ptr, frame.len, NULL);
    syncline_buf_free(&frame);
    return status;
}

static syncline_status step_value(world *w, screen *s, const char *verb, words *step)
{
    uint64_t edit = verb[0] == 'p' ? next_number(w, step) : 0;
    const char *of = optional(next_word(w, step));
    const char *key = next_word(w, step);
    const char *json = next_word(w, step);
    if (verb[0] == 'p') {
        return syncline_screen_predict(s->handle, edit, of, length(of), TEXT(key), TEXT(json),
                                       NULL);
    }
    const char *after = next_word(w, step);
    return syncline_screen_observe(s->handle, of, length(of), TEXT(key), TEXT(json), TEXT(after),
                                   NULL);
}

void step_screen(world *w, const char *verb, words *step)
{
    screen *s = find_screen(w, next_word(w, step));
    if (strcmp(verb, "tell") == 0) {
        told(w, tell(w, s));
    } else if (strcmp(verb, "forge") == 0) {
        bytes frame = bytes_of(w, next_word(w, step));
        told(w, syncline_screen_take(s->handle, frame.at, frame.len, NULL));
    } else if (strcmp(verb, "settled") == 0) {
        MUST(w, syncline_screen_settle(s->handle, next_number(w, step), NULL));
    } else if (strcmp(verb, "undone") == 0) {
        MUST(w, syncline_screen_undo(s->handle, next_number(w, step), NULL));
    } else {
        told(w, step_value(w, s, verb, step));
    }
    syncline_buf change = {0};
    while (syncline_screen_change(s->handle, &change, NULL) == SYNCLINE_STATUS_OK) {
        print_bytes(w, "change", &change);
        syncline_buf_free(&change);
    }
}

/* Writes the answer to a question about views; returns false if it is an error. */
bool ask_view(world *w, const char *question, words *step, text *out)
{
    const char *name = next_word(w, step);
    syncline_buf json = {0};
    uint64_t epoch = 0;
    uint64_t revision = 0;
    if (strcmp(question, "viewhtml") == 0) {
        return give(w, out, syncline_view_html(find_view(w, name)->handle, &json, NULL), &json);
    }
    if (strcmp(question, "viewjson") == 0) {
        return give(w, out, syncline_view_json(find_view(w, name)->handle, &json, NULL), &json);
    }
    if (strcmp(question, "wholejson") == 0) {
        syncline_view *v = find_view(w, name)->handle;
        return give(w, out, syncline_view_frame_json(v, 0, 0, &json, NULL), &json);
    }
    if (strcmp(question, "viewcursor") == 0) {
        MUST(w, syncline_view_cursor(find_view(w, name)->handle, &epoch, &revision, NULL));
        text_addf(w, out, "%llu %llu", (unsigned long long)epoch, (unsigned long long)revision);
        return true;
    }
    screen *s = find_screen(w, name);
    if (strcmp(question, "screenhtml") == 0) {
        return give(w, out, syncline_screen_html(s->handle, &json, NULL), &json);
    }
    MUST(w, syncline_screen_cursor(s->handle, &epoch, &revision, NULL));
    if (strcmp(question, "screencursor") == 0) {
        text_addf(w, out, "%llu %llu", (unsigned long long)epoch, (unsigned long long)revision);
        return true;
    }
    if (strcmp(question, "framejson") == 0) {
        syncline_view *v = find_view(w, s->view)->handle;
        return give(w, out, syncline_view_frame_json(v, epoch, revision, &json, NULL), &json);
    }
    syncline_status status = syncline_screen_metrics(s->handle, &json, NULL);
    return give_member(w, out, status, &json, next_word(w, step));
}
