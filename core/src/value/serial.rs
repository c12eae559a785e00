//! Values as `serde_json` sees them: raw JSON text, not a tree.
//!
//! Only `serde_json` carries them, and not inside of `flatten`, `untagged` or internally tagged
//! types, which take text apart before a value sees it.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::RawValue;

use super::Value;
use crate::limit::Limits;

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = self.json();
        let raw: &RawValue = serde_json::from_str(&json).map_err(ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// Reads within the hard limits; call [`Value::check`] for lower ones.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_json(raw.get().as_bytes(), &Limits::HARD).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::super::arbitrary::json;
    use super::*;

    #[test]
    fn serde_json_carries_a_value_as_its_text() {
        let text = r#"{"b":1e+30,"a":[null,"é\n",0.1],"long":"longer than what lies inline"}"#;
        let value = json(text);
        assert_eq!(serde_json::to_string(&vec![value.clone()]).unwrap(), format!("[{text}]"));
        let spaced = text.replace(':', " : ");
        assert_eq!(serde_json::from_str::<Value>(&spaced).unwrap(), value);
        assert_eq!(serde_json::from_str::<Vec<Value>>("[ 1.0 ]").unwrap(), [json("1")]);
        assert!(serde_json::from_str::<Value>("9007199254740993").is_err());
        assert!(serde_json::from_str::<Value>(&"[".repeat(100_000)).is_err());
    }
}
