//! How much memory bytes may cost.

/// Does something with `input` bytes, which may hold no more than `each` bytes of memory for each of them, and
/// `base` in any case.
pub(crate) fn within<T>(input: usize, each: usize, base: usize, work: impl FnOnce() -> T) -> T {
    let mut done = None;
    let heap = allocation_counter::measure(|| done = Some(work())).bytes_max;
    let most = u64::try_from(input * each + base).unwrap();
    assert!(heap <= most, "{heap} bytes of memory for {input} bytes, and not {most}");
    done.unwrap()
}
