/* What the C programs share: a failed check tells where and why, and ends the program. */
#ifndef CHECK_H
#define CHECK_H

#include "syncline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                    \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                        \
        }                                                                   \
    } while (0)

/* The call returns this status; an error other than the expected one is told. */
#define EXPECT(expected, call)                                               \
    do {                                                                     \
        syncline_error *err = NULL;                                          \
        syncline_status got = (call);                                        \
        expect_status(__FILE__, __LINE__, #call, (expected), got, err);      \
    } while (0)

#define OK(call) EXPECT(SYNCLINE_STATUS_OK, call)
#define DONE(call) EXPECT(SYNCLINE_STATUS_DONE, call)

/* A text and its length, from a literal. */
#define TEXT(literal) (literal), (sizeof(literal) - 1)

static inline void expect_status(const char *file, int line, const char *call,
                                 syncline_status expected, syncline_status got, syncline_error *err)
{
    if (got != expected) {
        fprintf(stderr, "%s:%d: %s gave %s, not %s: %s\n", file, line, call,
                syncline_status_name(got), syncline_status_name(expected),
                syncline_error_message(err, NULL));
        exit(1);
    }
    /* The error and the status agree, and there is an error for nothing else. */
    CHECK((got < 0) == (err != NULL));
    CHECK(got >= 0 || syncline_error_status(err) == got);
    syncline_error_free(err);
}

/* A client in automatic mode, with its journal or with "" for none, that waits for nothing. */
static inline syncline_client *new_client(const char *file)
{
    syncline_client_config config;
    syncline_client_config_init(&config, sizeof config);
    config.storage = file;
    config.storage_len = strlen(file);
    config.options = "{\"debounce\":{\"quiet_ms\":1},\"timing\":{\"backoff_first_ms\":1}}";
    config.options_len = strlen(config.options);
    syncline_client *client = NULL;
    OK(syncline_client_new(&config, &client, &err));
    return client;
}

/* A server in automatic mode, with the directory of its journals or with "" for none; NULL where another status is expected. */
static inline syncline_server *new_server(const char *directory, syncline_status expected)
{
    syncline_server_config config;
    syncline_server_config_init(&config, sizeof config);
    config.storage = directory;
    config.storage_len = strlen(directory);
    syncline_server *server = NULL;
    EXPECT(expected, syncline_server_new(&config, &server, &err));
    return server;
}

static inline int holds(const syncline_buf *buf, const char *text)
{
    return buf->len == strlen(text) && (buf->len == 0 || memcmp(buf->ptr, text, buf->len) == 0);
}

static inline int mentions(const syncline_buf *buf, const char *text)
{
    size_t len = strlen(text);
    for (size_t at = 0; at + len <= buf->len; at++) {
        if (memcmp(buf->ptr + at, text, len) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The buffer holds this text, and is freed. */
#define TOLD(buf, text)                                                               \
    do {                                                                              \
        if (!holds(&(buf), (text))) {                                                 \
            fprintf(stderr, "%s:%d: %.*s, not %s\n", __FILE__, __LINE__,              \
                    (int)(buf).len, (const char *)(buf).ptr, (text));                 \
            exit(1);                                                                  \
        }                                                                             \
        syncline_buf_free(&(buf));                                                    \
        CHECK((buf).ptr == NULL && (buf).len == 0);                                   \
    } while (0)

#endif
