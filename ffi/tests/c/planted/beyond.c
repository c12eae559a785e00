/* A mistake: a text is shorter than it is said to be, which only the library can see. */
#include "../check.h"

int main(void)
{
    syncline_edits *edits = NULL;
    OK(syncline_edits_new(&edits, &err));
    char *key = malloc(7);
    CHECK(key != NULL);
    memcpy(key, "a key..", 7);
    (void)!syncline_edits_delete(edits, key, 8, NULL);
    free(key);
    syncline_edits_free(edits);
    return 0;
}
