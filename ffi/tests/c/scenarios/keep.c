/* What this program allocates, kept until the scenario ends. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

struct kept {
    struct kept *before;
    max_align_t data[];
};

void *keep(world *w, size_t size)
{
    struct kept *block = malloc(sizeof *block + size);
    if (block == NULL) {
        fail(w, "out of memory");
    }
    block->before = w->kept;
    w->kept = block;
    return block->data;
}

void keep_nothing(world *w)
{
    while (w->kept != NULL) {
        struct kept *before = w->kept->before;
        free(w->kept);
        w->kept = before;
    }
}

bytes keep_bytes(world *w, const void *at, size_t len)
{
    bytes copy = {.at = keep(w, len + 1), .len = len};
    if (len > 0) {
        memcpy(copy.at, at, len);
    }
    copy.at[len] = 0;
    return copy;
}

char *keep_text(world *w, const void *at, size_t len)
{
    return (char *)keep_bytes(w, at, len).at;
}

/* A larger place for what is in the old one. */
static void *grown(world *w, const void *old, size_t used, size_t space)
{
    void *at = keep(w, space);
    if (used > 0) {
        memcpy(at, old, used);
    }
    return at;
}

static void list_grow(world *w, list *what)
{
    if (what->count == what->space) {
        what->space = 2 * what->space + 8;
        what->at = grown(w, what->at, what->count * sizeof *what->at,
                         what->space * sizeof *what->at);
    }
}

void list_push(world *w, list *to, bytes item)
{
    list_grow(w, to);
    to->at[to->count++] = item;
}

void list_push_first(world *w, list *to, bytes item)
{
    list_grow(w, to);
    memmove(to->at + 1, to->at, to->count * sizeof *to->at);
    to->at[0] = item;
    to->count++;
}

bytes list_take(list *from, size_t index)
{
    bytes item = from->at[index];
    from->count--;
    memmove(from->at + index, from->at + index + 1, (from->count - index) * sizeof item);
    return item;
}

list list_copy(world *w, const list *from)
{
    list copy = {.count = from->count, .space = from->count};
    copy.at = grown(w, from->at, from->count * sizeof *from->at, from->count * sizeof *from->at);
    return copy;
}

void orders_push(world *w, orders *to, order item)
{
    if (to->count == to->space) {
        to->space = 2 * to->space + 8;
        to->at = grown(w, to->at, to->count * sizeof *to->at, to->space * sizeof *to->at);
    }
    to->at[to->count++] = item;
}

order orders_take(orders *from)
{
    order first = from->at[0];
    from->count--;
    memmove(from->at, from->at + 1, from->count * sizeof first);
    return first;
}

void text_add(world *w, text *to, const char *at, size_t len)
{
    if (to->len + len + 1 > to->space) {
        to->space = 2 * (to->len + len) + 64;
        to->at = grown(w, to->at, to->len, to->space);
    }
    if (len > 0) {
        memcpy(to->at + to->len, at, len);
    }
    to->len += len;
    to->at[to->len] = 0;
}

void text_addf(world *w, text *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (len < 0) {
        fail(w, "a format that does not work");
    }
    char *made = keep(w, (size_t)len + 1);
    va_start(arguments, format);
    vsnprintf(made, (size_t)len + 1, format, arguments);
    va_end(arguments);
    text_add(w, to, made, (size_t)len);
}
