/* Versions, statuses, errors and buffers: what needs no handle. */
#include "syncline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                     \
    do {                                                                     \
        if (!(condition)) {                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);  \
            exit(1);                                                         \
        }                                                                    \
    } while (0)

int main(void)
{
    CHECK(syncline_abi_version() == SYNCLINE_ABI_VERSION);
    CHECK(strcmp(syncline_version_string(), SYNCLINE_VERSION_STRING) == 0);

    CHECK(strcmp(syncline_status_name(SYNCLINE_STATUS_OK), "Ok") == 0);
    CHECK(strcmp(syncline_status_name(SYNCLINE_STATUS_TOO_DEEP), "TooDeep") == 0);
    CHECK(strcmp(syncline_status_name(-12345), "Unknown") == 0);
    CHECK(strlen(syncline_status_message(SYNCLINE_STATUS_STALE)) > 0);
    CHECK(strlen(syncline_status_message(12345)) > 0);

    size_t len = 7;
    CHECK(syncline_error_status(NULL) == SYNCLINE_STATUS_OK);
    CHECK(strcmp(syncline_error_message(NULL, &len), "") == 0 && len == 0);
    CHECK(strcmp(syncline_error_expected(NULL, NULL), "") == 0);
    CHECK(strcmp(syncline_error_got(NULL, NULL), "") == 0);
    syncline_error_free(NULL);

    syncline_buf buf = {0};
    syncline_buf_free(&buf);
    syncline_buf_free(NULL);
    return 0;
}
