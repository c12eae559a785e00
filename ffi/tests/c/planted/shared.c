/* A mistake: two threads poll into one output. */
#include "../check.h"

#include <pthread.h>

static syncline_client *client;
static syncline_client_output output;

static void *poll(void *nothing)
{
    (void)!syncline_client_poll(client, &output, NULL);
    return nothing;
}

int main(void)
{
    syncline_client_config config;
    syncline_client_config_init(&config, sizeof config);
    config.mode = SYNCLINE_MODE_MANUAL;
    OK(syncline_client_new(&config, &client, &err));
    syncline_client_output_init(&output, sizeof output);
    pthread_t other;
    CHECK(pthread_create(&other, NULL, poll, NULL) == 0);
    poll(NULL);
    CHECK(pthread_join(other, NULL) == 0);
    syncline_client_output_clear(&output);
    syncline_client_free(client);
    return 0;
}
