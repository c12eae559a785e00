/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file syncline.h
 *
 * syncline keeps state in sync between clients and a server.
 *
 * Handles. A handle is a pointer to a type whose content is hidden. `_new` gives one, `_clone` gives
 * another one for the same thing, and each is given to `_free` once, as its last call; `_free` takes
 * NULL. Every function is thread-safe, on the same handle too, unless its comment says otherwise.
 *
 * Outputs. Places for outputs come last and are written on success only. A place may be NULL where
 * the comment says so. A `syncline_buf` that was written is owned by the caller, who frees it.
 *
 * Status and error. A function that can fail returns a `syncline_status`: 0 is success, negative is
 * an error, positive is a remark on a success. Its last argument receives, on error only, an owned
 * `syncline_error` with the story; it may be NULL. On an error nothing has changed, unless the
 * comment says otherwise. Besides the errors that a comment names, each such function may return
 * SYNCLINE_STATUS_INVALID_ARGUMENT (NULL where there must be something), _CLOSED, _POISONED,
 * _PANIC and _INTERNAL.
 *
 * Text and bytes. Both are a pointer and a length; the pointer may be NULL if the length is 0. Text
 * is UTF-8 and need not end with a zero byte. Values are JSON text. Inputs are *borrowed*: they are
 * read during the call and not kept.
 *
 * Panics. A panic inside the library ends as SYNCLINE_STATUS_PANIC; the handle that was in use is
 * *poisoned*, and all later calls return SYNCLINE_STATUS_POISONED until it is freed.
 *
 * Wake. The library calls back for one thing only: there is something to poll. See
 * `syncline_wake_fn`.
 *
 * Options. The rich part of a configuration is a JSON object whose members all have defaults; one that
 * is unknown is refused. A client has "limits", "timing", "debounce" ({"quiet_ms":16,"max_wait_ms":100,
 * "max_edits":256}), "codec" ("binary" or "json"), "schema", "durable" and "cache" (true or false) and
 * "resolvers", by key prefix ({"cart/":"keep_mine"}, or "keep_theirs", "three_way", "custom"). A server
 * has "limits", "timing", "codecs", "policy", by key prefix ({"stock/":"strict"}, or "merge", "last"),
 * "watch", "digest_always" and "views" (true or false). Either has "flight", the path of a file into
 * which all is recorded that it is given, and "flight_bytes", the most of that. The limits are those
 * that syncline_client_limits() tells; the times are "hello_ms", "idle_ms", "heartbeat_ms", "stall_ms", "presence_ms", "presence_pause_ms",
 * "room_idle_ms", "backoff_first_ms" and "backoff_most_ms".
 *
 * Growth. Structs that the caller fills start with `struct_size`, set by their `_init` function, so
 * that a library that knows more fields can serve a program that knows fewer. Enumerations cross as
 * integers and are checked.
 */


#ifndef SYNCLINE_H
#define SYNCLINE_H

/* Made from ffi/src by `make header`. Do not edit. */

#include <stddef.h>
#include <stdint.h>

/** The version of this header; see syncline_version_string() for that of the library. */
#define SYNCLINE_VERSION_MAJOR 0
#define SYNCLINE_VERSION_MINOR 1
#define SYNCLINE_VERSION_PATCH 0
/** One number that grows with the version: 1002003 is 1.2.3. */
#define SYNCLINE_VERSION_NUMBER 1000
#define SYNCLINE_VERSION_STRING "0.1.0"

#if defined(_WIN32) && !defined(SYNCLINE_STATIC)
#  define SYNCLINE_API __declspec(dllimport)
#else
#  define SYNCLINE_API
#endif

#if defined(__GNUC__)
#  define SYNCLINE_NODISCARD __attribute__((warn_unused_result))
#  define SYNCLINE_DEPRECATED(note) __attribute__((deprecated(note)))
#else
#  define SYNCLINE_NODISCARD
#  define SYNCLINE_DEPRECATED(note)
#endif

/**
 * The number of the binary interface, which is also that of the shared library's name.
 *
 * It rises when a program compiled with an older header could no longer run, and has nothing to
 * do with the version.
 */
#define SYNCLINE_ABI_VERSION 1

/**
 * What became of a call. Numbers are never reused or renumbered; new ones are appended.
 *
 * Zero is success, a negative number is an error, a positive one is a remark on a success. A
 * program treats a negative number that it does not know as an error.
 */
enum syncline_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : int32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Success.
   */
  SYNCLINE_STATUS_OK = 0,
  /**
   * Success, and there is nothing there: nothing to poll, no value, no next entry.
   */
  SYNCLINE_STATUS_DONE = 1,
  /**
   * A bug in the engine.
   */
  SYNCLINE_STATUS_INTERNAL = -1,
  /**
   * A panic was caught at the boundary.
   */
  SYNCLINE_STATUS_PANIC = -2,
  /**
   * An earlier panic or storage failure made this handle unusable.
   */
  SYNCLINE_STATUS_POISONED = -3,
  /**
   * An argument is outside what the function takes.
   */
  SYNCLINE_STATUS_INVALID_ARGUMENT = -4,
  /**
   * The handle or the room is closed.
   */
  SYNCLINE_STATUS_CLOSED = -5,
  /**
   * The caller's buffer is too small.
   */
  SYNCLINE_STATUS_BUFFER_TOO_SMALL = -6,
  /**
   * No such room, key, draft, connection or question.
   */
  SYNCLINE_STATUS_NOT_FOUND = -7,
  /**
   * Another process holds the storage.
   */
  SYNCLINE_STATUS_STORAGE_IN_USE = -8,
  /**
   * Storage did not do what it was asked.
   */
  SYNCLINE_STATUS_STORAGE_FAILED = -9,
  /**
   * Stored bytes are not what was written.
   */
  SYNCLINE_STATUS_STORAGE_CORRUPT = -10,
  /**
   * The outbox is at its limit.
   */
  SYNCLINE_STATUS_FULL = -11,
  /**
   * The call belongs to the other mode of the handle.
   */
  SYNCLINE_STATUS_WRONG_MODE = -12,
  /**
   * The time given for waiting is over.
   */
  SYNCLINE_STATUS_TIMEOUT = -13,
  /**
   * A name is empty or too long.
   */
  SYNCLINE_STATUS_INVALID_NAME = -14,
  /**
   * Text is not UTF-8.
   */
  SYNCLINE_STATUS_INVALID_UTF8 = -20,
  /**
   * Text is not JSON.
   */
  SYNCLINE_STATUS_INVALID_JSON = -21,
  /**
   * A number that would lose digits or is not finite.
   */
  SYNCLINE_STATUS_NUMBER_OUT_OF_RANGE = -22,
  /**
   * A surrogate without its partner.
   */
  SYNCLINE_STATUS_LONE_SURROGATE = -23,
  /**
   * Nested deeper than the limit.
   */
  SYNCLINE_STATUS_TOO_DEEP = -24,
  /**
   * More items or members than the limit.
   */
  SYNCLINE_STATUS_TOO_MANY_ITEMS = -25,
  /**
   * More bytes than the limit.
   */
  SYNCLINE_STATUS_VALUE_TOO_LARGE = -26,
  /**
   * A mutation with too many ops or bytes, or with too large a result.
   */
  SYNCLINE_STATUS_MUTATION_TOO_LARGE = -28,
  /**
   * What the writer had seen is no longer current.
   */
  SYNCLINE_STATUS_STALE = -40,
  /**
   * The op does not fit the kind of the key's value.
   */
  SYNCLINE_STATUS_WRONG_TYPE = -41,
  /**
   * A sum leaves the numbers.
   */
  SYNCLINE_STATUS_OVERFLOW = -42,
  /**
   * No list item has that id.
   */
  SYNCLINE_STATUS_NO_SUCH_ITEM = -43,
  /**
   * A list item already has that id.
   */
  SYNCLINE_STATUS_DUPLICATE_ITEM = -44,
  /**
   * The principal may not do this.
   */
  SYNCLINE_STATUS_FORBIDDEN = -45,
  /**
   * The room is at its limit of keys or bytes.
   */
  SYNCLINE_STATUS_ROOM_FULL = -46,
  /**
   * A mutation's name was used before with other content.
   */
  SYNCLINE_STATUS_IDENTITY_REUSED = -47,
  /**
   * A frame above the limit.
   */
  SYNCLINE_STATUS_FRAME_TOO_LARGE = -60,
  /**
   * Bytes that are not a message.
   */
  SYNCLINE_STATUS_MALFORMED = -61,
  /**
   * A message that the peer must understand and does not.
   */
  SYNCLINE_STATUS_UNKNOWN_MESSAGE = -62,
  /**
   * No common protocol version or codec.
   */
  SYNCLINE_STATUS_UNSUPPORTED = -63,
  /**
   * A message before the greeting, or a second greeting.
   */
  SYNCLINE_STATUS_UNEXPECTED = -64,
  /**
   * No greeting in time.
   */
  SYNCLINE_STATUS_HELLO_TIMEOUT = -65,
  /**
   * The token is not accepted.
   */
  SYNCLINE_STATUS_UNAUTHORIZED = -66,
  /**
   * More than the budget allows.
   */
  SYNCLINE_STATUS_FLOOD = -67,
  /**
   * Nothing was heard for too long.
   */
  SYNCLINE_STATUS_IDLE = -68,
  /**
   * More mutations in flight than the window.
   */
  SYNCLINE_STATUS_WINDOW_EXCEEDED = -69,
  /**
   * The peer did not read for too long.
   */
  SYNCLINE_STATUS_STALLED = -70,
  /**
   * The session is not the register's: evicted, or of another epoch.
   */
  SYNCLINE_STATUS_EXPIRED = -80,
  /**
   * A newer connection took the client's place.
   */
  SYNCLINE_STATUS_SUPERSEDED = -81,
  /**
   * More rooms, connections or participants than the limit.
   */
  SYNCLINE_STATUS_TOO_MANY = -82,
  /**
   * The room was deleted.
   */
  SYNCLINE_STATUS_DELETED = -83,
  /**
   * The room cannot be served now; a later try may succeed.
   */
  SYNCLINE_STATUS_UNAVAILABLE = -84,
  /**
   * The server is shutting down.
   */
  SYNCLINE_STATUS_SHUTTING_DOWN = -85,
  /**
   * The room's continuity ended: it has another epoch.
   */
  SYNCLINE_STATUS_EPOCH_CHANGED = -86,
  /**
   * Replicas differ although their versions are equal.
   */
  SYNCLINE_STATUS_DIVERGED = -87,
  /**
   * The client's storage is older than what the server has seen of it.
   */
  SYNCLINE_STATUS_ROLLED_BACK = -88,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum syncline_status syncline_status;
#else
typedef int32_t syncline_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Where a handle's time and entropy come from, and who keeps its records.
 */
enum syncline_mode
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The library has a clock, a thread and, if it is told where, a journal.
   */
  SYNCLINE_MODE_AUTOMATIC = 0,
  /**
   * The program says the time and the entropy, and keeps the records.
   */
  SYNCLINE_MODE_MANUAL = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum syncline_mode syncline_mode;
#else
typedef uint32_t syncline_mode;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Whether what a room tells has reached storage.
 */
enum syncline_durability
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It has: nothing that was told is lost by a crash.
   */
  SYNCLINE_DURABILITY_DURABLE = 0,
  /**
   * It has not: the room lives in memory, and its epoch ends with the process.
   */
  SYNCLINE_DURABILITY_VOLATILE = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum syncline_durability syncline_durability;
#else
typedef uint32_t syncline_durability;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How far a room is from its server, from best to worst.
 */
enum syncline_sync_status
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * What is shown is what the server has told, and every edit has its verdict.
   */
  SYNCLINE_SYNC_STATUS_SYNCED = 0,
  /**
   * Connected, with something still under way.
   */
  SYNCLINE_SYNC_STATUS_PENDING = 1,
  /**
   * Not connected; edits are kept.
   */
  SYNCLINE_SYNC_STATUS_OFFLINE = 2,
  /**
   * Several attempts in a row have failed, or something has failed for good: a person should know.
   */
  SYNCLINE_SYNC_STATUS_DEGRADED = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum syncline_sync_status syncline_sync_status;
#else
typedef uint32_t syncline_sync_status;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * Who caused a change.
 */
enum syncline_origin
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * An edit made on this client.
   */
  SYNCLINE_ORIGIN_LOCAL = 0,
  /**
   * What the server told.
   */
  SYNCLINE_ORIGIN_REMOTE = 1,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum syncline_origin syncline_origin;
#else
typedef uint32_t syncline_origin;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What became of a mutation.
 */
enum syncline_verdict
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It is in the room.
   */
  SYNCLINE_VERDICT_APPLIED = 1,
  /**
   * It is not in the room.
   */
  SYNCLINE_VERDICT_REFUSED = 2,
  /**
   * Nobody can know any more.
   */
  SYNCLINE_VERDICT_UNKNOWN = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum syncline_verdict syncline_verdict;
#else
typedef uint32_t syncline_verdict;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * How a room caught up.
 */
enum syncline_resume
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * By what had changed.
   */
  SYNCLINE_RESUME_DELTA = 1,
  /**
   * By the whole state, of the same epoch.
   */
  SYNCLINE_RESUME_SNAPSHOT = 2,
  /**
   * By the whole state, because continuity ended.
   */
  SYNCLINE_RESUME_RESET = 3,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum syncline_resume syncline_resume;
#else
typedef uint32_t syncline_resume;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What became of a proposal.
 */
enum syncline_fate
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * It was not handed to this client.
   */
  SYNCLINE_FATE_NEVER_SEEN = 0,
  /**
   * It is part of a mutation that has no verdict yet.
   */
  SYNCLINE_FATE_PENDING = 1,
  /**
   * It is in the room, as part of a mutation.
   */
  SYNCLINE_FATE_APPLIED = 2,
  /**
   * It is not in the room.
   */
  SYNCLINE_FATE_REFUSED = 3,
  /**
   * Nobody can know, or it is forgotten.
   */
  SYNCLINE_FATE_UNKNOWN = 4,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum syncline_fate syncline_fate;
#else
typedef uint32_t syncline_fate;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What an application makes of a conflict.
 */
enum syncline_resolution
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * The server's value stays.
   */
  SYNCLINE_RESOLUTION_KEEP_THEIRS = 0,
  /**
   * The edit is made again on top of the server's value.
   */
  SYNCLINE_RESOLUTION_KEEP_MINE = 1,
  /**
   * The key is set to a value of the application's.
   */
  SYNCLINE_RESOLUTION_VALUE = 2,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum syncline_resolution syncline_resolution;
#else
typedef uint32_t syncline_resolution;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a syncline_client_output is, and which of its fields say something.
 */
enum syncline_client_output_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nothing.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_NONE = 0,
  /**
   * Manual mode: make `bytes` durable as `record`, after what is there or, if `replace`, for all of
   * it. Answered by syncline_client_persisted() or syncline_client_persist_failed(). Unless `sync`,
   * writing may wait for the next order.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_PERSIST = 1,
  /**
   * Open a connection, and answer by syncline_client_connected() or
   * syncline_client_disconnected().
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_CONNECT = 2,
  /**
   * Send `bytes` as one frame over the connection.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_TRANSMIT = 3,
  /**
   * Send what was transmitted, then close the connection; its end is not to be reported.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_DISCONNECT = 4,
  /**
   * A standby: hand `bytes` to the leader for syncline_client_adopt(), in turn. They are the mutation
   * `draft` of `room`.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_PROPOSE = 5,
  /**
   * `keys`, a JSON array, of `room` show something else than before, because of `origin`.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_CHANGE = 32,
  /**
   * The mutation `draft` of `room` has its `verdict`: applied, as of `version`; or refused because of
   * `status`, by its op number `op`; or unknown because of `status`.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_VERDICT = 33,
  /**
   * An edit of `key` in the mutation `draft` of `room` was refused because of `status`, and with it
   * those that build on it: `drafts`, a JSON array, are all of them. Their sides are `mine`, `base` and
   * `theirs`. If `by` is not 0, it is the mutation that a resolver made in their place.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_REFUSED = 34,
  /**
   * As Refused, because it was stale, and the application decides: answered by
   * syncline_client_resolve().
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_CONFLICT = 35,
  /**
   * Nobody can know what became of the mutation `draft` of `room`, because of `status`; it did
   * `edits`, a JSON array.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_UNKNOWN = 36,
  /**
   * A state of `room` is known: from the server, or from what was recorded.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_READY = 37,
  /**
   * `room` is joined again, and caught up as `resume` says; if that is a reset, because of `status`.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_RESUMED = 38,
  /**
   * What was held of `room` differs from the server's state; everything is asked for again.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_DIVERGED = 39,
  /**
   * The server does not let the client into `room`, because of `status`; if `retries`, the client
   * tries again by itself.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_DENIED = 40,
  /**
   * The connection ended because of `status` and `message`; if `retries`, the client connects again
   * by itself.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_FAILED = 41,
  /**
   * `sync_status` of `room` is another than before; of the client, if `room` is 0.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_STATUS = 42,
  /**
   * Other participants of `room` came, went or changed.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_PRESENCE = 43,
  /**
   * Storage failed: edits are not taken any more, and nothing is sent. See
   * syncline_client_storage_error().
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_STORAGE_FAILED = 44,
  /**
   * The view `view` of `room` has something for its page.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_VIEW = 45,
  /**
   * The view `view` of `room` is not watched any more, because of `status`.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_UNWATCHED = 46,
  /**
   * Every edit made before syncline_client_ask_stored() gave the mark `record`, or an earlier one, is
   * durable.
   */
  SYNCLINE_CLIENT_OUTPUT_KIND_STORED = 47,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum syncline_client_output_kind syncline_client_output_kind;
#else
typedef uint32_t syncline_client_output_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * What a syncline_server_output is, and which of its fields say something.
 */
enum syncline_server_output_kind
#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L
  : uint32_t
#endif // defined(__cplusplus) || __STDC_VERSION__ >= 202311L
 {
  /**
   * Nothing.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_NONE = 0,
  /**
   * Send `bytes` as one frame to `conn`. Say syncline_server_writable() when all that was
   * transmitted to the connection has left.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_TRANSMIT = 1,
  /**
   * Read no more from `conn` for now. What is received all the same is held, up to one frame's
   * worth.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_PAUSE = 2,
  /**
   * Read from `conn` again.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_RESUME = 3,
  /**
   * End `conn` after what was transmitted, because of `status`; the server has forgotten it.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_CLOSE = 4,
  /**
   * Who is on `conn`, with this `token` and this `schema`, and what may they do in the room `name`?
   * Answered by syncline_server_grant() or syncline_server_deny() with `request`.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_AUTHORIZE = 5,
  /**
   * Manual mode: read the blobs of the room `name`. Answered by syncline_server_room_opened() or
   * syncline_server_room_failed() with `room`.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_OPEN_ROOM = 6,
  /**
   * Manual mode: make `bytes` durable as the record `record` of `room`, after what is there or, if
   * `replace`, for all of it. Answered by syncline_server_persisted() or
   * syncline_server_room_failed(). Unless `sync`, writing may wait for the next order.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_PERSIST = 7,
  /**
   * Manual mode: nothing more comes for `room`; if `remove`, remove its blobs.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_CLOSE_ROOM = 8,
  /**
   * Render the view `name` of `room`: somebody watches it, and something that it may show changed.
   * Asked if the option `views` is set. Answered by syncline_server_room_show(), _keep_view() or
   * _end_view().
   */
  SYNCLINE_SERVER_OUTPUT_KIND_RENDER = 9,
  /**
   * `principal` came into `room`, on `channel` of `conn`.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_JOINED = 32,
  /**
   * `principal`, who was in `room` on `channel` of `conn`, is out: because of `status`, or by itself
   * if that is 0.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_LEFT = 33,
  /**
   * `room`, whose name is `name`, is open. `dropped_bytes` at the end of its journal were dropped: a
   * crash came before their sync, or they are damaged since.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_OPENED = 34,
  /**
   * `room`, whose name is `name`, could not be opened or lost its storage, because of `status` and
   * `message`. Its number means nothing any more.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_FAILED = 35,
  /**
   * `room`, whose name is `name`, is closed and all that it had accepted is durable. Its number
   * means nothing any more.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_CLOSED = 36,
  /**
   * The write `write` to `room` is durable as `version`.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_WRITTEN = 37,
  /**
   * The write `write` to `room` was refused because of `status` and `message`; after _STORAGE_FAILED,
   * _DELETED or _CLOSED its outcome is unknown.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_WRITE_FAILED = 38,
  /**
   * `keys` of `room`, a JSON array, changed by `principals`, a JSON array, and its version is now
   * `version`. Told if the option `watch` is set.
   */
  SYNCLINE_SERVER_OUTPUT_KIND_CHANGED = 39,
};
#ifndef __cplusplus
#if __STDC_VERSION__ >= 202311L
typedef enum syncline_server_output_kind syncline_server_output_kind;
#else
typedef uint32_t syncline_server_output_kind;
#endif // __STDC_VERSION__ >= 202311L
#endif // __cplusplus

/**
 * A client of any number of rooms.
 */
typedef struct syncline_client syncline_client;

/**
 * Edits that are made together: all of them count, or none does.
 *
 * They are collected here and then given to syncline_client_batch() or syncline_server_room_write(),
 * which judge them; here only the form of keys and values is checked.
 */
typedef struct syncline_edits syncline_edits;

/**
 * What went wrong with one call: a status, what was expected and what came. It does not change.
 */
typedef struct syncline_error syncline_error;

/**
 * What a reader of a view shows: the latest tree that it was told, with what follows from edits
 * that the server has
 * not answered.
 */
typedef struct syncline_screen syncline_screen;

/**
 * A server with its rooms.
 */
typedef struct syncline_server syncline_server;

/**
 * A tree of a view that is being written: an element is opened, has its key, its attributes and
 * then its children,
 * and is closed. One thread at a time uses it. A tree of which a call was refused is not rendered
 * until syncline_tree_clear().
 */
typedef struct syncline_tree syncline_tree;

/**
 * What is rendered of one view, by revision.
 *
 * Names, templates and bindings have numbers that they keep. A frame takes a screen from what it
 * shows to the latest
 * revision.
 */
typedef struct syncline_view syncline_view;

/**
 * Bytes that the library made and the caller owns; all zero is the empty one.
 *
 * The bytes may be read and written in place. They are freed by syncline_buf_free() and by nothing
 * else.
 */
typedef struct {
  /**
   * The first byte; NULL only if `len` is 0.
   */
  uint8_t *ptr;
  /**
   * How many bytes there are.
   */
  size_t len;
  /**
   * For the library alone.
   */
  size_t cap;
} syncline_buf;

/**
 * Bytes of the caller, where a function takes several.
 */
typedef struct {
  /**
   * The first byte; may be NULL if `len` is 0.
   */
  const uint8_t *ptr;
  /**
   * How many bytes there are.
   */
  size_t len;
} syncline_bytes;

/**
 * How a client is to be. Filled by syncline_client_config_init(), then changed where wanted.
 */
typedef struct {
  /**
   * Bytes of this struct; set by the init function.
   */
  uint32_t struct_size;
  /**
   * A syncline_mode; automatic by default.
   */
  uint32_t mode;
  /**
   * Automatic mode: the file of the journal as UTF-8, made if it is not there; empty for a client
   * that keeps nothing beyond its end.
   */
  const char *storage;
  /**
   * Bytes of `storage`.
   */
  size_t storage_len;
  /**
   * Limits, timing, debouncing, codec, schema name and resolvers as a JSON object; empty for the
   * defaults. A member that is unknown is refused. With "flight", the path of a file, all that the
   * client is given is recorded there, to be replayed; up to "flight_bytes", 64 MiB by default. See
   * syncline_client_flight().
   */
  const char *options;
  /**
   * Bytes of `options`.
   */
  size_t options_len;
  /**
   * Manual mode: the client's blobs since the latest one that stands for all before it, in order.
   */
  const syncline_bytes *blobs;
  /**
   * How many blobs.
   */
  size_t blob_count;
  /**
   * Manual mode: fresh entropy, or a test's own.
   */
  uint8_t seed[32];
  /**
   * Manual mode: the time at the start, in microseconds since an origin of the program's choice.
   */
  uint64_t now_micros;
} syncline_client_config;

/**
 * What is called when there is something to poll. Every handle that can be polled has one.
 *
 * It is called once, and not again before polling has said SYNCLINE_STATUS_DONE. It may be called
 * from any thread, also from inside a call that the program makes, but never by two threads at once,
 * never from inside itself, and with no lock held. It must not block for long and must not unwind;
 * it may call every function of this library. Typically it writes to an eventfd or signals a
 * condition.
 */
typedef void (*syncline_wake_fn)(void *user_data);

/**
 * What is called, once, when `user_data` is not needed any more.
 */
typedef void (*syncline_drop_fn)(void *user_data);

/**
 * One thing that a client wants done, or tells. `kind` says which fields say something; the others
 * are zero or empty.
 */
typedef struct {
  /**
   * Bytes of this struct; set by the init function.
   */
  uint32_t struct_size;
  /**
   * A syncline_client_output_kind.
   */
  uint32_t kind;
  /**
   * Which mutation; the first of a chain.
   */
  uint64_t draft;
  /**
   * The mutation that a resolver made; 0 for none.
   */
  uint64_t by;
  /**
   * Which version.
   */
  uint64_t version;
  /**
   * Which record, or which mark.
   */
  uint64_t record;
  /**
   * Which room.
   */
  uint32_t room;
  /**
   * Why: a syncline_status.
   */
  int32_t status;
  /**
   * Which op of a mutation, counted from 0.
   */
  uint32_t op;
  /**
   * A syncline_verdict.
   */
  uint32_t verdict;
  /**
   * A syncline_origin.
   */
  uint32_t origin;
  /**
   * A syncline_resume.
   */
  uint32_t resume;
  /**
   * A syncline_sync_status.
   */
  uint32_t sync_status;
  /**
   * 1 if the record stands for all before it.
   */
  uint8_t replace;
  /**
   * 1 if something waits for the record.
   */
  uint8_t sync;
  /**
   * 1 if the client tries again by itself.
   */
  uint8_t retries;
  /**
   * Zero.
   */
  uint8_t reserved;
  /**
   * A frame, a record or a proposal.
   */
  syncline_buf bytes;
  /**
   * Keys, as a JSON array.
   */
  syncline_buf keys;
  /**
   * Which key.
   */
  syncline_buf key;
  /**
   * What the writer made of the key, as JSON text; empty for no value.
   */
  syncline_buf mine;
  /**
   * What the key held when the edit was made, as JSON text; empty for no value.
   */
  syncline_buf base;
  /**
   * What the server says that the key holds, as JSON text; empty for no value.
   */
  syncline_buf theirs;
  /**
   * Edits, as a JSON array of {"key":...,"action":...}.
   */
  syncline_buf edits;
  /**
   * The story of `status`.
   */
  syncline_buf message;
  /**
   * Mutations in their order, `draft` first, as a JSON array of numbers.
   */
  syncline_buf drafts;
  /**
   * What would have been right, where there is a `message`.
   */
  syncline_buf expected;
  /**
   * What came instead.
   */
  syncline_buf got;
  /**
   * Which view.
   */
  uint32_t view;
} syncline_client_output;

/**
 * How a server is to be. Filled by syncline_server_config_init(), then changed where wanted.
 */
typedef struct {
  /**
   * Bytes of this struct; set by the init function.
   */
  uint32_t struct_size;
  /**
   * A syncline_mode; automatic by default.
   */
  uint32_t mode;
  /**
   * Manual mode: a syncline_durability; durable by default, and then the program keeps the rooms'
   * records.
   */
  uint32_t durability;
  /**
   * Zero.
   */
  uint32_t reserved;
  /**
   * Automatic mode: the directory of the rooms' journals as UTF-8, made if it is not there; empty
   * for rooms that live in memory.
   */
  const char *storage;
  /**
   * Bytes of `storage`.
   */
  size_t storage_len;
  /**
   * Limits, timing, codecs and policy as a JSON object; empty for the defaults. A member that is
   * unknown is refused. With "flight", the path of a file, all that the server is given is recorded
   * there, to be replayed; up to "flight_bytes", 64 MiB by default. See syncline_server_flight().
   */
  const char *options;
  /**
   * Bytes of `options`.
   */
  size_t options_len;
  /**
   * Manual mode: fresh entropy, or a test's own.
   */
  uint8_t seed[32];
  /**
   * Manual mode: the time at the start, in microseconds since an origin of the program's choice.
   */
  uint64_t now_micros;
} syncline_server_config;

/**
 * One thing that a server wants done, or tells. `kind` says which fields say something; the others
 * are zero or empty.
 */
typedef struct {
  /**
   * Bytes of this struct; set by the init function.
   */
  uint32_t struct_size;
  /**
   * A syncline_server_output_kind.
   */
  uint32_t kind;
  /**
   * Which connection.
   */
  uint64_t conn;
  /**
   * Which question.
   */
  uint64_t request;
  /**
   * Which write of the program.
   */
  uint64_t write;
  /**
   * Which version.
   */
  uint64_t version;
  /**
   * Which record.
   */
  uint64_t record;
  /**
   * Bytes that were dropped.
   */
  uint64_t dropped_bytes;
  /**
   * Which room.
   */
  uint32_t room;
  /**
   * Which channel.
   */
  uint32_t channel;
  /**
   * Why: a syncline_status.
   */
  int32_t status;
  /**
   * 1 if the record stands for all before it.
   */
  uint8_t replace;
  /**
   * 1 if something waits for the record.
   */
  uint8_t sync;
  /**
   * 1 if the room's blobs are to be removed.
   */
  uint8_t remove;
  /**
   * Zero.
   */
  uint8_t reserved;
  /**
   * A frame or a record.
   */
  syncline_buf bytes;
  /**
   * The name of a room.
   */
  syncline_buf name;
  /**
   * Who.
   */
  syncline_buf principal;
  /**
   * The latest token.
   */
  syncline_buf token;
  /**
   * The application's schema name.
   */
  syncline_buf schema;
  /**
   * The story of `status`.
   */
  syncline_buf message;
  /**
   * Keys, as a JSON array.
   */
  syncline_buf keys;
  /**
   * Principals, as a JSON array.
   */
  syncline_buf principals;
} syncline_server_output;

/**
 * Text of the caller, where a function takes several.
 */
typedef struct {
  /**
   * The first byte of UTF-8; may be NULL if `len` is 0.
   */
  const char *ptr;
  /**
   * How many bytes there are.
   */
  size_t len;
} syncline_text;

/**
 * What there is to know about a room at one moment.
 */
typedef struct {
  /**
   * Bytes of this struct; set by the init function.
   */
  uint32_t struct_size;
  /**
   * Zero.
   */
  uint32_t reserved;
  /**
   * The epoch, which changes when continuity ends.
   */
  uint64_t epoch;
  /**
   * The durable version.
   */
  uint64_t version;
  /**
   * The version once all that is accepted is durable.
   */
  uint64_t staged_version;
  /**
   * A number that equal rooms share.
   */
  uint64_t digest;
  /**
   * Durable keys that hold a value.
   */
  uint64_t keys;
  /**
   * Bytes of the durable keys and values, as limits count them.
   */
  uint64_t bytes;
  /**
   * Readers that are in or coming in.
   */
  uint64_t readers;
  /**
   * Clients that the room remembers.
   */
  uint64_t registers;
} syncline_room_report;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Tells the number of the binary interface of the library that is running.
 *
 * A program compares it with SYNCLINE_ABI_VERSION, the number that it was compiled with.
 *
 * @return the number; it is the one in the shared library's name.
 *
 * Ownership: nothing is handed over.
 * Errors: none.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API SYNCLINE_NODISCARD uint32_t syncline_abi_version(void);

/**
 * Tells the version of the library that is running, as in "0.1.0".
 *
 * @return NUL-terminated text.
 *
 * Ownership: the text is static.
 * Errors: none.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API SYNCLINE_NODISCARD const char *syncline_version_string(void);

/**
 * Tells the name of a status, as in "TooDeep"; it is the same in every language.
 *
 * @param[in] status  any number.
 *
 * @return NUL-terminated text; "Unknown" for a number that this library does not have.
 *
 * Ownership: the text is static.
 * Errors: none; total for every number.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API SYNCLINE_NODISCARD const char *syncline_status_name(int32_t status);

/**
 * Tells what a status means, in one sentence for people.
 *
 * @param[in] status  any number.
 *
 * @return NUL-terminated text; "an unknown status" for a number that this library does not have.
 *
 * Ownership: the text is static.
 * Errors: none; total for every number.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API SYNCLINE_NODISCARD const char *syncline_status_message(int32_t status);

/**
 * Tells the number with which a WebSocket is closed for a status, as SYNCLINE_SERVER_OUTPUT_CLOSE says it: 1008 if
 * trying again is pointless, another one of RFC 6455 and its registry if it is not.
 *
 * @param[in] status  any number.
 *
 * @return from 1000 to 1013; 1000 for a number that is no error of this library.
 *
 * Ownership: none.
 * Errors: none; total for every number.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
SYNCLINE_NODISCARD
uint16_t syncline_status_close_number(int32_t status);

/**
 * Tells the status of an error.
 *
 * @param[in] error  the error; NULL is success.
 *
 * @return the status that the failed function returned.
 *
 * Ownership: error is borrowed for the call.
 * Errors: none.
 * Thread-safety: yes; an error does not change.
 * Since: ABI 1.
 */
SYNCLINE_API SYNCLINE_NODISCARD syncline_status syncline_error_status(const syncline_error *error);

/**
 * Tells the whole story of an error: what its status means, what was expected and what came.
 *
 * @param[in]  error    the error; NULL gives empty text.
 * @param[out] out_len  receives the length in bytes; may be NULL.
 *
 * @return NUL-terminated UTF-8 without control characters, at most some hundred bytes.
 *
 * Ownership: the text is borrowed from error and ends with it.
 * Errors: none.
 * Thread-safety: yes; an error does not change.
 * Since: ABI 1.
 */
SYNCLINE_API const char *syncline_error_message(const syncline_error *error, size_t *out_len);

/**
 * Tells what would have been right, as in "at most 32 levels".
 *
 * @param[in]  error    the error; NULL gives empty text.
 * @param[out] out_len  receives the length in bytes; may be NULL.
 *
 * @return NUL-terminated UTF-8 without control characters.
 *
 * Ownership: the text is borrowed from error and ends with it.
 * Errors: none.
 * Thread-safety: yes; an error does not change.
 * Since: ABI 1.
 */
SYNCLINE_API const char *syncline_error_expected(const syncline_error *error, size_t *out_len);

/**
 * Tells what came instead, as in "33 levels".
 *
 * @param[in]  error    the error; NULL gives empty text.
 * @param[out] out_len  receives the length in bytes; may be NULL.
 *
 * @return NUL-terminated UTF-8 without control characters.
 *
 * Ownership: the text is borrowed from error and ends with it.
 * Errors: none.
 * Thread-safety: yes; an error does not change.
 * Since: ABI 1.
 */
SYNCLINE_API const char *syncline_error_got(const syncline_error *error, size_t *out_len);

/**
 * Frees an error.
 *
 * @param[in] error  the error; NULL is left alone.
 *
 * Ownership: takes error, and ends the texts that were borrowed from it.
 * Errors: none.
 * Thread-safety: yes, as the last call on this error.
 * Since: ABI 1.
 */
SYNCLINE_API void syncline_error_free(syncline_error *error);

/**
 * Frees the bytes of a buffer and makes it the empty one.
 *
 * @param[in,out] buf  the buffer; NULL and the empty buffer are left alone.
 *
 * Ownership: takes the bytes; the struct itself stays the caller's and may be used again.
 * Errors: none.
 * Thread-safety: yes, for different buffers.
 * Since: ABI 1.
 */
SYNCLINE_API void syncline_buf_free(syncline_buf *buf);

/**
 * Makes an empty collection of edits.
 *
 * @param[out] out_edits  receives the handle.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_edits is owned by the caller and freed with syncline_edits_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API syncline_status syncline_edits_new(syncline_edits **out_edits, syncline_error **err);

/**
 * Frees a collection of edits.
 *
 * @param[in] edits  the handle; NULL is left alone.
 *
 * Ownership: takes edits.
 * Errors: none.
 * Thread-safety: yes, as the last call on this handle.
 * Since: ABI 1.
 */
SYNCLINE_API void syncline_edits_free(syncline_edits *edits);

/**
 * Forgets the edits collected so far, so that the collection can be used again.
 *
 * @param[in] edits  the handle; NULL is left alone.
 *
 * Ownership: edits stays the caller's.
 * Errors: none.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API void syncline_edits_clear(const syncline_edits *edits);

/**
 * Tells how many edits are collected.
 *
 * @param[in] edits  the handle; NULL has none.
 *
 * @return the number of edits, preconditions among them.
 *
 * Ownership: edits is borrowed for the call.
 * Errors: none.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API SYNCLINE_NODISCARD size_t syncline_edits_count(const syncline_edits *edits);

/**
 * Adds the edit that sets a key to a JSON value.
 *
 * @param[in]  edits     the handle.
 * @param[in]  key       the key.
 * @param[in]  key_len   its length in bytes.
 * @param[in]  json      the value as JSON text.
 * @param[in]  json_len  its length in bytes.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: key and json are borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _INVALID_JSON, _NUMBER_OUT_OF_RANGE,
 * _LONE_SURROGATE, _TOO_DEEP, _TOO_MANY_ITEMS, _VALUE_TOO_LARGE.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_set(const syncline_edits *edits,
                                   const char *key,
                                   size_t key_len,
                                   const char *json,
                                   size_t json_len,
                                   syncline_error **err);

/**
 * Adds the edit that removes a key.
 *
 * @param[in]  edits    the handle.
 * @param[in]  key      the key.
 * @param[in]  key_len  its length in bytes.
 * @param[out] err      receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_delete(const syncline_edits *edits,
                                      const char *key,
                                      size_t key_len,
                                      syncline_error **err);

/**
 * Adds the edit that applies a JSON merge patch (RFC 7396) to the object under a key.
 *
 * @param[in]  edits     the handle.
 * @param[in]  key       the key.
 * @param[in]  key_len   its length in bytes.
 * @param[in]  json      the patch, a JSON object.
 * @param[in]  json_len  its length in bytes.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: key and json are borrowed for the call.
 * Errors: as syncline_edits_set().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_merge(const syncline_edits *edits,
                                     const char *key,
                                     size_t key_len,
                                     const char *json,
                                     size_t json_len,
                                     syncline_error **err);

/**
 * Adds the precondition that a key is still as the client had seen it.
 *
 * It changes nothing. If the key has changed meanwhile, the server refuses all edits of the
 * mutation as SYNCLINE_STATUS_STALE, whatever the room's policy. For a client; the host of a room
 * uses syncline_edits_require().
 *
 * @param[in]  edits    the handle.
 * @param[in]  key      the key.
 * @param[in]  key_len  its length in bytes.
 * @param[out] err      receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_expect(const syncline_edits *edits,
                                      const char *key,
                                      size_t key_len,
                                      syncline_error **err);

/**
 * Adds the precondition that a key is of a version, for syncline_server_room_write().
 *
 * It changes nothing. If the key is of another version, the write is refused as
 * SYNCLINE_STATUS_STALE.
 *
 * @param[in]  edits    the handle.
 * @param[in]  key      the key.
 * @param[in]  key_len  its length in bytes.
 * @param[in]  version  the version of the key's latest change; 0 is a key without a value.
 * @param[out] err      receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_require(const syncline_edits *edits,
                                       const char *key,
                                       size_t key_len,
                                       uint64_t version,
                                       syncline_error **err);

/**
 * Adds the edit that puts a new item into the list under a key.
 *
 * @param[in]  edits     the handle.
 * @param[in]  key       the key; without a value it counts as an empty list.
 * @param[in]  key_len   its length in bytes.
 * @param[in]  item      the new item's identity: 64 random bits, or syncline_server_new_item().
 * @param[in]  left      the item before it; NULL is the start of the list.
 * @param[in]  right     the item after it; NULL is the end of the list.
 * @param[in]  json      the value as JSON text.
 * @param[in]  json_len  its length in bytes.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: key, left, right and json are borrowed for the call.
 * Errors: as syncline_edits_set().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_insert(const syncline_edits *edits,
                                      const char *key,
                                      size_t key_len,
                                      uint64_t item,
                                      const uint64_t *left,
                                      const uint64_t *right,
                                      const char *json,
                                      size_t json_len,
                                      syncline_error **err);

/**
 * Adds the edit that takes an item out of the list under a key; a missing item is already out.
 *
 * @param[in]  edits    the handle.
 * @param[in]  key      the key.
 * @param[in]  key_len  its length in bytes.
 * @param[in]  item     the item's identity.
 * @param[out] err      receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_remove(const syncline_edits *edits,
                                      const char *key,
                                      size_t key_len,
                                      uint64_t item,
                                      syncline_error **err);

/**
 * Adds the edit that moves an item within the list under a key.
 *
 * @param[in]  edits    the handle.
 * @param[in]  key      the key.
 * @param[in]  key_len  its length in bytes.
 * @param[in]  item     the item's identity.
 * @param[in]  left     the item before its new place; NULL is the start of the list.
 * @param[in]  right    the item after its new place; NULL is the end of the list.
 * @param[out] err      receives an owned error on failure; may be NULL.
 *
 * Ownership: key, left and right are borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_move(const syncline_edits *edits,
                                    const char *key,
                                    size_t key_len,
                                    uint64_t item,
                                    const uint64_t *left,
                                    const uint64_t *right,
                                    syncline_error **err);

/**
 * Adds the edit that gives an item of the list under a key another value.
 *
 * @param[in]  edits     the handle.
 * @param[in]  key       the key.
 * @param[in]  key_len   its length in bytes.
 * @param[in]  item      the item's identity.
 * @param[in]  json      the value as JSON text.
 * @param[in]  json_len  its length in bytes.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: key and json are borrowed for the call.
 * Errors: as syncline_edits_set().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_replace(const syncline_edits *edits,
                                       const char *key,
                                       size_t key_len,
                                       uint64_t item,
                                       const char *json,
                                       size_t json_len,
                                       syncline_error **err);

/**
 * Adds the edit that puts a new item into the list under a key, at a place.
 *
 * @param[in]  edits     the handle.
 * @param[in]  key       the key; without a value it counts as an empty list.
 * @param[in]  key_len   its length in bytes.
 * @param[in]  index     the place, counted from 0; the length of the list is its end.
 * @param[in]  item      the new item's identity: 64 random bits, or syncline_client_new_item() or
 *                       syncline_server_new_item().
 * @param[in]  json      the value as JSON text.
 * @param[in]  json_len  its length in bytes.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: key and json are borrowed for the call.
 * Errors: as syncline_edits_set(); the place is judged with the mutation.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_insert_at(const syncline_edits *edits,
                                         const char *key,
                                         size_t key_len,
                                         size_t index,
                                         uint64_t item,
                                         const char *json,
                                         size_t json_len,
                                         syncline_error **err);

/**
 * Adds the edit that takes the item at a place out of the list under a key.
 *
 * @param[in]  edits     the handle.
 * @param[in]  key       the key.
 * @param[in]  key_len   its length in bytes.
 * @param[in]  index     the place, counted from 0.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: as syncline_edits_set(); the place is judged with the mutation.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_remove_at(const syncline_edits *edits,
                                         const char *key,
                                         size_t key_len,
                                         size_t index,
                                         syncline_error **err);

/**
 * Adds the edit that moves an item within the list under a key.
 *
 * @param[in]  edits     the handle.
 * @param[in]  key       the key.
 * @param[in]  key_len   its length in bytes.
 * @param[in]  from      its place, counted from 0.
 * @param[in]  to        its place afterwards, counted without it.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: as syncline_edits_set(); the place is judged with the mutation.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_move_to(const syncline_edits *edits,
                                       const char *key,
                                       size_t key_len,
                                       size_t from,
                                       size_t to,
                                       syncline_error **err);

/**
 * Adds the edit that gives the item at a place of the list under a key another value.
 *
 * @param[in]  edits     the handle.
 * @param[in]  key       the key.
 * @param[in]  key_len   its length in bytes.
 * @param[in]  index     the place, counted from 0.
 * @param[in]  json      the value as JSON text.
 * @param[in]  json_len  its length in bytes.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: key and json are borrowed for the call.
 * Errors: as syncline_edits_set(); the place is judged with the mutation.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_replace_at(const syncline_edits *edits,
                                          const char *key,
                                          size_t key_len,
                                          size_t index,
                                          const char *json,
                                          size_t json_len,
                                          syncline_error **err);

/**
 * Adds the edit that sets a key to an integer.
 *
 * @param[in]  edits    the handle.
 * @param[in]  key      the key.
 * @param[in]  key_len  its length in bytes.
 * @param[in]  value    the integer, within plus and minus 2^53 - 1.
 * @param[out] err      receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _NUMBER_OUT_OF_RANGE.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_set_i64(const syncline_edits *edits,
                                       const char *key,
                                       size_t key_len,
                                       int64_t value,
                                       syncline_error **err);

/**
 * Adds the edit that sets a key to a number.
 *
 * @param[in]  edits    the handle.
 * @param[in]  key      the key.
 * @param[in]  key_len  its length in bytes.
 * @param[in]  value    the number; it must be finite.
 * @param[out] err      receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _NUMBER_OUT_OF_RANGE.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_set_f64(const syncline_edits *edits,
                                       const char *key,
                                       size_t key_len,
                                       double value,
                                       syncline_error **err);

/**
 * Adds the edit that sets a key to a truth value.
 *
 * @param[in]  edits    the handle.
 * @param[in]  key      the key.
 * @param[in]  key_len  its length in bytes.
 * @param[in]  value    0 is false, everything else is true.
 * @param[out] err      receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_set_bool(const syncline_edits *edits,
                                        const char *key,
                                        size_t key_len,
                                        int32_t value,
                                        syncline_error **err);

/**
 * Adds the edit that sets a key to a string.
 *
 * @param[in]  edits      the handle.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[in]  value      the string as UTF-8, not as JSON.
 * @param[in]  value_len  its length in bytes.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key and value are borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _VALUE_TOO_LARGE.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_set_text(const syncline_edits *edits,
                                        const char *key,
                                        size_t key_len,
                                        const char *value,
                                        size_t value_len,
                                        syncline_error **err);

/**
 * Adds the edit that adds an integer to the number under a key.
 *
 * @param[in]  edits    the handle.
 * @param[in]  key      the key; without a value it counts as 0.
 * @param[in]  key_len  its length in bytes.
 * @param[in]  amount   the integer, within plus and minus 2^53 - 1.
 * @param[out] err      receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _NUMBER_OUT_OF_RANGE.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_add_i64(const syncline_edits *edits,
                                       const char *key,
                                       size_t key_len,
                                       int64_t amount,
                                       syncline_error **err);

/**
 * Adds the edit that adds a number to the number under a key.
 *
 * @param[in]  edits    the handle.
 * @param[in]  key      the key; without a value it counts as 0.
 * @param[in]  key_len  its length in bytes.
 * @param[in]  amount   the number; it must be finite.
 * @param[out] err      receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _NUMBER_OUT_OF_RANGE.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_edits_add_f64(const syncline_edits *edits,
                                       const char *key,
                                       size_t key_len,
                                       double amount,
                                       syncline_error **err);

/**
 * Makes a client.
 *
 * In automatic mode it has a clock, a thread and, if `storage` names a file, a journal there, from
 * which it goes on. In manual mode the program says what time it is and makes records durable.
 *
 * @param[in]  config      filled by syncline_client_config_init().
 * @param[out] out_client  receives the handle.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: config and what it points at are borrowed for the call. *out_client is owned by the
 * caller and freed with syncline_client_free().
 * Errors: SYNCLINE_STATUS_STORAGE_IN_USE, _STORAGE_FAILED, _STORAGE_CORRUPT, _INVALID_UTF8, and
 * _UNAVAILABLE for automatic mode in a library without threads.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_new(const syncline_client_config *config,
                                    syncline_client **out_client,
                                    syncline_error **err);

/**
 * Makes another handle of the same client.
 *
 * @param[in]  client      the handle.
 * @param[out] out_client  receives the other handle.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_client is owned by the caller and freed with syncline_client_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_clone(const syncline_client *client,
                                      syncline_client **out_client,
                                      syncline_error **err);

/**
 * Frees a handle. With the last one of a client it ends as by syncline_client_close().
 *
 * @param[in] client  the handle; NULL is left alone.
 *
 * Ownership: takes client.
 * Errors: none.
 * Thread-safety: yes, as the last call on this handle. May be called from inside the wake callback.
 * Since: ABI 1.
 */
SYNCLINE_API void syncline_client_free(syncline_client *client);

/**
 * Ends a client. What was recorded is durable and its thread is over when this returns; it never
 * waits for the server.
 *
 * Edits without a verdict are sent after the next start if they are recorded, else lost. The program
 * ends the connection. From inside the wake callback the thread ends by itself, after the callback.
 * Later calls on any handle of the client return SYNCLINE_STATUS_CLOSED.
 *
 * @param[in]  client       the handle.
 * @param[out] out_pending  receives the number of mutations without a verdict; may be NULL.
 * @param[out] err          receives an owned error on failure; may be NULL.
 *
 * Ownership: client stays the caller's, to be freed.
 * Errors: SYNCLINE_STATUS_CLOSED if it was closed before.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_close(const syncline_client *client,
                                      uint64_t *out_pending,
                                      syncline_error **err);

/**
 * Sets what is called when there is something to poll, or removes it. See syncline_wake_fn.
 *
 * If something is there to poll already, `wake` is called at once. When this returns, the callback
 * that was set before is not running, never runs again, and its user data has been dropped; only
 * from inside that callback does it still finish first.
 *
 * @param[in]  client          the handle.
 * @param[in]  wake            the function to call; NULL for none.
 * @param[in]  user_data       given to both functions; may be NULL.
 * @param[in]  drop_user_data  called once when user_data is not needed any more; may be NULL.
 * @param[out] err             receives an owned error on failure; may be NULL.
 *
 * Ownership: user_data is owned by the library until it calls drop_user_data, also on an error.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_set_wake(const syncline_client *client,
                                         syncline_wake_fn wake,
                                         void *user_data,
                                         syncline_drop_fn drop_user_data,
                                         syncline_error **err);

/**
 * Takes the next thing that the client wants done, or tells.
 *
 * The order, after a wake: poll until SYNCLINE_STATUS_DONE, then wait for the next wake.
 *
 * @param[in]     client      the handle.
 * @param[in,out] out_output  filled by syncline_client_output_init() once; what it held is freed.
 * @param[out]    err         receives an owned error on failure; may be NULL.
 *
 * Ownership: what is in *out_output is owned by the caller until the next poll with it or
 * syncline_client_output_clear().
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that there is nothing, and leaves the
 * output empty.
 * Thread-safety: yes, with an output that no other thread uses now.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_poll(const syncline_client *client,
                                     syncline_client_output *out_output,
                                     syncline_error **err);

/**
 * Tells what time it is for a client.
 *
 * @param[in]  client      the handle.
 * @param[out] out_micros  receives the time, in microseconds since the client's origin.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_now(const syncline_client *client,
                                    uint64_t *out_micros,
                                    syncline_error **err);

/**
 * Says what time it is, in manual mode.
 *
 * @param[in]  client      the handle.
 * @param[in]  now_micros  microseconds since an origin of the program's choice; it does not go back.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_WRONG_MODE.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_set_now(const syncline_client *client,
                                        uint64_t now_micros,
                                        syncline_error **err);

/**
 * Tells when the client wants to hear of the time next, in manual mode.
 *
 * @param[in]  client      the handle.
 * @param[out] out_micros  receives the time for syncline_client_set_now().
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that it waits for nothing.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_deadline(const syncline_client *client,
                                         uint64_t *out_micros,
                                         syncline_error **err);

/**
 * Fills a configuration with the defaults.
 *
 * @param[out] out_config   the struct; NULL is left alone.
 * @param[in]  struct_size  sizeof *out_config.
 *
 * Ownership: nothing is handed over.
 * Errors: none.
 * Thread-safety: yes, for different structs.
 * Since: ABI 1.
 */
SYNCLINE_API
void syncline_client_config_init(syncline_client_config *out_config,
                                 size_t struct_size);

/**
 * Says that the connection that was asked for is open.
 *
 * @param[in]  client     the handle.
 * @param[in]  token      says who the client is; may be empty.
 * @param[in]  token_len  its length in bytes.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: token is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_connected(const syncline_client *client,
                                          const char *token,
                                          size_t token_len,
                                          syncline_error **err);

/**
 * Says that a frame came over the connection.
 *
 * What the frame holds is never an error of this function: a server that breaks the protocol is told
 * of by outputs.
 *
 * @param[in]  client     the handle.
 * @param[in]  frame      the whole of one frame, of any content.
 * @param[in]  frame_len  its length in bytes.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: frame is borrowed for the call.
 * Errors: those of every function.
 * Thread-safety: yes. Frames are to be given in order.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_receive(const syncline_client *client,
                                        const uint8_t *frame,
                                        size_t frame_len,
                                        syncline_error **err);

/**
 * Says that the connection has ended, or could not be opened.
 *
 * @param[in]  client  the handle.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_disconnected(const syncline_client *client,
                                             syncline_error **err);

/**
 * Tries again now what waits out a pause after a failure: for when the network is back.
 *
 * @param[in]  client  the handle.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_reconnect(const syncline_client *client,
                                          syncline_error **err);

/**
 * Gives a newer token; it is sent over the connection that is open.
 *
 * @param[in]  client     the handle.
 * @param[in]  token      says who the client is.
 * @param[in]  token_len  its length in bytes.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: token is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_set_token(const syncline_client *client,
                                          const char *token,
                                          size_t token_len,
                                          syncline_error **err);

/**
 * Sets a key to a JSON value.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[in]  json       the value as JSON text.
 * @param[in]  json_len   its length in bytes.
 * @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key and json are borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_JSON, _NUMBER_OUT_OF_RANGE, _LONE_SURROGATE, _INVALID_UTF8, _TOO_DEEP,
 * _TOO_MANY_ITEMS, _VALUE_TOO_LARGE, and those of syncline_client_delete().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_set(const syncline_client *client,
                                    uint32_t room,
                                    const char *key,
                                    size_t key_len,
                                    const char *json,
                                    size_t json_len,
                                    uint64_t *out_draft,
                                    syncline_error **err);

/**
 * Sets a key to a string.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[in]  value      the string as UTF-8, not as JSON.
 * @param[in]  value_len  its length in bytes.
 * @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key and value are borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_UTF8, _VALUE_TOO_LARGE, and those of syncline_client_delete().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_set_text(const syncline_client *client,
                                         uint32_t room,
                                         const char *key,
                                         size_t key_len,
                                         const char *value,
                                         size_t value_len,
                                         uint64_t *out_draft,
                                         syncline_error **err);

/**
 * Removes a key.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: nothing is queued on an error: SYNCLINE_STATUS_NOT_FOUND if the room is not open, _FORBIDDEN if
 * it may not be written, _INVALID_NAME, _INVALID_UTF8, _MUTATION_TOO_LARGE, _FULL if the outbox is at its
 * limit, _POISONED after storage has failed.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_delete(const syncline_client *client,
                                       uint32_t room,
                                       const char *key,
                                       size_t key_len,
                                       uint64_t *out_draft,
                                       syncline_error **err);

/**
 * Applies a JSON merge patch (RFC 7396) to the object under a key; without a value there it makes one.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[in]  json       the patch, a JSON object.
 * @param[in]  json_len   its length in bytes.
 * @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key and json are borrowed for the call.
 * Errors: SYNCLINE_STATUS_WRONG_TYPE if either is no object, and those of syncline_client_set().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_merge(const syncline_client *client,
                                      uint32_t room,
                                      const char *key,
                                      size_t key_len,
                                      const char *json,
                                      size_t json_len,
                                      uint64_t *out_draft,
                                      syncline_error **err);

/**
 * Makes several edits one mutation: the server takes all of them or none.
 *
 * syncline_edits_expect() before an edit asks the server to refuse all if its key has changed.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  edits      the edits, at least one.
 * @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: edits is borrowed for the call and stays as it is.
 * Errors: SYNCLINE_STATUS_INVALID_ARGUMENT for no edits or a syncline_edits_require(), _WRONG_TYPE,
 * _OVERFLOW, _NO_SUCH_ITEM, _DUPLICATE_ITEM, and those of syncline_client_set().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_batch(const syncline_client *client,
                                      uint32_t room,
                                      const syncline_edits *edits,
                                      uint64_t *out_draft,
                                      syncline_error **err);

/**
 * Sends what waits for its burst to end, without waiting.
 *
 * @param[in]  client  the handle.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_flush(const syncline_client *client,
                                      syncline_error **err);

/**
 * Answers an output SYNCLINE_CLIENT_OUTPUT_KIND_CONFLICT. The answer is a mutation of its own, if it
 * changes anything.
 *
 * @param[in]  client      the handle.
 * @param[in]  room        the room's number.
 * @param[in]  draft       the mutation that was refused.
 * @param[in]  resolution  a syncline_resolution.
 * @param[in]  json        the value as JSON text, for SYNCLINE_RESOLUTION_VALUE; else ignored.
 * @param[in]  json_len    its length in bytes.
 * @param[out] out_draft   receives the number of the mutation that was made; may be NULL.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: json is borrowed for the call.
 * Errors: SYNCLINE_STATUS_NOT_FOUND if no such conflict waits, and those of syncline_client_set(); the
 * conflict waits on then. SYNCLINE_STATUS_DONE says that nothing had to be made.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_resolve(const syncline_client *client,
                                        uint32_t room,
                                        uint64_t draft,
                                        uint32_t resolution,
                                        const char *json,
                                        size_t json_len,
                                        uint64_t *out_draft,
                                        syncline_error **err);

/**
 * Tells the client's counters in the Prometheus text format.
 *
 * @param[in]  client      the handle.
 * @param[in]  labels      labels for every sample, as a JSON object of strings; may be empty.
 * @param[in]  labels_len  its length in bytes.
 * @param[out] out_text    receives the text.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: labels is borrowed for the call. *out_text is owned by the caller and freed with
 * syncline_buf_free().
 * Errors: SYNCLINE_STATUS_INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_metrics_prometheus(const syncline_client *client,
                                                   const char *labels,
                                                   size_t labels_len,
                                                   syncline_buf *out_text,
                                                   syncline_error **err);

/**
 * Tells how far the recording is that the option "flight" asked for, as one line of JSON:
 * {"path":"client.flight","bytes":5120,"full":false,"failed":false}.
 *
 * "bytes" of calls are recorded, not all of which are written yet. It is "full" if there was no more
 * place for a call, and then has all before that; "failed" if it could not be written any more.
 *
 * @param[in]  client    the handle.
 * @param[out] out_json  receives the JSON text.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that nothing is recorded.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_flight(const syncline_client *client,
                                       syncline_buf *out_json,
                                       syncline_error **err);

/**
 * Puts a value into the list under a key; without a value there it makes a list.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[in]  index      the place, counted from 0; the length of the list is its end.
 * @param[in]  json       the value as JSON text.
 * @param[in]  json_len   its length in bytes.
 * @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key and json are borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_ARGUMENT for a place beyond the end, _WRONG_TYPE if the key holds no
 * list, and those of syncline_client_set().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_insert_at(const syncline_client *client,
                                          uint32_t room,
                                          const char *key,
                                          size_t key_len,
                                          size_t index,
                                          const char *json,
                                          size_t json_len,
                                          uint64_t *out_draft,
                                          syncline_error **err);

/**
 * Takes a value out of the list under a key.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[in]  index      the place of the value, counted from 0.
 * @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_NO_SUCH_ITEM, _WRONG_TYPE if the key holds no list, and those of
 * syncline_client_delete().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_remove_at(const syncline_client *client,
                                          uint32_t room,
                                          const char *key,
                                          size_t key_len,
                                          size_t index,
                                          uint64_t *out_draft,
                                          syncline_error **err);

/**
 * Moves a value within the list under a key.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[in]  from       the place of the value, counted from 0.
 * @param[in]  to         its new place, counted without it.
 * @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_NO_SUCH_ITEM, _INVALID_ARGUMENT for a place beyond the end, _WRONG_TYPE if the
 * key holds no list, and those of syncline_client_delete().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_move_to(const syncline_client *client,
                                        uint32_t room,
                                        const char *key,
                                        size_t key_len,
                                        size_t from,
                                        size_t to,
                                        uint64_t *out_draft,
                                        syncline_error **err);

/**
 * Gives an item of the list under a key another value.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[in]  index      the place of the item, counted from 0.
 * @param[in]  json       the value as JSON text.
 * @param[in]  json_len   its length in bytes.
 * @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key and json are borrowed for the call.
 * Errors: SYNCLINE_STATUS_NO_SUCH_ITEM, _WRONG_TYPE if the key holds no list, and those of
 * syncline_client_set().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_replace_at(const syncline_client *client,
                                           uint32_t room,
                                           const char *key,
                                           size_t key_len,
                                           size_t index,
                                           const char *json,
                                           size_t json_len,
                                           uint64_t *out_draft,
                                           syncline_error **err);

/**
 * Makes a fresh identity for a list item.
 *
 * @param[in]  client    the handle.
 * @param[out] out_item  receives the identity.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_new_item(const syncline_client *client,
                                         uint64_t *out_item,
                                         syncline_error **err);

/**
 * Tells the client's counters as one line of JSON.
 *
 * @param[in]  client    the handle.
 * @param[out] out_json  receives the JSON text.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_metrics(const syncline_client *client,
                                        syncline_buf *out_json,
                                        syncline_error **err);

/**
 * Tells the limits in force, the configured ones lowered to the server's.
 *
 * @param[in]  client    the handle.
 * @param[out] out_json  receives a JSON object, as in the options.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_limits(const syncline_client *client,
                                       syncline_buf *out_json,
                                       syncline_error **err);

/**
 * Makes an output empty, before its first use.
 *
 * @param[out] out_output   the struct; NULL is left alone. What it held is not freed.
 * @param[in]  struct_size  sizeof *out_output.
 *
 * Ownership: nothing is handed over.
 * Errors: none.
 * Thread-safety: yes, for different structs.
 * Since: ABI 1.
 */
SYNCLINE_API
void syncline_client_output_init(syncline_client_output *out_output,
                                 size_t struct_size);

/**
 * Frees what an output holds and makes it empty.
 *
 * @param[in,out] output  the struct, after syncline_client_output_init(); NULL is left alone.
 *
 * Ownership: frees the buffers in output; the struct itself stays the caller's.
 * Errors: none.
 * Thread-safety: yes, for different structs.
 * Since: ABI 1.
 */
SYNCLINE_API void syncline_client_output_clear(syncline_client_output *output);

/**
 * Changes what this client shows of itself in a room.
 *
 * @param[in]  client    the handle.
 * @param[in]  room      the room's number.
 * @param[in]  json      a JSON merge patch (RFC 7396) on what it shows, an object.
 * @param[in]  json_len  its length in bytes.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: json is borrowed for the call.
 * Errors: SYNCLINE_STATUS_NOT_FOUND if the room is not open, _WRONG_TYPE for what is no object,
 * _VALUE_TOO_LARGE, _INVALID_JSON and other faults of JSON text.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_set_presence(const syncline_client *client,
                                             uint32_t room,
                                             const char *json,
                                             size_t json_len,
                                             syncline_error **err);

/**
 * Shows nothing of this client in a room any more.
 *
 * @param[in]  client  the handle.
 * @param[in]  room    the room's number.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_NOT_FOUND if the room is not open.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_clear_presence(const syncline_client *client,
                                               uint32_t room,
                                               syncline_error **err);

/**
 * Tells the other participants of a room.
 *
 * @param[in]  client    the handle.
 * @param[in]  room      the room's number.
 * @param[out] out_json  receives an array of {"id":...,"state":...}; an id is a number.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_presences(const syncline_client *client,
                                          uint32_t room,
                                          syncline_buf *out_json,
                                          syncline_error **err);

/**
 * Tells what this client shows of itself in a room.
 *
 * @param[in]  client    the handle.
 * @param[in]  room      the room's number.
 * @param[out] out_json  receives an object as JSON text.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that it shows nothing.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_presence_own(const syncline_client *client,
                                             uint32_t room,
                                             syncline_buf *out_json,
                                             syncline_error **err);

/**
 * Tells which participant this client is in a room.
 *
 * @param[in]  client  the handle.
 * @param[in]  room    the room's number.
 * @param[out] out_id  receives the participant's number.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that the room is not joined now.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_presence_id(const syncline_client *client,
                                            uint32_t room,
                                            uint32_t *out_id,
                                            syncline_error **err);

/**
 * Tells what a key shows.
 *
 * @param[in]  client    the handle.
 * @param[in]  room      the room's number.
 * @param[in]  key       the key.
 * @param[in]  key_len   its length in bytes.
 * @param[out] out_json  receives the value as JSON text, a list as an array.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call. *out_json is owned by the caller and freed with
 * syncline_buf_free().
 * Errors: SYNCLINE_STATUS_INVALID_UTF8. SYNCLINE_STATUS_DONE says that the key shows no value.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_get(const syncline_client *client,
                                    uint32_t room,
                                    const char *key,
                                    size_t key_len,
                                    syncline_buf *out_json,
                                    syncline_error **err);

/**
 * Tells what the server has confirmed of a key, without pending edits.
 *
 * @param[in]  client    the handle.
 * @param[in]  room      the room's number.
 * @param[in]  key       the key.
 * @param[in]  key_len   its length in bytes.
 * @param[out] out_json  receives the value as JSON text, a list as an array.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call. *out_json is owned by the caller and freed with
 * syncline_buf_free().
 * Errors: SYNCLINE_STATUS_INVALID_UTF8. SYNCLINE_STATUS_DONE says that the key holds no value.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_get_confirmed(const syncline_client *client,
                                              uint32_t room,
                                              const char *key,
                                              size_t key_len,
                                              syncline_buf *out_json,
                                              syncline_error **err);

/**
 * Tells the items of the list that a key shows, with their identities.
 *
 * @param[in]  client    the handle.
 * @param[in]  room      the room's number.
 * @param[in]  key       the key.
 * @param[in]  key_len   its length in bytes.
 * @param[out] out_json  receives an array of {"id":...,"value":...}; an id is 16 hexadecimal digits.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call. *out_json is owned by the caller and freed with
 * syncline_buf_free().
 * Errors: SYNCLINE_STATUS_WRONG_TYPE for a value that is no list, _INVALID_UTF8. SYNCLINE_STATUS_DONE
 * says that the key shows no value.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_get_items(const syncline_client *client,
                                          uint32_t room,
                                          const char *key,
                                          size_t key_len,
                                          syncline_buf *out_json,
                                          syncline_error **err);

/**
 * Tells the keys with a prefix and what they show.
 *
 * @param[in]  client      the handle.
 * @param[in]  room        the room's number.
 * @param[in]  prefix      the prefix; empty for every key.
 * @param[in]  prefix_len  its length in bytes.
 * @param[out] out_json    receives a JSON object, its members in the order of keys.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: prefix is borrowed for the call. *out_json is owned by the caller and freed with
 * syncline_buf_free().
 * Errors: SYNCLINE_STATUS_INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_entries(const syncline_client *client,
                                        uint32_t room,
                                        const char *prefix,
                                        size_t prefix_len,
                                        syncline_buf *out_json,
                                        syncline_error **err);

/**
 * Tells the keys with a prefix that show a value.
 *
 * @param[in]  client      the handle.
 * @param[in]  room        the room's number.
 * @param[in]  prefix      the prefix; empty for every key.
 * @param[in]  prefix_len  its length in bytes.
 * @param[out] out_json    receives a JSON array of strings, in order.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: prefix is borrowed for the call. *out_json is owned by the caller and freed with
 * syncline_buf_free().
 * Errors: SYNCLINE_STATUS_INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_keys(const syncline_client *client,
                                     uint32_t room,
                                     const char *prefix,
                                     size_t prefix_len,
                                     syncline_buf *out_json,
                                     syncline_error **err);

/**
 * Opens a room: shows what is known of it, and keeps it in sync while there is a connection.
 *
 * Opening it again asks again where the server has denied it.
 *
 * @param[in]  client    the handle.
 * @param[in]  name      the room's name.
 * @param[in]  name_len  its length in bytes.
 * @param[in]  writes    0 to read only; everything else to write too.
 * @param[out] out_room  receives the room's number.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: name is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _TOO_MANY above the limit of rooms.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_room_open(const syncline_client *client,
                                          const char *name,
                                          size_t name_len,
                                          int32_t writes,
                                          uint32_t *out_room,
                                          syncline_error **err);

/**
 * Leaves a room. What is known of it, edits without a verdict included, stays until it is opened
 * again.
 *
 * @param[in]  client  the handle.
 * @param[in]  room    the room's number; an unknown one is left alone.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_room_close(const syncline_client *client,
                                           uint32_t room,
                                           syncline_error **err);

/**
 * Leaves a room and forgets all that is known of it; its edits without a verdict are given up.
 *
 * @param[in]  client  the handle.
 * @param[in]  room    the room's number; an unknown one is left alone.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_room_forget(const syncline_client *client,
                                            uint32_t room,
                                            syncline_error **err);

/**
 * Tells the number under which a room is known, open or not.
 *
 * @param[in]  client    the handle.
 * @param[in]  name      the room's name.
 * @param[in]  name_len  its length in bytes.
 * @param[out] out_room  receives the room's number.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: name is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8. SYNCLINE_STATUS_DONE says that nothing is known
 * of it.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_room_find(const syncline_client *client,
                                          const char *name,
                                          size_t name_len,
                                          uint32_t *out_room,
                                          syncline_error **err);

/**
 * Tells the name of a room.
 *
 * @param[in]  client    the handle.
 * @param[in]  room      the room's number.
 * @param[out] out_name  receives the name.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_name is owned by the caller and freed with syncline_buf_free().
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that nothing is known of the room.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_room_name(const syncline_client *client,
                                          uint32_t room,
                                          syncline_buf *out_name,
                                          syncline_error **err);

/**
 * Tells how far an open room is from its server, and when all was last well.
 *
 * @param[in]  client             the handle.
 * @param[in]  room               the room's number.
 * @param[out] out_status         receives a syncline_sync_status.
 * @param[out] out_synced_micros  receives when nothing was missing last, in microseconds since the
 * client's origin, or UINT64_MAX for never since the start; may be NULL.
 * @param[out] err                receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that the room is not open.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_room_status(const syncline_client *client,
                                            uint32_t room,
                                            uint32_t *out_status,
                                            uint64_t *out_synced_micros,
                                            syncline_error **err);

/**
 * Tells the status of the worst open room; without one, that of the connection.
 *
 * @param[in]  client      the handle.
 * @param[out] out_status  receives a syncline_sync_status.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_status(const syncline_client *client,
                                       uint32_t *out_status,
                                       syncline_error **err);

/**
 * Tells whether a state of the room is known, from the server or from what was recorded.
 *
 * @param[in]  client  the handle.
 * @param[in]  room    the room's number.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that none is known.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_room_ready(const syncline_client *client,
                                           uint32_t room,
                                           syncline_error **err);

/**
 * Tells why the client does not come into an open room and does not ask again by itself: the room is
 * denied, or the connection has ended, for good.
 *
 * For SYNCLINE_STATUS_UNAUTHORIZED and _FORBIDDEN a newer token makes it try again; where the room itself
 * is denied, so does opening it again.
 *
 * @param[in]  client      the handle.
 * @param[in]  room        the room's number.
 * @param[out] out_reason  receives a syncline_status.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that the client is in, or tries.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_room_denied(const syncline_client *client,
                                            uint32_t room,
                                            int32_t *out_reason,
                                            syncline_error **err);

/**
 * Tells the version up to which a room's state is confirmed here.
 *
 * @param[in]  client       the handle.
 * @param[in]  room         the room's number.
 * @param[out] out_version  receives the version.
 * @param[out] err          receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that nothing is known of the room.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_room_version(const syncline_client *client,
                                             uint32_t room,
                                             uint64_t *out_version,
                                             syncline_error **err);

/**
 * Tells the epoch of a room's confirmed state.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[out] out_epoch  receives the epoch; as text it is 16 hexadecimal digits.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that none is known.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_room_epoch(const syncline_client *client,
                                           uint32_t room,
                                           uint64_t *out_epoch,
                                           syncline_error **err);

/**
 * Tells whether the server's word on a room survives a crash of the server, as it said last.
 *
 * @param[in]  client          the handle.
 * @param[in]  room            the room's number.
 * @param[out] out_durability  receives a syncline_durability.
 * @param[out] err             receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that nothing is known of the room.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_room_durability(const syncline_client *client,
                                                uint32_t room,
                                                uint32_t *out_durability,
                                                syncline_error **err);

/**
 * Counts the mutations of a room that have no verdict yet.
 *
 * @param[in]  client       the handle.
 * @param[in]  room         the room's number; an unknown one has none.
 * @param[out] out_pending  receives the number.
 * @param[out] err          receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_room_pending(const syncline_client *client,
                                             uint32_t room,
                                             uint64_t *out_pending,
                                             syncline_error **err);

/**
 * Counts the mutations of all rooms that have no verdict yet, also of rooms that are not open.
 *
 * @param[in]  client       the handle.
 * @param[out] out_pending  receives the number.
 * @param[out] err          receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_pending(const syncline_client *client,
                                        uint64_t *out_pending,
                                        syncline_error **err);

/**
 * Sets a key to an integer.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[in]  value      the integer, within plus and minus 2^53 - 1.
 * @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_NUMBER_OUT_OF_RANGE, and those of syncline_client_delete().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_set_i64(const syncline_client *client,
                                        uint32_t room,
                                        const char *key,
                                        size_t key_len,
                                        int64_t value,
                                        uint64_t *out_draft,
                                        syncline_error **err);

/**
 * Sets a key to a number.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[in]  value      the number; it must be finite.
 * @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_NUMBER_OUT_OF_RANGE, and those of syncline_client_delete().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_set_f64(const syncline_client *client,
                                        uint32_t room,
                                        const char *key,
                                        size_t key_len,
                                        double value,
                                        uint64_t *out_draft,
                                        syncline_error **err);

/**
 * Sets a key to a truth value.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[in]  value      0 is false, everything else is true.
 * @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: those of syncline_client_delete().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_set_bool(const syncline_client *client,
                                         uint32_t room,
                                         const char *key,
                                         size_t key_len,
                                         int32_t value,
                                         uint64_t *out_draft,
                                         syncline_error **err);

/**
 * Adds an integer to the number under a key; without a value there it counts as 0.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[in]  amount     the integer, within plus and minus 2^53 - 1.
 * @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_NUMBER_OUT_OF_RANGE, _WRONG_TYPE if the key holds no number, _OVERFLOW, and those
 * of syncline_client_delete().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_add_i64(const syncline_client *client,
                                        uint32_t room,
                                        const char *key,
                                        size_t key_len,
                                        int64_t amount,
                                        uint64_t *out_draft,
                                        syncline_error **err);

/**
 * Adds a number to the number under a key; without a value there it counts as 0.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[in]  amount     the number; it must be finite.
 * @param[out] out_draft  receives the mutation's number, under which its verdict is told; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_NUMBER_OUT_OF_RANGE, _WRONG_TYPE if the key holds no number, _OVERFLOW, and those
 * of syncline_client_delete().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_add_f64(const syncline_client *client,
                                        uint32_t room,
                                        const char *key,
                                        size_t key_len,
                                        double amount,
                                        uint64_t *out_draft,
                                        syncline_error **err);

/**
 * Tells the integer that a key shows.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[out] out_value  receives the integer.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_WRONG_TYPE if it is something else, _INVALID_UTF8. SYNCLINE_STATUS_DONE says
 * that the key shows no value.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_get_i64(const syncline_client *client,
                                        uint32_t room,
                                        const char *key,
                                        size_t key_len,
                                        int64_t *out_value,
                                        syncline_error **err);

/**
 * Tells the number that a key shows.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[out] out_value  receives the number.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_WRONG_TYPE if it is something else, _INVALID_UTF8. SYNCLINE_STATUS_DONE says
 * that the key shows no value.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_get_f64(const syncline_client *client,
                                        uint32_t room,
                                        const char *key,
                                        size_t key_len,
                                        double *out_value,
                                        syncline_error **err);

/**
 * Tells the truth value that a key shows.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[out] out_value  receives 0 for false, 1 for true.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_WRONG_TYPE if it is something else, _INVALID_UTF8. SYNCLINE_STATUS_DONE says
 * that the key shows no value.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_get_bool(const syncline_client *client,
                                         uint32_t room,
                                         const char *key,
                                         size_t key_len,
                                         int32_t *out_value,
                                         syncline_error **err);

/**
 * Tells the string that a key shows.
 *
 * @param[in]  client     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  key        the key.
 * @param[in]  key_len    its length in bytes.
 * @param[out] out_value  receives the string as UTF-8, not as JSON.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call. *out_value is owned by the caller and freed with
 * syncline_buf_free().
 * Errors: SYNCLINE_STATUS_WRONG_TYPE if it is something else, _INVALID_UTF8. SYNCLINE_STATUS_DONE says
 * that the key shows no value.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_get_text(const syncline_client *client,
                                         uint32_t room,
                                         const char *key,
                                         size_t key_len,
                                         syncline_buf *out_value,
                                         syncline_error **err);

/**
 * Makes a standby: a client that holds what another one, its leader, holds, and hands its own edits
 * to it.
 *
 * It asks for no connection and records nothing. It is in manual mode. Of its outputs only
 * SYNCLINE_CLIENT_OUTPUT_KIND_PROPOSE asks for something. It begins with what syncline_client_snapshot()
 * tells of the leader and goes on by syncline_client_follow().
 *
 * @param[in]  config        filled by syncline_client_config_init(), in manual mode; blobs are not read.
 * @param[in]  tab           a number below 2^53 that no other standby has had, of this leader or one
 *                           before it.
 * @param[in]  snapshot      the leader's snapshot; may be empty if there is none yet.
 * @param[in]  snapshot_len  its length in bytes.
 * @param[out] out_client    receives the handle.
 * @param[out] err           receives an owned error on failure; may be NULL.
 *
 * Ownership: config, what it points at, and snapshot are borrowed for the call. *out_client is owned by
 * the caller and freed with syncline_client_free().
 * Errors: SYNCLINE_STATUS_STORAGE_CORRUPT, _WRONG_MODE for automatic mode, _INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_standby_new(const syncline_client_config *config,
                                            uint64_t tab,
                                            const uint8_t *snapshot,
                                            size_t snapshot_len,
                                            syncline_client **out_client,
                                            syncline_error **err);

/**
 * Gives a standby what its leader asked to persist, or a snapshot of the leader.
 *
 * Give every order that the snapshot does not hold, in turn, once it is durable.
 *
 * @param[in]  client     the handle of the standby.
 * @param[in]  bytes      the bytes of the order or of the snapshot; may be empty.
 * @param[in]  bytes_len  their length.
 * @param[in]  replace    1 if they stand for all before, as a snapshot does; else 0.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: bytes are borrowed for the call.
 * Errors: SYNCLINE_STATUS_WRONG_MODE for a client that leads, _STORAGE_CORRUPT: ask for a snapshot then.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_follow(const syncline_client *client,
                                       const uint8_t *bytes,
                                       size_t bytes_len,
                                       int32_t replace,
                                       syncline_error **err);

/**
 * Asks a standby to hand everything out again that the leader is not known to have decided on: for
 * another leader.
 *
 * @param[in]  client  the handle of the standby.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_WRONG_MODE for a client that leads.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_propose_again(const syncline_client *client,
                                              syncline_error **err);

/**
 * Tells how many mutations of a standby the leader is not known to have decided on.
 *
 * @param[in]  client     the handle.
 * @param[out] out_count  receives the number; 0 for a client that leads.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_proposals(const syncline_client *client,
                                          uint64_t *out_count,
                                          syncline_error **err);

/**
 * Takes a proposal back that the leader cannot take and of which it has recorded nothing. It is told as
 * refused.
 *
 * @param[in]  client    the handle of the standby.
 * @param[in]  room      the standby's number of the room.
 * @param[in]  proposal  the mutation; one that is not outstanding is left alone.
 * @param[in]  status    why, as SYNCLINE_STATUS_FORBIDDEN.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_WRONG_MODE for a client that leads, _INVALID_ARGUMENT for a number that is no
 * error.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_withdraw(const syncline_client *client,
                                         uint32_t room,
                                         uint64_t proposal,
                                         int32_t status,
                                         syncline_error **err);

/**
 * Says that records are durable, in manual mode.
 *
 * @param[in]  client  the handle.
 * @param[in]  record  the latest record that is durable; those before it are, too.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_WRONG_MODE.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_persisted(const syncline_client *client,
                                          uint64_t record,
                                          syncline_error **err);

/**
 * Says that storage failed, in manual mode. Edits are refused from then on.
 *
 * @param[in]  client       the handle.
 * @param[in]  status       why, as SYNCLINE_STATUS_STORAGE_FAILED.
 * @param[in]  message      what came instead of success, for people; may be empty.
 * @param[in]  message_len  its length in bytes.
 * @param[out] err          receives an owned error on failure; may be NULL.
 *
 * Ownership: message is borrowed for the call.
 * Errors: SYNCLINE_STATUS_WRONG_MODE, _INVALID_ARGUMENT for a number that is no error, _INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_persist_failed(const syncline_client *client,
                                               int32_t status,
                                               const char *message,
                                               size_t message_len,
                                               syncline_error **err);

/**
 * Asks to be told once every edit made so far is durable: by an output of the kind
 * SYNCLINE_CLIENT_OUTPUT_KIND_STORED with this mark, or a later one. If storage fails first, that is told
 * instead. A standby is told once its leader has made them durable, or refused them.
 *
 * @param[in]  client    the handle.
 * @param[out] out_mark  receives the mark.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_WRONG_MODE for a client that stores nothing, _POISONED after storage has failed.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_ask_stored(const syncline_client *client,
                                           uint64_t *out_mark,
                                           syncline_error **err);

/**
 * Tells why storage failed, if it did.
 *
 * @param[in]  client         the handle.
 * @param[out] out_error      receives the error of the storage.
 * @param[out] err            receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_error is owned by the caller and freed with syncline_error_free().
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that storage works.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_storage_error(const syncline_client *client,
                                              syncline_error **out_error,
                                              syncline_error **err);

/**
 * Tells everything that a client knows as one blob, for a standby.
 *
 * Hand it over once the record is durable, and then the bytes of every later record once that is
 * durable. Nothing need be polled before.
 *
 * @param[in]  client      the handle, in manual mode.
 * @param[out] out_bytes   receives the bytes.
 * @param[out] out_record  receives the number of the latest record that they hold; 0 for none. May be
 *                         NULL.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_bytes is owned by the caller and freed with syncline_buf_free().
 * Errors: SYNCLINE_STATUS_WRONG_MODE for a client that does not record its edits and its state.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_snapshot(const syncline_client *client,
                                         syncline_buf *out_bytes,
                                         uint64_t *out_record,
                                         syncline_error **err);

/**
 * Gives a client the proposal of a standby that follows it. A proposal that it was given before gives
 * the same mutation again, and changes nothing.
 *
 * Give the proposals of a standby in the order in which they came.
 *
 * @param[in]  client     the handle.
 * @param[in]  tab        the number of the standby.
 * @param[in]  bytes      the bytes of the output.
 * @param[in]  bytes_len  their length.
 * @param[out] out_draft  receives the mutation that it is part of; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: bytes are borrowed for the call.
 * Errors: SYNCLINE_STATUS_NOT_FOUND if the room is not open for writing: open it, and give the proposal
 * again. _STORAGE_CORRUPT and _INVALID_ARGUMENT for what no standby has just handed out, _WRONG_MODE for a
 * standby, _POISONED. All others, those of syncline_client_set(), are the end of the proposal; the
 * standby learns of it by syncline_client_follow().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_adopt(const syncline_client *client,
                                      uint64_t tab,
                                      const uint8_t *bytes,
                                      size_t bytes_len,
                                      uint64_t *out_draft,
                                      syncline_error **err);

/**
 * Tells what became of a proposal: for a verdict that the leader before told nobody.
 *
 * The latest 256 proposals of each standby and room are remembered, of the 64 standbys of a room that
 * were answered last, and of all whose mutations wait. A standby that knows which mutation its proposal was adopted as tells that in
 * `adopted`. Then older ones are known as well, but for what is older than the latest 4,096 mutations that
 * failed since a standby followed this client; and one that another leader adopted, of which this one has
 * not heard, is unknown rather than never seen.
 *
 * @param[in]  client      the handle.
 * @param[in]  room        this client's number of the room.
 * @param[in]  tab         the number of the standby.
 * @param[in]  proposal    the mutation, as the standby named it; or one of this client's own.
 * @param[in]  adopted     the mutation that it was adopted as; 0 if that is not known.
 * @param[out] out_fate    receives a syncline_fate.
 * @param[out] out_draft   receives the mutation that it is part of, if it is pending or applied, else 0;
 *                         may be NULL.
 * @param[out] out_status  receives why it was refused, else 0; may be NULL.
 * @param[out] out_op      receives the op for which it was refused, counted from 0; may be NULL.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_fate(const syncline_client *client,
                                     uint32_t room,
                                     uint64_t tab,
                                     uint64_t proposal,
                                     uint64_t adopted,
                                     uint32_t *out_fate,
                                     uint64_t *out_draft,
                                     int32_t *out_status,
                                     uint32_t *out_op,
                                     syncline_error **err);

/**
 * Forgets the proposals of a standby that is gone for good. The mutations that are made of them stay.
 *
 * @param[in]  client  the handle.
 * @param[in]  tab     the number of the standby.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_forget_tab(const syncline_client *client,
                                           uint64_t tab,
                                           syncline_error **err);

/**
 * Watches a view of a room: what it shows is told as it is rendered, and what follows from edits
 * at once.
 *
 * An output SYNCLINE_CLIENT_OUTPUT_KIND_VIEW says that there is something for its page.
 *
 * @param[in]  client    the handle.
 * @param[in]  room      the room's number.
 * @param[in]  name      the name of the view.
 * @param[in]  name_len  its length in bytes.
 * @param[out] out_view  receives the number of the view.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: name is borrowed for the call.
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _TOO_MANY beyond 64 views of it,
 * _INVALID_NAME,
 * _WRONG_MODE on a standby.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_watch(const syncline_client *client,
                                      uint32_t room,
                                      const char *name,
                                      size_t name_len,
                                      uint32_t *out_view,
                                      syncline_error **err);

/**
 * Watches a view no more.
 *
 * @param[in]  client  the handle.
 * @param[in]  view    the number of the view.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_unwatch(const syncline_client *client,
                                        uint32_t view,
                                        syncline_error **err);

/**
 * Takes the next thing that a page has to do to show a view, as syncline_screen_change() does.
 *
 * @param[in]  client      the handle.
 * @param[in]  view        the number of the view.
 * @param[out] out_change  receives it.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_change is owned by the caller and freed with syncline_buf_free().
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a view that is not watched. SYNCLINE_STATUS_DONE says that
 * there is nothing.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_view_change(const syncline_client *client,
                                            uint32_t view,
                                            syncline_buf *out_change,
                                            syncline_error **err);

/**
 * Tells what a view shows, as HTML.
 *
 * @param[in]  client    the handle.
 * @param[in]  view      the number of the view.
 * @param[out] out_text  receives the text.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_text is owned by the caller and freed with syncline_buf_free().
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a view that is not watched.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_view_html(const syncline_client *client,
                                          uint32_t view,
                                          syncline_buf *out_text,
                                          syncline_error **err);

/**
 * Tells how good the predictions of a view are, as syncline_screen_metrics() does.
 *
 * @param[in]  client    the handle.
 * @param[in]  view      the number of the view.
 * @param[out] out_text  receives the text.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_text is owned by the caller and freed with syncline_buf_free().
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a view that is not watched.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_client_view_metrics(const syncline_client *client,
                                             uint32_t view,
                                             syncline_buf *out_text,
                                             syncline_error **err);

/**
 * Makes a server.
 *
 * In automatic mode it has a clock, a thread and, if `storage` names a directory, a journal for each
 * of its rooms there. In manual mode the program says what time it is and makes records durable.
 *
 * @param[in]  config      filled by syncline_server_config_init().
 * @param[out] out_server  receives the handle.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: config and what it points at are borrowed for the call. *out_server is owned by the
 * caller and freed with syncline_server_free().
 * Errors: SYNCLINE_STATUS_STORAGE_IN_USE, _STORAGE_FAILED, _INVALID_UTF8, and _UNAVAILABLE for
 * automatic mode in a library without threads.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_new(const syncline_server_config *config,
                                    syncline_server **out_server,
                                    syncline_error **err);

/**
 * Makes another handle of the same server.
 *
 * @param[in]  server      the handle.
 * @param[out] out_server  receives the other handle.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_server is owned by the caller and freed with syncline_server_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_clone(const syncline_server *server,
                                      syncline_server **out_server,
                                      syncline_error **err);

/**
 * Frees a handle. With the last one of a server it ends as by syncline_server_close().
 *
 * @param[in] server  the handle; NULL is left alone.
 *
 * Ownership: takes server.
 * Errors: none.
 * Thread-safety: yes, as the last call on this handle. May be called from inside the wake callback.
 * Since: ABI 1.
 */
SYNCLINE_API void syncline_server_free(syncline_server *server);

/**
 * Ends a server: what it had accepted is durable and its thread is over when this returns.
 *
 * From inside the wake callback the thread ends by itself, after the callback. Later calls on any
 * handle of the server return SYNCLINE_STATUS_CLOSED.
 *
 * @param[in]  server  the handle.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: server stays the caller's, to be freed.
 * Errors: SYNCLINE_STATUS_CLOSED if it was closed before.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_close(const syncline_server *server,
                                      syncline_error **err);

/**
 * Sets what is called when there is something to poll, or removes it. See syncline_wake_fn.
 *
 * If something is there to poll already, `wake` is called at once. When this returns, the callback
 * that was set before is not running, never runs again, and its user data has been dropped; only
 * from inside that callback does it still finish first.
 *
 * @param[in]  server          the handle.
 * @param[in]  wake            the function to call; NULL for none.
 * @param[in]  user_data       given to both functions; may be NULL.
 * @param[in]  drop_user_data  called once when user_data is not needed any more; may be NULL.
 * @param[out] err             receives an owned error on failure; may be NULL.
 *
 * Ownership: user_data is owned by the library until it calls drop_user_data, also on an error.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_set_wake(const syncline_server *server,
                                         syncline_wake_fn wake,
                                         void *user_data,
                                         syncline_drop_fn drop_user_data,
                                         syncline_error **err);

/**
 * Takes the next thing that the server wants done, or tells.
 *
 * The order, after a wake: poll until SYNCLINE_STATUS_DONE, then wait for the next wake.
 *
 * @param[in]     server      the handle.
 * @param[in,out] out_output  filled by syncline_server_output_init() once; what it held is freed.
 * @param[out]    err         receives an owned error on failure; may be NULL.
 *
 * Ownership: what is in *out_output is owned by the caller until the next poll with it or
 * syncline_server_output_clear().
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that there is nothing, and leaves the
 * output empty.
 * Thread-safety: yes, with an output that no other thread uses now.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_poll(const syncline_server *server,
                                     syncline_server_output *out_output,
                                     syncline_error **err);

/**
 * Says what time it is, in manual mode.
 *
 * @param[in]  server      the handle.
 * @param[in]  now_micros  microseconds since an origin of the program's choice; it does not go back.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_WRONG_MODE.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_set_now(const syncline_server *server,
                                        uint64_t now_micros,
                                        syncline_error **err);

/**
 * Tells when the server wants to hear of the time next, in manual mode.
 *
 * @param[in]  server      the handle.
 * @param[out] out_micros  receives the time for syncline_server_set_now().
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that it waits for nothing.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_deadline(const syncline_server *server,
                                         uint64_t *out_micros,
                                         syncline_error **err);

/**
 * Ends as syncline_server_shutdown() does, but first tells everyone what became of all that was accepted.
 *
 * Nothing more is read; what clients send meanwhile comes again when they are back. It ends when everything is durable and every
 * connection has taken what was sent to it: go on polling, and saying what is durable and writable. Only the first call counts.
 *
 * @param[in]  server              the handle.
 * @param[in]  retry_after_millis  how long the clients should wait before they connect again.
 * @param[in]  within_millis       after how long it ends in any case.
 * @param[out] err                 receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_wind_down(const syncline_server *server,
                                          uint64_t retry_after_millis,
                                          uint64_t within_millis,
                                          syncline_error **err);

/**
 * Says good-bye to every connection and closes it, and every room that the program does not hold.
 *
 * What was accepted still becomes durable; poll until the connections are closed.
 *
 * @param[in]  server              the handle.
 * @param[in]  retry_after_millis  how long the clients should wait before they connect again.
 * @param[out] err                 receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_shutdown(const syncline_server *server,
                                         uint64_t retry_after_millis,
                                         syncline_error **err);

/**
 * Tells the limits in force, which clients are told.
 *
 * @param[in]  server    the handle.
 * @param[out] out_json  receives a JSON object, as in the options.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_limits(const syncline_server *server,
                                       syncline_buf *out_json,
                                       syncline_error **err);

/**
 * Tells the server's counters as one line of JSON.
 *
 * @param[in]  server    the handle.
 * @param[out] out_json  receives the JSON text.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_metrics(const syncline_server *server,
                                        syncline_buf *out_json,
                                        syncline_error **err);

/**
 * Tells the server's counters in the Prometheus text format.
 *
 * @param[in]  server      the handle.
 * @param[in]  labels      labels for every sample, as a JSON object of strings; may be empty.
 * @param[in]  labels_len  its length in bytes.
 * @param[out] out_text    receives the text.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: labels is borrowed for the call. *out_text is owned by the caller and freed with
 * syncline_buf_free().
 * Errors: SYNCLINE_STATUS_INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_metrics_prometheus(const syncline_server *server,
                                                   const char *labels,
                                                   size_t labels_len,
                                                   syncline_buf *out_text,
                                                   syncline_error **err);

/**
 * Fills a configuration with the defaults.
 *
 * @param[out] out_config   the struct; NULL is left alone.
 * @param[in]  struct_size  sizeof *out_config.
 *
 * Ownership: nothing is handed over.
 * Errors: none.
 * Thread-safety: yes, for different structs.
 * Since: ABI 1.
 */
SYNCLINE_API
void syncline_server_config_init(syncline_server_config *out_config,
                                 size_t struct_size);

/**
 * Says that a connection came.
 *
 * @param[in]  server  the handle.
 * @param[in]  conn    its number, never used before with this server.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_connected(const syncline_server *server,
                                          uint64_t conn,
                                          syncline_error **err);

/**
 * Says that a frame came over a connection.
 *
 * What the frame holds is never an error of this function: a connection that breaks the protocol is
 * closed by an output.
 *
 * @param[in]  server     the handle.
 * @param[in]  conn       the connection.
 * @param[in]  frame      the whole of one frame, of any content.
 * @param[in]  frame_len  its length in bytes.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: frame is borrowed for the call.
 * Errors: those of every function.
 * Thread-safety: yes. The frames of one connection are to be given in order.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_receive(const syncline_server *server,
                                        uint64_t conn,
                                        const uint8_t *frame,
                                        size_t frame_len,
                                        syncline_error **err);

/**
 * Says that all that was transmitted to a connection has left: it can take another frame.
 *
 * @param[in]  server  the handle.
 * @param[in]  conn    the connection.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_writable(const syncline_server *server,
                                         uint64_t conn,
                                         syncline_error **err);

/**
 * Says that a connection is gone.
 *
 * @param[in]  server  the handle.
 * @param[in]  conn    the connection; an unknown one is left alone.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_disconnected(const syncline_server *server,
                                             uint64_t conn,
                                             syncline_error **err);

/**
 * Answers an authorisation: lets a principal read the room and write some of its keys.
 *
 * @param[in]  server         the handle.
 * @param[in]  request        the question's number; a late or unknown one is ignored.
 * @param[in]  principal      who it is.
 * @param[in]  principal_len  its length in bytes.
 * @param[in]  write          prefixes of the keys that may be written; an empty prefix is every key.
 * @param[in]  write_count    how many prefixes; 0 is a grant to read only.
 * @param[out] err            receives an owned error on failure; may be NULL.
 *
 * Ownership: principal and write are borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_grant(const syncline_server *server,
                                      uint64_t request,
                                      const char *principal,
                                      size_t principal_len,
                                      const syncline_text *write,
                                      size_t write_count,
                                      syncline_error **err);

/**
 * Answers an authorisation: does not let the connection into the room.
 *
 * @param[in]  server   the handle.
 * @param[in]  request  the question's number; a late or unknown one is ignored.
 * @param[in]  status   why, as the client is told; a negative syncline_status, as
 * SYNCLINE_STATUS_FORBIDDEN.
 * @param[out] err      receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_INVALID_ARGUMENT for a number that is no error.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_deny(const syncline_server *server,
                                     uint64_t request,
                                     int32_t status,
                                     syncline_error **err);

/**
 * Takes back all that was granted to a principal; its channels are denied as
 * SYNCLINE_STATUS_FORBIDDEN. Its connections stay, and may ask again.
 *
 * @param[in]  server         the handle.
 * @param[in]  principal      who it is.
 * @param[in]  principal_len  its length in bytes.
 * @param[out] err            receives an owned error on failure; may be NULL.
 *
 * Ownership: principal is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_revoke(const syncline_server *server,
                                       const char *principal,
                                       size_t principal_len,
                                       syncline_error **err);

/**
 * Tells how far the recording is that the option "flight" asked for, as syncline_client_flight()
 * does.
 *
 * @param[in]  server    the handle.
 * @param[out] out_json  receives the JSON text.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that nothing is recorded.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_flight(const syncline_server *server,
                                       syncline_buf *out_json,
                                       syncline_error **err);

/**
 * Makes an output empty, before its first use.
 *
 * @param[out] out_output   the struct; NULL is left alone. What it held is not freed.
 * @param[in]  struct_size  sizeof *out_output.
 *
 * Ownership: nothing is handed over.
 * Errors: none.
 * Thread-safety: yes, for different structs.
 * Since: ABI 1.
 */
SYNCLINE_API
void syncline_server_output_init(syncline_server_output *out_output,
                                 size_t struct_size);

/**
 * Frees what an output holds and makes it empty.
 *
 * @param[in,out] output  the struct, after syncline_server_output_init(); NULL is left alone.
 *
 * Ownership: frees the buffers in output; the struct itself stays the caller's.
 * Errors: none.
 * Thread-safety: yes, for different structs.
 * Since: ABI 1.
 */
SYNCLINE_API void syncline_server_output_clear(syncline_server_output *output);

/**
 * Prepares a report, before its first use.
 *
 * @param[out] out_report   the struct; NULL is left alone.
 * @param[in]  struct_size  sizeof *out_report.
 *
 * Ownership: nothing is handed over.
 * Errors: none.
 * Thread-safety: yes, for different structs.
 * Since: ABI 1.
 */
SYNCLINE_API void syncline_room_report_init(syncline_room_report *out_report, size_t struct_size);

/**
 * Tells what there is to know about a room.
 *
 * @param[in]  server      the handle.
 * @param[in]  room        the room's number.
 * @param[out] out_report  receives the report; filled by syncline_room_report_init() before.
 * @param[out] out_name    receives the room's name; may be NULL.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_name is owned by the caller and freed with syncline_buf_free().
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being opened.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_report(const syncline_server *server,
                                            uint32_t room,
                                            syncline_room_report *out_report,
                                            syncline_buf *out_name,
                                            syncline_error **err);

/**
 * Tells what a room has counted of its clients' mutations, as one line of JSON.
 *
 * It counts "total", "applied", "refused", "conflicts" and "retried"; the other members stay empty.
 *
 * @param[in]  server    the handle.
 * @param[in]  room      the room's number.
 * @param[out] out_json  receives the JSON text.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being opened.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_metrics(const syncline_server *server,
                                             uint32_t room,
                                             syncline_buf *out_json,
                                             syncline_error **err);

/**
 * Opens a room for the program and holds it open, once more if it does already.
 *
 * An output SYNCLINE_SERVER_OUTPUT_KIND_OPENED or _FAILED follows, unless it was open.
 *
 * @param[in]  server    the handle.
 * @param[in]  name      the room's name.
 * @param[in]  name_len  its length in bytes.
 * @param[out] out_room  receives the room's number.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: name is borrowed for the call. The hold is given back by syncline_server_room_release().
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8, _TOO_MANY above the limit of rooms.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_open(const syncline_server *server,
                                          const char *name,
                                          size_t name_len,
                                          uint32_t *out_room,
                                          syncline_error **err);

/**
 * Takes back one syncline_server_room_open().
 *
 * @param[in]  server  the handle.
 * @param[in]  room    the room's number.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_NOT_FOUND if the program does not hold the room.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_release(const syncline_server *server,
                                             uint32_t room,
                                             syncline_error **err);

/**
 * Tells the number of a room, if it is open or being opened.
 *
 * @param[in]  server    the handle.
 * @param[in]  name      the room's name.
 * @param[in]  name_len  its length in bytes.
 * @param[out] out_room  receives the room's number.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: name is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, _INVALID_UTF8. SYNCLINE_STATUS_DONE says that it is not open.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_find(const syncline_server *server,
                                          const char *name,
                                          size_t name_len,
                                          uint32_t *out_room,
                                          syncline_error **err);

/**
 * Tells which rooms are open or being opened.
 *
 * @param[in]  server    the handle.
 * @param[out] out_json  receives an array of {"room":...,"name":...} in the order of their names.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_rooms(const syncline_server *server,
                                      syncline_buf *out_json,
                                      syncline_error **err);

/**
 * Puts everyone out of a room as SYNCLINE_STATUS_UNAVAILABLE and closes it, whoever holds it, once
 * what it accepted is durable.
 *
 * @param[in]  server  the handle.
 * @param[in]  room    the room's number.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_NOT_FOUND.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_unload(const syncline_server *server,
                                            uint32_t room,
                                            syncline_error **err);

/**
 * Puts everyone out of a room as SYNCLINE_STATUS_DELETED, closes it, and forgets what it held.
 *
 * @param[in]  server  the handle.
 * @param[in]  room    the room's number.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_NOT_FOUND.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_delete(const syncline_server *server,
                                            uint32_t room,
                                            syncline_error **err);

/**
 * Writes to a room as the program: atomic and above every policy.
 *
 * While the room is being opened the write waits. Its outcome is told by an output
 * SYNCLINE_SERVER_OUTPUT_KIND_WRITTEN or _WRITE_FAILED under the number that this gives.
 *
 * @param[in]  server     the handle.
 * @param[in]  room       the room's number.
 * @param[in]  edits      the edits.
 * @param[out] out_write  receives the number of the write; may be NULL.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: edits is borrowed for the call and stays as it is.
 * Errors: SYNCLINE_STATUS_STALE by syncline_edits_require() only, _WRONG_TYPE, _OVERFLOW,
 * _NO_SUCH_ITEM, _DUPLICATE_ITEM, _MUTATION_TOO_LARGE and other limits, _NOT_FOUND for a room that is
 * not open, _FULL if too many writes wait.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_write(const syncline_server *server,
                                           uint32_t room,
                                           const syncline_edits *edits,
                                           uint64_t *out_write,
                                           syncline_error **err);

/**
 * Tells what a key of a room durably holds.
 *
 * @param[in]  server       the handle.
 * @param[in]  room         the room's number.
 * @param[in]  key          the key.
 * @param[in]  key_len      its length in bytes.
 * @param[out] out_version  receives the version of the key's latest change; may be NULL.
 * @param[out] out_json     receives the value as JSON text, a list as an array; may be NULL.
 * @param[out] err          receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call. *out_json is owned by the caller and freed with
 * syncline_buf_free().
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being opened,
 * _INVALID_UTF8. SYNCLINE_STATUS_DONE says that the key holds no value.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_get(const syncline_server *server,
                                         uint32_t room,
                                         const char *key,
                                         size_t key_len,
                                         uint64_t *out_version,
                                         syncline_buf *out_json,
                                         syncline_error **err);

/**
 * Tells what a key of a room holds once all that is accepted is durable: what an edit by the program
 * goes by.
 *
 * @param[in]  server       the handle.
 * @param[in]  room         the room's number.
 * @param[in]  key          the key.
 * @param[in]  key_len      its length in bytes.
 * @param[out] out_version  receives the version of the key's latest change; may be NULL.
 * @param[out] out_json     receives the value as JSON text, a list as an array; may be NULL.
 * @param[out] err          receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call. *out_json is owned by the caller and freed with
 * syncline_buf_free().
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being opened,
 * _INVALID_UTF8. SYNCLINE_STATUS_DONE says that the key holds no value.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_staged(const syncline_server *server,
                                            uint32_t room,
                                            const char *key,
                                            size_t key_len,
                                            uint64_t *out_version,
                                            syncline_buf *out_json,
                                            syncline_error **err);

/**
 * Tells the items of the list that a key holds once all that is accepted is durable, with their
 * identities.
 *
 * @param[in]  server    the handle.
 * @param[in]  room      the room's number.
 * @param[in]  key       the key.
 * @param[in]  key_len   its length in bytes.
 * @param[out] out_json  receives an array of {"id":...,"value":...}; an id is 16 hexadecimal digits.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call. *out_json is owned by the caller and freed with
 * syncline_buf_free().
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being opened,
 * _WRONG_TYPE for a value that is no list, _INVALID_UTF8. SYNCLINE_STATUS_DONE says that the key holds
 * no value.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_items(const syncline_server *server,
                                           uint32_t room,
                                           const char *key,
                                           size_t key_len,
                                           syncline_buf *out_json,
                                           syncline_error **err);

/**
 * Tells the durable keys with a prefix and what they hold.
 *
 * @param[in]  server      the handle.
 * @param[in]  room        the room's number.
 * @param[in]  prefix      the prefix; empty for every key.
 * @param[in]  prefix_len  its length in bytes.
 * @param[out] out_json    receives a JSON object, its members in the order of keys.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: prefix is borrowed for the call. *out_json is owned by the caller and freed with
 * syncline_buf_free().
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being opened,
 * _INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_entries(const syncline_server *server,
                                             uint32_t room,
                                             const char *prefix,
                                             size_t prefix_len,
                                             syncline_buf *out_json,
                                             syncline_error **err);

/**
 * Tells who is present in a room.
 *
 * @param[in]  server    the handle.
 * @param[in]  room      the room's number.
 * @param[out] out_json  receives an array of {"id":...,"state":...}; an id is a number.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being opened.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_presences(const syncline_server *server,
                                               uint32_t room,
                                               syncline_buf *out_json,
                                               syncline_error **err);

/**
 * Makes a fresh identity for a list item.
 *
 * @param[in]  server    the handle.
 * @param[out] out_item  receives the identity.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_new_item(const syncline_server *server,
                                         uint64_t *out_item,
                                         syncline_error **err);

/**
 * Answers SYNCLINE_SERVER_OUTPUT_KIND_OPEN_ROOM with the room's blobs, in manual mode.
 *
 * A blob that is damaged is told by an output SYNCLINE_SERVER_OUTPUT_KIND_FAILED, not here.
 *
 * @param[in]  server      the handle.
 * @param[in]  room        the room's number; an answer for a room that is gone is ignored.
 * @param[in]  blobs       the blobs since the latest one that stands for all before it, in order.
 * @param[in]  blob_count  how many; 0 for a new room.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: blobs is borrowed for the call.
 * Errors: SYNCLINE_STATUS_WRONG_MODE, _INVALID_ARGUMENT if the room is open.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_opened(const syncline_server *server,
                                            uint32_t room,
                                            const syncline_bytes *blobs,
                                            size_t blob_count,
                                            syncline_error **err);

/**
 * Says that a room's storage failed, in manual mode: it cannot be read, or an order could not be
 * carried out.
 *
 * The room is closed to everyone as SYNCLINE_STATUS_UNAVAILABLE, and opened again when somebody asks
 * for it.
 *
 * @param[in]  server       the handle.
 * @param[in]  room         the room's number; one that is gone is ignored.
 * @param[in]  status       why, as SYNCLINE_STATUS_STORAGE_FAILED.
 * @param[in]  message      what came instead of success, for people; may be empty.
 * @param[in]  message_len  its length in bytes.
 * @param[out] err          receives an owned error on failure; may be NULL.
 *
 * Ownership: message is borrowed for the call.
 * Errors: SYNCLINE_STATUS_WRONG_MODE, _INVALID_ARGUMENT for a number that is no error, _INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_failed(const syncline_server *server,
                                            uint32_t room,
                                            int32_t status,
                                            const char *message,
                                            size_t message_len,
                                            syncline_error **err);

/**
 * Says that a room's records are durable, in manual mode.
 *
 * @param[in]  server  the handle.
 * @param[in]  room    the room's number; one that is gone is ignored.
 * @param[in]  record  the latest record that is durable; those before it are, too.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_WRONG_MODE.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_persisted(const syncline_server *server,
                                          uint32_t room,
                                          uint64_t record,
                                          syncline_error **err);

/**
 * Tells the durable state of a room as one blob, such as syncline_server_room_opened() takes.
 *
 * @param[in]  server    the handle.
 * @param[in]  room      the room's number.
 * @param[out] out_blob  receives the blob.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_blob is owned by the caller and freed with syncline_buf_free().
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being
 * opened.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_export(const syncline_server *server,
                                            uint32_t room,
                                            syncline_buf *out_blob,
                                            syncline_error **err);

/**
 * Ends a room's continuity: it gets another epoch, forgets its clients, and keeps its contents.
 *
 * For a program that restored a backup, copied a room, or lost part of its records: clients then
 * learn that the outcome of their unconfirmed edits is unknown, instead of being told something wrong.
 * Best called right after syncline_server_room_open(): a room that is being opened is renewed before
 * anyone comes in. Readers of an open one are denied as SYNCLINE_STATUS_UNAVAILABLE and join anew.
 *
 * @param[in]  server  the handle.
 * @param[in]  room    the room's number.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while something that it
 * accepted is not durable yet.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_renew(const syncline_server *server,
                                           uint32_t room,
                                           syncline_error **err);

/**
 * Forgets what is as old as a version: tombstones of keys, and clients that are away.
 *
 * A client that comes back from before that gets a snapshot, or learns that the outcome of its
 * unconfirmed edits is unknown.
 *
 * @param[in]  server   the handle.
 * @param[in]  room     the room's number.
 * @param[in]  version  the version.
 * @param[out] err      receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _UNAVAILABLE while it is being
 * opened.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_expire(const syncline_server *server,
                                            uint32_t room,
                                            uint64_t version,
                                            syncline_error **err);

/**
 * Opens another room that a view shows something of, while that is being rendered, and before the
 * room is read.
 *
 * An output SYNCLINE_SERVER_OUTPUT_KIND_OPENED or _FAILED follows, unless it was open. While
 * somebody watches the view the room stays open, and when it changes, or comes back, the view is
 * asked for again: until it is rendered without that.
 *
 * @param[in]  server     the handle.
 * @param[in]  room       the number of the view's room.
 * @param[in]  name       the name of the view.
 * @param[in]  name_len   its length in bytes.
 * @param[in]  other      the name of the other room.
 * @param[in]  other_len  its length in bytes.
 * @param[out] out_room   receives the number of the other room.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: name and other are borrowed for the call; there is no hold to give back.
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _CLOSED for a view that is not
 * being rendered, _INVALID_NAME, _INVALID_UTF8, _TOO_MANY above the limit of rooms.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_open_for_view(const syncline_server *server,
                                                   uint32_t room,
                                                   const char *name,
                                                   size_t name_len,
                                                   const char *other,
                                                   size_t other_len,
                                                   uint32_t *out_room,
                                                   syncline_error **err);

/**
 * Shows what was rendered of a view of a room, as SYNCLINE_SERVER_OUTPUT_KIND_RENDER asked for: with
 * all that the room held when it was asked.
 *
 * @param[in]  server    the handle.
 * @param[in]  room      the room's number.
 * @param[in]  name      the name of the view.
 * @param[in]  name_len  its length in bytes.
 * @param[in]  view      what was rendered.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: name is borrowed for the call; the view stays the caller's.
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _INVALID_NAME.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_show(const syncline_server *server,
                                          uint32_t room,
                                          const char *name,
                                          size_t name_len,
                                          const syncline_view *view,
                                          syncline_error **err);

/**
 * Answers SYNCLINE_SERVER_OUTPUT_KIND_RENDER with nothing: what was shown last stays.
 *
 * When a room changes that this reads, or that was opened to render it, the view is asked for again.
 *
 * @param[in]  server    the handle.
 * @param[in]  room      the room's number.
 * @param[in]  name      the name of the view.
 * @param[in]  name_len  its length in bytes.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: name is borrowed for the call.
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _INVALID_NAME.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_keep_view(const syncline_server *server,
                                               uint32_t room,
                                               const char *name,
                                               size_t name_len,
                                               syncline_error **err);

/**
 * Says that there is no such view of a room, or not any more: whoever watches it is told why.
 *
 * @param[in]  server    the handle.
 * @param[in]  room      the room's number.
 * @param[in]  name      the name of the view.
 * @param[in]  name_len  its length in bytes.
 * @param[in]  status    why: a negative syncline_status.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: name is borrowed for the call.
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _INVALID_NAME.
 * SYNCLINE_STATUS_INVALID_ARGUMENT for a status
 * that is no error.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_end_view(const syncline_server *server,
                                              uint32_t room,
                                              const char *name,
                                              size_t name_len,
                                              int32_t status,
                                              syncline_error **err);

/**
 * Asks for a view again, as something else that it shows changed; unless nobody watches it.
 *
 * @param[in]  server    the handle.
 * @param[in]  room      the room's number.
 * @param[in]  name      the name of the view.
 * @param[in]  name_len  its length in bytes.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: name is borrowed for the call.
 * Errors: SYNCLINE_STATUS_NOT_FOUND for a room that is not open, _INVALID_NAME.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_server_room_touch_view(const syncline_server *server,
                                                uint32_t room,
                                                const char *name,
                                                size_t name_len,
                                                syncline_error **err);

/**
 * Makes a view of nothing.
 *
 * @param[in]  name      its name.
 * @param[in]  name_len  its length in bytes.
 * @param[in]  epoch     64 random bits: under another epoch nothing is as before.
 * @param[out] out_view  receives the handle.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: name is borrowed for the call. *out_view is owned by the caller and freed with
 * syncline_view_free().
 * Errors: SYNCLINE_STATUS_INVALID_UTF8.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_view_new(const char *name,
                                  size_t name_len,
                                  uint64_t epoch,
                                  syncline_view **out_view,
                                  syncline_error **err);

/**
 * Makes another handle of the same view.
 *
 * @param[in]  view      the handle.
 * @param[out] out_view  receives the other handle.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_view is owned by the caller and freed with syncline_view_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_view_clone(const syncline_view *view,
                                    syncline_view **out_view,
                                    syncline_error **err);

/**
 * Frees a handle.
 *
 * @param[in] view  the handle; NULL is left alone.
 *
 * Ownership: takes view.
 * Errors: none.
 * Thread-safety: yes, as the last call on this handle.
 * Since: ABI 1.
 */
SYNCLINE_API void syncline_view_free(syncline_view *view);

/**
 * Tells the number of an element's name.
 *
 * @param[in]  view        the handle.
 * @param[in]  name        the name: a letter, then letters, digits and any of -._:
 * @param[in]  name_len    its length in bytes.
 * @param[out] out_number  receives the number.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: name is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, and _TOO_MANY beyond 65,536.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_view_tag(const syncline_view *view,
                                  const char *name,
                                  size_t name_len,
                                  uint32_t *out_number,
                                  syncline_error **err);

/**
 * Tells the number of an attribute's name.
 *
 * @param[in]  view        the handle.
 * @param[in]  name        the name; with a dot in front it is a property.
 * @param[in]  name_len    its length in bytes.
 * @param[out] out_number  receives the number.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: name is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_NAME, also for names that make a program of their value: those
 * that
 * begin with "on", srcdoc, innerHTML and outerHTML; _TOO_MANY beyond 65,536.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_view_attribute(const syncline_view *view,
                                        const char *name,
                                        size_t name_len,
                                        uint32_t *out_number,
                                        syncline_error **err);

/**
 * Tells the number of a template.
 *
 * The same markup has the same number. Text of white space with a line end in it is left out.
 *
 * @param[in]  view        the handle.
 * @param[in]  markup      markup as HTML, in which {name} is a slot, and {{ and }} stand for
 * braces.
 * @param[in]  markup_len  its length in bytes.
 * @param[out] out_number  receives the number.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: markup is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_ARGUMENT with the place for what is no markup, for slots
 * elsewhere than
 * between tags and in attributes, and for addresses that could become programs; _INVALID_NAME;
 * _TOO_MANY.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_view_template(const syncline_view *view,
                                       const char *markup,
                                       size_t markup_len,
                                       uint32_t *out_number,
                                       syncline_error **err);

/**
 * Tells the number of a binding.
 *
 * It says what follows from the value of a key by itself, so that a screen shows it as soon as the
 * value changes.
 *
 * @param[in]  view        the handle.
 * @param[in]  json        an object with "key", "room", "map", and "cases" or "each".
 * @param[in]  json_len    its length in bytes.
 * @param[out] out_number  receives the number.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: json is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_ARGUMENT for what is no binding, _INVALID_JSON, _NOT_FOUND for a
 * template
 * that there is not, _TOO_MANY beyond 65,536.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_view_binding(const syncline_view *view,
                                      const char *json,
                                      size_t json_len,
                                      uint32_t *out_number,
                                      syncline_error **err);

/**
 * Shows a tree that JSON tells.
 *
 * An element is {"tag","key","attrs","children"} or ["tag",{"key",...attrs},...children], text a
 * string or a number, a
 * place where nothing is null, true or false; "html" in the place of "children" is HTML as it is.
 * {"fragment":[...]} is nodes
 * beside each other, {"template","key","slots"} an instance, {"bind","value","cases"} what a
 * binding tells.
 *
 * @param[in]  view          the handle.
 * @param[in]  json          the tree.
 * @param[in]  json_len      its length in bytes.
 * @param[out] out_revision  receives the revision, which is the one before if the tree is the
 * same; may be NULL.
 * @param[out] err           receives an owned error on failure; may be NULL.
 *
 * Ownership: json is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_JSON and _LONE_SURROGATE with the byte, _INVALID_ARGUMENT for
 * what is no tree,
 * _INVALID_NAME, _TOO_DEEP, _TOO_MANY_ITEMS and _VALUE_TOO_LARGE.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_view_render_json(const syncline_view *view,
                                          const char *json,
                                          size_t json_len,
                                          uint64_t *out_revision,
                                          syncline_error **err);

/**
 * Shows a tree that was written.
 *
 * @param[in]  view          the handle.
 * @param[in,out] tree          the tree, which is empty afterwards.
 * @param[out] out_revision  receives the revision, which is the one before if the tree is the
 * same; may be NULL.
 * @param[out] err           receives an owned error on failure; may be NULL.
 *
 * Ownership: the tree stays the caller's.
 * Errors: SYNCLINE_STATUS_INVALID_ARGUMENT while something in the tree is open, for a tree of
 * another view, and for one of which a call was refused, until syncline_tree_clear().
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_view_render(const syncline_view *view,
                                     syncline_tree *tree,
                                     uint64_t *out_revision,
                                     syncline_error **err);

/**
 * Shows what drafts make of the tree, one after the other, as one revision.
 *
 * A draft is a patch that a host has found by itself, in which a list may be told by its new
 * order.
 *
 * @param[in]  view          the handle.
 * @param[in]  drafts        the drafts.
 * @param[in]  count         how many there are.
 * @param[out] out_revision  receives the revision, which is the one before if nothing changed; may
 * be NULL.
 * @param[out] err           receives an owned error on failure; may be NULL.
 *
 * Ownership: drafts are borrowed for the call.
 * Errors: SYNCLINE_STATUS_MALFORMED with the number of the draft, for one that is none or does not
 * fit the tree; the
 * limits of trees.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_view_absorb(const syncline_view *view,
                                     const syncline_bytes *drafts,
                                     size_t count,
                                     uint64_t *out_revision,
                                     syncline_error **err);

/**
 * Tells what a screen that shows everything shows.
 *
 * @param[in]  view          the handle.
 * @param[out] out_epoch     receives the epoch; may be NULL.
 * @param[out] out_revision  receives the revision, 0 before anything was rendered; may be NULL.
 * @param[out] err           receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_view_cursor(const syncline_view *view,
                                     uint64_t *out_epoch,
                                     uint64_t *out_revision,
                                     syncline_error **err);

/**
 * Tells what a screen is told.
 *
 * It is one patch while the revision is known, else all of it.
 *
 * @param[in]  view       the handle.
 * @param[in]  epoch      the epoch that it shows, or 0.
 * @param[in]  revision   the revision that it shows, or 0.
 * @param[out] out_frame  receives the frame.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_frame is owned by the caller and freed with syncline_buf_free().
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that it shows the latest revision.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_view_frame(const syncline_view *view,
                                    uint64_t epoch,
                                    uint64_t revision,
                                    syncline_buf *out_frame,
                                    syncline_error **err);

/**
 * Tells what a screen is told, as JSON for people.
 *
 * An object with "view", "from", "to" and "patch".
 *
 * @param[in]  view      the handle.
 * @param[in]  epoch     the epoch that it shows, or 0.
 * @param[in]  revision  the revision that it shows, or 0.
 * @param[out] out_json  receives the text.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_json is owned by the caller and freed with syncline_buf_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_view_frame_json(const syncline_view *view,
                                         uint64_t epoch,
                                         uint64_t revision,
                                         syncline_buf *out_json,
                                         syncline_error **err);

/**
 * Tells the tree as HTML.
 *
 * @param[in]  view      the handle.
 * @param[out] out_text  receives the text.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_text is owned by the caller and freed with syncline_buf_free().
 * Errors: SYNCLINE_STATUS_INVALID_ARGUMENT with the place for what no HTML says, _VALUE_TOO_LARGE.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_view_html(const syncline_view *view,
                                   syncline_buf *out_text,
                                   syncline_error **err);

/**
 * Tells the tree as JSON.
 *
 * @param[in]  view      the handle.
 * @param[out] out_text  receives the text.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_text is owned by the caller and freed with syncline_buf_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_view_json(const syncline_view *view,
                                   syncline_buf *out_text,
                                   syncline_error **err);

/**
 * Makes a screen that shows nothing yet.
 *
 * @param[out] out_screen  receives the handle.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_screen is owned by the caller and freed with syncline_screen_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_screen_new(syncline_screen **out_screen,
                                    syncline_error **err);

/**
 * Makes another handle of the same screen.
 *
 * @param[in]  screen      the handle.
 * @param[out] out_screen  receives the other handle.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_screen is owned by the caller and freed with syncline_screen_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_screen_clone(const syncline_screen *screen,
                                      syncline_screen **out_screen,
                                      syncline_error **err);

/**
 * Frees a handle.
 *
 * @param[in] screen  the handle; NULL is left alone.
 *
 * Ownership: takes screen.
 * Errors: none.
 * Thread-safety: yes, as the last call on this handle.
 * Since: ABI 1.
 */
SYNCLINE_API void syncline_screen_free(syncline_screen *screen);

/**
 * Shows what a frame tells.
 *
 * @param[in]  screen     the handle.
 * @param[in]  frame      the frame; none if nothing changed.
 * @param[in]  frame_len  its length in bytes.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: frame is borrowed for the call.
 * Errors: SYNCLINE_STATUS_UNEXPECTED for a frame from another revision than the one that is shown,
 * _MALFORMED and the
 * limits of trees.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_screen_take(const syncline_screen *screen,
                                     const uint8_t *frame,
                                     size_t frame_len,
                                     syncline_error **err);

/**
 * Takes the next thing that a page has to do.
 *
 * A byte is 1 if the page begins anew, else 0; then come the names, templates and bindings that
 * are new to it, as in a
 * frame; and to the end a patch.
 *
 * @param[in]  screen      the handle.
 * @param[out] out_change  receives it.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_change is owned by the caller and freed with syncline_buf_free().
 * Errors: those of every function. SYNCLINE_STATUS_DONE says that there is nothing.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_screen_change(const syncline_screen *screen,
                                       syncline_buf *out_change,
                                       syncline_error **err);

/**
 * Shows at once what follows from an edit.
 *
 * @param[in]  screen    the handle.
 * @param[in]  edit      a number for the edit.
 * @param[in]  room      the name of the room; NULL for that which the view is about.
 * @param[in]  room_len  its length in bytes.
 * @param[in]  key       the key.
 * @param[in]  key_len   its length in bytes.
 * @param[in]  json      the value that the key has then.
 * @param[in]  json_len  its length in bytes.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: room, key and json are borrowed for the call.
 * Errors: SYNCLINE_STATUS_FULL with 1,024 that are not settled, faults of JSON text.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_screen_predict(const syncline_screen *screen,
                                        uint64_t edit,
                                        const char *room,
                                        size_t room_len,
                                        const char *key,
                                        size_t key_len,
                                        const char *json,
                                        size_t json_len,
                                        syncline_error **err);

/**
 * Says that an edit was applied: the next frame has what it did.
 *
 * @param[in]  screen  the handle.
 * @param[in]  edit    its number.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_screen_settle(const syncline_screen *screen,
                                       uint64_t edit,
                                       syncline_error **err);

/**
 * Says that an edit was refused: what it showed is taken back.
 *
 * @param[in]  screen  the handle.
 * @param[in]  edit    its number.
 * @param[out] err     receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_screen_undo(const syncline_screen *screen,
                                     uint64_t edit,
                                     syncline_error **err);

/**
 * Says that a confirmed value changed: the next frame has what that did, and something may be
 * learned from it.
 *
 * @param[in]  screen      the handle.
 * @param[in]  room        the name of the room; NULL for that which the view is about.
 * @param[in]  room_len    its length in bytes.
 * @param[in]  key         the key.
 * @param[in]  key_len     its length in bytes.
 * @param[in]  before      the value before, as JSON.
 * @param[in]  before_len  its length in bytes.
 * @param[in]  after       the value now, as JSON.
 * @param[in]  after_len   its length in bytes.
 * @param[out] err         receives an owned error on failure; may be NULL.
 *
 * Ownership: all texts are borrowed for the call.
 * Errors: faults of JSON text.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_screen_observe(const syncline_screen *screen,
                                        const char *room,
                                        size_t room_len,
                                        const char *key,
                                        size_t key_len,
                                        const char *before,
                                        size_t before_len,
                                        const char *after,
                                        size_t after_len,
                                        syncline_error **err);

/**
 * Tells which revision is confirmed.
 *
 * @param[in]  screen        the handle.
 * @param[out] out_epoch     receives the epoch; may be NULL.
 * @param[out] out_revision  receives the revision, 0 before the first frame; may be NULL.
 * @param[out] err           receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_screen_cursor(const syncline_screen *screen,
                                       uint64_t *out_epoch,
                                       uint64_t *out_revision,
                                       syncline_error **err);

/**
 * Tells what is shown, as HTML.
 *
 * @param[in]  screen    the handle.
 * @param[out] out_text  receives the text.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_text is owned by the caller and freed with syncline_buf_free().
 * Errors: SYNCLINE_STATUS_INVALID_ARGUMENT with the place for what no HTML says, _VALUE_TOO_LARGE.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_screen_html(const syncline_screen *screen,
                                     syncline_buf *out_text,
                                     syncline_error **err);

/**
 * Tells how good predictions are, as JSON.
 *
 * "shown" are edits of which something was shown at once, of which "right", "wrong" and "undone"
 * have ended, with their
 * rates "hit_rate", "miss_rate" and "rollback_rate"; "hints_right" and "hints_wrong" count what
 * was learned; "hints" are known
 * now, and take "hint_bytes".
 *
 * @param[in]  screen    the handle.
 * @param[out] out_text  receives the text.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_text is owned by the caller and freed with syncline_buf_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_screen_metrics(const syncline_screen *screen,
                                        syncline_buf *out_text,
                                        syncline_error **err);

/**
 * Makes an empty tree of a view.
 *
 * @param[in]  view      the handle.
 * @param[out] out_tree  receives the tree.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: *out_tree is owned by the caller and freed with syncline_tree_free().
 * Errors: those of every function.
 * Thread-safety: yes.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_tree_new(const syncline_view *view,
                                  syncline_tree **out_tree,
                                  syncline_error **err);

/**
 * Frees a handle.
 *
 * @param[in] tree  the handle; NULL is left alone.
 *
 * Ownership: takes tree.
 * Errors: none.
 * Thread-safety: for different trees, as the last call on this handle.
 * Since: ABI 1.
 */
SYNCLINE_API void syncline_tree_free(syncline_tree *tree);

/**
 * Begins a tree anew, also one of which a call was refused.
 *
 * @param[in]  tree  the tree.
 * @param[out] err   receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: those of every function.
 * Thread-safety: for different trees.
 * Since: ABI 1.
 */
SYNCLINE_API syncline_status syncline_tree_clear(syncline_tree *tree, syncline_error **err);

/**
 * Opens an element.
 *
 * @param[in]  tree  the tree.
 * @param[in]  tag   the number of its name.
 * @param[out] err   receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
 * _INVALID_ARGUMENT where it cannot be,
 * _NOT_FOUND for a number without a name.
 * Thread-safety: for different trees.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_tree_open(syncline_tree *tree,
                                   uint32_t tag,
                                   syncline_error **err);

/**
 * Gives the element that was just opened its key.
 *
 * It is the same element as one with this key and name before, wherever that was among its
 * siblings.
 *
 * @param[in]  tree     the tree.
 * @param[in]  key      the key.
 * @param[in]  key_len  its length in bytes.
 * @param[out] err      receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_ARGUMENT unless an element was just opened, _VALUE_TOO_LARGE.
 * Thread-safety: for different trees.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_tree_key(syncline_tree *tree,
                                  const char *key,
                                  size_t key_len,
                                  syncline_error **err);

/**
 * Gives the open element an attribute.
 *
 * An address that runs a program leads nowhere.
 *
 * @param[in]  tree       the tree.
 * @param[in]  name       the number of its name.
 * @param[in]  value      its value; that of a property is JSON.
 * @param[in]  value_len  its length in bytes.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: value is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_ARGUMENT if the element has children or has it already,
 * _NOT_FOUND for a number without
 * a name, _TOO_MANY_ITEMS beyond 256, _VALUE_TOO_LARGE.
 * Thread-safety: for different trees.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_tree_attribute(syncline_tree *tree,
                                        uint32_t name,
                                        const char *value,
                                        size_t value_len,
                                        syncline_error **err);

/**
 * Adds text.
 *
 * @param[in]  tree       the tree.
 * @param[in]  value      the text.
 * @param[in]  value_len  its length in bytes.
 * @param[out] err        receives an owned error on failure; may be NULL.
 *
 * Ownership: value is borrowed for the call.
 * Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
 * _INVALID_ARGUMENT where it cannot be.
 * Thread-safety: for different trees.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_tree_text(syncline_tree *tree,
                                   const char *value,
                                   size_t value_len,
                                   syncline_error **err);

/**
 * Adds a place where nothing is.
 *
 * @param[in]  tree  the tree.
 * @param[out] err   receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
 * _INVALID_ARGUMENT where it cannot be.
 * Thread-safety: for different trees.
 * Since: ABI 1.
 */
SYNCLINE_API syncline_status syncline_tree_hole(syncline_tree *tree, syncline_error **err);

/**
 * Adds HTML as it is, as all that the open element has.
 *
 * @param[in]  tree      the tree.
 * @param[in]  html      the HTML; whoever gives it answers for what it does.
 * @param[in]  html_len  its length in bytes.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: html is borrowed for the call.
 * Errors: SYNCLINE_STATUS_INVALID_ARGUMENT unless an element without children is open,
 * _VALUE_TOO_LARGE.
 * Thread-safety: for different trees.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_tree_raw(syncline_tree *tree,
                                  const char *html,
                                  size_t html_len,
                                  syncline_error **err);

/**
 * Opens a fragment: nodes beside each other, which are one where one has to be.
 *
 * @param[in]  tree  the tree.
 * @param[out] err   receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
 * _INVALID_ARGUMENT where it cannot be.
 * Thread-safety: for different trees.
 * Since: ABI 1.
 */
SYNCLINE_API syncline_status syncline_tree_fragment(syncline_tree *tree, syncline_error **err);

/**
 * Closes what was opened last.
 *
 * @param[in]  tree  the tree.
 * @param[out] err   receives an owned error on failure; may be NULL.
 *
 * Ownership: nothing is handed over.
 * Errors: SYNCLINE_STATUS_INVALID_ARGUMENT if nothing is open, or nodes are missing.
 * Thread-safety: for different trees.
 * Since: ABI 1.
 */
SYNCLINE_API syncline_status syncline_tree_close(syncline_tree *tree, syncline_error **err);

/**
 * Opens an instance of a template: a node for each slot follows.
 *
 * In the slot of an attribute is text, or a hole where it is not there.
 *
 * @param[in]  tree      the tree.
 * @param[in]  number    the number of the template.
 * @param[in]  key       its key; NULL for none.
 * @param[in]  key_len   its length in bytes.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: key is borrowed for the call.
 * Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
 * _INVALID_ARGUMENT where it cannot be,
 * _NOT_FOUND for a number without a template.
 * Thread-safety: for different trees.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_tree_instance(syncline_tree *tree,
                                       uint32_t number,
                                       const char *key,
                                       size_t key_len,
                                       syncline_error **err);

/**
 * Adds an instance of a template with text in all of its slots.
 *
 * @param[in]  tree      the tree.
 * @param[in]  number    the number of the template.
 * @param[in]  key       its key; NULL for none.
 * @param[in]  key_len   its length in bytes.
 * @param[in]  slots     the texts; in the slot of a property JSON.
 * @param[in]  count     how many there are.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: key and slots are borrowed for the call.
 * Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
 * _INVALID_ARGUMENT where it cannot be
 * and for another count than that of the slots, _NOT_FOUND for a number without a template.
 * Thread-safety: for different trees.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_tree_row(syncline_tree *tree,
                                  uint32_t number,
                                  const char *key,
                                  size_t key_len,
                                  const syncline_text *slots,
                                  size_t count,
                                  syncline_error **err);

/**
 * Adds what a binding tells of a value.
 *
 * @param[in]  tree      the tree.
 * @param[in]  binding   the number of the binding.
 * @param[in]  json      the value; NULL where there is none.
 * @param[in]  json_len  its length in bytes.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: json is borrowed for the call.
 * Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
 * _INVALID_ARGUMENT where it cannot be,
 * _NOT_FOUND for a number without a binding, faults of JSON text.
 * Thread-safety: for different trees.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_tree_bound(syncline_tree *tree,
                                    uint32_t binding,
                                    const char *json,
                                    size_t json_len,
                                    syncline_error **err);

/**
 * Opens what a binding chooses from: a node for each case follows, in their order.
 *
 * @param[in]  tree      the tree.
 * @param[in]  binding   the number of the binding.
 * @param[in]  json      the value; NULL where there is none.
 * @param[in]  json_len  its length in bytes.
 * @param[out] err       receives an owned error on failure; may be NULL.
 *
 * Ownership: json is borrowed for the call.
 * Errors: SYNCLINE_STATUS_TOO_DEEP beyond 256 within each other, _VALUE_TOO_LARGE,
 * _INVALID_ARGUMENT where it cannot be,
 * _NOT_FOUND for a number without a binding, faults of JSON text.
 * Thread-safety: for different trees.
 * Since: ABI 1.
 */
SYNCLINE_API
syncline_status syncline_tree_choice(syncline_tree *tree,
                                     uint32_t binding,
                                     const char *json,
                                     size_t json_len,
                                     syncline_error **err);

/**
 * A handle has something to poll.
 */
extern void syncline_host_wake(uint32_t number);

/**
 * The instance is about to end, because of a panic.
 */
extern void syncline_host_panic(const uint8_t *text, size_t len);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SYNCLINE_H */
