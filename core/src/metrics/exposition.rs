//! The text in which a monitoring system reads counters (Prometheus exposition format 0.0.4).

use core::fmt::Write;

use crate::value::float_text;

/// What a family of samples is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Quantiles, a sum and a count.
    Summary,
}

/// The number of a sample.
pub(crate) trait Sampled {
    /// How it is written.
    fn text(self) -> String;
}

impl Sampled for u64 {
    fn text(self) -> String {
        self.to_string()
    }
}

impl Sampled for f64 {
    fn text(self) -> String {
        float_text(self)
    }
}

/// Writes families of samples, each with the labels that the host gave.
#[derive(Debug)]
pub(crate) struct Exposition<'a> {
    out: String,
    labels: &'a [(&'a str, &'a str)],
}

impl<'a> Exposition<'a> {
    /// A text whose samples carry these labels.
    pub(crate) const fn new(labels: &'a [(&'a str, &'a str)]) -> Self {
        Self { out: String::new(), labels }
    }

    /// The text.
    pub(crate) fn into_text(self) -> String {
        self.out
    }

    /// A counter of one sample; `name` ends in `_total`.
    pub(crate) fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, Kind::Counter, help);
        self.sample(name, None, value);
    }

    /// A gauge of one sample.
    pub(crate) fn gauge(&mut self, name: &str, help: &str, value: impl Sampled) {
        self.family(name, Kind::Gauge, help);
        self.sample(name, None, value);
    }

    /// The head of a family; its samples follow.
    pub(crate) fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Summary => "summary",
        };
        self.write(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    /// One sample. `own` is the label that tells the family's samples apart; a label of the host
    /// with that name gives way, and of two labels with one name the first stays.
    pub(crate) fn sample(&mut self, name: &str, own: Option<(&str, &str)>, value: impl Sampled) {
        self.sample_text(name, own, &value.text());
    }

    fn sample_text(&mut self, name: &str, own: Option<(&str, &str)>, value: &str) {
        self.out.push_str(name);
        let mut written = Vec::new();
        for &(label, text) in own.iter().chain(self.labels) {
            let label = label_name(label);
            if written.contains(&label) {
                continue;
            }
            self.out.push(if written.is_empty() { '{' } else { ',' });
            self.out.push_str(&label);
            self.out.push_str("=\"");
            escape(&mut self.out, text);
            self.out.push('"');
            written.push(label);
        }
        if !written.is_empty() {
            self.out.push('}');
        }
        self.write(format_args!(" {value}\n"));
    }

    /// Writing to a string does not fail.
    fn write(&mut self, text: core::fmt::Arguments<'_>) {
        let _ = self.out.write_fmt(text);
    }
}

/// The name with what the format does not allow replaced by `_`.
fn label_name(name: &str) -> String {
    let mut out: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if !out.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        out.insert(0, '_');
    }
    out
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cannot_break_the_text() {
        let table: [(&[(&str, &str)], &str); 6] = [
            (&[], "x{k=\"o\"} 1\n"),
            (&[("room", "a")], "x{k=\"o\",room=\"a\"} 1\n"),
            (&[("room", "a\"}\n\\")], "x{k=\"o\",room=\"a\\\"}\\n\\\\\"} 1\n"),
            (&[("9 b", "é")], "x{k=\"o\",_9_b=\"é\"} 1\n"),
            (&[("k", "mine"), ("a", "1"), ("a", "2")], "x{k=\"o\",a=\"1\"} 1\n"),
            (&[("", "")], "x{k=\"o\",_=\"\"} 1\n"),
        ];
        for (labels, want) in table {
            let mut text = Exposition::new(labels);
            text.sample("x", Some(("k", "o")), 1_u64);
            assert_eq!(text.into_text(), want);
        }
        let mut bare = Exposition::new(&[]);
        bare.gauge("depth", "How deep.", 2_u64);
        assert_eq!(bare.into_text(), "# HELP depth How deep.\n# TYPE depth gauge\ndepth 2\n");
    }
}
