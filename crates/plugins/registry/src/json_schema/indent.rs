//! `json.indent.output`: JSON over several lines, laid out as Jackson's default pretty printer does it: members on lines
//! of their own, elements of arrays behind each other.

/// Appends the compact JSON `json`, laid out.
pub(super) fn indent(json: &[u8], out: &mut Vec<u8>) {
    let (mut objects, mut open) = (0, Vec::new());
    let mut at = 0;
    while let Some(&byte) = json.get(at) {
        at += 1;
        let empty = matches!(json.get(at), Some(b'}' | b']'));
        match byte {
            b'"' => at = string(json, at, out),
            b'{' => {
                open.push(byte);
                out.push(byte);
                if !empty {
                    objects += 1;
                    line(objects, out);
                }
            }
            b'[' => {
                open.push(byte);
                out.extend_from_slice(b"[ ");
            }
            b',' if open.last() == Some(&b'{') => {
                out.push(byte);
                line(objects, out);
            }
            b',' => out.extend_from_slice(b", "),
            b':' => out.extend_from_slice(b" : "),
            b'}' | b']' => {
                open.pop();
                let was_empty = at.checked_sub(2).and_then(|before| json.get(before));
                match (byte, was_empty) {
                    (b'}', Some(b'{')) => out.push(b' '),
                    (b'}', _) => {
                        objects -= 1;
                        line(objects, out);
                    }
                    (_, Some(b'[')) => {}
                    _ => out.push(b' '),
                }
                out.push(byte);
            }
            other => out.push(other),
        }
    }
}

/// Copies the string whose first byte after the quote is at `at`; the place after it.
fn string(json: &[u8], mut at: usize, out: &mut Vec<u8>) -> usize {
    out.push(b'"');
    while let Some(&byte) = json.get(at) {
        out.push(byte);
        at += 1;
        match byte {
            b'"' => break,
            b'\\' => {
                out.extend(json.get(at));
                at += 1;
            }
            _ => {}
        }
    }
    at
}

fn line(depth: usize, out: &mut Vec<u8>) {
    out.push(b'\n');
    out.extend(std::iter::repeat_n(b' ', depth * 2));
}
