//! The C library of syncline.
