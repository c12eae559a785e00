//! What a client says to prove who it is, kept out of logs.

use core::fmt;
use core::ops::Deref;

/// A bearer token as the client sent it. `Debug` does not show it: it is a secret.
///
/// ```
/// use syncline_core::server::Token;
/// let token = Token::from("secret".to_owned());
/// assert_eq!(&*token, "secret");
/// assert_eq!(format!("{token:?}"), "(6 bytes)");
/// ```
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Token(String);

impl Token {
    /// The text itself.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl From<String> for Token {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Deref for Token {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Token {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} bytes)", self.0.len())
    }
}
