// A server and a client in one program, through the classes.
#include "syncline.hpp"

#include <cstdio>
#include <cstring>

namespace {

int failed(const char *file, int line, const char *what) {
    std::fprintf(stderr, "%s:%d: %s\n", file, line, what);
    std::exit(1);
}

#define CHECK(condition) (void)((condition) || failed(__FILE__, __LINE__, #condition))

/// The value of a result that must be there.
template <class T>
auto must(syncline::result<T> got) {
    if (!got) {
        std::fprintf(stderr, "%s\n", std::string(got.why().message()).c_str());
        std::exit(1);
    }
    return std::move(*got);
}

struct world {
    syncline::server server;
    syncline::client client;
    syncline::view page = must(syncline::view::make("page", 9));
    syncline::server_output from_server{};
    syncline::client_output from_client{};
    std::vector<std::string> blobs{};
    std::uint64_t now = 0;
    std::uint64_t verdict_of = 0;
    std::uint64_t stored = 0;
    std::uint32_t verdict = 0;
    std::uint64_t written = 0;

    static constexpr std::uint64_t conn = 1;

    void settle() {
        bool busy = true;
        while (busy) {
            busy = false;
            while (must(client.poll(from_client))) {
                busy = true;
                for_client();
            }
            while (must(server.poll(from_server))) {
                busy = true;
                for_server();
            }
        }
    }

    void render(std::string_view name) {
        const syncline::server_room room = server.at(from_server->room);
        if (name != "page") {
            must(room.end_view(name, SYNCLINE_STATUS_NOT_FOUND));
            return;
        }
        const auto count = must(room.get("count"));
        if (!count) {
            must(room.keep_view(name));
            return;
        }
        must(page.render_json("[\"p\"," + count->json.str() + "]"));
        must(room.show(name, page));
    }

    void pass(std::uint64_t millis) {
        settle();
        now += millis * 1000;
        must(server.set_now(now));
        must(client.set_now(now));
        settle();
    }

    void for_client() {
        const syncline::client_output &o = from_client;
        switch (o->kind) {
        case SYNCLINE_CLIENT_OUTPUT_KIND_PERSIST:
            if (o->replace != 0) {
                blobs.clear();
            }
            blobs.emplace_back(syncline::content(o->bytes));
            must(client.persisted(o->record));
            break;
        case SYNCLINE_CLIENT_OUTPUT_KIND_CONNECT:
            must(server.connected(conn));
            must(client.connected("secret"));
            break;
        case SYNCLINE_CLIENT_OUTPUT_KIND_TRANSMIT:
            must(server.receive(conn, syncline::content(o->bytes)));
            break;
        case SYNCLINE_CLIENT_OUTPUT_KIND_VERDICT:
            verdict_of = o->draft;
            verdict = o->verdict;
            break;
        case SYNCLINE_CLIENT_OUTPUT_KIND_STORED:
            stored = o->record;
            break;
        default:
            break;
        }
    }

    void for_server() {
        const syncline::server_output &o = from_server;
        switch (o->kind) {
        case SYNCLINE_SERVER_OUTPUT_KIND_TRANSMIT:
            must(client.receive(syncline::content(o->bytes)));
            must(server.writable(o->conn));
            break;
        case SYNCLINE_SERVER_OUTPUT_KIND_AUTHORIZE:
            CHECK(syncline::content(o->token) == "secret");
            must(server.grant(o->request, "ada", {""}));
            break;
        case SYNCLINE_SERVER_OUTPUT_KIND_OPEN_ROOM:
            must(server.at(o->room).opened({}));
            break;
        case SYNCLINE_SERVER_OUTPUT_KIND_PERSIST:
            must(server.at(o->room).persisted(o->record));
            break;
        case SYNCLINE_SERVER_OUTPUT_KIND_RENDER:
            render(syncline::content(o->name));
            break;
        case SYNCLINE_SERVER_OUTPUT_KIND_WRITTEN:
            written = o->version;
            break;
        default:
            break;
        }
    }
};

world start() {
    syncline::server_config of_server;
    of_server.manual = true;
    of_server.seed.fill(1);
    of_server.options = R"({"views":true})";
    syncline::client_config of_client;
    of_client.manual = true;
    of_client.seed.fill(2);
    return world{must(syncline::server::make(of_server)), must(syncline::client::make(of_client))};
}

void edits_and_reads() {
    world w = start();
    syncline::room cart = must(w.client.open("cart"));
    CHECK(!must(cart.ready()));
    const std::uint64_t draft = must(cart.set("total", "15"));
    CHECK(must(cart.get("total"))->view() == "15");
    CHECK(!must(cart.get_confirmed("total")));
    CHECK(must(cart.pending()) == 1);
    const std::uint64_t mark = must(w.client.ask_stored());
    CHECK(w.stored < mark);
    w.pass(100);
    CHECK(w.stored == mark);
    CHECK(w.verdict_of == draft && w.verdict == SYNCLINE_VERDICT_APPLIED);
    CHECK(must(cart.get_confirmed("total"))->str() == "15");
    CHECK(!must(cart.denied()).has_value());
    CHECK(must(cart.ready()) && must(cart.status())->status == SYNCLINE_SYNC_STATUS_SYNCED);

    must(cart.set_text("t", "\"quoted\""));
    must(cart.set_i64("i", 1));
    must(cart.add_i64("i", 2));
    must(cart.set_f64("f", 0.5));
    must(cart.add_f64("f", 0.25));
    must(cart.set_bool("b", true));
    must(cart.merge("m", "{\"a\":1}"));
    must(cart.insert_at("l", 0, "1"));
    must(cart.insert_at("l", 1, "2"));
    must(cart.move_to("l", 1, 0));
    must(cart.replace_at("l", 1, "[]"));
    must(cart.insert_at("l", 2, "3"));
    must(cart.remove_at("l", 2));
    must(cart.remove_key("total"));
    w.pass(100);
    CHECK(must(cart.get_text("t"))->view() == "\"quoted\"");
    CHECK(must(cart.get_i64("i")) == 3);
    CHECK(must(cart.get_f64("f")).value_or(0) > 0.7);
    CHECK(must(cart.get_bool("b")) == 1);
    CHECK(!must(cart.get_i64("total")));
    CHECK(must(cart.get_items("l"))->view().find("\"id\":\"") != std::string_view::npos);
    CHECK(must(cart.entries("l")).view() == "{\"l\":[2,[]]}");
    CHECK(must(cart.keys()).view() == "[\"b\",\"f\",\"i\",\"l\",\"m\",\"t\"]");
    CHECK(cart.get_i64("t").status() == SYNCLINE_STATUS_WRONG_TYPE);

    syncline::edits edits = must(syncline::edits::make());
    must(edits.expect("i"));
    must(edits.set("e", "{}"));
    must(edits.insert("el", 1, {}, "1"));
    must(edits.insert("el", 2, {1, std::nullopt}, "2"));
    must(edits.move("el", 2, {std::nullopt, 1}));
    CHECK(edits.count() == 5);
    must(cart.batch(edits));
    w.pass(100);
    CHECK(must(cart.get("el"))->view() == "[2,1]");

    must(cart.set_presence("{\"x\":1}"));
    w.pass(100);
    const auto served = must(w.server.find_room("cart"));
    CHECK(served && must(served->presences()).view().find("\"x\":1") != std::string_view::npos);
    CHECK(must(cart.presence_id()).has_value() && must(cart.presences()).view() == "[]");
    CHECK(must(cart.version()) > 0 && must(cart.epoch()).has_value());
    CHECK(must(cart.name())->view() == "cart");
}

void the_host_writes() {
    world w = start();
    syncline::server_room room = must(w.server.open("cart"));
    syncline::edits edits = must(syncline::edits::make());
    must(edits.require("n", 0));
    must(edits.set_i64("n", 7));
    must(room.write(edits));
    w.settle();
    CHECK(w.written == 1);
    CHECK(room.write(edits).status() == SYNCLINE_STATUS_STALE);
    const auto found = must(room.get("n"));
    CHECK(found && found->version == 1 && found->json.view() == "7");
    CHECK(!must(room.staged("m")));
    CHECK(must(room.entries()).view() == "{\"n\":7}");
    CHECK(must(room.report()).keys == 1 && must(room.name()).view() == "cart");
    CHECK(must(w.server.metrics()).view().front() == '{');
    CHECK(!must(w.server.flight()) && !must(w.client.flight()));
    CHECK(must(w.server.limits()).view().find("\"frame_bytes\":") != std::string_view::npos);
    must(w.server.deadline());
}

void errors_tell_their_story() {
    const auto refused = syncline::client::make([] {
        syncline::client_config config;
        config.options = "{\"nonsense\":1}";
        return config;
    }());
    CHECK(!refused && refused.status() == SYNCLINE_STATUS_INVALID_ARGUMENT);
    CHECK(refused.why().name() == "InvalidArgument");
    CHECK(refused.why().message().find("nonsense") != std::string_view::npos);
    CHECK(!refused.why().expected().empty() && !refused.why().got().empty());
    CHECK(!syncline::error(SYNCLINE_STATUS_TIMEOUT).message().empty());

    bool thrown = false;
    try {
        world w = start();
        syncline::room cart = w.client.open("cart").value();
        cart.set("k", "{").value();
    } catch (const syncline::exception &e) {
        thrown = e.why().status() == SYNCLINE_STATUS_INVALID_JSON && std::strlen(e.what()) > 0;
    }
    CHECK(thrown);
}

void what_is_hung_on_a_wake_is_dropped() {
    auto counter = std::make_shared<int>(0);
    syncline::client client = must(syncline::client::make([] {
        syncline::client_config config;
        config.manual = true;
        return config;
    }()));
    must(client.set_wake([counter] { ++*counter; }));
    must(client.open("cart"));
    CHECK(*counter == 1 && counter.use_count() == 2);
    must(client.clear_wake());
    CHECK(counter.use_count() == 1);
    must(client.set_wake([counter] { ++*counter; }));
    syncline::client same = client;
    client = must(syncline::client::make(syncline::client_config{true}));
    CHECK(counter.use_count() == 2);
    CHECK(must(same.close()) == 0 && counter.use_count() == 1);
    CHECK(same.flush().status() == SYNCLINE_STATUS_CLOSED);
}

void one_follows_another() {
    syncline::client_config config;
    config.manual = true;
    const syncline::client leader = must(syncline::client::make(config));
    const syncline::room held = must(leader.open("cart"));
    const syncline::client_snapshot snapshot = must(leader.snapshot());
    config.seed[0] = 1;
    const syncline::client standby =
        must(syncline::client::standby(config, 9, snapshot.bytes.view()));
    const syncline::room shown = must(standby.open("cart"));
    const std::uint64_t made = must(shown.add_i64("sum", 2));
    CHECK(must(standby.proposals()) == 1 && snapshot.record == 1);
    must(standby.propose_again());
    syncline::client_output output;
    std::uint64_t draft = 0;
    while (must(standby.poll(output))) {
        if (output->kind == SYNCLINE_CLIENT_OUTPUT_KIND_PROPOSE) {
            const auto *bytes = reinterpret_cast<const char *>(output->bytes.ptr);
            draft = must(leader.adopt(9, std::string_view(bytes, output->bytes.len)));
        }
    }
    CHECK(must(held.get("sum"))->view() == "2");
    const syncline::proposal_fate fate = must(leader.fate(held.number(), 9, made));
    CHECK(fate.fate == SYNCLINE_FATE_PENDING && fate.draft == draft);
    must(standby.follow(must(leader.snapshot()).bytes.view(), true));
    CHECK(must(standby.proposals()) == 0 && must(shown.get("sum"))->view() == "2");
    must(standby.withdraw(shown.number(), made, SYNCLINE_STATUS_FORBIDDEN));
    must(leader.forget_tab(9));
}

void a_buffer_moves() {
    syncline::buffer one(must([] {
        world w = start();
        return w.server.metrics();
    }()));
    const std::size_t size = one.size();
    syncline::buffer two(std::move(one));
    one = std::move(two);
    CHECK(one.size() == size && one.data() != nullptr);
}

void a_view_is_shown_and_predicted() {
    syncline::view view = must(syncline::view::make("cart", 7));
    syncline::screen screen = must(syncline::screen::make());
    const std::uint32_t ul = must(view.tag("ul"));
    const std::uint32_t title = must(view.attribute("title"));
    const std::uint32_t row = must(view.template_number("<li class={kind}>{name}</li>"));
    const std::uint32_t count = must(view.binding(R"({"key":"count"})"));
    const std::uint32_t choice = must(view.binding(R"({"key":"open","cases":[true]})"));
    syncline::tree tree = must(view.begin());
    must(tree.hole());
    must(tree.clear());
    must(tree.open(ul));
    must(tree.key("list"));
    must(tree.attribute(title, "t"));
    must(tree.row(row, "a", {"hot", "Tea"}));
    must(tree.instance(row));
    must(tree.hole());
    must(tree.text("Milk"));
    must(tree.close());
    must(tree.fragment());
    must(tree.bound(count, "2"));
    must(tree.choice(choice, {}));
    must(tree.open(ul));
    must(tree.raw("<li>"));
    must(tree.close());
    must(tree.close());
    must(tree.close());
    must(tree.close());
    CHECK(must(view.render(tree)) == 1 && must(view.cursor()).revision == 1);
    must(screen.take(must(view.frame(must(screen.cursor())))->view()));
    CHECK(must(screen.change()) && !must(screen.change()));
    must(screen.predict(1, "", "count", "3"));
    CHECK(must(screen.html()).view() ==
          "<ul title=\"t\"><li class=\"hot\">Tea</li><li>Milk</li>3<!----></ul>");
    must(screen.undo(1));
    must(screen.observe("", "count", "2", "3"));
    must(screen.settle(2));
    CHECK(must(screen.metrics()).view().find("\"undone\":1") != std::string_view::npos);
    CHECK(must(view.absorb({std::string_view("\x07\x01\x01\x00\x00\x00", 0)})) == 1);
    CHECK(view.render_json("[").status() == SYNCLINE_STATUS_INVALID_JSON);
    CHECK(must(view.render_json(R"(["p","x"])")) == 2);
    CHECK(must(view.json()).view() == R"({"tag":"p","children":["x"]})");
    CHECK(must(view.html()).view() == "<p>x</p>");
    CHECK(must(view.frame_json(must(screen.cursor()))).view().find("\"from\":1") !=
          std::string_view::npos);
}

void a_view_of_a_room_is_watched() {
    world w = start();
    syncline::room cart = must(w.client.open("cart"));
    w.pass(100);
    const std::uint32_t view = must(cart.watch("page"));
    must(cart.set_i64("count", 3));
    w.pass(300);
    CHECK(must(w.client.view_html(view)).view() == "<p>3</p>");
    CHECK(must(w.client.view_change(view)));
    CHECK(must(w.client.view_metrics(view)).size() > 0);
    must(must(w.server.find_room("cart"))->touch_view("page"));
    must(w.client.unwatch(view));
    CHECK(w.client.view_html(view).status() == SYNCLINE_STATUS_NOT_FOUND);
}

} // namespace

int main() {
    edits_and_reads();
    the_host_writes();
    errors_tell_their_story();
    what_is_hung_on_a_wake_is_dropped();
    a_buffer_moves();
    one_follows_another();
    a_view_is_shown_and_predicted();
    a_view_of_a_room_is_watched();
    return 0;
}
