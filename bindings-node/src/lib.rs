//! The npm package of syncline.
