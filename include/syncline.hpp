// SPDX-License-Identifier: MIT OR Apache-2.0
#ifndef SYNCLINE_HPP
#define SYNCLINE_HPP

#include "syncline.h"

#endif
