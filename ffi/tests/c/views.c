/* A page that is rendered, told and predicted; and what a program may get wrong about it. */
#include "world.h"

static syncline_view *view_of(const char *name)
{
    syncline_view *view = NULL;
    syncline_view *other = NULL;
    OK(syncline_view_new(name, strlen(name), 7, &view, &err));
    OK(syncline_view_clone(view, &other, &err));
    syncline_view_free(view);
    return other;
}

static void show(syncline_view *view, syncline_screen *screen)
{
    uint64_t epoch = 1;
    uint64_t revision = 1;
    syncline_buf frame = {0};
    OK(syncline_screen_cursor(screen, &epoch, &revision, &err));
    OK(syncline_view_frame(view, epoch, revision, &frame, &err));
    OK(syncline_screen_take(screen, frame.ptr, frame.len, &err));
    syncline_buf_free(&frame);
}

static void a_tree_is_written_and_shown(void)
{
    syncline_view *view = view_of("cart");
    uint32_t ul = 0;
    uint32_t title = 0;
    uint32_t row = 0;
    uint32_t count = 0;
    uint32_t open = 0;
    OK(syncline_view_tag(view, TEXT("ul"), &ul, &err));
    OK(syncline_view_attribute(view, TEXT("title"), &title, &err));
    OK(syncline_view_template(view, TEXT("<li class={kind}>{name}</li>"), &row, &err));
    OK(syncline_view_binding(view, TEXT("{\"key\":\"count\"}"), &count, &err));
    syncline_tree *tree = NULL;
    OK(syncline_tree_new(view, &tree, &err));
    /* What the view came to know afterwards is known to the tree too. */
    OK(syncline_view_binding(view, TEXT("{\"key\":\"open\",\"cases\":[true]}"), &open, &err));
    OK(syncline_tree_text(tree, TEXT("forgotten"), &err));
    OK(syncline_tree_clear(tree, &err));
    OK(syncline_tree_open(tree, ul, &err));
    OK(syncline_tree_key(tree, TEXT("list"), &err));
    OK(syncline_tree_attribute(tree, title, TEXT("<t>"), &err));
    syncline_text slots[] = {{"hot", 3}, {"Tea", 3}};
    OK(syncline_tree_row(tree, row, TEXT("a"), slots, 2, &err));
    OK(syncline_tree_instance(tree, row, NULL, 0, &err));
    OK(syncline_tree_hole(tree, &err));
    OK(syncline_tree_text(tree, TEXT("Milk"), &err));
    OK(syncline_tree_close(tree, &err));
    OK(syncline_tree_fragment(tree, &err));
    OK(syncline_tree_bound(tree, count, TEXT("2"), &err));
    OK(syncline_tree_choice(tree, open, NULL, 0, &err));
    OK(syncline_tree_open(tree, ul, &err));
    OK(syncline_tree_raw(tree, TEXT("<li>raw"), &err));
    OK(syncline_tree_close(tree, &err));
    OK(syncline_tree_close(tree, &err));
    EXPECT(SYNCLINE_STATUS_INVALID_ARGUMENT, syncline_view_render(view, tree, NULL, &err));
    OK(syncline_tree_close(tree, &err));
    OK(syncline_tree_close(tree, &err));
    uint64_t revision = 0;
    OK(syncline_view_render(view, tree, &revision, &err));
    CHECK(revision == 1);
    syncline_tree_free(tree);

    syncline_screen *first = NULL;
    syncline_screen *screen = NULL;
    OK(syncline_screen_new(&first, &err));
    OK(syncline_screen_clone(first, &screen, &err));
    show(view, first);
    syncline_screen_free(first);
    syncline_buf told = {0};
    OK(syncline_screen_change(screen, &told, &err));
    CHECK(told.ptr[0] == 1);
    syncline_buf_free(&told);
    DONE(syncline_screen_change(screen, &told, &err));
    OK(syncline_screen_predict(screen, 1, NULL, 0, TEXT("count"), TEXT("3"), &err));
    OK(syncline_screen_predict(screen, 2, NULL, 0, TEXT("open"), TEXT("true"), &err));
    OK(syncline_screen_html(screen, &told, &err));
    TOLD(told, "<ul title=\"&lt;t&gt;\"><li class=\"hot\">Tea</li><li>Milk</li>3<ul><li>raw</ul></ul>");
    OK(syncline_screen_undo(screen, 2, &err));
    OK(syncline_screen_settle(screen, 1, &err));
    OK(syncline_screen_observe(screen, NULL, 0, TEXT("count"), TEXT("2"), TEXT("3"), &err));
    OK(syncline_screen_metrics(screen, &told, &err));
    CHECK(mentions(&told, "\"shown\":2") && mentions(&told, "\"undone\":1"));
    syncline_buf_free(&told);

    OK(syncline_view_render_json(view, TEXT("[\"p\",\"x\"]"), NULL, &err));
    OK(syncline_view_json(view, &told, &err));
    TOLD(told, "{\"tag\":\"p\",\"children\":[\"x\"]}");
    OK(syncline_view_html(view, &told, &err));
    TOLD(told, "<p>x</p>");
    OK(syncline_view_frame_json(view, 7, 1, &told, &err));
    CHECK(mentions(&told, "\"from\":1,\"to\":2"));
    syncline_buf_free(&told);
    syncline_bytes draft = {(const uint8_t *)"\x03\x01y", 3};
    OK(syncline_view_absorb(view, &draft, 1, &revision, &err));
    CHECK(revision == 3);
    EXPECT(SYNCLINE_STATUS_MALFORMED, syncline_view_absorb(view, &(syncline_bytes){draft.ptr, 2}, 1,
                                                           &revision, &err));
    OK(syncline_view_cursor(view, NULL, &revision, &err));
    CHECK(revision == 3);
    DONE(syncline_view_frame(view, 7, 3, &told, &err));
    show(view, screen);
    OK(syncline_screen_html(screen, &told, &err));
    TOLD(told, "<p>y</p>");
    syncline_screen_free(screen);
    syncline_view_free(view);
}

static void a_tree_of_which_a_call_was_refused_is_not_shown_as_if_nothing_were(void)
{
    syncline_status wrong = SYNCLINE_STATUS_INVALID_ARGUMENT;
    uint32_t p = 0;
    uint64_t revision = 0;
    syncline_view *view = view_of("page");
    syncline_tree *tree = NULL;
    OK(syncline_view_tag(view, TEXT("p"), &p, &err));
    OK(syncline_tree_new(view, &tree, &err));
    OK(syncline_tree_text(tree, TEXT("shown"), &err));
    OK(syncline_view_render(view, tree, &revision, &err));
    OK(syncline_tree_open(tree, p, &err));
    EXPECT(SYNCLINE_STATUS_NOT_FOUND, syncline_tree_attribute(tree, 9, TEXT("x"), &err));
    OK(syncline_tree_close(tree, &err));
    EXPECT(wrong, syncline_view_render(view, tree, &revision, &err));
    EXPECT(wrong, syncline_view_render(view, tree, &revision, &err));
    CHECK(revision == 1);
    OK(syncline_tree_clear(tree, &err));
    OK(syncline_tree_open(tree, p, &err));
    /* What is still open can be closed. */
    EXPECT(wrong, syncline_view_render(view, tree, &revision, &err));
    OK(syncline_tree_close(tree, &err));
    OK(syncline_view_render(view, tree, &revision, &err));
    CHECK(revision == 2);
    syncline_tree_free(tree);
    syncline_view_free(view);
}

static void what_is_wrong_changes_nothing(void)
{
    syncline_status wrong = SYNCLINE_STATUS_INVALID_ARGUMENT;
    uint32_t number = 77;
    syncline_view *view = view_of("page");
    syncline_view *other = view_of("other");
    EXPECT(wrong, syncline_view_new(TEXT("page"), 1, NULL, &err));
    EXPECT(wrong, syncline_view_clone(view, NULL, &err));
    EXPECT(wrong, syncline_view_tag(NULL, TEXT("p"), &number, &err));
    EXPECT(wrong, syncline_view_tag(view, NULL, 1, &number, &err));
    EXPECT(SYNCLINE_STATUS_INVALID_NAME, syncline_view_tag(view, TEXT("a b"), &number, &err));
    EXPECT(SYNCLINE_STATUS_INVALID_NAME, syncline_view_attribute(view, TEXT("onclick"), &number, &err));
    EXPECT(wrong, syncline_view_template(view, TEXT("<p>"), &number, &err));
    EXPECT(wrong, syncline_view_binding(view, TEXT("{}"), &number, &err));
    EXPECT(SYNCLINE_STATUS_INVALID_UTF8, syncline_view_render_json(view, TEXT("\"\xff\""), NULL, &err));
    EXPECT(wrong, syncline_view_render(view, NULL, NULL, &err));
    EXPECT(wrong, syncline_view_absorb(view, NULL, 1, NULL, &err));
    EXPECT(wrong, syncline_view_html(view, NULL, &err));
    CHECK(number == 77);

    syncline_tree *tree = NULL;
    EXPECT(wrong, syncline_tree_new(NULL, &tree, &err));
    OK(syncline_tree_new(other, &tree, &err));
    EXPECT(wrong, syncline_tree_open(NULL, 1, &err));
    EXPECT(SYNCLINE_STATUS_NOT_FOUND, syncline_tree_open(tree, 9, &err));
    EXPECT(SYNCLINE_STATUS_NOT_FOUND, syncline_tree_row(tree, 9, NULL, 0, NULL, 0, &err));
    EXPECT(wrong, syncline_tree_close(tree, &err));
    EXPECT(wrong, syncline_tree_text(tree, NULL, 3, &err));
    OK(syncline_tree_text(tree, TEXT("of another view"), &err));
    EXPECT(wrong, syncline_view_render(view, tree, NULL, &err));
    /* A row may have more slots than a few. */
    char markup[200] = "";
    syncline_text slots[20];
    for (size_t i = 0; i < 20; i++) {
        strcat(markup, "{x}");
        slots[i] = (syncline_text){"y", 1};
    }
    OK(syncline_view_template(other, markup, strlen(markup), &number, &err));
    OK(syncline_tree_clear(tree, &err));
    OK(syncline_tree_row(tree, number, NULL, 0, slots, 20, &err));
    OK(syncline_view_render(other, tree, NULL, &err));
    syncline_tree_free(tree);
    syncline_tree_free(NULL);

    syncline_screen *screen = NULL;
    EXPECT(wrong, syncline_screen_new(NULL, &err));
    OK(syncline_screen_new(&screen, &err));
    EXPECT(wrong, syncline_screen_take(screen, NULL, 3, &err));
    EXPECT(SYNCLINE_STATUS_MALFORMED, syncline_screen_take(screen, (const uint8_t *)"\0", 1, &err));
    EXPECT(SYNCLINE_STATUS_INVALID_JSON,
           syncline_screen_predict(screen, 1, NULL, 0, TEXT("a"), TEXT("{"), &err));
    EXPECT(wrong, syncline_screen_change(screen, NULL, &err));
    uint64_t revision = 5;
    OK(syncline_screen_cursor(screen, NULL, &revision, &err));
    CHECK(revision == 0);
    syncline_screen_free(screen);
    syncline_screen_free(NULL);
    syncline_view_free(view);
    syncline_view_free(other);
    syncline_view_free(NULL);
}

/* A program that renders the view "page" of the room "cart", which shows the room "prices" too. */
typedef struct {
    world w;
    syncline_view *page;
    uint32_t prices;
    int renders;
    int fails;
} shop;

static void render_page(void *of, const syncline_server_output *o)
{
    shop *s = of;
    s->renders++;
    if (!holds(&o->name, "page")) {
        OK(syncline_server_room_end_view(s->w.server, o->room, (const char *)o->name.ptr,
                                         o->name.len, SYNCLINE_STATUS_NOT_FOUND, &err));
        return;
    }
    if (s->fails) {
        OK(syncline_server_room_keep_view(s->w.server, o->room, TEXT("page"), &err));
        return;
    }
    uint32_t prices = 0;
    OK(syncline_server_room_open_for_view(s->w.server, o->room, TEXT("page"), TEXT("prices"),
                                          &prices, &err));
    CHECK(prices == s->prices);
    syncline_buf count = {0};
    syncline_buf price = {0};
    syncline_status counted = syncline_server_room_get(s->w.server, o->room, TEXT("count"), NULL,
                                                       &count, NULL);
    syncline_status priced = syncline_server_room_get(s->w.server, s->prices, TEXT("tea"), NULL,
                                                      &price, NULL);
    char json[200];
    int len = snprintf(json, sizeof json, "[\"p\",{\"bind\":{\"key\":\"count\"},\"value\":%.*s},\" at \",%.*s]",
                       counted == SYNCLINE_STATUS_OK ? (int)count.len : 4,
                       counted == SYNCLINE_STATUS_OK ? (const char *)count.ptr : "null",
                       priced == SYNCLINE_STATUS_OK ? (int)price.len : 4,
                       priced == SYNCLINE_STATUS_OK ? (const char *)price.ptr : "null");
    OK(syncline_view_render_json(s->page, json, (size_t)len, NULL, &err));
    OK(syncline_server_room_show(s->w.server, o->room, TEXT("page"), s->page, &err));
    syncline_buf_free(&count);
    syncline_buf_free(&price);
}

static void a_view_of_a_room_is_rendered_and_watched(void)
{
    static shop s;
    start_world(&s.w);
    s.w.render = render_page;
    s.w.of = &s;
    s.page = view_of("page");
    OK(syncline_server_room_open(s.w.server, TEXT("prices"), &s.prices, &err));
    syncline_client *client = s.w.peers[0].handle;
    uint32_t cart = 0;
    OK(syncline_client_room_open(client, TEXT("cart"), 1, &cart, &err));
    pass(&s.w, 50);
    uint32_t view = 0;
    uint32_t none = 0;
    OK(syncline_client_watch(client, cart, TEXT("page"), &view, &err));
    OK(syncline_client_watch(client, cart, TEXT("no page"), &none, &err));
    pass(&s.w, 50);
    uint32_t told = s.w.peers[0].told;
    CHECK(((told >> (SYNCLINE_CLIENT_OUTPUT_KIND_VIEW - 32)) & 1) != 0);
    CHECK(((told >> (SYNCLINE_CLIENT_OUTPUT_KIND_UNWATCHED - 32)) & 1) != 0);
    syncline_buf buf = {0};
    EXPECT(SYNCLINE_STATUS_NOT_FOUND, syncline_client_view_html(client, none, &buf, &err));
    OK(syncline_client_view_change(client, view, &buf, &err));
    CHECK(buf.ptr[0] == 1);
    syncline_buf_free(&buf);
    DONE(syncline_client_view_change(client, view, &buf, &err));

    /* Before anything is sent. */
    OK(syncline_client_set_i64(client, cart, TEXT("count"), 3, NULL, &err));
    OK(syncline_client_view_html(client, view, &buf, &err));
    TOLD(buf, "<p>3<!----> at <!----></p>");
    pass(&s.w, 200);
    OK(syncline_client_view_metrics(client, view, &buf, &err));
    CHECK(mentions(&buf, "\"shown\":1,\"right\":1"));
    syncline_buf_free(&buf);

    /* What is read elsewhere is a reason to render. */
    syncline_edits *edits = NULL;
    OK(syncline_edits_new(&edits, &err));
    OK(syncline_edits_set(edits, TEXT("tea"), TEXT("5"), &err));
    OK(syncline_server_room_write(s.w.server, s.prices, edits, NULL, &err));
    syncline_edits_free(edits);
    pass(&s.w, 50);
    OK(syncline_client_view_html(client, view, &buf, &err));
    TOLD(buf, "<p>3<!----> at <!---->5</p>");

    /* Nothing is rendered: what was shown stays. */
    s.fails = 1;
    int renders = s.renders;
    uint32_t room = 0;
    OK(syncline_server_room_find(s.w.server, TEXT("cart"), &room, &err));
    OK(syncline_server_room_touch_view(s.w.server, room, TEXT("page"), &err));
    pass(&s.w, 50);
    CHECK(s.renders == renders + 1);
    OK(syncline_client_view_html(client, view, &buf, &err));
    TOLD(buf, "<p>3<!----> at <!---->5</p>");

    OK(syncline_client_unwatch(client, view, &err));
    pass(&s.w, 50);
    OK(syncline_server_room_touch_view(s.w.server, room, TEXT("page"), &err));
    pass(&s.w, 50);
    CHECK(s.renders == renders + 1);

    syncline_status wrong = SYNCLINE_STATUS_INVALID_ARGUMENT;
    EXPECT(SYNCLINE_STATUS_NOT_FOUND, syncline_client_watch(client, 99, TEXT("page"), &view, &err));
    EXPECT(wrong, syncline_client_watch(client, cart, TEXT("page"), NULL, &err));
    EXPECT(wrong, syncline_server_room_show(s.w.server, room, TEXT("page"), NULL, &err));
    uint32_t other = 0;
    EXPECT(wrong, syncline_server_room_open_for_view(s.w.server, room, TEXT("page"), TEXT("prices"),
                                                     NULL, &err));
    EXPECT(SYNCLINE_STATUS_CLOSED,
           syncline_server_room_open_for_view(s.w.server, room, TEXT("page"), TEXT("prices"),
                                              &other, &err));
    EXPECT(SYNCLINE_STATUS_NOT_FOUND,
           syncline_server_room_keep_view(s.w.server, 99, TEXT("page"), &err));
    EXPECT(wrong, syncline_server_room_end_view(s.w.server, room, TEXT("page"), 3, &err));
    syncline_view_free(s.page);
    end_world(&s.w);
}

int main(void)
{
    a_view_of_a_room_is_rendered_and_watched();
    a_tree_is_written_and_shown();
    a_tree_of_which_a_call_was_refused_is_not_shown_as_if_nothing_were();
    what_is_wrong_changes_nothing();
    return 0;
}
