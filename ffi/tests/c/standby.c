/* A client that leads, two that follow it, and a take-over: the records and the proposals pass through
   this program's hands. */
#include "check.h"

#define ORDERS 64

/* Records in storage, in order. */
typedef struct {
    syncline_buf bytes[ORDERS];
    uint64_t record[ORDERS];
    int replace[ORDERS];
    size_t count;
} feed;

typedef struct {
    syncline_client *handle;
    uint64_t tab;
    uint32_t room;
    uint64_t after; /* the latest record that it holds */
    /* What it proposed, and told, last. */
    uint32_t proposed_room;
    uint64_t proposal;
    syncline_buf bytes;
    uint32_t changes;
    uint64_t refused;
    int32_t status;
} follower;

static void prepare(syncline_client_config *config, uint8_t seed)
{
    syncline_client_config_init(config, sizeof *config);
    config->mode = SYNCLINE_MODE_MANUAL;
    memset(config->seed, seed, sizeof config->seed);
}

static uint32_t open_room(syncline_client *client)
{
    uint32_t room = 0;
    OK(syncline_client_room_open(client, TEXT("notes"), 1, &room, &err));
    return room;
}

static syncline_client *lead(const feed *stored, uint8_t seed)
{
    syncline_client_config config;
    prepare(&config, seed);
    syncline_bytes blobs[ORDERS];
    for (size_t at = 0; at < stored->count; at++) {
        blobs[at].ptr = stored->bytes[at].ptr;
        blobs[at].len = stored->bytes[at].len;
    }
    config.blobs = blobs;
    config.blob_count = stored->count;
    syncline_client *leader = NULL;
    OK(syncline_client_new(&config, &leader, &err));
    return leader;
}

/* Makes durable what the leader asks for. */
static void store(syncline_client *leader, feed *stored)
{
    syncline_client_output output;
    syncline_client_output_init(&output, sizeof output);
    while (syncline_client_poll(leader, &output, NULL) == SYNCLINE_STATUS_OK) {
        CHECK(output.kind != SYNCLINE_CLIENT_OUTPUT_KIND_PROPOSE);
        if (output.kind == SYNCLINE_CLIENT_OUTPUT_KIND_PERSIST) {
            CHECK(stored->count < ORDERS);
            stored->bytes[stored->count] = output.bytes;
            stored->record[stored->count] = output.record;
            stored->replace[stored->count] = output.replace;
            stored->count++;
            memset(&output.bytes, 0, sizeof output.bytes);
            OK(syncline_client_persisted(leader, output.record, &err));
        }
    }
    syncline_client_output_clear(&output);
}

static void drain(follower *f)
{
    syncline_client_output output;
    syncline_client_output_init(&output, sizeof output);
    while (syncline_client_poll(f->handle, &output, NULL) == SYNCLINE_STATUS_OK) {
        switch (output.kind) {
        case SYNCLINE_CLIENT_OUTPUT_KIND_PROPOSE:
            syncline_buf_free(&f->bytes);
            f->bytes = output.bytes;
            f->proposed_room = output.room;
            f->proposal = output.draft;
            memset(&output.bytes, 0, sizeof output.bytes);
            break;
        case SYNCLINE_CLIENT_OUTPUT_KIND_CHANGE:
            f->changes++;
            break;
        case SYNCLINE_CLIENT_OUTPUT_KIND_VERDICT:
            CHECK(output.verdict == SYNCLINE_VERDICT_REFUSED);
            f->refused = output.draft;
            f->status = output.status;
            break;
        default:
            CHECK(output.kind >= 32);
            break;
        }
    }
    syncline_client_output_clear(&output);
    uint64_t due = 0;
    DONE(syncline_client_deadline(f->handle, &due, &err));
}

static void begin(follower *f, syncline_client *leader)
{
    syncline_buf snapshot = {0};
    OK(syncline_client_snapshot(leader, &snapshot, &f->after, &err));
    if (f->handle == NULL) {
        syncline_client_config config;
        prepare(&config, (uint8_t)(100 + f->tab));
        OK(syncline_client_standby_new(&config, f->tab, snapshot.ptr, snapshot.len, &f->handle, &err));
        f->room = open_room(f->handle);
    } else {
        OK(syncline_client_follow(f->handle, snapshot.ptr, snapshot.len, 1, &err));
    }
    syncline_buf_free(&snapshot);
    drain(f);
}

static void follow(follower *f, const feed *stored)
{
    for (size_t at = 0; at < stored->count; at++) {
        if (stored->record[at] > f->after) {
            const syncline_buf *bytes = &stored->bytes[at];
            OK(syncline_client_follow(f->handle, bytes->ptr, bytes->len, stored->replace[at], &err));
            f->after = stored->record[at];
        }
    }
    drain(f);
}

static uint64_t adopt(syncline_client *leader, const follower *f)
{
    uint64_t draft = 0;
    OK(syncline_client_adopt(leader, f->tab, f->bytes.ptr, f->bytes.len, &draft, &err));
    return draft;
}

static uint32_t fate(syncline_client *leader, const follower *f, uint64_t want)
{
    uint32_t told = 99, op = 99;
    uint64_t draft = 99;
    int32_t status = 99;
    uint32_t room = open_room(leader);
    OK(syncline_client_fate(leader, room, f->tab, f->proposal, 0, &told, &draft, &status, &op,
                            &err));
    CHECK(draft == want && status == 0 && op == 0);
    return told;
}

static void expect(syncline_client *client, uint32_t room, const char *want)
{
    syncline_buf json = {0};
    OK(syncline_client_get(client, room, TEXT("sum"), &json, &err));
    TOLD(json, want);
}

static uint64_t outstanding(const follower *f)
{
    uint64_t count = 99;
    OK(syncline_client_proposals(f->handle, &count, &err));
    return count;
}

static void free_follower(follower *f)
{
    syncline_buf_free(&f->bytes);
    syncline_client_free(f->handle);
}

int main(void)
{
    feed stored = {0};
    follower one = {0}, two = {0};
    one.tab = 1;
    two.tab = 2;
    syncline_client *leader = lead(&stored, 1);
    uint32_t room = open_room(leader);
    store(leader, &stored);
    begin(&one, leader);
    begin(&two, leader);

    /* An edit of one tab shows there at once, and in all when the leader has it. */
    OK(syncline_client_add_i64(one.handle, one.room, TEXT("sum"), 5, NULL, &err));
    drain(&one);
    expect(one.handle, one.room, "5");
    CHECK(one.proposed_room == one.room && outstanding(&one) == 1);
    CHECK(fate(leader, &one, 0) == SYNCLINE_FATE_NEVER_SEEN);
    uint64_t draft = adopt(leader, &one);
    CHECK(adopt(leader, &one) == draft && fate(leader, &one, draft) == SYNCLINE_FATE_PENDING);
    store(leader, &stored);
    one.changes = two.changes = 0;
    follow(&one, &stored);
    follow(&two, &stored);
    CHECK(one.changes == 0 && two.changes == 1 && outstanding(&one) == 0);
    expect(leader, room, "5");
    expect(two.handle, two.room, "5");

    /* Another edit reaches a leader that dies before it is durable; a third one, nobody. */
    OK(syncline_client_add_i64(two.handle, two.room, TEXT("sum"), 2, NULL, &err));
    drain(&two);
    adopt(leader, &two);
    syncline_client_free(leader);

    /* The next one goes on with what was durable, and is handed what is outstanding. */
    leader = lead(&stored, 2);
    room = open_room(leader);
    CHECK(fate(leader, &one, draft) == SYNCLINE_FATE_PENDING);
    CHECK(fate(leader, &two, 0) == SYNCLINE_FATE_NEVER_SEEN);
    uint32_t told = 99;
    OK(syncline_client_fate(leader, open_room(leader), two.tab, two.proposal, draft, &told, NULL, NULL,
                            NULL, &err));
    CHECK(told == SYNCLINE_FATE_UNKNOWN);
    begin(&two, leader);
    syncline_buf_free(&two.bytes);
    OK(syncline_client_propose_again(two.handle, &err));
    drain(&two);
    adopt(leader, &two);
    begin(&one, leader);
    expect(leader, room, "7");
    expect(one.handle, one.room, "7");

    /* A proposal that nobody can take. */
    uint64_t made = 0;
    OK(syncline_client_set_i64(one.handle, one.room, TEXT("sum"), 0, &made, &err));
    OK(syncline_client_withdraw(one.handle, one.room, made, SYNCLINE_STATUS_FORBIDDEN, &err));
    drain(&one);
    CHECK(one.refused == made && one.status == SYNCLINE_STATUS_FORBIDDEN);
    expect(one.handle, one.room, "7");

    /* What belongs to the other. */
    OK(syncline_client_forget_tab(leader, two.tab, &err));
    EXPECT(SYNCLINE_STATUS_WRONG_MODE, syncline_client_follow(leader, NULL, 0, 1, &err));
    EXPECT(SYNCLINE_STATUS_WRONG_MODE, syncline_client_propose_again(leader, &err));
    EXPECT(SYNCLINE_STATUS_WRONG_MODE,
           syncline_client_withdraw(leader, room, made, SYNCLINE_STATUS_FORBIDDEN, &err));
    EXPECT(SYNCLINE_STATUS_WRONG_MODE,
           syncline_client_adopt(one.handle, 2, two.bytes.ptr, two.bytes.len, NULL, &err));
    EXPECT(SYNCLINE_STATUS_STORAGE_CORRUPT,
           syncline_client_adopt(leader, 2, (const uint8_t *)"no", 2, NULL, &err));
    EXPECT(SYNCLINE_STATUS_STORAGE_CORRUPT,
           syncline_client_follow(one.handle, (const uint8_t *)"no", 2, 0, &err));
    syncline_client_config config;
    prepare(&config, 9);
    config.mode = SYNCLINE_MODE_AUTOMATIC;
    syncline_client *none = NULL;
    EXPECT(SYNCLINE_STATUS_WRONG_MODE,
           syncline_client_standby_new(&config, 9, NULL, 0, &none, &err));

    free_follower(&one);
    free_follower(&two);
    syncline_client_free(leader);
    for (size_t at = 0; at < stored.count; at++) {
        syncline_buf_free(&stored.bytes[at]);
    }
    return 0;
}
