// SPDX-License-Identifier: MIT OR Apache-2.0
//
// A server and its rooms.
#ifndef SYNCLINE_SERVER_HPP
#define SYNCLINE_SERVER_HPP

#include "edits.hpp"
#include "view.hpp"

#include <array>
#include <vector>

namespace syncline {

class server;

template <>
struct detail::out<server>;

/// How a server is to be; see syncline_server_config.
struct server_config {
    bool manual = false;
    bool is_volatile = false;
    std::string_view storage = {};
    std::string_view options = {};
    std::array<std::uint8_t, 32> seed = {};
    std::uint64_t now_micros = 0;
};

/// One thing that a server wants done, or tells; made once and polled into again and again.
class server_output {
public:
    server_output() noexcept { syncline_server_output_init(&raw_, sizeof raw_); }
    ~server_output() { syncline_server_output_clear(&raw_); }
    server_output(const server_output &) = delete;
    server_output &operator=(const server_output &) = delete;

    const syncline_server_output *operator->() const noexcept { return &raw_; }
    syncline_server_output *raw() noexcept { return &raw_; }

private:
    syncline_server_output raw_{};
};

/// A value and the version of its latest change.
struct versioned {
    std::uint64_t version;
    buffer json;
};

/// One open room of a server, by its number.
class server_room {
public:
    server_room(std::shared_ptr<syncline_server> server, std::uint32_t number)
        : server_(std::move(server)), number_(number) {}

    std::uint32_t number() const noexcept { return number_; }

    result<void> release() const { return call(&syncline_server_room_release); }
    result<void> unload() const { return call(&syncline_server_room_unload); }
    result<void> remove() const { return call(&syncline_server_room_delete); }
    result<void> renew() const { return call(&syncline_server_room_renew); }
    result<void> expire(std::uint64_t version) const {
        return call(&syncline_server_room_expire, version);
    }

    /// The number under which the outcome is told.
    result<std::uint64_t> write(const edits &all) const {
        return get<std::uint64_t>(&syncline_server_room_write, all.raw());
    }
    result<std::optional<versioned>> get(std::string_view key) const {
        return look(&syncline_server_room_get, key);
    }
    result<std::optional<versioned>> staged(std::string_view key) const {
        return look(&syncline_server_room_staged, key);
    }
    result<std::optional<buffer>> items(std::string_view key) const {
        return detail::find<buffer>([&](auto *out, auto **err) {
            return syncline_server_room_items(server_.get(), number_, key.data(), key.size(), out, err);
        });
    }
    result<buffer> entries(std::string_view prefix = {}) const {
        return get<buffer>(&syncline_server_room_entries, prefix.data(), prefix.size());
    }
    result<buffer> presences() const { return get<buffer>(&syncline_server_room_presences); }
    result<buffer> name() const {
        syncline_room_report ignored;
        syncline_room_report_init(&ignored, sizeof ignored);
        return get<buffer>(&syncline_server_room_report, &ignored);
    }
    result<syncline_room_report> report() const {
        syncline_room_report told;
        syncline_room_report_init(&told, sizeof told);
        auto called = call(&syncline_server_room_report, &told, nullptr);
        if (!called) {
            return called.why();
        }
        return told;
    }

    result<buffer> metrics() const { return get<buffer>(&syncline_server_room_metrics); }

    /// Shows what was rendered of a view.
    result<void> show(std::string_view name, const view &shown) const {
        return call(&syncline_server_room_show, name.data(), name.size(), shown.raw());
    }
    /// The number of another room that a view which is being rendered shows something of.
    result<std::uint32_t> open_for_view(std::string_view name, std::string_view other) const {
        return get<std::uint32_t>(&syncline_server_room_open_for_view, name.data(), name.size(),
                                  other.data(), other.size());
    }
    result<void> keep_view(std::string_view name) const {
        return call(&syncline_server_room_keep_view, name.data(), name.size());
    }
    result<void> end_view(std::string_view name, syncline_status status) const {
        return call(&syncline_server_room_end_view, name.data(), name.size(),
                    static_cast<std::int32_t>(status));
    }
    result<void> touch_view(std::string_view name) const {
        return call(&syncline_server_room_touch_view, name.data(), name.size());
    }

    // Manual mode.

    result<void> opened(const std::vector<std::string_view> &blobs) const {
        std::vector<syncline_bytes> raw;
        for (std::string_view blob : blobs) {
            raw.push_back({detail::bytes(blob), blob.size()});
        }
        return call(&syncline_server_room_opened, raw.data(), raw.size());
    }
    result<void> failed(syncline_status status, std::string_view message) const {
        return call(&syncline_server_room_failed, static_cast<std::int32_t>(status), message.data(),
                    message.size());
    }
    result<void> persisted(std::uint64_t record) const {
        return call(&syncline_server_persisted, record);
    }
    result<buffer> export_blob() const { return get<buffer>(&syncline_server_room_export); }

private:
    template <class F, class... A>
    result<void> call(F function, A... arguments) const {
        return detail::call(
            [&](auto **err) { return function(server_.get(), number_, arguments..., err); });
    }
    template <class T, class F, class... A>
    result<T> get(F function, A... arguments) const {
        return detail::get<T>([&](auto *out, auto **err) {
            return function(server_.get(), number_, arguments..., out, err);
        });
    }
    template <class F>
    result<std::optional<versioned>> look(F function, std::string_view key) const {
        std::uint64_t version = 0;
        auto found = detail::find<buffer>([&](auto *out, auto **err) {
            return function(server_.get(), number_, key.data(), key.size(), &version, out, err);
        });
        if (!found) {
            return found.why();
        }
        if (!*found) {
            return std::optional<versioned>();
        }
        return std::optional<versioned>(versioned{version, std::move(**found)});
    }

    std::shared_ptr<syncline_server> server_;
    std::uint32_t number_;
};

/// A server. Copies are the same server, which ends with the last of them and of its rooms.
class server {
public:
    static result<server> make(const server_config &config);

    result<void> close() const { return call(&syncline_server_close); }
    result<void> wind_down(std::uint64_t retry_after_millis, std::uint64_t within_millis) const {
        return call(&syncline_server_wind_down, retry_after_millis, within_millis);
    }
    result<void> shutdown(std::uint64_t retry_after_millis) const {
        return call(&syncline_server_shutdown, retry_after_millis);
    }

    /// The function object is called from any thread; it must not throw.
    template <class F>
    result<void> set_wake(F function) const {
        using hook = detail::wake<F>;
        F *owned = new F(std::move(function));
        return call(&syncline_server_set_wake, &hook::run, static_cast<void *>(owned), &hook::drop);
    }
    result<void> clear_wake() const {
        return call(&syncline_server_set_wake, nullptr, nullptr, nullptr);
    }

    /// Whether there was something.
    result<bool> poll(server_output &output) const {
        syncline_error *err = nullptr;
        const syncline_status status = syncline_server_poll(raw(), output.raw(), &err);
        if (status < 0) {
            return error(status, err);
        }
        return status == SYNCLINE_STATUS_OK;
    }

    result<void> set_now(std::uint64_t micros) const { return call(&syncline_server_set_now, micros); }
    result<std::optional<std::uint64_t>> deadline() const {
        return find<std::uint64_t>(&syncline_server_deadline);
    }

    result<void> connected(std::uint64_t conn) const { return call(&syncline_server_connected, conn); }
    result<void> receive(std::uint64_t conn, std::string_view frame) const {
        return call(&syncline_server_receive, conn, detail::bytes(frame), frame.size());
    }
    result<void> writable(std::uint64_t conn) const { return call(&syncline_server_writable, conn); }
    result<void> disconnected(std::uint64_t conn) const {
        return call(&syncline_server_disconnected, conn);
    }

    /// Prefixes of the keys that may be written; an empty prefix is every key, none is to read only.
    result<void> grant(std::uint64_t request, std::string_view principal,
                       const std::vector<std::string_view> &write) const {
        std::vector<syncline_text> prefixes;
        for (std::string_view prefix : write) {
            prefixes.push_back({prefix.data(), prefix.size()});
        }
        return call(&syncline_server_grant, request, principal.data(), principal.size(),
                    prefixes.data(), prefixes.size());
    }
    result<void> deny(std::uint64_t request, syncline_status status) const {
        return call(&syncline_server_deny, request, static_cast<std::int32_t>(status));
    }
    result<void> revoke(std::string_view principal) const {
        return call(&syncline_server_revoke, principal.data(), principal.size());
    }

    result<server_room> open(std::string_view name) const {
        auto number = get<std::uint32_t>(&syncline_server_room_open, name.data(), name.size());
        if (!number) {
            return number.why();
        }
        return server_room(handle_, *number);
    }
    result<std::optional<server_room>> find_room(std::string_view name) const {
        auto number = find<std::uint32_t>(&syncline_server_room_find, name.data(), name.size());
        if (!number) {
            return number.why();
        }
        return *number ? std::optional<server_room>(server_room(handle_, **number)) : std::nullopt;
    }
    /// The room of an output.
    server_room at(std::uint32_t number) const { return server_room(handle_, number); }

    result<buffer> rooms() const { return get<buffer>(&syncline_server_rooms); }
    result<std::uint64_t> new_item() const { return get<std::uint64_t>(&syncline_server_new_item); }
    result<buffer> limits() const { return get<buffer>(&syncline_server_limits); }
    result<buffer> metrics() const { return get<buffer>(&syncline_server_metrics); }
    /// How far the recording is that the option "flight" asked for, if it did.
    result<std::optional<buffer>> flight() const { return find<buffer>(&syncline_server_flight); }
    result<buffer> metrics_prometheus(std::string_view labels = {}) const {
        return get<buffer>(&syncline_server_metrics_prometheus, labels.data(), labels.size());
    }

    syncline_server *raw() const noexcept { return handle_.get(); }

private:
    friend struct detail::out<server>;
    explicit server(syncline_server *owned) : handle_(owned, &syncline_server_free) {}

    template <class F, class... A>
    result<void> call(F function, A... arguments) const {
        return detail::call([&](auto **err) { return function(raw(), arguments..., err); });
    }
    template <class T, class F, class... A>
    result<T> get(F function, A... arguments) const {
        return detail::get<T>(
            [&](auto *out, auto **err) { return function(raw(), arguments..., out, err); });
    }
    template <class T, class F, class... A>
    result<std::optional<T>> find(F function, A... arguments) const {
        return detail::find<T>(
            [&](auto *out, auto **err) { return function(raw(), arguments..., out, err); });
    }

    std::shared_ptr<syncline_server> handle_;
};

template <>
struct detail::out<server> {
    using raw = syncline_server *;
    static server take(raw value) { return server(value); }
};

inline result<server> server::make(const server_config &config) {
    if (auto checked = detail::check_abi(); !checked) {
        return checked.why();
    }
    syncline_server_config raw;
    syncline_server_config_init(&raw, sizeof raw);
    raw.mode = config.manual ? SYNCLINE_MODE_MANUAL : SYNCLINE_MODE_AUTOMATIC;
    raw.durability =
        config.is_volatile ? SYNCLINE_DURABILITY_VOLATILE : SYNCLINE_DURABILITY_DURABLE;
    raw.storage = config.storage.data();
    raw.storage_len = config.storage.size();
    raw.options = config.options.data();
    raw.options_len = config.options.size();
    for (std::size_t at = 0; at < config.seed.size(); at++) {
        raw.seed[at] = config.seed[at];
    }
    raw.now_micros = config.now_micros;
    return detail::get<server>(
        [&](auto *out, auto **err) { return syncline_server_new(&raw, out, err); });
}

} // namespace syncline

#endif
