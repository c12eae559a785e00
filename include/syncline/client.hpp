// SPDX-License-Identifier: MIT OR Apache-2.0
//
// A client, and what it wants done.
#ifndef SYNCLINE_CLIENT_HPP
#define SYNCLINE_CLIENT_HPP

#include "room.hpp"

#include <array>
#include <vector>

namespace syncline {

class client;

template <>
struct detail::out<client>;

/// How a client is to be; see syncline_client_config.
struct client_config {
    bool manual = false;
    std::string_view storage = {};
    std::string_view options = {};
    std::vector<std::string_view> blobs = {};
    std::array<std::uint8_t, 32> seed = {};
    std::uint64_t now_micros = 0;
};

/// One thing that a client wants done, or tells; made once and polled into again and again.
class client_output {
public:
    client_output() noexcept { syncline_client_output_init(&raw_, sizeof raw_); }
    ~client_output() { syncline_client_output_clear(&raw_); }
    client_output(const client_output &) = delete;
    client_output &operator=(const client_output &) = delete;

    const syncline_client_output *operator->() const noexcept { return &raw_; }
    syncline_client_output *raw() noexcept { return &raw_; }

private:
    syncline_client_output raw_{};
};

/// Everything that a client knows, and the latest record in it.
struct client_snapshot {
    buffer bytes;
    std::uint64_t record;
};

/// What became of a standby's proposal: a syncline_fate, and what belongs to it.
struct proposal_fate {
    std::uint32_t fate;
    std::uint64_t draft;
    std::int32_t status;
    std::uint32_t op;
};

/// A client. Copies are the same client, which ends with the last of them and of its rooms.
class client {
public:
    static result<client> make(const client_config &config);
    /// A client that follows another one.
    static result<client> standby(const client_config &config, std::uint64_t tab,
                                  std::string_view snapshot = {});

    /// The number of mutations without a verdict.
    result<std::uint64_t> close() const { return get<std::uint64_t>(&syncline_client_close); }

    /// The function object is called from any thread; it must not throw.
    template <class F>
    result<void> set_wake(F function) const {
        using hook = detail::wake<F>;
        F *owned = new F(std::move(function));
        return call(&syncline_client_set_wake, &hook::run, static_cast<void *>(owned), &hook::drop);
    }
    result<void> clear_wake() const {
        return call(&syncline_client_set_wake, nullptr, nullptr, nullptr);
    }

    /// Whether there was something.
    result<bool> poll(client_output &output) const {
        syncline_error *err = nullptr;
        const syncline_status status = syncline_client_poll(raw(), output.raw(), &err);
        if (status < 0) {
            return error(status, err);
        }
        return status == SYNCLINE_STATUS_OK;
    }

    result<std::uint64_t> now() const { return get<std::uint64_t>(&syncline_client_now); }
    result<void> set_now(std::uint64_t micros) const { return call(&syncline_client_set_now, micros); }
    result<std::optional<std::uint64_t>> deadline() const {
        return find<std::uint64_t>(&syncline_client_deadline);
    }

    result<void> connected(std::string_view token) const {
        return call(&syncline_client_connected, token.data(), token.size());
    }
    result<void> receive(std::string_view frame) const {
        return call(&syncline_client_receive, detail::bytes(frame), frame.size());
    }
    result<void> disconnected() const { return call(&syncline_client_disconnected); }
    result<void> reconnect() const { return call(&syncline_client_reconnect); }
    result<void> set_token(std::string_view token) const {
        return call(&syncline_client_set_token, token.data(), token.size());
    }

    result<void> persisted(std::uint64_t record) const {
        return call(&syncline_client_persisted, record);
    }
    result<void> persist_failed(syncline_status status, std::string_view message) const {
        return call(&syncline_client_persist_failed, static_cast<std::int32_t>(status), message.data(),
                    message.size());
    }
    result<std::optional<error>> storage_error() const {
        auto found = find<syncline_error *>(&syncline_client_storage_error);
        if (!found) {
            return found.why();
        }
        if (!*found) {
            return std::optional<error>();
        }
        return std::optional<error>(error(syncline_error_status(**found), **found));
    }

    result<room> open(std::string_view name, bool writes = true) const {
        auto number =
            get<std::uint32_t>(&syncline_client_room_open, name.data(), name.size(), writes ? 1 : 0);
        if (!number) {
            return number.why();
        }
        return room(handle_, *number);
    }
    result<std::optional<room>> find_room(std::string_view name) const {
        auto number = find<std::uint32_t>(&syncline_client_room_find, name.data(), name.size());
        if (!number) {
            return number.why();
        }
        return *number ? std::optional<room>(room(handle_, **number)) : std::nullopt;
    }
    /// The room of an output.
    room at(std::uint32_t number) const { return room(handle_, number); }

    result<void> flush() const { return call(&syncline_client_flush); }
    /// The mark that an output STORED names once all edits made so far are durable.
    result<std::uint64_t> ask_stored() const {
        return get<std::uint64_t>(&syncline_client_ask_stored);
    }
    result<std::uint32_t> status() const { return get<std::uint32_t>(&syncline_client_status); }
    result<std::uint64_t> pending() const { return get<std::uint64_t>(&syncline_client_pending); }
    result<std::uint64_t> new_item() const { return get<std::uint64_t>(&syncline_client_new_item); }
    result<buffer> limits() const { return get<buffer>(&syncline_client_limits); }
    result<buffer> metrics() const { return get<buffer>(&syncline_client_metrics); }
    /// How far the recording is that the option "flight" asked for, if it did.
    result<std::optional<buffer>> flight() const { return find<buffer>(&syncline_client_flight); }

    /// The next thing that a page has to do to show a view, if there is one.
    result<std::optional<buffer>> view_change(std::uint32_t view) const {
        return find<buffer>(&syncline_client_view_change, view);
    }
    result<buffer> view_html(std::uint32_t view) const {
        return get<buffer>(&syncline_client_view_html, view);
    }
    result<buffer> view_metrics(std::uint32_t view) const {
        return get<buffer>(&syncline_client_view_metrics, view);
    }
    result<void> unwatch(std::uint32_t view) const { return call(&syncline_client_unwatch, view); }

    result<buffer> metrics_prometheus(std::string_view labels = {}) const {
        return get<buffer>(&syncline_client_metrics_prometheus, labels.data(), labels.size());
    }

    // As one that others follow.

    result<client_snapshot> snapshot() const {
        std::uint64_t record = 0;
        auto bytes = get<buffer>([&](const auto *of, auto *out, auto **err) {
            return syncline_client_snapshot(of, out, &record, err);
        });
        if (!bytes) {
            return bytes.why();
        }
        return client_snapshot{std::move(*bytes), record};
    }
    result<std::uint64_t> adopt(std::uint64_t tab, std::string_view proposal) const {
        return get<std::uint64_t>(&syncline_client_adopt, tab, detail::bytes(proposal),
                                  proposal.size());
    }
    result<proposal_fate> fate(std::uint32_t room, std::uint64_t tab, std::uint64_t proposal,
                               std::uint64_t adopted = 0) const {
        proposal_fate told{};
        auto found = get<std::uint32_t>([&](const auto *of, auto *out, auto **err) {
            return syncline_client_fate(of, room, tab, proposal, adopted, out, &told.draft,
                                        &told.status, &told.op, err);
        });
        if (!found) {
            return found.why();
        }
        told.fate = *found;
        return told;
    }
    result<void> forget_tab(std::uint64_t tab) const {
        return call(&syncline_client_forget_tab, tab);
    }

    // As one that follows another.

    result<void> follow(std::string_view bytes, bool replace) const {
        return call(&syncline_client_follow, detail::bytes(bytes), bytes.size(), replace ? 1 : 0);
    }
    result<void> propose_again() const { return call(&syncline_client_propose_again); }
    result<std::uint64_t> proposals() const {
        return get<std::uint64_t>(&syncline_client_proposals);
    }
    result<void> withdraw(std::uint32_t room, std::uint64_t proposal, syncline_status why) const {
        return call(&syncline_client_withdraw, room, proposal, static_cast<std::int32_t>(why));
    }

    syncline_client *raw() const noexcept { return handle_.get(); }

private:
    template <class F>
    static result<client> make_by(const client_config &config, F function);

    friend struct detail::out<client>;
    explicit client(syncline_client *owned) : handle_(owned, &syncline_client_free) {}

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

    std::shared_ptr<syncline_client> handle_;
};

template <>
struct detail::out<client> {
    using raw = syncline_client *;
    static client take(raw value) { return client(value); }
};

template <class F>
result<client> client::make_by(const client_config &config, F function) {
    if (auto checked = detail::check_abi(); !checked) {
        return checked.why();
    }
    std::vector<syncline_bytes> blobs;
    for (std::string_view blob : config.blobs) {
        blobs.push_back({detail::bytes(blob), blob.size()});
    }
    syncline_client_config raw;
    syncline_client_config_init(&raw, sizeof raw);
    raw.mode = config.manual ? SYNCLINE_MODE_MANUAL : SYNCLINE_MODE_AUTOMATIC;
    raw.storage = config.storage.data();
    raw.storage_len = config.storage.size();
    raw.options = config.options.data();
    raw.options_len = config.options.size();
    raw.blobs = blobs.data();
    raw.blob_count = blobs.size();
    for (std::size_t at = 0; at < config.seed.size(); at++) {
        raw.seed[at] = config.seed[at];
    }
    raw.now_micros = config.now_micros;
    return detail::get<client>(
        [&](auto *out, auto **err) { return function(&raw, out, err); });
}

inline result<client> client::make(const client_config &config) {
    return make_by(config, &syncline_client_new);
}

inline result<client> client::standby(const client_config &config, std::uint64_t tab,
                                      std::string_view snapshot) {
    return make_by(config, [&](const auto *raw, auto *out, auto **err) {
        return syncline_client_standby_new(raw, tab, detail::bytes(snapshot), snapshot.size(), out,
                                           err);
    });
}

} // namespace syncline

#endif
