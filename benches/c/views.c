/* A table as a program in C renders it: rows of a template, what changed, and the frame that tells it. */
#include <stdlib.h>

#include "syncline.h"

#define PAGE "<div><h1>Orders</h1><hr/><table><tbody>{rows}</tbody></table></div>"
#define ROW                                                                                                                       \
  "<tr class=\"row\" id={id} data-id={data}><td class=\"name\">{a}</td><td class=\"city\">{b}</td>"                               \
  "<td class=\"price\">{c}</td><td class=\"state\">{d}</td></tr>"
#define EPOCH 7
#define SLOTS 6

typedef struct bench_table {
  syncline_view *view;
  syncline_tree *tree;
  uint32_t page, row;
} bench_table;

typedef struct bench_row {
  syncline_text key;
  syncline_text slots[SLOTS];
} bench_row;

static void must(int32_t status) {
  if (status < 0)
    abort();
}

void bench_table_new(bench_table *table);
void bench_table_free(bench_table *table);
uint64_t bench_table_render(bench_table *table, const bench_row *rows, size_t count);
size_t bench_table_frame(const bench_table *table, uint64_t revision);

void bench_table_new(bench_table *table) {
  must(syncline_view_new("page", 4, EPOCH, &table->view, NULL));
  must(syncline_view_template(table->view, PAGE, sizeof PAGE - 1, &table->page, NULL));
  must(syncline_view_template(table->view, ROW, sizeof ROW - 1, &table->row, NULL));
  must(syncline_tree_new(table->view, &table->tree, NULL));
}

void bench_table_free(bench_table *table) {
  syncline_tree_free(table->tree);
  syncline_view_free(table->view);
}

uint64_t bench_table_render(bench_table *table, const bench_row *rows, size_t count) {
  uint64_t revision = 0;
  must(syncline_tree_instance(table->tree, table->page, NULL, 0, NULL));
  must(syncline_tree_fragment(table->tree, NULL));
  for (size_t at = 0; at < count; at += 1)
    must(syncline_tree_row(table->tree, table->row, rows[at].key.ptr, rows[at].key.len, rows[at].slots, SLOTS, NULL));
  must(syncline_tree_close(table->tree, NULL));
  must(syncline_tree_close(table->tree, NULL));
  must(syncline_view_render(table->view, table->tree, &revision, NULL));
  return revision;
}

size_t bench_table_frame(const bench_table *table, uint64_t revision) {
  syncline_buf frame = {0};
  int32_t status = syncline_view_frame(table->view, EPOCH, revision, &frame, NULL);
  must(status);
  size_t bytes = status == SYNCLINE_STATUS_OK ? frame.len : 0;
  syncline_buf_free(&frame);
  return bytes;
}
