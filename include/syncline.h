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
 * What went wrong with one call: a status, what was expected and what came. It does not change.
 */
typedef struct syncline_error syncline_error;

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

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SYNCLINE_H */
