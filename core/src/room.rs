//! One room: orders mutations, mints versions, tells what changed since.
