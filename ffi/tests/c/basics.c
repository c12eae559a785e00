/* Versions, statuses, errors and buffers: what needs no handle. */
#include "check.h"

int main(void)
{
    CHECK(syncline_abi_version() == SYNCLINE_ABI_VERSION);
    CHECK(strcmp(syncline_version_string(), SYNCLINE_VERSION_STRING) == 0);

    CHECK(strcmp(syncline_status_name(SYNCLINE_STATUS_OK), "Ok") == 0);
    CHECK(strcmp(syncline_status_name(SYNCLINE_STATUS_TOO_DEEP), "TooDeep") == 0);
    CHECK(strcmp(syncline_status_name(-12345), "Unknown") == 0);
    CHECK(strlen(syncline_status_message(SYNCLINE_STATUS_STALE)) > 0);
    CHECK(strlen(syncline_status_message(12345)) > 0);
    CHECK(syncline_status_close_number(SYNCLINE_STATUS_FORBIDDEN) == 1008);
    CHECK(syncline_status_close_number(SYNCLINE_STATUS_IDLE) == 1013);
    CHECK(syncline_status_close_number(12345) == 1000);

    size_t len = 7;
    CHECK(syncline_error_status(NULL) == SYNCLINE_STATUS_OK);
    CHECK(strcmp(syncline_error_message(NULL, &len), "") == 0 && len == 0);
    CHECK(strcmp(syncline_error_expected(NULL, NULL), "") == 0);
    CHECK(strcmp(syncline_error_got(NULL, NULL), "") == 0);
    syncline_error_free(NULL);

    syncline_edits *edits = NULL;
    OK(syncline_edits_new(&edits, &err));
    syncline_error *failure = NULL;
    CHECK(syncline_edits_set(edits, TEXT("key"), TEXT("{\"a\":"), &failure) == SYNCLINE_STATUS_INVALID_JSON);
    CHECK(syncline_error_status(failure) == SYNCLINE_STATUS_INVALID_JSON);
    CHECK(strlen(syncline_error_message(failure, &len)) == len && len > 0);
    CHECK(strlen(syncline_error_expected(failure, &len)) == len && len > 0);
    CHECK(strlen(syncline_error_got(failure, &len)) == len);
    syncline_error_free(failure);
    syncline_edits_free(edits);

    syncline_buf buf = {0};
    syncline_buf_free(&buf);
    syncline_buf_free(NULL);
    return 0;
}
