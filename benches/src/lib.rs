//! Benchmarks of syncline.
