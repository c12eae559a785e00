/* Each text of a table, set through the C API, is what the table says: the canonical text, or the name
   of the status. A line is a name, bytes in hexadecimal and how often, and the result, with tabs. */
#include "../check.h"

enum { LINE_BYTES = 8192 };

static char line[LINE_BYTES];

/* The text, owned by the caller. */
static char *unfold(const char *hex, size_t *len)
{
    const char *star = strchr(hex, '*');
    size_t count = star == NULL ? 1 : strtoul(star + 1, NULL, 10);
    size_t once = (star == NULL ? strlen(hex) : (size_t)(star - hex)) / 2;
    char *text = malloc(once * count + 1);
    CHECK(text != NULL);
    for (size_t at = 0; at < once; at++) {
        char pair[3] = {hex[2 * at], hex[2 * at + 1], 0};
        char *end = NULL;
        text[at] = (char)strtoul(pair, &end, 16);
        CHECK(end == pair + 2);
    }
    for (size_t turn = 1; turn < count; turn++) {
        memcpy(text + turn * once, text, once);
    }
    *len = once * count;
    return text;
}

static int is_so(syncline_client *client, uint32_t room, const char *text, size_t len, const char *result)
{
    syncline_error *story = NULL;
    syncline_status status = syncline_client_set(client, room, TEXT("key"), text, len, NULL, &story);
    CHECK((status < 0) == (story != NULL));
    syncline_error_free(story);
    if (status < 0) {
        return strcmp(syncline_status_name(status), result) == 0;
    }
    syncline_buf held = {0};
    OK(syncline_client_get(client, room, TEXT("key"), &held, &err));
    int same = strncmp(result, "= ", 2) == 0 && holds(&held, result + 2);
    syncline_buf_free(&held);
    return same;
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    FILE *table = fopen(argv[1], "r");
    CHECK(table != NULL);
    syncline_client_config config;
    syncline_client_config_init(&config, sizeof(config));
    config.mode = SYNCLINE_MODE_MANUAL;
    syncline_client *client = NULL;
    OK(syncline_client_new(&config, &client, &err));
    uint32_t room = 0;
    OK(syncline_client_room_open(client, TEXT("room"), 1, &room, &err));
    size_t count = 0, wrong = 0;
    for (; fgets(line, sizeof(line), table) != NULL; count++) {
        size_t end = strcspn(line, "\n");
        CHECK(line[end] == '\n');
        line[end] = 0;
        char *hex = strchr(line, '\t');
        CHECK(hex != NULL);
        *hex++ = 0;
        char *result = strchr(hex, '\t');
        CHECK(result != NULL);
        *result++ = 0;
        size_t len = 0;
        char *text = unfold(hex, &len);
        if (!is_so(client, room, text, len, result)) {
            fprintf(stderr, "%s is not %s\n", line, result);
            wrong++;
        }
        free(text);
    }
    fclose(table);
    syncline_client_free(client);
    printf("%zu texts, %zu wrong\n", count, wrong);
    return wrong == 0 ? 0 : 1;
}
