/* What a program may get wrong is a status, and changes nothing. */
#include "check.h"

static syncline_client *manual_client(void)
{
    syncline_client_config config;
    syncline_client_config_init(&config, sizeof config);
    config.mode = SYNCLINE_MODE_MANUAL;
    config.options = "{\"durable\":false}";
    config.options_len = strlen(config.options);
    syncline_client *client = NULL;
    OK(syncline_client_new(&config, &client, &err));
    return client;
}

static syncline_server *manual_server(void)
{
    syncline_server_config config;
    syncline_server_config_init(&config, sizeof config);
    config.mode = SYNCLINE_MODE_MANUAL;
    config.durability = SYNCLINE_DURABILITY_VOLATILE;
    syncline_server *server = NULL;
    OK(syncline_server_new(&config, &server, &err));
    return server;
}

static void nothing_is_followed_that_is_null(void)
{
    syncline_status wrong = SYNCLINE_STATUS_INVALID_ARGUMENT;
    uint32_t room = 77;
    EXPECT(wrong, syncline_client_new(NULL, NULL, &err));
    EXPECT(wrong, syncline_server_new(NULL, NULL, &err));
    EXPECT(wrong, syncline_client_room_open(NULL, TEXT("cart"), 1, &room, &err));
    EXPECT(wrong, syncline_server_room_open(NULL, TEXT("cart"), &room, &err));
    EXPECT(wrong, syncline_client_poll(NULL, NULL, &err));
    EXPECT(wrong, syncline_edits_new(NULL, &err));
    EXPECT(wrong, syncline_edits_delete(NULL, TEXT("key"), &err));
    CHECK(room == 77);
    CHECK(syncline_edits_count(NULL) == 0);
    syncline_edits_clear(NULL);
    syncline_edits_free(NULL);
    syncline_client_free(NULL);
    syncline_server_free(NULL);
    syncline_client_config_init(NULL, 8);
    syncline_server_config_init(NULL, 8);
    syncline_client_output_init(NULL, 8);
    syncline_server_output_init(NULL, 8);
    syncline_client_output_clear(NULL);
    syncline_server_output_clear(NULL);
    syncline_room_report_init(NULL, 8);

    syncline_client *client = manual_client();
    EXPECT(wrong, syncline_client_room_open(client, TEXT("cart"), 1, NULL, &err));
    EXPECT(wrong, syncline_client_room_open(client, NULL, 4, 1, &room, &err));
    EXPECT(wrong, syncline_client_receive(client, NULL, 4, &err));
    EXPECT(wrong, syncline_client_batch(client, 1, NULL, NULL, &err));
    EXPECT(SYNCLINE_STATUS_INVALID_NAME, syncline_client_room_open(client, NULL, 0, 1, &room, &err));
    /* The error may be left out. */
    CHECK(syncline_client_room_open(client, NULL, 4, 1, &room, NULL) == wrong);
    CHECK(room == 77);
    syncline_client_free(client);
}

static void structs_that_were_not_filled_are_refused(void)
{
    syncline_status wrong = SYNCLINE_STATUS_INVALID_ARGUMENT;
    syncline_client_config config;
    memset(&config, 0, sizeof config);
    syncline_client *client = NULL;
    EXPECT(wrong, syncline_client_new(&config, &client, &err));
    syncline_client_config_init(&config, sizeof config);
    config.mode = 7;
    EXPECT(wrong, syncline_client_new(&config, &client, &err));
    config.mode = SYNCLINE_MODE_MANUAL;
    config.options = "{\"no_such_option\":1}";
    config.options_len = strlen(config.options);
    EXPECT(wrong, syncline_client_new(&config, &client, &err));
    CHECK(client == NULL);

    client = manual_client();
    syncline_client_output output;
    memset(&output, 0, sizeof output);
    EXPECT(wrong, syncline_client_poll(client, &output, &err));
    syncline_client_output_clear(&output);
    syncline_client_free(client);

    syncline_server *server = manual_server();
    uint32_t room = 0;
    OK(syncline_server_room_open(server, TEXT("cart"), &room, &err));
    syncline_room_report report;
    memset(&report, 0, sizeof report);
    EXPECT(wrong, syncline_server_room_report(server, room, &report, NULL, &err));
    syncline_server_free(server);
}

static void texts_and_numbers_are_judged(void)
{
    syncline_client *client = manual_client();
    uint32_t room = 0;
    OK(syncline_client_room_open(client, TEXT("cart"), 1, &room, &err));
    EXPECT(SYNCLINE_STATUS_INVALID_UTF8, syncline_client_set(client, room, TEXT("k\xff"), TEXT("1"), &(uint64_t){0}, &err));
    EXPECT(SYNCLINE_STATUS_INVALID_UTF8, syncline_client_set_text(client, room, TEXT("k"), TEXT("\xc0\x80"), NULL, &err));
    EXPECT(SYNCLINE_STATUS_INVALID_JSON, syncline_client_set(client, room, TEXT("k"), TEXT("{"), NULL, &err));
    EXPECT(SYNCLINE_STATUS_LONE_SURROGATE, syncline_client_set(client, room, TEXT("k"), TEXT("\"\\ud800\""), NULL, &err));
    EXPECT(SYNCLINE_STATUS_NUMBER_OUT_OF_RANGE, syncline_client_set_i64(client, room, TEXT("k"), INT64_MAX, NULL, &err));
    EXPECT(SYNCLINE_STATUS_NUMBER_OUT_OF_RANGE, syncline_client_set(client, room, TEXT("k"), TEXT("1e999"), NULL, &err));
    EXPECT(SYNCLINE_STATUS_WRONG_TYPE, syncline_client_merge(client, room, TEXT("k"), TEXT("[]"), NULL, &err));
    EXPECT(SYNCLINE_STATUS_NOT_FOUND, syncline_client_set_i64(client, room + 1, TEXT("k"), 1, NULL, &err));
    EXPECT(SYNCLINE_STATUS_NOT_FOUND, syncline_client_resolve(client, room, 1, SYNCLINE_RESOLUTION_KEEP_MINE, NULL, 0, NULL, &err));
    EXPECT(SYNCLINE_STATUS_INVALID_ARGUMENT, syncline_client_resolve(client, room, 1, 9, NULL, 0, NULL, &err));
    uint64_t pending = 7;
    OK(syncline_client_pending(client, &pending, &err));
    CHECK(pending == 0);
    EXPECT(SYNCLINE_STATUS_INVALID_ARGUMENT, syncline_client_persist_failed(client, 0, NULL, 0, &err));
    EXPECT(SYNCLINE_STATUS_INVALID_ARGUMENT, syncline_client_ask_stored(client, NULL, &err));
    syncline_client_free(client);
}

static void a_closed_handle_says_so(void)
{
    syncline_client *client = manual_client();
    uint64_t pending = 7;
    OK(syncline_client_close(client, &pending, &err));
    CHECK(pending == 0);
    EXPECT(SYNCLINE_STATUS_CLOSED, syncline_client_flush(client, &err));
    EXPECT(SYNCLINE_STATUS_CLOSED, syncline_client_close(client, NULL, &err));
    syncline_client_free(client);
    syncline_server *server = manual_server();
    OK(syncline_server_close(server, &err));
    EXPECT(SYNCLINE_STATUS_CLOSED, syncline_server_connected(server, 1, &err));
    syncline_server_free(server);
}

static void a_server_refuses_what_makes_no_sense(void)
{
    syncline_server *server = manual_server();
    syncline_status wrong = SYNCLINE_STATUS_INVALID_ARGUMENT;
    EXPECT(wrong, syncline_server_deny(server, 1, 0, &err));
    EXPECT(wrong, syncline_server_grant(server, 1, TEXT("ada"), NULL, 2, &err));
    EXPECT(SYNCLINE_STATUS_INVALID_NAME, syncline_server_revoke(server, NULL, 0, &err));
    EXPECT(SYNCLINE_STATUS_NOT_FOUND, syncline_server_room_get(server, 9, TEXT("k"), NULL, NULL, &err));
    EXPECT(wrong, syncline_server_room_write(server, 9, NULL, NULL, &err));
    syncline_buf text = {0};
    EXPECT(wrong, syncline_server_metrics_prometheus(server, TEXT("{\"a\":1}"), &text, &err));
    CHECK(text.ptr == NULL);
    syncline_server_free(server);
}

int main(void)
{
    nothing_is_followed_that_is_null();
    structs_that_were_not_filled_are_refused();
    texts_and_numbers_are_judged();
    a_closed_handle_says_so();
    a_server_refuses_what_makes_no_sense();
    return 0;
}
