//! A number that equal rooms share, updated in constant time.
