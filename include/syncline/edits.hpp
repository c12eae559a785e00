// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Several edits that are to be one mutation.
#ifndef SYNCLINE_EDITS_HPP
#define SYNCLINE_EDITS_HPP

#include "result.hpp"

namespace syncline {

class edits;

template <>
struct detail::out<edits>;

/// The item before and the item after a place in a list; none is the start or the end.
struct place {
    std::optional<std::uint64_t> left = std::nullopt;
    std::optional<std::uint64_t> right = std::nullopt;
};

class edits {
public:
    static result<edits> make();

    std::size_t count() const noexcept { return syncline_edits_count(raw()); }
    void clear() noexcept { syncline_edits_clear(raw()); }

    /// A value as JSON text.
    result<void> set(std::string_view key, std::string_view json) {
        return detail::call([&](auto **err) {
            return syncline_edits_set(raw(), key.data(), key.size(), json.data(), json.size(), err);
        });
    }
    result<void> set_i64(std::string_view key, std::int64_t value) {
        return detail::call([&](auto **err) {
            return syncline_edits_set_i64(raw(), key.data(), key.size(), value, err);
        });
    }
    result<void> set_f64(std::string_view key, double value) {
        return detail::call([&](auto **err) {
            return syncline_edits_set_f64(raw(), key.data(), key.size(), value, err);
        });
    }
    result<void> set_bool(std::string_view key, bool value) {
        return detail::call([&](auto **err) {
            return syncline_edits_set_bool(raw(), key.data(), key.size(), value ? 1 : 0, err);
        });
    }
    result<void> set_text(std::string_view key, std::string_view text) {
        return detail::call([&](auto **err) {
            return syncline_edits_set_text(raw(), key.data(), key.size(), text.data(), text.size(), err);
        });
    }
    result<void> remove_key(std::string_view key) {
        return detail::call(
            [&](auto **err) { return syncline_edits_delete(raw(), key.data(), key.size(), err); });
    }
    result<void> merge(std::string_view key, std::string_view json) {
        return detail::call([&](auto **err) {
            return syncline_edits_merge(raw(), key.data(), key.size(), json.data(), json.size(), err);
        });
    }
    result<void> add_i64(std::string_view key, std::int64_t amount) {
        return detail::call([&](auto **err) {
            return syncline_edits_add_i64(raw(), key.data(), key.size(), amount, err);
        });
    }
    result<void> add_f64(std::string_view key, double amount) {
        return detail::call([&](auto **err) {
            return syncline_edits_add_f64(raw(), key.data(), key.size(), amount, err);
        });
    }
    result<void> expect(std::string_view key) {
        return detail::call(
            [&](auto **err) { return syncline_edits_expect(raw(), key.data(), key.size(), err); });
    }
    result<void> require(std::string_view key, std::uint64_t version) {
        return detail::call([&](auto **err) {
            return syncline_edits_require(raw(), key.data(), key.size(), version, err);
        });
    }
    result<void> insert(std::string_view key, std::uint64_t item, const place &where,
                        std::string_view json) {
        return detail::call([&](auto **err) {
            return syncline_edits_insert(raw(), key.data(), key.size(), item, at(where.left),
                                         at(where.right), json.data(), json.size(), err);
        });
    }
    result<void> remove(std::string_view key, std::uint64_t item) {
        return detail::call([&](auto **err) {
            return syncline_edits_remove(raw(), key.data(), key.size(), item, err);
        });
    }
    result<void> move(std::string_view key, std::uint64_t item, const place &where) {
        return detail::call([&](auto **err) {
            return syncline_edits_move(raw(), key.data(), key.size(), item, at(where.left),
                                       at(where.right), err);
        });
    }
    result<void> replace(std::string_view key, std::uint64_t item, std::string_view json) {
        return detail::call([&](auto **err) {
            return syncline_edits_replace(raw(), key.data(), key.size(), item, json.data(), json.size(),
                                          err);
        });
    }

    /// List items by their place in what the edits before make of the list.
    result<void> insert_at(std::string_view key, std::size_t index, std::uint64_t item,
                           std::string_view json) {
        return detail::call([&](auto **err) {
            return syncline_edits_insert_at(raw(), key.data(), key.size(), index, item, json.data(),
                                            json.size(), err);
        });
    }
    result<void> remove_at(std::string_view key, std::size_t index) {
        return detail::call([&](auto **err) {
            return syncline_edits_remove_at(raw(), key.data(), key.size(), index, err);
        });
    }
    result<void> move_to(std::string_view key, std::size_t from, std::size_t to) {
        return detail::call([&](auto **err) {
            return syncline_edits_move_to(raw(), key.data(), key.size(), from, to, err);
        });
    }
    result<void> replace_at(std::string_view key, std::size_t index, std::string_view json) {
        return detail::call([&](auto **err) {
            return syncline_edits_replace_at(raw(), key.data(), key.size(), index, json.data(),
                                             json.size(), err);
        });
    }

    syncline_edits *raw() const noexcept { return handle_.get(); }

private:
    friend struct detail::out<edits>;
    explicit edits(syncline_edits *owned) : handle_(owned, &syncline_edits_free) {}

    static const std::uint64_t *at(const std::optional<std::uint64_t> &item) noexcept {
        return item ? &*item : nullptr;
    }

    std::unique_ptr<syncline_edits, decltype(&syncline_edits_free)> handle_;
};

template <>
struct detail::out<edits> {
    using raw = syncline_edits *;
    static edits take(raw value) { return edits(value); }
};

inline result<edits> edits::make() {
    return detail::get<edits>([](auto *out, auto **err) { return syncline_edits_new(out, err); });
}

} // namespace syncline

#endif
