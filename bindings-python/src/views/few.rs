//! What an element holds: mostly one thing, which needs no memory of its own.

/// Any number of things.
pub(super) enum Few<T> {
    One(T),
    Many(Box<[T]>),
}

impl<T> Few<T> {
    pub(super) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(many: Vec<T>) -> Self {
        Self::Many(many.into())
    }
}
