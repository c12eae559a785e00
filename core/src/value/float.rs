//! How floats are written and read: by tables, or where these weigh too much, by exact arithmetic.

#[cfg(any(test, not(feature = "fast")))]
mod big;
#[cfg(any(test, not(feature = "fast")))]
mod exact;

#[cfg(not(feature = "fast"))]
pub(super) use exact::{parse, with};
#[cfg(feature = "fast")]
pub(super) use table::{parse, with};

/// A float as ECMAScript spells it, also one that no number is.
pub(crate) fn text(value: f64) -> String {
    with(value, str::to_owned)
}

/// A finite float with so many digits after the point, the nearest ones, of two the even one.
#[cfg(feature = "views")]
pub(crate) fn fixed(value: f64, places: usize) -> String {
    #[cfg(feature = "fast")]
    let told = format!("{value:.places$}");
    #[cfg(not(feature = "fast"))]
    let told = exact::fixed(value, places);
    told
}

#[cfg(feature = "fast")]
mod table {
    /// Gives a float as ECMAScript spells it, also one that no number is.
    pub(in super::super) fn with<T>(value: f64, take: impl FnOnce(&str) -> T) -> T {
        take(ryu_js::Buffer::new().format(value))
    }

    /// The float nearest to a decimal; infinite if there is none.
    pub(in super::super) fn parse(spelling: &str) -> Option<f64> {
        spelling.parse().ok()
    }
}
