//! How `consume` prints a record: value (and key), a kcat format, or one JSON object.

use std::io::Write;

use kconnect_client::consumer::{RecordView, TimestampType};
use serde_json::{Map, Value as Json, json};

use super::Failure;
use super::args::Consume;
use super::escape::unescape;

/// A parsed way to print.
pub struct Printer {
    form: Form,
    delimiter: Vec<u8>,
    null: Vec<u8>,
}

enum Form {
    Value { key_separator: Option<Vec<u8>> },
    Pieces(Vec<Piece>),
    Json,
}

enum Piece {
    Text(Vec<u8>),
    Topic,
    Partition,
    Offset,
    Timestamp,
    Key,
    KeyLength,
    Value,
    ValueLength,
    Headers,
}

impl Printer {
    /// What the arguments ask for.
    pub fn new(args: &Consume) -> Result<Self, Failure> {
        let delimiter = unescape(&args.delimiter);
        let null = unescape(&args.null);
        if let Some(format) = &args.format {
            // As in kcat, a format says itself what ends a record.
            return Ok(Self { form: Form::Pieces(pieces(format)?), delimiter: Vec::new(), null });
        }
        let form = if args.json {
            Form::Json
        } else {
            Form::Value { key_separator: args.key_separator.as_deref().map(unescape) }
        };
        Ok(Self { form, delimiter, null })
    }

    /// Prints one record.
    pub fn print(
        &self,
        out: &mut impl Write,
        topic: &str,
        partition: i32,
        record: &RecordView<'_>,
    ) -> std::io::Result<()> {
        match &self.form {
            Form::Value { key_separator } => {
                if let Some(separator) = key_separator {
                    out.write_all(record.key().unwrap_or(&self.null))?;
                    out.write_all(separator)?;
                }
                out.write_all(record.value().unwrap_or(&self.null))?;
            }
            Form::Pieces(pieces) => {
                for piece in pieces {
                    self.piece(out, piece, topic, partition, record)?;
                }
            }
            Form::Json => write!(out, "{}", object(topic, partition, record))?,
        }
        out.write_all(&self.delimiter)
    }

    fn piece(
        &self,
        out: &mut impl Write,
        piece: &Piece,
        topic: &str,
        partition: i32,
        record: &RecordView<'_>,
    ) -> std::io::Result<()> {
        let length = |bytes: Option<&[u8]>| bytes.map_or(-1, |bytes| bytes.len() as i64);
        match piece {
            Piece::Text(text) => out.write_all(text),
            Piece::Topic => out.write_all(topic.as_bytes()),
            Piece::Partition => write!(out, "{partition}"),
            Piece::Offset => write!(out, "{}", record.offset()),
            Piece::Timestamp => write!(out, "{}", record.timestamp()),
            Piece::Key => out.write_all(record.key().unwrap_or(&self.null)),
            Piece::KeyLength => write!(out, "{}", length(record.key())),
            Piece::Value => out.write_all(record.value().unwrap_or(&self.null)),
            Piece::ValueLength => write!(out, "{}", length(record.value())),
            Piece::Headers => {
                for (index, header) in record.headers().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(out, "{comma}{}=", header.key_text())?;
                    out.write_all(header.value.unwrap_or(&self.null))?;
                }
                Ok(())
            }
        }
    }
}

fn pieces(format: &str) -> Result<Vec<Piece>, Failure> {
    let mut pieces = Vec::new();
    let mut parts = format.split('%');
    pieces.push(Piece::Text(unescape(parts.next().unwrap_or_default())));
    let mut after_percent = parts.peekable();
    while let Some(part) = after_percent.next() {
        let mut rest = part.chars();
        let piece = match rest.next() {
            Some('t') => Piece::Topic,
            Some('p') => Piece::Partition,
            Some('o') => Piece::Offset,
            Some('T') => Piece::Timestamp,
            Some('k') => Piece::Key,
            Some('K') => Piece::KeyLength,
            Some('s') => Piece::Value,
            Some('S') => Piece::ValueLength,
            Some('h') => Piece::Headers,
            // `%%` splits into an empty part and the next one.
            None if after_percent.peek().is_some() => {
                pieces.push(Piece::Text(b"%".to_vec()));
                pieces.push(Piece::Text(unescape(after_percent.next().unwrap_or_default())));
                continue;
            }
            other => {
                let what = other.map_or_else(|| "nothing".to_owned(), |c| format!("'{c}'"));
                return Err(format!("-f: {what} after %; known are t p o T k K s S h and %%").into());
            }
        };
        pieces.push(piece);
        pieces.push(Piece::Text(unescape(rest.as_str())));
    }
    Ok(pieces)
}

/// kcat's JSON envelope. Bytes that are no UTF-8 are replaced, as there.
fn object(topic: &str, partition: i32, record: &RecordView<'_>) -> Json {
    let text = |bytes: Option<&[u8]>| bytes.map_or(Json::Null, |b| json!(String::from_utf8_lossy(b)));
    let mut object = Map::new();
    object.insert("topic".into(), json!(topic));
    object.insert("partition".into(), json!(partition));
    object.insert("offset".into(), json!(record.offset()));
    let kind = match record.timestamp_type() {
        TimestampType::CreateTime => "create",
        TimestampType::LogAppendTime => "logappend",
        _ => "unknown",
    };
    object.insert("tstype".into(), json!(kind));
    object.insert("ts".into(), json!(record.timestamp()));
    let headers: Vec<Json> =
        record.headers().flat_map(|header| [json!(header.key_text()), text(header.value)]).collect();
    if !headers.is_empty() {
        object.insert("headers".into(), Json::Array(headers));
    }
    object.insert("key".into(), text(record.key()));
    object.insert("payload".into(), text(record.value()));
    Json::Object(object)
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn formats() {
        for (format, count) in [("%t[%p]@%o: %s\\n", 9), ("100%% %k", 5), ("plain", 1)] {
            assert_eq!(pieces(format).unwrap().len(), count, "{format}");
        }
        for bad in ["%x", "%"] {
            assert!(pieces(bad).err().unwrap().to_string().contains("after %"), "{bad}");
        }
    }
}
