/* Runs scenarios in their flat form, and ends with an error at the first that happens otherwise than
 * it is written. The arguments are the paths of the files. */
#include <stdio.h>
#include <string.h>

#include "world.h"

static void end_world(world *w)
{
    for (size_t i = 0; i < w->client_count; i++) {
        syncline_client_free(w->clients[i].handle);
    }
    for (size_t i = 0; i < w->view_count; i++) {
        syncline_view_free(w->views[i].handle);
    }
    for (size_t i = 0; i < w->screen_count; i++) {
        syncline_screen_free(w->screens[i].handle);
    }
    syncline_server_free(w->server.handle);
    keep_nothing(w);
}

static void run(const char *path)
{
    static world w;
    memset(&w, 0, sizeof w);
    w.path = path;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail(&w, "cannot be read");
    }
    words step;
    text expected = {0};
    while (read_step(&w, file, &step, &expected)) {
        w.lines.len = 0;
        text_add(&w, &w.lines, "", 0);
        do_step(&w, &step);
        if (strcmp(w.lines.at, expected.at) != 0) {
            fail(&w, "expected\n%shappened\n%s", expected.at, w.lines.at);
        }
    }
    fclose(file);
    end_world(&w);
}

int main(int count, char **paths)
{
    if (count < 2) {
        fprintf(stderr, "scenarios: no file\n");
        return 1;
    }
    for (int i = 1; i < count; i++) {
        run(paths[i]);
    }
    printf("%d scenarios\n", count - 1);
    return 0;
}
