//! How values and contents look as bytes, and which looks are refused because no writer makes them.

use super::reader::malformed;
use super::{Reader, Writer, head, utf8};
use crate::error::{Code, Error};
use crate::id::ItemId;
use crate::list::{Item, List};
use crate::op::Content;
use crate::value::{Kind, Value};

/// Bytes of the smallest list item: its identity and a first byte.
const ITEM_BYTES_MIN: usize = 9;

impl Writer {
    /// A value.
    pub fn value(&mut self, value: &Value) {
        match value.kind() {
            Kind::Null => self.byte(head::NULL),
            Kind::Bool if value.as_bool() == Some(true) => self.byte(head::TRUE),
            Kind::Bool => self.byte(head::FALSE),
            Kind::Number => self.numeric(value),
            Kind::String => self.string(value),
            Kind::Array | Kind::Object => self.json(&value.json()),
        }
    }

    /// A key's content.
    pub fn content(&mut self, content: &Content) {
        match content {
            Content::Plain(value) => self.value(value),
            Content::List(list) => {
                self.byte(head::LIST);
                self.size(list.items().len());
                for item in list.items() {
                    self.fixed_u64(item.id.get());
                    self.value(&item.value);
                }
            }
        }
    }

    fn numeric(&mut self, value: &Value) {
        let Some(integer) = value.as_i64() else {
            self.byte(head::FLOAT);
            return self.fixed_u64(value.as_f64().unwrap_or_default().to_bits());
        };
        if let Some(byte) = small(integer) {
            self.byte(byte);
        } else {
            self.byte(head::INTEGER);
            self.signed(integer);
        }
    }

    /// A string without escapes goes as it is; escapes are kept, which spares both ends the work.
    fn string(&mut self, value: &Value) {
        let json = value.json();
        let text = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let Some(text) = text.filter(|text| !text.contains('\\')) else {
            return self.json(&json);
        };
        let short = u8::try_from(text.len()).ok().filter(|size| *size <= head::SHORT_MAX);
        if let Some(size) = short {
            self.byte(head::SHORT.saturating_add(size));
            self.raw(text.as_bytes());
        } else {
            self.byte(head::TEXT);
            self.text(text);
        }
    }

    fn json(&mut self, json: &str) {
        self.byte(head::JSON);
        self.text(json);
    }
}

impl Reader<'_> {
    /// A value, within the limits of values.
    pub fn value(&mut self) -> Result<Value, Error> {
        let first = self.byte()?;
        match first {
            head::NULL => Ok(Value::NULL),
            head::FALSE => Ok(Value::from_bool(false)),
            head::TRUE => Ok(Value::from_bool(true)),
            head::INTEGER => {
                let integer = self.signed()?;
                let value = Value::from_i64(integer)?;
                only_form(small(integer).is_none() && value.as_i64() == Some(integer), value)
            }
            head::FLOAT => {
                let bits = self.fixed_u64()?;
                let value = Value::from_f64(f64::from_bits(bits))?;
                let same = value.as_f64().is_some_and(|float| float.to_bits() == bits);
                only_form(same && value.as_i64().is_none(), value)
            }
            head::TEXT => {
                let text = self.text()?;
                self.string(text)
                    .and_then(|value| only_form(text.len() > usize::from(head::SHORT_MAX), value))
            }
            head::JSON => self.json(),
            head::SMALL.. => Value::from_i64(i64::from(first).saturating_sub(head::SMALL_BIAS)),
            head::SHORT.. => {
                let text = utf8(self.raw(usize::from(first.saturating_sub(head::SHORT)))?)?;
                self.string(text)
            }
            _ => Err(malformed("a value", &format!("first byte {first:#04x}"))),
        }
    }

    /// A key's content, within the limits of values.
    pub fn content(&mut self) -> Result<Content, Error> {
        if self.peek()? != head::LIST {
            return self.value().map(Content::Plain);
        }
        self.byte()?;
        let count = self.count(ITEM_BYTES_MIN)?;
        if count > self.limits().items {
            return Err(Error::limit(Code::TooManyItems, self.limits().items, "items", count));
        }
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(Item { id: ItemId::new(self.fixed_u64()?), value: self.value()? });
        }
        List::from_items(items, self.limits()).map(Content::List)
    }

    /// A string that needs no escapes: then the canonical JSON has just the quotes more.
    fn string(&self, text: &str) -> Result<Value, Error> {
        let value = Value::from_text(text, self.limits())?;
        only_form(value.json_len() == text.len().saturating_add(2), value)
    }

    fn json(&mut self) -> Result<Value, Error> {
        let json = self.blob()?;
        let value = Value::from_json(json, self.limits())?;
        let belongs = match value.kind() {
            Kind::Array | Kind::Object => true,
            Kind::String => json.contains(&b'\\'),
            Kind::Null | Kind::Bool | Kind::Number => false,
        };
        only_form(belongs && value.json().as_bytes() == json, value)
    }
}

/// The byte that stands for a small integer.
fn small(integer: i64) -> Option<u8> {
    let byte = u8::try_from(integer.checked_add(head::SMALL_BIAS)?).ok()?;
    (byte >= head::SMALL).then_some(byte)
}

/// A value, if the bytes that it was read from are those that a writer makes of it.
fn only_form(is: bool, value: Value) -> Result<Value, Error> {
    if is { Ok(value) } else { Err(malformed("a value in its only form", "another form")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::Limits;

    #[test]
    fn what_is_common_is_short() {
        let long = "x".repeat(64);
        for (json, bytes) in [
            ("null", &[0x00][..]),
            ("false", &[0x01]),
            ("true", &[0x02]),
            ("-32", &[0x60]),
            ("0", &[0x80]),
            ("127", &[0xff]),
            ("-33", &[0x03, 0x41]),
            ("128", &[0x03, 0x80, 0x02]),
            ("0.5", &[0x04, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f]),
            ("\"\"", &[0x20]),
            ("\"é\"", &[0x22, 0xc3, 0xa9]),
            ("\"\\n\"", b"\x06\x04\"\\n\""),
            ("[]", b"\x06\x02[]"),
            (&format!("\"{}\"", &long[1..]), format!("\x5f{}", &long[1..]).as_bytes()),
            (&format!("\"{long}\""), format!("\x05\x40{long}").as_bytes()),
        ] {
            let limits = Limits::default();
            let value = Value::from_json(json.as_bytes(), &limits).unwrap();
            let mut out = Writer::new();
            out.value(&value);
            assert_eq!(out.as_bytes(), bytes, "{json}");
            let mut reader = Reader::new(bytes, &limits);
            assert_eq!(reader.value().unwrap(), value, "{json}");
            reader.finish().unwrap();
        }
    }
}
