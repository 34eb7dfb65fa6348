//! The converters with a schema registry, whose texts, answers and payloads may all be hostile.

use kconnect_registry::fuzzing::{self, Case};

/// Settings of each format beside none.
const SETTINGS: [&[(&str, &str)]; 3] = [
    &[("enhanced.avro.schema.support", "true"), ("connect.meta.data", "false")],
    &[("use.optional.for.nonrequired", "true"), ("generalized.sum.type.support", "true")],
    &[
        ("enhanced.protobuf.schema.support", "true"),
        ("wrapper.for.nullables", "true"),
        ("optional.for.nullables", "true"),
    ],
];

/// The first byte picks the format and how it is used. Then a schema's text, the name and text of another one, the
/// header with the id and the framed payload, with a byte 0 behind each but the last. From 0x80: an answer.
pub fn registry(data: &[u8]) {
    let [pick, rest @ ..] = data else { return };
    if *pick >= 0x80 {
        return fuzzing::answer(if *pick & 1 == 0 { 404 } else { 200 }, rest);
    }
    let mut parts = rest.splitn(4, |byte| *byte == 0);
    let mut text = || std::str::from_utf8(parts.next().unwrap_or_default());
    let (Ok(schema), Ok(name), Ok(other)) = (text(), text(), text()) else { return };
    let framed = parts.next().unwrap_or_default();
    // The header has a GUID and no more than one index; it is there when the payload has its place.
    let (header, framed) = match framed {
        _ if pick & 4 == 0 => (None, framed),
        [length, framed @ ..] => match framed.split_at_checked(usize::from(*length)) {
            Some((header, framed)) => (Some(header), framed),
            None => return,
        },
        [] => return,
    };
    let format = pick & 3;
    let settings = if pick & 16 == 0 { &[] } else { SETTINGS[usize::from(format % 3)] };
    fuzzing::run(
        format,
        Case {
            text: schema,
            dependency: (!other.is_empty()).then_some((name, other)),
            header,
            framed,
            as_latest: pick & 8 != 0,
            settings,
        },
    );
}
