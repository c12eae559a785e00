// SPDX-License-Identifier: MIT OR Apache-2.0
//
// Views, the trees that are written for them, and screens.
#ifndef SYNCLINE_VIEW_HPP
#define SYNCLINE_VIEW_HPP

#include "result.hpp"

#include <vector>

namespace syncline {

class view;

/// What a screen shows: a revision of one epoch of a view.
struct view_cursor {
    std::uint64_t epoch = 0;
    std::uint64_t revision = 0;
};

/// A tree that is being written; see syncline_tree. One thread at a time uses it.
class tree {
public:
    result<void> clear() { return call(&syncline_tree_clear); }
    result<void> open(std::uint32_t tag) { return call(&syncline_tree_open, tag); }
    result<void> key(std::string_view key) { return say(&syncline_tree_key, key); }
    result<void> attribute(std::uint32_t name, std::string_view value) {
        return call(&syncline_tree_attribute, name, value.data(), value.size());
    }
    result<void> text(std::string_view text) { return say(&syncline_tree_text, text); }
    result<void> hole() { return call(&syncline_tree_hole); }
    /// HTML as it is: whoever gives it answers for what it does.
    result<void> raw(std::string_view html) { return say(&syncline_tree_raw, html); }
    result<void> fragment() { return call(&syncline_tree_fragment); }
    result<void> instance(std::uint32_t number, std::optional<std::string_view> key = {}) {
        return call(&syncline_tree_instance, number, first(key), size(key));
    }
    result<void> row(std::uint32_t number, std::optional<std::string_view> key,
                     const std::vector<std::string_view> &slots) {
        std::vector<syncline_text> texts;
        texts.reserve(slots.size());
        for (const std::string_view slot : slots) {
            texts.push_back({slot.data(), slot.size()});
        }
        return call(&syncline_tree_row, number, first(key), size(key), texts.data(), texts.size());
    }
    result<void> bound(std::uint32_t binding, std::optional<std::string_view> json) {
        return call(&syncline_tree_bound, binding, first(json), size(json));
    }
    result<void> choice(std::uint32_t binding, std::optional<std::string_view> json) {
        return call(&syncline_tree_choice, binding, first(json), size(json));
    }
    result<void> close() { return call(&syncline_tree_close); }

    syncline_tree *raw_handle() const noexcept { return tree_.get(); }

private:
    friend class view;
    struct free {
        void operator()(syncline_tree *tree) const noexcept { syncline_tree_free(tree); }
    };

    explicit tree(syncline_tree *owned) : tree_(owned) {}

    // Of none there is no address.
    static const char *first(const std::optional<std::string_view> &text) {
        return !text ? nullptr : text->data() == nullptr ? "" : text->data();
    }
    static std::size_t size(const std::optional<std::string_view> &text) {
        return text ? text->size() : 0;
    }

    template <class F, class... A>
    result<void> call(F function, A... arguments) {
        return detail::call([&](auto **err) { return function(tree_.get(), arguments..., err); });
    }
    template <class F>
    result<void> say(F function, std::string_view text) {
        return call(function, text.data(), text.size());
    }

    std::unique_ptr<syncline_tree, free> tree_;
};

/// What is rendered of one view, by revision. Copies are the same view.
class view {
public:
    static result<view> make(std::string_view name, std::uint64_t epoch) {
        syncline_view *made = nullptr;
        auto done = detail::call([&](auto **err) {
            return syncline_view_new(name.data(), name.size(), epoch, &made, err);
        });
        if (!done) {
            return done.why();
        }
        return view(made);
    }

    result<std::uint32_t> tag(std::string_view name) { return number(&syncline_view_tag, name); }
    result<std::uint32_t> attribute(std::string_view name) {
        return number(&syncline_view_attribute, name);
    }
    result<std::uint32_t> template_number(std::string_view markup) {
        return number(&syncline_view_template, markup);
    }
    result<std::uint32_t> binding(std::string_view json) {
        return number(&syncline_view_binding, json);
    }

    result<tree> begin() {
        syncline_tree *made = nullptr;
        auto done =
            detail::call([&](auto **err) { return syncline_tree_new(view_.get(), &made, err); });
        if (!done) {
            return done.why();
        }
        return tree(made);
    }
    /// The revision, which is the one before if the tree is the same.
    result<std::uint64_t> render(tree &written) {
        return revision(&syncline_view_render, written.raw_handle());
    }
    result<std::uint64_t> render_json(std::string_view json) {
        return revision(&syncline_view_render_json, json.data(), json.size());
    }
    result<std::uint64_t> absorb(const std::vector<std::string_view> &drafts) {
        std::vector<syncline_bytes> all;
        all.reserve(drafts.size());
        for (const std::string_view draft : drafts) {
            all.push_back({detail::bytes(draft), draft.size()});
        }
        return revision(&syncline_view_absorb, all.data(), all.size());
    }

    result<view_cursor> cursor() const {
        view_cursor at;
        auto done = detail::call([&](auto **err) {
            return syncline_view_cursor(view_.get(), &at.epoch, &at.revision, err);
        });
        if (!done) {
            return done.why();
        }
        return at;
    }
    /// Nothing for a screen that shows the latest revision.
    result<std::optional<buffer>> frame(view_cursor from) const {
        return detail::find<buffer>([&](auto *out, auto **err) {
            return syncline_view_frame(view_.get(), from.epoch, from.revision, out, err);
        });
    }
    result<buffer> frame_json(view_cursor from) const {
        return detail::get<buffer>([&](auto *out, auto **err) {
            return syncline_view_frame_json(view_.get(), from.epoch, from.revision, out, err);
        });
    }
    result<buffer> html() const {
        return detail::get<buffer>(
            [&](auto *out, auto **err) { return syncline_view_html(view_.get(), out, err); });
    }
    result<buffer> json() const {
        return detail::get<buffer>(
            [&](auto *out, auto **err) { return syncline_view_json(view_.get(), out, err); });
    }

    const syncline_view *raw() const noexcept { return view_.get(); }

private:
    explicit view(syncline_view *owned) : view_(owned, &syncline_view_free) {}

    template <class F>
    result<std::uint32_t> number(F function, std::string_view text) {
        return detail::get<std::uint32_t>([&](auto *out, auto **err) {
            return function(view_.get(), text.data(), text.size(), out, err);
        });
    }
    template <class F, class... A>
    result<std::uint64_t> revision(F function, A... arguments) {
        return detail::get<std::uint64_t>([&](auto *out, auto **err) {
            return function(view_.get(), arguments..., out, err);
        });
    }

    std::shared_ptr<syncline_view> view_;
};

/// What a reader of a view shows. Copies are the same screen.
class screen {
public:
    static result<screen> make() {
        syncline_screen *made = nullptr;
        auto done = detail::call([&](auto **err) { return syncline_screen_new(&made, err); });
        if (!done) {
            return done.why();
        }
        return screen(made);
    }

    result<void> take(std::string_view frame) {
        return detail::call([&](auto **err) {
            return syncline_screen_take(screen_.get(), detail::bytes(frame), frame.size(), err);
        });
    }
    /// The next thing that a page has to do, if there is one.
    result<std::optional<buffer>> change() {
        return detail::find<buffer>(
            [&](auto *out, auto **err) { return syncline_screen_change(screen_.get(), out, err); });
    }
    /// An empty room is that which the view is about.
    result<void> predict(std::uint64_t edit, std::string_view room, std::string_view key,
                         std::string_view json) {
        return detail::call([&](auto **err) {
            return syncline_screen_predict(screen_.get(), edit, some(room), room.size(), key.data(),
                                           key.size(), json.data(), json.size(), err);
        });
    }
    result<void> settle(std::uint64_t edit) {
        return detail::call(
            [&](auto **err) { return syncline_screen_settle(screen_.get(), edit, err); });
    }
    result<void> undo(std::uint64_t edit) {
        return detail::call(
            [&](auto **err) { return syncline_screen_undo(screen_.get(), edit, err); });
    }
    result<void> observe(std::string_view room, std::string_view key, std::string_view before,
                         std::string_view after) {
        return detail::call([&](auto **err) {
            return syncline_screen_observe(screen_.get(), some(room), room.size(), key.data(),
                                           key.size(), before.data(), before.size(), after.data(),
                                           after.size(), err);
        });
    }

    result<view_cursor> cursor() const {
        view_cursor at;
        auto done = detail::call([&](auto **err) {
            return syncline_screen_cursor(screen_.get(), &at.epoch, &at.revision, err);
        });
        if (!done) {
            return done.why();
        }
        return at;
    }
    result<buffer> html() const {
        return detail::get<buffer>(
            [&](auto *out, auto **err) { return syncline_screen_html(screen_.get(), out, err); });
    }
    result<buffer> metrics() const {
        return detail::get<buffer>([&](auto *out, auto **err) {
            return syncline_screen_metrics(screen_.get(), out, err);
        });
    }

private:
    explicit screen(syncline_screen *owned) : screen_(owned, &syncline_screen_free) {}

    static const char *some(std::string_view room) { return room.empty() ? nullptr : room.data(); }

    std::shared_ptr<syncline_screen> screen_;
};

} // namespace syncline

#endif
