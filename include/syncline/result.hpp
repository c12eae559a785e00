// SPDX-License-Identifier: MIT OR Apache-2.0
//
// A value or an error, and the buffers that values come in.
#ifndef SYNCLINE_RESULT_HPP
#define SYNCLINE_RESULT_HPP

#include "../syncline.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace syncline {

/// What went wrong.
class error {
public:
    explicit error(syncline_status status, syncline_error *owned = nullptr)
        : status_(status), story_(owned, &syncline_error_free) {}

    syncline_status status() const noexcept { return status_; }
    std::string_view name() const noexcept { return syncline_status_name(status_); }
    std::string_view message() const noexcept {
        return story_ ? text(&syncline_error_message) : syncline_status_message(status_);
    }
    std::string_view expected() const noexcept { return text(&syncline_error_expected); }
    std::string_view got() const noexcept { return text(&syncline_error_got); }

private:
    using teller = const char *(*)(const syncline_error *, std::size_t *);

    std::string_view text(teller tell) const noexcept {
        std::size_t len = 0;
        const char *first = tell(story_.get(), &len);
        return {first, len};
    }

    syncline_status status_;
    std::shared_ptr<syncline_error> story_;
};

/// What `result::value()` throws.
class exception : public std::exception {
public:
    explicit exception(error e) : error_(std::move(e)), what_(error_.message()) {}
    const char *what() const noexcept override { return what_.c_str(); }
    const error &why() const noexcept { return error_; }

private:
    error error_;
    std::string what_;
};

/// A value or an error.
template <class T>
class [[nodiscard]] result {
    using held = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

public:
    using value_type = T;

    result(held value) : either_(std::in_place_index<0>, std::move(value)) {}
    result(error e) : either_(std::in_place_index<1>, std::move(e)) {}

    bool ok() const noexcept { return either_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    /// The value; without one this throws, or ends the program if it is compiled without exceptions.
    held &value() & {
        require();
        return *std::get_if<0>(&either_);
    }
    held &&value() && {
        require();
        return std::move(*std::get_if<0>(&either_));
    }
    /// The value, which must be there.
    held &operator*() & noexcept { return *std::get_if<0>(&either_); }
    held &&operator*() && noexcept { return std::move(*std::get_if<0>(&either_)); }
    held *operator->() noexcept { return std::get_if<0>(&either_); }

    /// The error, which must be there.
    const error &why() const noexcept { return *std::get_if<1>(&either_); }
    syncline_status status() const noexcept { return ok() ? SYNCLINE_STATUS_OK : why().status(); }

private:
    void require() const {
        if (!ok()) {
#if defined(__cpp_exceptions)
            throw exception(why());
#else
            std::abort();
#endif
        }
    }

    std::variant<held, error> either_;
};

/// Bytes that the library made.
class buffer {
public:
    buffer() noexcept = default;
    explicit buffer(syncline_buf owned) noexcept : raw_(owned) {}
    buffer(buffer &&other) noexcept : raw_(std::exchange(other.raw_, syncline_buf{})) {}
    buffer &operator=(buffer &&other) noexcept {
        std::swap(raw_, other.raw_);
        return *this;
    }
    buffer(const buffer &) = delete;
    buffer &operator=(const buffer &) = delete;
    ~buffer() { syncline_buf_free(&raw_); }

    const std::uint8_t *data() const noexcept { return raw_.ptr; }
    std::size_t size() const noexcept { return raw_.len; }
    std::string_view view() const noexcept {
        return {static_cast<const char *>(static_cast<const void *>(raw_.ptr)), raw_.len};
    }
    std::string str() const { return std::string(view()); }

private:
    syncline_buf raw_{};
};

/// What a buffer inside an output holds.
inline std::string_view content(const syncline_buf &buf) noexcept {
    return {static_cast<const char *>(static_cast<const void *>(buf.ptr)), buf.len};
}

namespace detail {

/// Bytes as C takes them.
inline const std::uint8_t *bytes(std::string_view view) noexcept {
    return static_cast<const std::uint8_t *>(static_cast<const void *>(view.data()));
}

/// Calls a function that gives nothing.
template <class F>
result<void> call(F &&function) {
    syncline_error *err = nullptr;
    const syncline_status status = function(&err);
    if (status < 0) {
        return error(status, err);
    }
    return std::monostate{};
}

template <class T>
struct out {
    using raw = T;
    static T take(raw value) { return value; }
};

template <>
struct out<buffer> {
    using raw = syncline_buf;
    static buffer take(raw value) { return buffer(value); }
};

/// Calls a function that gives a value.
template <class T, class F>
result<T> get(F &&function) {
    typename out<T>::raw value{};
    syncline_error *err = nullptr;
    const syncline_status status = function(&value, &err);
    if (status < 0) {
        return error(status, err);
    }
    return out<T>::take(value);
}

/// Calls a function that may have nothing to give.
template <class T, class F>
result<std::optional<T>> find(F &&function) {
    typename out<T>::raw value{};
    syncline_error *err = nullptr;
    const syncline_status status = function(&value, &err);
    if (status < 0) {
        return error(status, err);
    }
    if (status == SYNCLINE_STATUS_DONE) {
        return std::optional<T>();
    }
    return std::optional<T>(out<T>::take(value));
}

/// Whether the library that is running is one that this header was made for.
inline result<void> check_abi() {
    if (syncline_abi_version() != SYNCLINE_ABI_VERSION) {
        return error(SYNCLINE_STATUS_UNSUPPORTED);
    }
    return std::monostate{};
}

/// Hangs a function object on a wake callback.
template <class F>
struct wake {
    static void run(void *user_data) { (*static_cast<F *>(user_data))(); }
    static void drop(void *user_data) { delete static_cast<F *>(user_data); }
};

} // namespace detail
} // namespace syncline

#endif
