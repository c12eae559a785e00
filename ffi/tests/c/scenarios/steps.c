/* Which step does what. */
#include <stdio.h>
#include <string.h>

#include "world.h"

/* Whether a word is among others, which have spaces around them. */
static bool is_in(const char *word, const char *others)
{
    size_t len = strlen(word);
    for (const char *at = strstr(others, word); at != NULL; at = strstr(at + 1, word)) {
        if (at[-1] == ' ' && at[len] == ' ') {
            return true;
        }
    }
    return false;
}

/* A question whose answer is known. */
static void check(world *w, words *step)
{
    text found = {0};
    const char *expected = step->at[--step->count];
    ask(w, next_word(w, step), step, &found);
    if (strcmp(found.at, expected) != 0) {
        fail(w, "the answer is %s, not %s", found.at, expected);
    }
}

int32_t status_of(world *w, const char *name)
{
    for (int32_t status = -1; status > -200; status--) {
        if (strcmp(syncline_status_name(status), name) == 0) {
            return status;
        }
    }
    fail(w, "%s: no status", name);
}

static void step_new(world *w, const char *verb, words *step)
{
    const char *first = next_word(w, step);
    if (strcmp(verb, "server") == 0) {
        w->server.options = first;
        if (has_words(step)) {
            w->server.is_volatile = strcmp(next_word(w, step), "volatile") == 0;
        }
        start_server(w);
        return;
    }
    if (w->client_count == CLIENTS_MOST) {
        fail(w, "too many clients");
    }
    client *c = &w->clients[w->client_count++];
    c->name = first;
    c->options = next_word(w, step);
    start_client(w, c);
}

static void open_room(world *w, client *c, words *step)
{
    const char *name = next_word(w, step);
    int32_t writes = strcmp(next_word(w, step), "rw") == 0;
    uint32_t number = 0;
    if (told(w, syncline_client_room_open(c->handle, TEXT(name), writes, &number, NULL))) {
        add_room(w, &c->rooms, name)->number = number;
    }
}

static void step_client(world *w, const char *verb, words *step)
{
    client *c = find_client(w, next_word(w, step));
    if (strcmp(verb, "open") == 0) {
        open_room(w, c, step);
    } else if (strcmp(verb, "closeclient") == 0) {
        told(w, syncline_client_close(c->handle, NULL, NULL));
    } else if (strcmp(verb, "flush") == 0) {
        told(w, syncline_client_flush(c->handle, NULL));
    } else if (strcmp(verb, "askstored") == 0) {
        uint64_t mark = 0;
        told(w, syncline_client_ask_stored(c->handle, &mark, NULL));
    } else if (strcmp(verb, "token") == 0) {
        const char *token = next_word(w, step);
        told(w, syncline_client_set_token(c->handle, TEXT(token), NULL));
    } else {
        uint32_t number = room_of(w, c, next_word(w, step));
        if (strcmp(verb, "closeroom") == 0) {
            told(w, syncline_client_room_close(c->handle, number, NULL));
        } else if (strcmp(verb, "forget") == 0) {
            told(w, syncline_client_room_forget(c->handle, number, NULL));
        } else {
            const char *json = next_word(w, step);
            told(w, strcmp(json, "null") == 0
                        ? syncline_client_clear_presence(c->handle, number, NULL)
                        : syncline_client_set_presence(c->handle, number, TEXT(json), NULL));
        }
    }
    pump(w);
}

/* What the host says to a token from now on. */
static void step_answer(world *w, const char *verb, const char *token, words *step)
{
    answer *to = w->answers;
    answer *end = w->answers + w->answer_count;
    while (to < end && strcmp(to->token, token) != 0) {
        to++;
    }
    if (to == end && ++w->answer_count > ANSWERS_MOST) {
        fail(w, "too many answers");
    }
    *to = (answer){.token = token, .what = LATER};
    if (strcmp(verb, "grant") == 0) {
        to->what = GRANT;
        while (has_words(step) && to->write_count < sizeof to->write / sizeof *to->write) {
            const char *prefix = next_word(w, step);
            to->write[to->write_count++] = (syncline_text){.ptr = prefix, .len = strlen(prefix)};
        }
    } else if (strcmp(verb, "deny") == 0) {
        to->what = DENY;
        to->status = status_of(w, next_word(w, step));
    }
    if (w->server.handle != NULL) {
        answer_questions(w);
    }
}

static void step_host(world *w, const char *verb, words *step)
{
    const char *first = next_word(w, step);
    if (is_in(verb, " grant deny later ")) {
        step_answer(w, verb, first, step);
    } else if (strcmp(verb, "revoke") == 0) {
        MUST(w, syncline_server_revoke(running(w), TEXT(first), NULL));
    } else if (strcmp(verb, "hostopen") == 0) {
        uint32_t number = 0;
        told(w, syncline_server_room_open(running(w), TEXT(first), &number, NULL));
    } else if (strcmp(verb, "shutdown") == 0) {
        MUST(w, syncline_server_shutdown(running(w), number_of(w, first), NULL));
    } else if (strcmp(verb, "wind_down") == 0) {
        uint64_t within = number_of(w, next_word(w, step));
        MUST(w, syncline_server_wind_down(running(w), number_of(w, first), within, NULL));
    } else {
        uint32_t number = server_room(w, first);
        syncline_server *s = running(w);
        if (strcmp(verb, "hostclose") == 0) {
            told(w, syncline_server_room_release(s, number, NULL));
        } else if (strcmp(verb, "expire") == 0) {
            told(w, syncline_server_room_expire(s, number, next_number(w, step), NULL));
        } else if (strcmp(verb, "unload") == 0) {
            told(w, syncline_server_room_unload(s, number, NULL));
        } else {
            told(w, syncline_server_room_delete(s, number, NULL));
        }
    }
    pump(w);
}

static void step_question(world *w, const char *question, words *step)
{
    text found = {0};
    if (ask(w, question, step, &found)) {
        print(w, "%s", found.at);
    } else {
        text_addf(w, &w->lines, "%s\n", found.at);
    }
}

void do_step(world *w, words *step)
{
    const char *verb = next_word(w, step);
    if (is_in(verb, " quiet loud ")) {
        w->quiet = verb[0] == 'q';
    } else if (strcmp(verb, "check") == 0) {
        check(w, step);
    } else if (is_in(verb, " set delete merge add insert remove move replace ")) {
        step_edit(w, verb, step);
    } else if (strcmp(verb, "batch") == 0) {
        step_batch(w, step);
    } else if (strcmp(verb, "resolve") == 0) {
        step_resolve(w, step);
    } else if (strcmp(verb, "write") == 0) {
        step_write(w, step);
    } else if (is_in(verb, " server client ")) {
        step_new(w, verb, step);
    } else if (is_in(verb, " open closeroom forget closeclient flush askstored token presence ")) {
        step_client(w, verb, step);
    } else if (is_in(verb, " hold release fail crash reopen putaside bringback spoil ")) {
        step_storage(w, verb, step);
    } else if (is_in(verb, " grant deny later revoke hostopen hostclose expire unload "
                           "deleteroom shutdown wind_down ")) {
        step_host(w, verb, step);
    } else if (is_in(verb, " connect unreachable drop cut late bury up down lose double swap raw "
                           "slow writable fast settle tick run ")) {
        step_network(w, verb, step);
    } else if (is_in(verb, " view screen template binding render draw absorb ")) {
        step_view(w, verb, step);
    } else if (is_in(verb, " watch unwatch ")) {
        step_watch(w, verb, step);
    } else if (is_in(verb, " read show keepview endview touchview ")) {
        step_show(w, verb, step);
    } else if (is_in(verb, " tell forge predict observe settled undone ")) {
        step_screen(w, verb, step);
    } else {
        step_question(w, verb, step);
    }
    if (has_words(step)) {
        fail(w, "a word too many");
    }
}
