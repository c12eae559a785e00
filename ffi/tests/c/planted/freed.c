/* A mistake: the bytes of an output are read after the next poll. */
#include "../check.h"

int main(void)
{
    syncline_client_config config;
    syncline_client_config_init(&config, sizeof config);
    config.mode = SYNCLINE_MODE_MANUAL;
    syncline_client *client = NULL;
    OK(syncline_client_new(&config, &client, &err));
    uint32_t room = 0;
    OK(syncline_client_room_open(client, TEXT("cart"), 1, &room, &err));
    syncline_client_output output;
    syncline_client_output_init(&output, sizeof output);
    do {
        OK(syncline_client_poll(client, &output, &err));
    } while (output.bytes.ptr == NULL);
    const volatile uint8_t *kept = output.bytes.ptr;
    (void)!syncline_client_poll(client, &output, NULL);
    (void)kept[0];
    syncline_client_output_clear(&output);
    syncline_client_free(client);
    return 0;
}
