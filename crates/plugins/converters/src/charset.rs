//! Charsets by the names that Java knows.
//!
//! The standard ones are written out here, since Java's ISO-8859-1 and US-ASCII are not what browsers mean by these
//! names; the others come from `encoding_rs`. As in Java, what a charset cannot express is written as `?` and what
//! cannot be read becomes U+FFFD.

use encoding_rs::{
    BIG5, DecoderResult, EUC_JP, EUC_KR, EncoderResult, Encoding, GB18030, GBK, IBM866, ISO_2022_JP,
    ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_13,
    ISO_8859_15, ISO_8859_16, KOI8_R, KOI8_U, SHIFT_JIS, WINDOWS_874, WINDOWS_1250, WINDOWS_1251,
    WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256, WINDOWS_1257, WINDOWS_1258,
};

/// A charset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Charset {
    Utf8,
    Ascii,
    Latin1,
    /// Latin-1 with six Turkish letters.
    Latin5,
    /// `mark`: written with a byte order mark, and read by it.
    Utf16 {
        big: bool,
        mark: bool,
    },
    Utf32 {
        big: bool,
        mark: bool,
    },
    Table(&'static Encoding),
}

/// Java's names and common aliases, in lower case.
const NAMES: &[(&str, Charset)] = &[
    ("utf-8", Charset::Utf8),
    ("utf8", Charset::Utf8),
    ("unicode-1-1-utf-8", Charset::Utf8),
    ("us-ascii", Charset::Ascii),
    ("ascii", Charset::Ascii),
    ("iso646-us", Charset::Ascii),
    ("646", Charset::Ascii),
    ("ansi_x3.4-1968", Charset::Ascii),
    ("cp367", Charset::Ascii),
    ("iso-8859-1", Charset::Latin1),
    ("iso8859-1", Charset::Latin1),
    ("iso8859_1", Charset::Latin1),
    ("iso_8859-1", Charset::Latin1),
    ("8859_1", Charset::Latin1),
    ("latin1", Charset::Latin1),
    ("l1", Charset::Latin1),
    ("cp819", Charset::Latin1),
    ("ibm819", Charset::Latin1),
    ("iso-8859-9", Charset::Latin5),
    ("iso8859-9", Charset::Latin5),
    ("iso8859_9", Charset::Latin5),
    ("latin5", Charset::Latin5),
    ("utf-16", Charset::Utf16 { big: true, mark: true }),
    ("utf16", Charset::Utf16 { big: true, mark: true }),
    ("unicode", Charset::Utf16 { big: true, mark: true }),
    ("utf-16be", Charset::Utf16 { big: true, mark: false }),
    ("unicodebigunmarked", Charset::Utf16 { big: true, mark: false }),
    ("utf-16le", Charset::Utf16 { big: false, mark: false }),
    ("unicodelittleunmarked", Charset::Utf16 { big: false, mark: false }),
    // Java writes no mark for UTF-32.
    ("utf-32", Charset::Utf32 { big: true, mark: true }),
    ("utf32", Charset::Utf32 { big: true, mark: true }),
    ("utf-32be", Charset::Utf32 { big: true, mark: false }),
    ("utf-32le", Charset::Utf32 { big: false, mark: false }),
    ("iso-8859-2", Charset::Table(ISO_8859_2)),
    ("latin2", Charset::Table(ISO_8859_2)),
    ("iso8859_2", Charset::Table(ISO_8859_2)),
    ("iso-8859-3", Charset::Table(ISO_8859_3)),
    ("iso-8859-4", Charset::Table(ISO_8859_4)),
    ("latin4", Charset::Table(ISO_8859_4)),
    ("iso-8859-5", Charset::Table(ISO_8859_5)),
    ("cyrillic", Charset::Table(ISO_8859_5)),
    ("iso-8859-6", Charset::Table(ISO_8859_6)),
    ("iso-8859-7", Charset::Table(ISO_8859_7)),
    ("greek", Charset::Table(ISO_8859_7)),
    ("iso-8859-8", Charset::Table(ISO_8859_8)),
    ("iso-8859-13", Charset::Table(ISO_8859_13)),
    ("iso-8859-15", Charset::Table(ISO_8859_15)),
    ("latin9", Charset::Table(ISO_8859_15)),
    ("iso8859_15", Charset::Table(ISO_8859_15)),
    ("iso-8859-16", Charset::Table(ISO_8859_16)),
    ("windows-1250", Charset::Table(WINDOWS_1250)),
    ("cp1250", Charset::Table(WINDOWS_1250)),
    ("windows-1251", Charset::Table(WINDOWS_1251)),
    ("cp1251", Charset::Table(WINDOWS_1251)),
    ("windows-1252", Charset::Table(WINDOWS_1252)),
    ("cp1252", Charset::Table(WINDOWS_1252)),
    ("windows-1253", Charset::Table(WINDOWS_1253)),
    ("cp1253", Charset::Table(WINDOWS_1253)),
    ("windows-1254", Charset::Table(WINDOWS_1254)),
    ("cp1254", Charset::Table(WINDOWS_1254)),
    ("windows-1255", Charset::Table(WINDOWS_1255)),
    ("cp1255", Charset::Table(WINDOWS_1255)),
    ("windows-1256", Charset::Table(WINDOWS_1256)),
    ("cp1256", Charset::Table(WINDOWS_1256)),
    ("windows-1257", Charset::Table(WINDOWS_1257)),
    ("cp1257", Charset::Table(WINDOWS_1257)),
    ("windows-1258", Charset::Table(WINDOWS_1258)),
    ("cp1258", Charset::Table(WINDOWS_1258)),
    ("x-windows-874", Charset::Table(WINDOWS_874)),
    ("ms874", Charset::Table(WINDOWS_874)),
    ("ibm866", Charset::Table(IBM866)),
    ("cp866", Charset::Table(IBM866)),
    ("koi8-r", Charset::Table(KOI8_R)),
    ("koi8_r", Charset::Table(KOI8_R)),
    ("koi8-u", Charset::Table(KOI8_U)),
    ("gbk", Charset::Table(GBK)),
    ("cp936", Charset::Table(GBK)),
    // GBK contains GB2312.
    ("gb2312", Charset::Table(GBK)),
    ("euc_cn", Charset::Table(GBK)),
    ("gb18030", Charset::Table(GB18030)),
    ("big5", Charset::Table(BIG5)),
    ("euc-jp", Charset::Table(EUC_JP)),
    ("euc_jp", Charset::Table(EUC_JP)),
    ("eucjp", Charset::Table(EUC_JP)),
    ("shift_jis", Charset::Table(SHIFT_JIS)),
    ("shift-jis", Charset::Table(SHIFT_JIS)),
    ("sjis", Charset::Table(SHIFT_JIS)),
    ("windows-31j", Charset::Table(SHIFT_JIS)),
    ("ms932", Charset::Table(SHIFT_JIS)),
    ("iso-2022-jp", Charset::Table(ISO_2022_JP)),
    ("euc-kr", Charset::Table(EUC_KR)),
    ("euc_kr", Charset::Table(EUC_KR)),
    ("ms949", Charset::Table(EUC_KR)),
    ("x-windows-949", Charset::Table(EUC_KR)),
];

/// The six letters in which Latin-5 differs from Latin-1.
const LATIN5: [(u8, char); 6] =
    [(0xD0, 'Ğ'), (0xDD, 'İ'), (0xDE, 'Ş'), (0xF0, 'ğ'), (0xFD, 'ı'), (0xFE, 'ş')];

impl Charset {
    /// The charset that Java knows by `name`, in any case.
    pub(crate) fn of_java_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, charset)| *charset)
    }

    /// Appends `text` in this charset.
    pub(crate) fn encode(&self, text: &str, out: &mut Vec<u8>) {
        match *self {
            Self::Utf8 => out.extend_from_slice(text.as_bytes()),
            Self::Ascii => out.extend(text.chars().map(|c| if c.is_ascii() { c as u8 } else { b'?' })),
            Self::Latin1 => out.extend(text.chars().map(|c| u8::try_from(c).unwrap_or(b'?'))),
            Self::Latin5 => out.extend(text.chars().map(latin5_byte)),
            Self::Utf16 { big, mark } => {
                // Java marks only what is not empty.
                if mark && !text.is_empty() {
                    out.extend_from_slice(&[0xFE, 0xFF]);
                }
                for unit in text.encode_utf16() {
                    out.extend_from_slice(&if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
                }
            }
            Self::Utf32 { big, .. } => {
                for c in text.chars().map(u32::from) {
                    out.extend_from_slice(&if big { c.to_be_bytes() } else { c.to_le_bytes() });
                }
            }
            Self::Table(encoding) => encode_table(encoding, text, out),
        }
    }

    /// The text of `bytes`; `None` when it does not fit into memory.
    pub(crate) fn decode(&self, bytes: &[u8]) -> Option<String> {
        Some(match *self {
            Self::Utf8 => java_utf8(bytes),
            Self::Ascii => bytes.iter().map(|&b| if b.is_ascii() { b as char } else { '\u{FFFD}' }).collect(),
            Self::Latin1 => bytes.iter().map(|&b| b as char).collect(),
            Self::Latin5 => bytes.iter().map(|&b| latin5_char(b)).collect(),
            Self::Utf16 { big, mark } => decode_utf16(bytes, big, mark),
            Self::Utf32 { big, mark } => decode_utf32(bytes, big, mark),
            Self::Table(encoding) => return decode_table(encoding, bytes),
        })
    }
}

fn latin5_byte(c: char) -> u8 {
    match LATIN5.iter().find(|(_, letter)| *letter == c) {
        Some((byte, _)) => *byte,
        None => {
            u8::try_from(c).ok().filter(|byte| LATIN5.iter().all(|(taken, _)| taken != byte)).unwrap_or(b'?')
        }
    }
}

fn latin5_char(byte: u8) -> char {
    LATIN5.iter().find(|(known, _)| *known == byte).map_or(byte as char, |(_, letter)| *letter)
}

fn decode_utf16(bytes: &[u8], mut big: bool, mark: bool) -> String {
    let mut bytes = bytes;
    if mark {
        (bytes, big) = match bytes {
            [0xFE, 0xFF, rest @ ..] => (rest, true),
            [0xFF, 0xFE, rest @ ..] => (rest, false),
            all => (all, big),
        };
    }
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut units =
        pairs.iter().map(|pair| if big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
    let mut text = String::with_capacity(bytes.len());
    while let Some(unit) = units.next() {
        let second = if (0xD800..0xDC00).contains(&unit) { units.next() } else { None };
        let Some(Ok(c)) = char::decode_utf16([unit].into_iter().chain(second)).next() else {
            // What follows half a pair goes with it, an odd byte at the end too.
            text.push('\u{FFFD}');
            if second.is_none() && unit < 0xDC00 {
                return text;
            }
            continue;
        };
        text.push(c);
    }
    if !rest.is_empty() {
        text.push('\u{FFFD}');
    }
    text
}

fn decode_utf32(bytes: &[u8], mut big: bool, mark: bool) -> String {
    let mut bytes = bytes;
    if mark {
        (bytes, big) = match bytes {
            [0, 0, 0xFE, 0xFF, rest @ ..] => (rest, true),
            [0xFF, 0xFE, 0, 0, rest @ ..] => (rest, false),
            all => (all, big),
        };
    }
    let (quads, rest) = bytes.as_chunks::<4>();
    let units =
        quads.iter().map(|quad| if big { u32::from_be_bytes(*quad) } else { u32::from_le_bytes(*quad) });
    let mut text: String = units.map(|unit| char::from_u32(unit).unwrap_or('\u{FFFD}')).collect();
    if !rest.is_empty() {
        text.push('\u{FFFD}');
    }
    text
}

/// The text of bytes as Java's decoder of UTF-8 reads them: what it cannot read becomes U+FFFD, one for half a surrogate
/// pair in three bytes or the first two of them, where Rust's count is one a byte.
pub(crate) fn java_utf8(mut bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    loop {
        let error = match std::str::from_utf8(bytes) {
            Ok(rest) => {
                text.push_str(rest);
                return text;
            }
            Err(error) => error,
        };
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        text.push_str(&String::from_utf8_lossy(valid));
        text.push('\u{FFFD}');
        let wrong = match rest {
            [0xED, 0xA0..=0xBF, 0x80..=0xBF, ..] => 3,
            [0xED, 0xA0..=0xBF, ..] => 2,
            _ => error.error_len().unwrap_or(rest.len()),
        };
        bytes = &rest[wrong..];
    }
}

/// Bytes that a Windows code page leaves free are control characters to `encoding_rs` and nothing to Java.
fn leaves_free(encoding: &'static Encoding, c: char) -> bool {
    ('\u{80}'..='\u{9F}').contains(&c) && encoding.name().starts_with("windows-")
}

fn encode_table(encoding: &'static Encoding, text: &str, out: &mut Vec<u8>) {
    let mut encoder = encoding.new_encoder();
    let known: String;
    let mut rest = text;
    if text.chars().any(|c| leaves_free(encoding, c)) {
        known = text.chars().map(|c| if leaves_free(encoding, c) { '?' } else { c }).collect();
        rest = &known;
    }
    loop {
        let room = encoder.max_buffer_length_from_utf8_without_replacement(rest.len()).unwrap_or(rest.len());
        out.reserve(room);
        let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, out, true);
        rest = &rest[read..];
        match result {
            EncoderResult::InputEmpty => return,
            EncoderResult::Unmappable(_) => out.push(b'?'),
            EncoderResult::OutputFull => {}
        }
    }
}

fn decode_table(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(bytes.len())?);
    let mut rest = bytes;
    loop {
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        rest = &rest[read..];
        match result {
            DecoderResult::InputEmpty => break,
            DecoderResult::Malformed(..) => text.push('\u{FFFD}'),
            DecoderResult::OutputFull => text.reserve(rest.len() * 3 + 16),
        }
    }
    if text.chars().any(|c| leaves_free(encoding, c)) {
        text = text.chars().map(|c| if leaves_free(encoding, c) { '\u{FFFD}' } else { c }).collect();
    }
    Some(text)
}
