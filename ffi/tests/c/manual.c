/* A server and two clients in manual mode: every function of theirs, on a network and a disk that
   this program plays. */
#include "world.h"

#define SAW(told, kind) ((((told) >> ((kind) - 32)) & 1) != 0)

static uint32_t open_room(world *w, size_t at, const char *name)
{
    uint32_t room = 0;
    OK(syncline_client_room_open(w->peers[at].handle, name, strlen(name), 1, &room, &err));
    pass(w, 50);
    return room;
}

static void edits_of_one_key(world *w, uint32_t room, uint32_t other)
{
    syncline_client *one = w->peers[0].handle, *two = w->peers[1].handle;
    uint64_t draft = 0;
    OK(syncline_client_set(one, room, TEXT("json"), TEXT("{\"a\":[1, 2.50]}"), &draft, &err));
    CHECK(draft > 0);
    OK(syncline_client_set_text(one, room, TEXT("text"), TEXT("na\xc3\xafve \"q\""), NULL, &err));
    OK(syncline_client_set_i64(one, room, TEXT("i"), -42, NULL, &err));
    OK(syncline_client_set_f64(one, room, TEXT("f"), 0.5, NULL, &err));
    OK(syncline_client_set_bool(one, room, TEXT("b"), 1, NULL, &err));
    OK(syncline_client_merge(one, room, TEXT("merged"), TEXT("{\"x\":1,\"y\":null}"), NULL, &err));
    OK(syncline_client_add_i64(one, room, TEXT("sum"), 2, NULL, &err));
    OK(syncline_client_add_f64(one, room, TEXT("sum"), 0.25, NULL, &err));
    OK(syncline_client_set_i64(one, room, TEXT("gone"), 1, NULL, &err));
    OK(syncline_client_delete(one, room, TEXT("gone"), NULL, &err));

    /* Visible at once, confirmed later. */
    syncline_buf json = {0};
    OK(syncline_client_get(one, room, TEXT("json"), &json, &err));
    TOLD(json, "{\"a\":[1,2.5]}");
    DONE(syncline_client_get_confirmed(one, room, TEXT("json"), &json, &err));
    uint64_t pending = 0;
    OK(syncline_client_room_pending(one, room, &pending, &err));
    CHECK(pending > 0);
    OK(syncline_client_flush(one, &err));
    pass(w, 50);
    OK(syncline_client_get_confirmed(one, room, TEXT("json"), &json, &err));
    TOLD(json, "{\"a\":[1,2.5]}");
    OK(syncline_client_pending(one, &pending, &err));
    CHECK(pending == 0 && SAW(w->peers[0].told, SYNCLINE_CLIENT_OUTPUT_KIND_VERDICT));
    CHECK(w->peers[0].verdict == SYNCLINE_VERDICT_APPLIED);

    int64_t i = 0;
    double f = 0;
    int32_t b = 0;
    OK(syncline_client_get_i64(two, other, TEXT("i"), &i, &err));
    OK(syncline_client_get_f64(two, other, TEXT("sum"), &f, &err));
    OK(syncline_client_get_bool(two, other, TEXT("b"), &b, &err));
    CHECK(i == -42 && f > 2.2 && f < 2.3 && b == 1);
    OK(syncline_client_get_text(two, other, TEXT("text"), &json, &err));
    TOLD(json, "na\xc3\xafve \"q\"");
    EXPECT(SYNCLINE_STATUS_WRONG_TYPE, syncline_client_get_i64(two, other, TEXT("f"), &i, &err));
    DONE(syncline_client_get_i64(two, other, TEXT("gone"), &i, &err));
    OK(syncline_client_keys(two, other, NULL, 0, &json, &err));
    TOLD(json, "[\"b\",\"f\",\"i\",\"json\",\"merged\",\"sum\",\"text\"]");
    OK(syncline_client_entries(two, other, TEXT("m"), &json, &err));
    TOLD(json, "{\"merged\":{\"x\":1}}");
}

static void lists(world *w, uint32_t room, uint32_t other)
{
    syncline_client *one = w->peers[0].handle, *two = w->peers[1].handle;
    OK(syncline_client_insert_at(one, room, TEXT("list"), 0, TEXT("\"a\""), NULL, &err));
    OK(syncline_client_insert_at(one, room, TEXT("list"), 1, TEXT("\"b\""), NULL, &err));
    OK(syncline_client_insert_at(one, room, TEXT("list"), 1, TEXT("\"c\""), NULL, &err));
    OK(syncline_client_move_to(one, room, TEXT("list"), 2, 0, NULL, &err));
    OK(syncline_client_replace_at(one, room, TEXT("list"), 1, TEXT("[0]"), NULL, &err));
    OK(syncline_client_remove_at(one, room, TEXT("list"), 2, NULL, &err));
    EXPECT(SYNCLINE_STATUS_NO_SUCH_ITEM,
           syncline_client_remove_at(one, room, TEXT("list"), 9, NULL, &err));
    pass(w, 50);
    syncline_buf json = {0};
    OK(syncline_client_get(two, other, TEXT("list"), &json, &err));
    TOLD(json, "[\"b\",[0]]");
    OK(syncline_client_get_items(two, other, TEXT("list"), &json, &err));
    CHECK(mentions(&json, "{\"id\":\"") && mentions(&json, "\"value\":[0]}"));
    syncline_buf_free(&json);
    EXPECT(SYNCLINE_STATUS_WRONG_TYPE,
           syncline_client_get_items(two, other, TEXT("i"), &json, &err));
}

static void batches(world *w, uint32_t room, uint32_t other)
{
    syncline_edits *edits = NULL;
    OK(syncline_edits_new(&edits, &err));
    uint64_t first = 1, second = 2, third = 3;
    OK(syncline_edits_expect(edits, TEXT("i"), &err));
    OK(syncline_edits_set(edits, TEXT("e/json"), TEXT("null"), &err));
    OK(syncline_edits_set_i64(edits, TEXT("e/i"), 7, &err));
    OK(syncline_edits_set_f64(edits, TEXT("e/f"), 1.5, &err));
    OK(syncline_edits_set_bool(edits, TEXT("e/b"), 0, &err));
    OK(syncline_edits_set_text(edits, TEXT("e/t"), TEXT("x"), &err));
    OK(syncline_edits_merge(edits, TEXT("e/m"), TEXT("{\"k\":[]}"), &err));
    OK(syncline_edits_add_i64(edits, TEXT("e/i"), 1, &err));
    OK(syncline_edits_add_f64(edits, TEXT("e/f"), 0.5, &err));
    OK(syncline_edits_insert(edits, TEXT("e/l"), first, NULL, NULL, TEXT("1"), &err));
    OK(syncline_edits_insert(edits, TEXT("e/l"), second, &first, NULL, TEXT("2"), &err));
    OK(syncline_edits_insert(edits, TEXT("e/l"), third, &first, &second, TEXT("3"), &err));
    OK(syncline_edits_move(edits, TEXT("e/l"), third, NULL, &first, &err));
    OK(syncline_edits_replace(edits, TEXT("e/l"), second, TEXT("\"two\""), &err));
    OK(syncline_edits_remove(edits, TEXT("e/l"), first, &err));
    OK(syncline_edits_delete(edits, TEXT("e/json"), &err));
    CHECK(syncline_edits_count(edits) == 16);
    uint64_t draft = 0;
    OK(syncline_client_batch(w->peers[0].handle, room, edits, &draft, &err));
    pass(w, 50);
    CHECK(w->peers[0].verdict_of == draft && w->peers[0].verdict == SYNCLINE_VERDICT_APPLIED);
    syncline_buf json = {0};
    OK(syncline_client_entries(w->peers[1].handle, other, TEXT("e/"), &json, &err));
    TOLD(json, "{\"e/b\":false,\"e/f\":2,\"e/i\":8,\"e/l\":[3,\"two\"],\"e/m\":{\"k\":[]},\"e/t\":\"x\"}");

    syncline_edits_clear(edits);
    OK(syncline_edits_insert_at(edits, TEXT("e/l"), 2, first, TEXT("4"), &err));
    OK(syncline_edits_move_to(edits, TEXT("e/l"), 2, 0, &err));
    OK(syncline_edits_replace_at(edits, TEXT("e/l"), 0, TEXT("\"four\""), &err));
    OK(syncline_edits_remove_at(edits, TEXT("e/l"), 1, &err));
    OK(syncline_client_batch(w->peers[0].handle, room, edits, NULL, &err));
    pass(w, 50);
    OK(syncline_client_get(w->peers[1].handle, other, TEXT("e/l"), &json, &err));
    TOLD(json, "[\"four\",\"two\"]");

    syncline_edits_clear(edits);
    CHECK(syncline_edits_count(edits) == 0);
    EXPECT(SYNCLINE_STATUS_INVALID_ARGUMENT,
           syncline_client_batch(w->peers[0].handle, room, edits, NULL, &err));
    OK(syncline_edits_require(edits, TEXT("i"), 1, &err));
    EXPECT(SYNCLINE_STATUS_INVALID_ARGUMENT,
           syncline_client_batch(w->peers[0].handle, room, edits, NULL, &err));
    syncline_edits_free(edits);
}

/* Both set one key under a strict policy: one is refused, asks, and answers. */
static void conflicts(world *w, uint32_t room, uint32_t other)
{
    for (uint32_t resolution = 0; resolution <= SYNCLINE_RESOLUTION_VALUE; resolution++) {
        peer *one = &w->peers[0];
        OK(syncline_client_set_text(w->peers[1].handle, other, TEXT("ask/k"), TEXT("theirs"), NULL, &err));
        OK(syncline_client_flush(w->peers[1].handle, &err));
        OK(syncline_client_set_text(one->handle, room, TEXT("ask/k"), TEXT("mine"), NULL, &err));
        one->conflict = 0;
        pass(w, 100);
        CHECK(one->conflict != 0 && one->verdict == SYNCLINE_VERDICT_REFUSED);
        CHECK(one->status == SYNCLINE_STATUS_STALE);
        uint64_t made = 0;
        syncline_status expected = resolution == SYNCLINE_RESOLUTION_KEEP_THEIRS
                                       ? SYNCLINE_STATUS_DONE
                                       : SYNCLINE_STATUS_OK;
        EXPECT(expected, syncline_client_resolve(one->handle, one->conflict_room, one->conflict, resolution, TEXT("\"both\""), &made, &err));
        CHECK((made != 0) == (expected == SYNCLINE_STATUS_OK));
        pass(w, 100);
        static const char *const results[] = {"\"theirs\"", "\"mine\"", "\"both\""};
        syncline_buf json = {0};
        OK(syncline_client_get(w->peers[1].handle, other, TEXT("ask/k"), &json, &err));
        TOLD(json, results[resolution]);
    }
}

static void presence(world *w, uint32_t room, uint32_t other)
{
    syncline_client *one = w->peers[0].handle, *two = w->peers[1].handle;
    OK(syncline_client_set_presence(one, room, TEXT("{\"cursor\":3}"), &err));
    pass(w, 200);
    uint32_t id = 0;
    OK(syncline_client_presence_id(one, room, &id, &err));
    syncline_buf json = {0};
    char expected[64];
    snprintf(expected, sizeof expected, "[{\"id\":%u,\"state\":{\"cursor\":3}}]", (unsigned)id);
    DONE(syncline_client_presence_own(two, other, &json, &err));
    OK(syncline_client_presences(two, other, &json, &err));
    TOLD(json, expected);
    uint32_t seat = 0;
    OK(syncline_server_room_find(w->server, TEXT("cart"), &seat, &err));
    OK(syncline_server_room_presences(w->server, seat, &json, &err));
    TOLD(json, expected);
    OK(syncline_client_clear_presence(one, room, &err));
    pass(w, 200);
    OK(syncline_client_presences(two, other, &json, &err));
    TOLD(json, "[]");
    CHECK(SAW(w->peers[1].told, SYNCLINE_CLIENT_OUTPUT_KIND_PRESENCE));
}

static void what_a_client_tells_of_itself(world *w, uint32_t room)
{
    syncline_client *one = w->peers[0].handle;
    uint32_t status = 9, durability = 9, found = 0;
    uint64_t synced = 0, version = 0, epoch = 0, now = 0, deadline = 0;
    OK(syncline_client_room_status(one, room, &status, &synced, &err));
    CHECK(status == SYNCLINE_SYNC_STATUS_SYNCED && synced <= w->now);
    OK(syncline_client_status(one, &status, &err));
    CHECK(status == SYNCLINE_SYNC_STATUS_SYNCED);
    OK(syncline_client_room_ready(one, room, &err));
    int32_t reason = 0;
    DONE(syncline_client_room_denied(one, room, &reason, &err));
    OK(syncline_client_room_version(one, room, &version, &err));
    OK(syncline_client_room_epoch(one, room, &epoch, &err));
    OK(syncline_client_room_durability(one, room, &durability, &err));
    CHECK(version > 0 && epoch != 0 && durability == SYNCLINE_DURABILITY_DURABLE);
    OK(syncline_client_room_find(one, TEXT("cart"), &found, &err));
    CHECK(found == room);
    DONE(syncline_client_room_find(one, TEXT("none"), &found, &err));
    syncline_buf text = {0};
    OK(syncline_client_room_name(one, room, &text, &err));
    TOLD(text, "cart");
    DONE(syncline_client_room_name(one, 999, &text, &err));
    OK(syncline_client_now(one, &now, &err));
    CHECK(now == w->now);
    OK(syncline_client_deadline(one, &deadline, &err));
    CHECK(deadline > now);
    OK(syncline_client_metrics(one, &text, &err));
    CHECK(mentions(&text, "\"applied\":") && mentions(&text, "\"latency\":"));
    syncline_buf_free(&text);
    OK(syncline_client_metrics_prometheus(one, TEXT("{\"app\":\"test\"}"), &text, &err));
    CHECK(mentions(&text, "syncline_mutations_total{app=\"test\"}"));
    syncline_buf_free(&text);
    OK(syncline_client_limits(one, &text, &err));
    CHECK(mentions(&text, "\"frame_bytes\":1048576"));
    syncline_buf_free(&text);
    uint64_t item = 0, other_item = 0;
    OK(syncline_client_new_item(one, &item, &err));
    OK(syncline_client_new_item(one, &other_item, &err));
    CHECK(item != other_item);
    syncline_error *failure = NULL;
    DONE(syncline_client_storage_error(one, &failure, &err));
    OK(syncline_client_set_token(one, TEXT("newer"), &err));
    OK(syncline_client_reconnect(one, &err));
    pass(w, 50);
}

static void writes_of_the_host(world *w)
{
    syncline_server *server = w->server;
    uint32_t room = 0, found = 0;
    OK(syncline_server_room_open(server, TEXT("kept"), &room, &err));
    syncline_buf rooms = {0};
    OK(syncline_server_rooms(server, &rooms, &err));
    CHECK(mentions(&rooms, "\"name\":\"kept\"}"));
    syncline_buf_free(&rooms);
    syncline_edits *edits = NULL;
    OK(syncline_edits_new(&edits, &err));
    OK(syncline_edits_require(edits, TEXT("n"), 0, &err));
    OK(syncline_edits_set_i64(edits, TEXT("n"), 1, &err));
    uint64_t item = 0, write = 0, version = 0;
    OK(syncline_server_new_item(server, &item, &err));
    OK(syncline_edits_insert(edits, TEXT("l"), item, NULL, NULL, TEXT("{}"), &err));
    OK(syncline_server_room_write(server, room, edits, &write, &err));
    CHECK(write > 0);
    settle(w);
    CHECK(w->written == 1 && SAW(w->told, SYNCLINE_SERVER_OUTPUT_KIND_CHANGED));
    EXPECT(SYNCLINE_STATUS_STALE, syncline_server_room_write(server, room, edits, NULL, &err));
    syncline_edits_free(edits);

    syncline_buf text = {0};
    OK(syncline_server_room_get(server, room, TEXT("n"), &version, &text, &err));
    CHECK(version == 1);
    TOLD(text, "1");
    OK(syncline_server_room_get(server, room, TEXT("n"), NULL, NULL, &err));
    DONE(syncline_server_room_get(server, room, TEXT("m"), NULL, &text, &err));
    OK(syncline_server_room_staged(server, room, TEXT("l"), &version, &text, &err));
    TOLD(text, "[{}]");
    OK(syncline_server_room_items(server, room, TEXT("l"), &text, &err));
    CHECK(mentions(&text, "\"value\":{}}]"));
    syncline_buf_free(&text);
    OK(syncline_server_room_entries(server, room, NULL, 0, &text, &err));
    TOLD(text, "{\"l\":[{}],\"n\":1}");

    syncline_room_report report;
    syncline_room_report_init(&report, sizeof report);
    OK(syncline_server_room_report(server, room, &report, &text, &err));
    CHECK(report.version == 1 && report.keys == 2 && report.readers == 0 && report.epoch != 0);
    TOLD(text, "kept");

    OK(syncline_server_room_metrics(server, room, &text, &err));
    CHECK(mentions(&text, "\"applied\":"));
    syncline_buf_free(&text);

    /* A room that was closed is opened again from what was kept of it. */
    OK(syncline_server_room_unload(server, room, &err));
    settle(w);
    CHECK(SAW(w->told, SYNCLINE_SERVER_OUTPUT_KIND_CLOSED));
    DONE(syncline_server_room_find(server, TEXT("kept"), &found, &err));
    OK(syncline_server_room_open(server, TEXT("kept"), &room, &err));
    settle(w);
    OK(syncline_server_room_get(server, room, TEXT("n"), NULL, &text, &err));
    TOLD(text, "1");

    /* Its state as one blob opens a room as well. */
    OK(syncline_server_room_export(server, room, &text, &err));
    OK(syncline_server_room_expire(server, room, 1, &err));
    OK(syncline_server_room_unload(server, room, &err));
    settle(w);
    log_clear(&w->closed);
    log_add(&w->closed, &text, 1);
    syncline_buf_free(&text);
    OK(syncline_server_room_open(server, TEXT("kept"), &room, &err));
    settle(w);
    OK(syncline_server_room_get(server, room, TEXT("n"), NULL, &text, &err));
    TOLD(text, "1");

    /* Whoever cannot know that nothing newer was confirmed says so: contents stay, the epoch does not. */
    uint64_t epoch = report.epoch;
    OK(syncline_server_room_renew(server, room, &err));
    settle(w);
    OK(syncline_server_room_report(server, room, &report, NULL, &err));
    CHECK(report.epoch != epoch && report.registers == 0 && report.keys == 2);

    OK(syncline_server_room_failed(server, room, SYNCLINE_STATUS_STORAGE_FAILED, TEXT("no disk"), &err));
    settle(w);
    CHECK(SAW(w->told, SYNCLINE_SERVER_OUTPUT_KIND_FAILED));
    OK(syncline_server_room_open(server, TEXT("other"), &room, &err));
    settle(w);
    OK(syncline_server_room_release(server, room, &err));
    OK(syncline_server_room_open(server, TEXT("third"), &room, &err));
    settle(w);
    OK(syncline_server_room_delete(server, room, &err));
    settle(w);
}

static void what_a_server_tells_of_itself(world *w)
{
    syncline_buf text = {0};
    uint64_t deadline = 0;
    OK(syncline_server_limits(w->server, &text, &err));
    CHECK(mentions(&text, "\"frame_bytes\":1048576"));
    syncline_buf_free(&text);
    OK(syncline_server_metrics(w->server, &text, &err));
    CHECK(mentions(&text, "\"connections\":2"));
    syncline_buf_free(&text);
    OK(syncline_server_metrics_prometheus(w->server, NULL, 0, &text, &err));
    CHECK(mentions(&text, "syncline_server_connections 2"));
    syncline_buf_free(&text);
    OK(syncline_server_deadline(w->server, &deadline, &err));
    CHECK(deadline > w->now);
}

/* A client that ended comes back from its records, with what it had not sent. */
static void offline(world *w)
{
    peer *one = &w->peers[0];
    w->readable = 0;
    hang_up(w, one);
    uint32_t room = 0;
    OK(syncline_client_room_find(one->handle, TEXT("cart"), &room, &err));
    OK(syncline_client_set_i64(one->handle, room, TEXT("offline"), 1, NULL, &err));
    pass(w, 100);
    uint32_t status = 9;
    OK(syncline_client_status(one->handle, &status, &err));
    CHECK(status == SYNCLINE_SYNC_STATUS_OFFLINE || status == SYNCLINE_SYNC_STATUS_DEGRADED);
    uint64_t pending = 0;
    OK(syncline_client_close(one->handle, &pending, &err));
    CHECK(pending == 1);
    syncline_client_free(one->handle);
    start_client(w, 0);
    OK(syncline_client_pending(one->handle, &pending, &err));
    CHECK(pending == 1);
    w->readable = 1;
    room = open_room(w, 0, "cart");
    int64_t value = 0;
    OK(syncline_client_get_i64(one->handle, room, TEXT("offline"), &value, &err));
    pass(w, 5000);
    OK(syncline_client_pending(one->handle, &pending, &err));
    CHECK(value == 1 && pending == 0);
    CHECK(SAW(one->told, SYNCLINE_CLIENT_OUTPUT_KIND_RESUMED));
}

static void endings(world *w)
{
    peer *one = &w->peers[0], *two = &w->peers[1];
    uint32_t room = 0;
    OK(syncline_client_room_find(one->handle, TEXT("cart"), &room, &err));
    one->status = 0;
    w->may_join = SYNCLINE_STATUS_FORBIDDEN;
    OK(syncline_server_revoke(w->server, TEXT("ada"), &err));
    pass(w, 100);
    CHECK(one->status == SYNCLINE_STATUS_FORBIDDEN);
    int32_t reason = 0;
    OK(syncline_client_room_denied(one->handle, room, &reason, &err));
    CHECK(reason == SYNCLINE_STATUS_FORBIDDEN);
    OK(syncline_client_room_close(one->handle, room, &err));
    OK(syncline_client_room_forget(one->handle, room, &err));
    pass(w, 50);
    DONE(syncline_client_room_find(one->handle, TEXT("cart"), &room, &err));

    uint64_t mark = 0;
    OK(syncline_client_ask_stored(two->handle, &mark, &err));
    CHECK(mark == 1);
    OK(syncline_client_persist_failed(two->handle, SYNCLINE_STATUS_STORAGE_FAILED, TEXT("full"), &err));
    EXPECT(SYNCLINE_STATUS_POISONED, syncline_client_ask_stored(two->handle, &mark, &err));
    settle(w);
    syncline_error *failure = NULL;
    OK(syncline_client_storage_error(two->handle, &failure, &err));
    CHECK(syncline_error_status(failure) == SYNCLINE_STATUS_STORAGE_FAILED);
    CHECK(strcmp(syncline_error_got(failure, NULL), "full") == 0);
    syncline_error_free(failure);

    syncline_client *other_client = NULL;
    syncline_server *other_server = NULL;
    OK(syncline_client_clone(one->handle, &other_client, &err));
    OK(syncline_server_clone(w->server, &other_server, &err));
    OK(syncline_server_wind_down(other_server, 1000, 5000, &err));
    OK(syncline_server_shutdown(other_server, 1000, &err));
    pass(w, 100);
    CHECK(one->conn == 0 && two->conn == 0);
    OK(syncline_server_close(w->server, &err));
    EXPECT(SYNCLINE_STATUS_CLOSED, syncline_server_shutdown(other_server, 1000, &err));
    EXPECT(SYNCLINE_STATUS_CLOSED, syncline_server_wind_down(other_server, 1000, 5000, &err));
    syncline_client_free(other_client);
    syncline_server_free(other_server);
}

int main(void)
{
    world w;
    start_world(&w);
    uint32_t room = open_room(&w, 0, "cart");
    uint32_t other = open_room(&w, 1, "cart");
    edits_of_one_key(&w, room, other);
    lists(&w, room, other);
    batches(&w, room, other);
    conflicts(&w, room, other);
    presence(&w, room, other);
    what_a_client_tells_of_itself(&w, room);
    writes_of_the_host(&w);
    what_a_server_tells_of_itself(&w);
    offline(&w);
    endings(&w);
    end_world(&w);
    return 0;
}
