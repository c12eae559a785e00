/* Linked with the library that was built with the feature `test-panic`. */
#include "../check.h"

/* Not in the header. */
syncline_status syncline_test_panic(const syncline_server *server, syncline_error **err);

static void count(void *user_data)
{
    ++*(int *)user_data;
}

int main(void)
{
    syncline_server_config config;
    syncline_server_config_init(&config, sizeof config);
    config.mode = SYNCLINE_MODE_MANUAL;
    config.durability = SYNCLINE_DURABILITY_VOLATILE;
    syncline_server *server = NULL, *same = NULL;
    OK(syncline_server_new(&config, &server, &err));
    OK(syncline_server_clone(server, &same, &err));
    uint32_t room = 0;
    OK(syncline_server_room_open(server, TEXT("cart"), &room, &err));
    syncline_server_output output;
    syncline_server_output_init(&output, sizeof output);
    while (syncline_server_poll(server, &output, NULL) == SYNCLINE_STATUS_OK) {
    }
    int woken = 0;
    OK(syncline_server_set_wake(server, count, &woken, NULL, &err));

    syncline_error *story = NULL;
    CHECK(syncline_test_panic(server, &story) == SYNCLINE_STATUS_PANIC);
    CHECK(syncline_error_status(story) == SYNCLINE_STATUS_PANIC);
    CHECK(strstr(syncline_error_message(story, NULL), "a panic on purpose") != NULL);
    syncline_error_free(story);

    /* Every handle of the same server is poisoned, the host is woken to find out, and frees them. */
    CHECK(woken == 1);
    EXPECT(SYNCLINE_STATUS_POISONED, syncline_server_poll(server, &output, &err));
    EXPECT(SYNCLINE_STATUS_POISONED, syncline_server_room_open(same, TEXT("cart"), &room, &err));
    EXPECT(SYNCLINE_STATUS_POISONED, syncline_server_close(server, &err));
    CHECK(syncline_test_panic(server, NULL) == SYNCLINE_STATUS_PANIC);
    syncline_server_output_clear(&output);
    syncline_server_free(same);
    syncline_server_free(server);

    /* Other handles are as they were. */
    OK(syncline_server_new(&config, &server, &err));
    OK(syncline_server_room_open(server, TEXT("cart"), &room, &err));
    syncline_server_free(server);
    return 0;
}
