// SPDX-License-Identifier: MIT OR Apache-2.0
//
// One room of a client: its edits, what it shows, and how it is.
#ifndef SYNCLINE_ROOM_HPP
#define SYNCLINE_ROOM_HPP

#include "edits.hpp"

namespace syncline {

/// How far a room is from its server, and when all was last well.
struct room_status {
    std::uint32_t status;
    std::uint64_t synced_micros;
};

/// One room of a client, by its number.
class room {
public:
    room(std::shared_ptr<syncline_client> client, std::uint32_t number)
        : client_(std::move(client)), number_(number) {}

    std::uint32_t number() const noexcept { return number_; }

    // Edits. Each gives the number under which its verdict is told.

    result<std::uint64_t> set(std::string_view key, std::string_view json) const {
        return edit(&syncline_client_set, key, json.data(), json.size());
    }
    result<std::uint64_t> set_text(std::string_view key, std::string_view text) const {
        return edit(&syncline_client_set_text, key, text.data(), text.size());
    }
    result<std::uint64_t> set_i64(std::string_view key, std::int64_t value) const {
        return edit(&syncline_client_set_i64, key, value);
    }
    result<std::uint64_t> set_f64(std::string_view key, double value) const {
        return edit(&syncline_client_set_f64, key, value);
    }
    result<std::uint64_t> set_bool(std::string_view key, bool value) const {
        return edit(&syncline_client_set_bool, key, value ? 1 : 0);
    }
    result<std::uint64_t> remove_key(std::string_view key) const {
        return edit(&syncline_client_delete, key);
    }
    result<std::uint64_t> merge(std::string_view key, std::string_view json) const {
        return edit(&syncline_client_merge, key, json.data(), json.size());
    }
    result<std::uint64_t> add_i64(std::string_view key, std::int64_t amount) const {
        return edit(&syncline_client_add_i64, key, amount);
    }
    result<std::uint64_t> add_f64(std::string_view key, double amount) const {
        return edit(&syncline_client_add_f64, key, amount);
    }
    result<std::uint64_t> insert_at(std::string_view key, std::size_t index,
                                    std::string_view json) const {
        return edit(&syncline_client_insert_at, key, index, json.data(), json.size());
    }
    result<std::uint64_t> remove_at(std::string_view key, std::size_t index) const {
        return edit(&syncline_client_remove_at, key, index);
    }
    result<std::uint64_t> move_to(std::string_view key, std::size_t from, std::size_t to) const {
        return edit(&syncline_client_move_to, key, from, to);
    }
    result<std::uint64_t> replace_at(std::string_view key, std::size_t index,
                                     std::string_view json) const {
        return edit(&syncline_client_replace_at, key, index, json.data(), json.size());
    }
    result<std::uint64_t> batch(const edits &all) const {
        return get<std::uint64_t>(&syncline_client_batch, all.raw());
    }
    /// Nothing, if nothing had to be made.
    result<std::optional<std::uint64_t>> resolve(std::uint64_t draft, std::uint32_t resolution,
                                                 std::string_view json = {}) const {
        return find<std::uint64_t>(&syncline_client_resolve, draft, resolution, json.data(), json.size());
    }

    // What the room shows; nothing where there is no value.

    result<std::optional<buffer>> get(std::string_view key) const {
        return find<buffer>(&syncline_client_get, key.data(), key.size());
    }
    result<std::optional<buffer>> get_confirmed(std::string_view key) const {
        return find<buffer>(&syncline_client_get_confirmed, key.data(), key.size());
    }
    result<std::optional<buffer>> get_items(std::string_view key) const {
        return find<buffer>(&syncline_client_get_items, key.data(), key.size());
    }
    result<std::optional<buffer>> get_text(std::string_view key) const {
        return find<buffer>(&syncline_client_get_text, key.data(), key.size());
    }
    result<std::optional<std::int64_t>> get_i64(std::string_view key) const {
        return find<std::int64_t>(&syncline_client_get_i64, key.data(), key.size());
    }
    result<std::optional<double>> get_f64(std::string_view key) const {
        return find<double>(&syncline_client_get_f64, key.data(), key.size());
    }
    result<std::optional<std::int32_t>> get_bool(std::string_view key) const {
        return find<std::int32_t>(&syncline_client_get_bool, key.data(), key.size());
    }
    result<buffer> entries(std::string_view prefix = {}) const {
        return get<buffer>(&syncline_client_entries, prefix.data(), prefix.size());
    }
    result<buffer> keys(std::string_view prefix = {}) const {
        return get<buffer>(&syncline_client_keys, prefix.data(), prefix.size());
    }

    // Presence.

    result<void> set_presence(std::string_view json) const {
        return call(&syncline_client_set_presence, json.data(), json.size());
    }
    result<void> clear_presence() const { return call(&syncline_client_clear_presence); }
    result<buffer> presences() const { return get<buffer>(&syncline_client_presences); }
    result<std::optional<buffer>> presence_own() const {
        return find<buffer>(&syncline_client_presence_own);
    }
    /// The number of the view; see client::view_change().
    result<std::uint32_t> watch(std::string_view name) const {
        return get<std::uint32_t>(&syncline_client_watch, name.data(), name.size());
    }
    result<std::optional<std::uint32_t>> presence_id() const {
        return find<std::uint32_t>(&syncline_client_presence_id);
    }

    // How it is.

    result<std::optional<buffer>> name() const { return find<buffer>(&syncline_client_room_name); }
    result<bool> ready() const {
        syncline_error *err = nullptr;
        const syncline_status status = syncline_client_room_ready(client_.get(), number_, &err);
        if (status < 0) {
            return error(status, err);
        }
        return status == SYNCLINE_STATUS_OK;
    }
    /// Why the client does not come in and does not ask again by itself: a syncline_status.
    result<std::optional<std::int32_t>> denied() const {
        return find<std::int32_t>(&syncline_client_room_denied);
    }
    result<std::optional<room_status>> status() const {
        room_status told{};
        auto found = find<std::uint32_t>([&](const auto *of, auto number, auto *out, auto **err) {
            return syncline_client_room_status(of, number, out, &told.synced_micros, err);
        });
        if (!found) {
            return found.why();
        }
        if (!*found) {
            return std::optional<room_status>();
        }
        told.status = **found;
        return std::optional<room_status>(told);
    }
    result<std::optional<std::uint64_t>> version() const {
        return find<std::uint64_t>(&syncline_client_room_version);
    }
    result<std::optional<std::uint64_t>> epoch() const {
        return find<std::uint64_t>(&syncline_client_room_epoch);
    }
    result<std::optional<std::uint32_t>> durability() const {
        return find<std::uint32_t>(&syncline_client_room_durability);
    }
    result<std::uint64_t> pending() const {
        return get<std::uint64_t>(&syncline_client_room_pending);
    }
    result<void> close() const { return call(&syncline_client_room_close); }
    result<void> forget() const { return call(&syncline_client_room_forget); }

private:
    template <class F, class... A>
    result<void> call(F function, A... arguments) const {
        return detail::call(
            [&](auto **err) { return function(client_.get(), number_, arguments..., err); });
    }
    template <class T, class F, class... A>
    result<T> get(F function, A... arguments) const {
        return detail::get<T>([&](auto *out, auto **err) {
            return function(client_.get(), number_, arguments..., out, err);
        });
    }
    template <class T, class F, class... A>
    result<std::optional<T>> find(F function, A... arguments) const {
        return detail::find<T>([&](auto *out, auto **err) {
            return function(client_.get(), number_, arguments..., out, err);
        });
    }
    template <class F, class... A>
    result<std::uint64_t> edit(F function, std::string_view key, A... arguments) const {
        return get<std::uint64_t>(function, key.data(), key.size(), arguments...);
    }

    std::shared_ptr<syncline_client> client_;
    std::uint32_t number_;
};

} // namespace syncline

#endif
