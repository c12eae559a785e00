//! What can be done to a role: what is recorded of it, how it is read, and how it is done again.
//!
//! A table names every call that changes a role. From it come the calls of a [`Recorded`](super::Recorded) role,
//! which writes each down before it is done, and what a recording is read as. A role that is recorded can be looked
//! at, and changed by nothing else.

use core::fmt::Debug;

use crate::error::Error;
use crate::time::Time;
use crate::wire::Reader;

use super::Recorded;
use super::recorder::Check;

/// What is told of a role in answer to a call.
pub(super) trait Told: Debug {
    /// Adds what is told to what is compared.
    fn check(&self, check: &mut Check) {
        check.words(self);
    }

    /// What is told, in words; nothing if it goes without saying.
    fn words(&self) -> Option<String> {
        Some(format!("{self:?}"))
    }
}

impl Told for () {
    fn check(&self, _: &mut Check) {}

    fn words(&self) -> Option<String> {
        None
    }
}

impl<T: Debug> Told for Result<T, Error> {}

/// One input of a role, as it was recorded.
pub(super) trait Input<R>: Debug + Sized {
    /// The input with this number, and when it came, after this moment.
    fn take(tag: u8, latest: Time, bytes: &mut Reader<'_>) -> Result<(Option<Time>, Self), Error>;
    /// Does it again, and says in words what the role told.
    fn again(&self, role: &mut Recorded<R>, at: Time) -> Option<String>;
    /// Whether it only asks the role for more of what the input before led to.
    fn follows(tag: u8) -> bool;
}

/// The inputs of a role. Numbers are never given again.
macro_rules! inputs {
    (@time) => { None };
    (@time $now:ident) => { Some($now) };
    (@read $latest:ident, $bytes:ident,) => { None };
    (@read $latest:ident, $bytes:ident, $now:ident) => { Some(super::page::time($latest, $bytes)?) };
    (
        $(#[$doc:meta])*
        $input:ident of $role:ident, after which come [$($follows:literal),*];
        $(
            $(#[$attribute:meta])*
            $tag:literal $variant:ident = $name:ident($($now:ident)?; $($field:ident: $given:ty => $kept:ty),*) -> $told:ty;
        )*
    ) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) enum $input {
            $($(#[$attribute])* $variant { $($field: $kept),* },)*
        }

        impl $input {
            /// What its calls are called.
            pub(super) const NAMES: &[&str] = &[$($(#[$attribute])* stringify!($variant),)*];
        }

        impl $crate::host::flight::Recorded<$role> {
            $(
                $(#[$attribute])*
                pub(in $crate::host) fn $name(
                    &mut self,
                    $($now: $crate::time::Time,)?
                    $($field: $given),*
                ) -> $told {
                    let (role, log) = self.parts();
                    log.input($tag, inputs!(@time $($now)?), <$input as Input<$role>>::follows($tag), |_page| {
                        $(<$kept as Field<'_, $given>>::put(&$field, _page);)*
                    });
                    let told = role.$name($($now,)? $($field),*);
                    log.told(&told);
                    told
                }
            )*
        }

        impl Input<$role> for $input {
            fn take(
                tag: u8,
                latest: $crate::time::Time,
                bytes: &mut $crate::wire::Reader<'_>,
            ) -> Result<(Option<$crate::time::Time>, Self), $crate::error::Error> {
                Ok(match tag {
                    $(
                        $(#[$attribute])*
                        $tag => {
                            let now = inputs!(@read latest, bytes, $($now)?);
                            $(let $field = <$kept as Field<'_, $given>>::take(bytes)?;)*
                            (now, Self::$variant { $($field),* })
                        }
                    )*
                    other => return Err(super::page::unknown("the number of an input", other)),
                })
            }

            fn again(
                &self,
                role: &mut $crate::host::flight::Recorded<$role>,
                _at: $crate::time::Time,
            ) -> Option<String> {
                match self {
                    $(
                        $(#[$attribute])*
                        Self::$variant { $($field),* } => {
                            $(let $now = _at;)?
                            let told = role.$name(
                                $($now,)?
                                $(<$kept as Field<'_, $given>>::lend($field)),*
                            );
                            Told::words(&told)
                        }
                    )*
                }
            }

            fn follows(tag: u8) -> bool {
                [$($follows),*].contains(&tag)
            }
        }
    };
}

pub(super) use inputs;
