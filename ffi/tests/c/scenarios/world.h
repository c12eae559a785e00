/* Everything that there is in a scenario: a server, clients, the network, storage and time.
 *
 * What this program allocates is kept until the scenario ends; see keep.c. */
#ifndef WORLD_H
#define WORLD_H

#include "syncline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    CLIENTS_MOST = 4,
    GHOSTS_MOST = 2,
    ROOMS_MOST = 16,
    ANSWERS_MOST = 8,
    VIEWS_MOST = 4,
    WORDS_MOST = 64
};

/* A frame, a record, or text. */
typedef struct {
    uint8_t *at;
    size_t len;
} bytes;

/* Bytes in order. */
typedef struct {
    bytes *at;
    size_t count;
    size_t space;
} list;

/* A connection as the network has it. */
typedef struct {
    uint64_t conn;
    list up;   /* on their way to the server */
    list down; /* on their way to the client */
    bool is_there;
    bool paused;      /* the server does not want to read */
    bool client_left; /* what it sent before still arrives */
    bool server_left; /* what it sent before still arrives */
    bool slow;        /* the server is not told that its frames have left */
    bool owes;        /* frames have left and the server was not told */
} wire;

/* A room: by the number that a role gives it, or as what is durable of it. */
typedef struct {
    const char *name;
    uint32_t number;
    list blobs;
} room;

typedef struct {
    room at[ROOMS_MOST];
    size_t count;
} rooms;

/* What somebody's storage was asked to do. */
typedef struct {
    bool opens; /* a room, instead of making a record durable */
    bool replaces;
    uint32_t room;
    uint64_t record;
    bytes blob;
} order;

typedef struct {
    order *at;
    size_t count;
    size_t space;
} orders;

typedef struct {
    const char *name;
    const char *options;
    syncline_client *handle; /* NULL after a crash */
    uint8_t restarts;
    wire wire;
    wire ghosts[GHOSTS_MOST]; /* connections whose end the server has not noticed */
    bool asks;                /* it asked for a connection */
    rooms rooms;
    list blobs;
    list backup;
    bool held; /* orders are kept unanswered */
    orders orders;
} client;

typedef struct {
    const char *options;
    bool is_volatile;
    syncline_server *handle; /* NULL before its start and after a crash */
    uint8_t restarts;
    rooms names; /* of rooms that are or were open */
    rooms disks;
    rooms backup;
    bool held; /* orders are kept unanswered */
    orders orders;
    struct {
        uint64_t request;
        const char *token;
    } questions[ANSWERS_MOST];
    size_t question_count;
} server;

/* What the host says to a token. */
typedef struct {
    const char *token;
    enum { GRANT, DENY, LATER } what;
    syncline_text write[4];
    size_t write_count;
    int32_t status;
} answer;

typedef struct {
    const char *name;
    syncline_view *handle;
} view;

typedef struct {
    const char *name;
    const char *view;
    syncline_screen *handle;
} screen;

/* Text that grows. */
typedef struct {
    char *at;
    size_t len;
    size_t space;
} text;

typedef struct world {
    const char *path;
    size_t line;
    uint64_t now;
    server server;
    client clients[CLIENTS_MOST];
    size_t client_count;
    answer answers[ANSWERS_MOST];
    size_t answer_count;
    view views[VIEWS_MOST];
    size_t view_count;
    screen screens[VIEWS_MOST];
    size_t screen_count;
    uint64_t last_conn;
    const char *owners[64]; /* whose a connection is or was */
    bool quiet;             /* nothing is printed but errors */
    text lines;             /* what the step printed */
    struct kept *kept;
} world;

/* The words of a step that are not read yet. */
typedef struct {
    char *at[WORDS_MOST];
    size_t count;
    size_t next;
} words;

/* keep.c */
void *keep(world *w, size_t size);
char *keep_text(world *w, const void *at, size_t len);
bytes keep_bytes(world *w, const void *at, size_t len);
void keep_nothing(world *w);
void list_push(world *w, list *to, bytes item);
void list_push_first(world *w, list *to, bytes item);
bytes list_take(list *from, size_t index);
list list_copy(world *w, const list *from);
void orders_push(world *w, orders *to, order item);
order orders_take(orders *from);
void text_add(world *w, text *to, const char *at, size_t len);
void text_addf(world *w, text *to, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* flat.c */
bool read_step(world *w, FILE *file, words *step, text *expected);
const char *next_word(world *w, words *step);
bool has_words(const words *step);
uint64_t next_number(world *w, words *step);
size_t next_count(world *w, words *step, size_t otherwise);
uint64_t number_of(world *w, const char *word);
bytes bytes_of(world *w, const char *word);

/* world.c */
_Noreturn void fail(world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void print(world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool told(world *w, syncline_status status);
void must(world *w, const char *call, syncline_status status);
void seed_of(uint8_t seed[32], const char *name, uint8_t restarts);
client *find_client(world *w, const char *name);
wire *find_wire(world *w, const char *name);
room *find_room(rooms *in, const char *name);
room *add_room(world *w, rooms *to, const char *name);
void pump(world *w);
void pass_time(world *w, uint64_t until, bool settles);

/* A call that does not fail. */
#define MUST(w, call) must((w), #call, (call))
/* A text and its length; the word is a variable. */
#define TEXT(word) (word), strlen(word)

/* client.c */
void start_client(world *w, client *c);
bool drain_client(world *w, client *c);
uint32_t room_of(world *w, client *c, const char *name);
void write_blob(world *w, list *blobs, const order *from);

/* server.c */
void start_server(world *w);
bool drain_server(world *w);
void answer_questions(world *w);
void carry_out(world *w, order what);
const char *server_room_name(world *w, uint32_t number);
uint32_t server_room(world *w, const char *name);
syncline_server *running(world *w);

/* events.c */
void print_client_event(world *w, client *c, const syncline_client_output *event);
void print_server_event(world *w, const syncline_server_output *event);
const char *sync_status_name(uint32_t status);

/* network.c */
wire *wire_of(world *w, uint64_t conn);
wire *ghost_of(world *w, uint64_t conn);
const char *owner_of(world *w, uint64_t conn);
void set_paused(world *w, uint64_t conn, bool paused);
bool tell_writable(world *w);
void leave(world *w, client *c);
void end_from_server(world *w, uint64_t conn);
void drop_wire(world *w, client *c);
void settle(world *w);
void step_network(world *w, const char *verb, words *step);

/* edits.c */
void step_edit(world *w, const char *verb, words *step);
void step_batch(world *w, words *step);
void step_resolve(world *w, words *step);
void step_write(world *w, words *step);

/* storage.c */
void step_storage(world *w, const char *verb, words *step);

/* views.c */
void step_view(world *w, const char *verb, words *step);
void step_screen(world *w, const char *verb, words *step);
bool ask_view(world *w, const char *question, words *step, text *out);

view *find_view(world *w, const char *name);
void print_bytes(world *w, const char *what, const syncline_buf *buf);

/* watching.c */
void step_watch(world *w, const char *verb, words *step);
void step_show(world *w, const char *verb, words *step);
void print_changes(world *w, client *c, uint32_t number);
bool ask_watched(world *w, const char *question, words *step, text *out);

/* questions.c */
bool give(world *w, text *out, syncline_status status, syncline_buf *json);
bool give_member(world *w, text *out, syncline_status status, syncline_buf *json,
                 const char *name);
bool ask(world *w, const char *question, words *step, text *out);

/* steps.c */
int32_t status_of(world *w, const char *name);
void do_step(world *w, words *step);

#endif
