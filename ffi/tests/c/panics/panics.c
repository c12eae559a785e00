/* Linked with the library that was built with the feature `test-panic`. */
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

/* Not in the header. */
syncline_status syncline_test_panic(syncline_error **err);

int main(void)
{
    syncline_error *err = NULL;
    CHECK(syncline_test_panic(&err) == SYNCLINE_STATUS_PANIC);
    CHECK(syncline_error_status(err) == SYNCLINE_STATUS_PANIC);
    CHECK(strstr(syncline_error_message(err, NULL), "a panic on purpose") != NULL);
    syncline_error_free(err);
    CHECK(syncline_test_panic(NULL) == SYNCLINE_STATUS_PANIC);
    return 0;
}
