/* A mistake: a handle is not freed. */
#include "../check.h"

int main(void)
{
    syncline_edits *volatile edits = NULL;
    OK(syncline_edits_new((syncline_edits **)(uintptr_t)&edits, &err));
    edits = NULL;
    return 0;
}
