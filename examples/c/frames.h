/* Frames that wait until a WebSocket can take them. */
#ifndef EXAMPLE_FRAMES_H
#define EXAMPLE_FRAMES_H

#include <libwebsockets.h>
#include <stdlib.h>
#include <string.h>

struct frame {
  struct frame *next;
  size_t len;
  unsigned char bytes[]; /* LWS_PRE bytes for the library, then the frame */
};

struct frames {
  struct frame *first;
  struct frame **last;
};

static inline void frames_init(struct frames *frames) {
  frames->first = NULL;
  frames->last = &frames->first;
}

static inline void frames_push(struct frames *frames, const uint8_t *bytes, size_t len) {
  struct frame *frame = malloc(sizeof *frame + LWS_PRE + len);
  if (frame == NULL) abort();
  frame->next = NULL;
  frame->len = len;
  memcpy(frame->bytes + LWS_PRE, bytes, len);
  *frames->last = frame;
  frames->last = &frame->next;
}

/* Writes the first frame. Returns 0 if the connection is gone. */
static inline int frames_write(struct frames *frames, struct lws *wsi) {
  struct frame *frame = frames->first;
  if (frame == NULL) return 1;
  frames->first = frame->next;
  if (frames->first == NULL) frames->last = &frames->first;
  /* The engine's JSON codec is text, its binary codec is not. */
  enum lws_write_protocol kind = frame->len > 0 && frame->bytes[LWS_PRE] == '{' ? LWS_WRITE_TEXT : LWS_WRITE_BINARY;
  int written = lws_write(wsi, frame->bytes + LWS_PRE, frame->len, kind);
  int ok = written >= 0 && (size_t)written >= frame->len;
  free(frame);
  return ok;
}

static inline void frames_clear(struct frames *frames) {
  while (frames->first != NULL) {
    struct frame *frame = frames->first;
    frames->first = frame->next;
    free(frame);
  }
  frames_init(frames);
}

/* A message that arrives in parts. */
struct message {
  uint8_t *bytes;
  size_t len;
};

/* Takes a part. Returns 1 when the message is whole; message_clear() then. */
static inline int message_take(struct message *message, struct lws *wsi, const void *part, size_t len) {
  uint8_t *bytes = realloc(message->bytes, message->len + len + 1);
  if (bytes == NULL) abort();
  if (len > 0) memcpy(bytes + message->len, part, len);
  message->bytes = bytes;
  message->len += len;
  return lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0;
}

static inline void message_clear(struct message *message) {
  free(message->bytes);
  message->bytes = NULL;
  message->len = 0;
}

#endif
