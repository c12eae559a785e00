/* The flat form of a scenario: words with tabs between them, and the lines that a step is to print
 * behind "= ". */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

/* One line without its end. Returns false at the end of the file. */
static bool read_line(world *w, FILE *file, text *line)
{
    line->len = 0;
    text_add(w, line, "", 0);
    int c = getc(file);
    if (c == EOF) {
        return false;
    }
    for (; c != EOF && c != '\n'; c = getc(file)) {
        char byte = (char)c;
        text_add(w, line, &byte, 1);
    }
    w->line++;
    return true;
}

/* Text without its escapes. */
static char *plain(world *w, const char *at, size_t len)
{
    char *out = keep(w, len + 1);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        char c = at[i];
        if (c == '\\' && i + 1 < len) {
            c = at[++i];
            c = (char)(c == 't' ? '\t' : c == 'n' ? '\n' : c);
        }
        out[used++] = c;
    }
    out[used] = 0;
    return out;
}

static void split(world *w, const text *line, words *step)
{
    memset(step, 0, sizeof *step);
    const char *at = line->at;
    for (;;) {
        size_t len = strcspn(at, "\t");
        if (step->count == WORDS_MOST) {
            fail(w, "too many words");
        }
        step->at[step->count++] = plain(w, at, len);
        if (at[len] == 0) {
            return;
        }
        at += len + 1;
    }
}

bool read_step(world *w, FILE *file, words *step, text *expected)
{
    text line = {0};
    if (!read_line(w, file, &line)) {
        return false;
    }
    split(w, &line, step);
    expected->len = 0;
    text_add(w, expected, "", 0);
    for (int c = getc(file); c == '='; c = getc(file)) {
        if (getc(file) != ' ' || !read_line(w, file, &line)) {
            fail(w, "a line without its text");
        }
        text_addf(w, expected, "%s\n", plain(w, line.at, line.len));
    }
    if (!feof(file)) {
        /* The first byte of the next step. */
        fseek(file, -1, SEEK_CUR);
    }
    return true;
}

bool has_words(const words *step)
{
    return step->next < step->count;
}

const char *next_word(world *w, words *step)
{
    if (!has_words(step)) {
        fail(w, "a word is missing");
    }
    return step->at[step->next++];
}

uint64_t number_of(world *w, const char *word)
{
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(word, &end, 10);
    if (errno != 0 || end == word || *end != 0) {
        fail(w, "%s: no number", word);
    }
    return number;
}

uint64_t next_number(world *w, words *step)
{
    return number_of(w, next_word(w, step));
}

size_t next_count(world *w, words *step, size_t otherwise)
{
    return has_words(step) ? (size_t)next_number(w, step) : otherwise;
}

static uint8_t digit(world *w, char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c == 0 ? NULL : strchr(digits, c);
    if (found == NULL) {
        fail(w, "%c: no digit", c);
    }
    return (uint8_t)(found - digits);
}

/* A frame as a step gives it: text that begins with a brace, or digits. */
bytes bytes_of(world *w, const char *word)
{
    size_t len = strlen(word);
    if (word[0] == '{') {
        return keep_bytes(w, word, len);
    }
    bytes frame = {.at = keep(w, len + 1), .len = len / 2};
    for (size_t i = 0; i < frame.len; i++) {
        frame.at[i] = (uint8_t)(digit(w, word[2 * i]) * 16 + digit(w, word[2 * i + 1]));
    }
    return frame;
}
