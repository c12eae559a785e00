/* The bytes of each file as every argument of the C API that bytes or text of others may get into. A call
   succeeds or is refused with its story, and never panics. */
#include "../check.h"

static size_t calls;

/* What every call keeps to. */
static void sound(syncline_status status, syncline_error *story)
{
    calls++;
    CHECK((status < 0) == (story != NULL));
    CHECK(status != SYNCLINE_STATUS_PANIC && status != SYNCLINE_STATUS_POISONED &&
          status != SYNCLINE_STATUS_INTERNAL);
    syncline_error_free(story);
}

#define SOUND(call, ...)                                     \
    do {                                                     \
        syncline_error *story = NULL;                        \
        syncline_status outcome = call(__VA_ARGS__, &story); \
        sound(outcome, story);                               \
    } while (0)

static void drain_client(syncline_client *client)
{
    syncline_client_output output;
    syncline_client_output_init(&output, sizeof(output));
    while (syncline_client_poll(client, &output, NULL) == SYNCLINE_STATUS_OK) {
        calls++;
    }
    syncline_client_output_clear(&output);
}

static void drain_server(syncline_server *server)
{
    syncline_server_output output;
    syncline_server_output_init(&output, sizeof(output));
    while (syncline_server_poll(server, &output, NULL) == SYNCLINE_STATUS_OK) {
        calls++;
    }
    syncline_server_output_clear(&output);
}

/* A client made of the bytes, if they are what they would be here. */
static void made_of(const uint8_t *bytes, size_t len)
{
    syncline_client_config config;
    syncline_client_config_init(&config, sizeof(config));
    config.mode = SYNCLINE_MODE_MANUAL;
    syncline_client *client = NULL;
    syncline_bytes blob = {bytes, len};
    config.blobs = &blob;
    config.blob_count = 1;
    SOUND(syncline_client_new, &config, &client);
    syncline_client_free(client);
    client = NULL;
    SOUND(syncline_client_standby_new, &config, 7, bytes, len, &client);
    syncline_client_free(client);
    client = NULL;
    config.blob_count = 0;
    config.options = (const char *)bytes;
    config.options_len = len;
    SOUND(syncline_client_new, &config, &client);
    syncline_client_free(client);

    syncline_server_config server_config;
    syncline_server_config_init(&server_config, sizeof(server_config));
    server_config.mode = SYNCLINE_MODE_MANUAL;
    server_config.options = (const char *)bytes;
    server_config.options_len = len;
    syncline_server *server = NULL;
    SOUND(syncline_server_new, &server_config, &server);
    syncline_server_free(server);
}

static void at_a_client(const uint8_t *bytes, size_t len)
{
    const char *text = (const char *)bytes;
    syncline_client_config config;
    syncline_client_config_init(&config, sizeof(config));
    config.mode = SYNCLINE_MODE_MANUAL;
    syncline_client *client = NULL;
    OK(syncline_client_new(&config, &client, &err));
    uint32_t room = 0;
    OK(syncline_client_room_open(client, TEXT("room"), 1, &room, &err));
    SOUND(syncline_client_set, client, room, TEXT("key"), text, len, NULL);
    SOUND(syncline_client_merge, client, room, TEXT("key"), text, len, NULL);
    SOUND(syncline_client_set_text, client, room, TEXT("text"), text, len, NULL);
    SOUND(syncline_client_set, client, room, text, len, TEXT("1"), NULL);
    SOUND(syncline_client_insert_at, client, room, TEXT("list"), 0, text, len, NULL);
    SOUND(syncline_client_set_presence, client, room, text, len);
    SOUND(syncline_client_room_open, client, text, len, 1, &room);
    syncline_buf told = {0};
    SOUND(syncline_client_metrics_prometheus, client, text, len, &told);
    syncline_buf_free(&told);
    syncline_buf snapshot = {0};
    uint64_t record = 0;
    OK(syncline_client_snapshot(client, &snapshot, &record, &err));
    syncline_buf_free(&snapshot);
    SOUND(syncline_client_adopt, client, 7, bytes, len, NULL);
    drain_client(client);
    SOUND(syncline_client_connected, client, text, len);
    drain_client(client);
    SOUND(syncline_client_receive, client, bytes, len);
    drain_client(client);
    syncline_client_free(client);
}

static void at_a_server(const uint8_t *bytes, size_t len)
{
    static const char hello[] =
        "{\"type\":\"hello\",\"oldest\":1,\"newest\":1,\"codecs\":[\"%s\"],\"token\":\"ada\"}";
    const char *codecs[] = {"binary", "json", NULL};
    syncline_server_config config;
    syncline_server_config_init(&config, sizeof(config));
    config.mode = SYNCLINE_MODE_MANUAL;
    syncline_server *server = NULL;
    OK(syncline_server_new(&config, &server, &err));
    for (uint64_t conn = 1; conn <= 3; conn++) {
        OK(syncline_server_connected(server, conn, &err));
        const char *codec = codecs[conn - 1];
        if (codec != NULL) {
            char greeting[128];
            int size = snprintf(greeting, sizeof(greeting), hello, codec);
            OK(syncline_server_receive(server, conn, (const uint8_t *)greeting, (size_t)size, &err));
        }
        drain_server(server);
        SOUND(syncline_server_receive, server, conn, bytes, len);
        drain_server(server);
    }
    uint32_t room = 0;
    OK(syncline_server_room_open(server, TEXT("room"), &room, &err));
    drain_server(server);
    syncline_bytes blob = {bytes, len};
    SOUND(syncline_server_room_opened, server, room, &blob, 1);
    drain_server(server);
    syncline_buf told = {0};
    SOUND(syncline_server_metrics_prometheus, server, (const char *)bytes, len, &told);
    syncline_buf_free(&told);
    syncline_server_free(server);
}

static void at_a_view(const uint8_t *bytes, size_t len)
{
    const char *text = (const char *)bytes;
    syncline_view *view = NULL;
    OK(syncline_view_new(TEXT("page"), 1, &view, &err));
    uint32_t number = 0;
    uint64_t revision = 0;
    SOUND(syncline_view_template, view, text, len, &number);
    SOUND(syncline_view_binding, view, text, len, &number);
    SOUND(syncline_view_render_json, view, text, len, &revision);
    syncline_bytes draft = {bytes, len};
    SOUND(syncline_view_absorb, view, &draft, 1, &revision);
    syncline_buf html = {0};
    SOUND(syncline_view_html, view, &html);
    syncline_buf_free(&html);
    syncline_view_free(view);
    syncline_screen *screen = NULL;
    OK(syncline_screen_new(&screen, &err));
    SOUND(syncline_screen_take, screen, bytes, len);
    syncline_screen_free(screen);
}

int main(int argc, char **argv)
{
    for (int at = 1; at < argc; at++) {
        FILE *file = fopen(argv[at], "rb");
        CHECK(file != NULL);
        CHECK(fseek(file, 0, SEEK_END) == 0);
        long size = ftell(file);
        CHECK(size >= 0 && fseek(file, 0, SEEK_SET) == 0);
        /* Of just this size, so that the sanitizer sees what is read beyond. */
        uint8_t *bytes = malloc((size_t)size + (size == 0));
        CHECK(bytes != NULL && fread(bytes, 1, (size_t)size, file) == (size_t)size);
        fclose(file);
        made_of(bytes, (size_t)size);
        at_a_client(bytes, (size_t)size);
        at_a_server(bytes, (size_t)size);
        at_a_view(bytes, (size_t)size);
        free(bytes);
    }
    printf("%d files\n", argc - 1);
    CHECK(calls > 20 * (size_t)(argc - 1));
    return 0;
}
