// SPDX-License-Identifier: MIT OR Apache-2.0
//
// syncline for C++17: the functions of syncline.h as classes that free what they hold.
//
// Nothing here throws unless it is asked to: what can fail returns a `result`, which is a value or an
// `error`; only `result::value()` throws, and without exceptions it ends the program. Texts and bytes
// go in as `std::string_view` and come out as `buffer`, which owns them. A `client`, a `server` and their
// rooms, a `view` and a `screen` are handles: copies are the same thing, and every method may be called from any thread. What
// each method means is written at the function of syncline.h that it calls.
#ifndef SYNCLINE_HPP
#define SYNCLINE_HPP

#include "syncline/client.hpp"
#include "syncline/edits.hpp"
#include "syncline/result.hpp"
#include "syncline/room.hpp"
#include "syncline/server.hpp"
#include "syncline/view.hpp"

#endif
