//! The Python wheel of syncline.
