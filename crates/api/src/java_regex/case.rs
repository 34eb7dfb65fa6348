//! Upper and lower case of single characters, as Java's `Character` maps them: one to one.

use std::sync::LazyLock;

use super::set::Set;

/// `Character.toUpperCase`.
pub(super) fn upper(c: u32) -> u32 {
    match c {
        // With a iota below; the one that Unicode writes as two letters.
        0x1F80..=0x1F87 | 0x1F90..=0x1F97 | 0x1FA0..=0x1FA7 => c + 8,
        0x1FB3 | 0x1FC3 | 0x1FF3 => c + 9,
        _ => only(c, char::to_uppercase),
    }
}

/// `Character.toLowerCase`.
pub(super) fn lower(c: u32) -> u32 {
    match c {
        0x130 => 'i' as u32,
        _ => only(c, char::to_lowercase),
    }
}

/// What letters are compared by when case does not count.
pub(super) fn folded(c: u32) -> u32 {
    lower(upper(c))
}

fn only<I: Iterator<Item = char>>(c: u32, map: impl Fn(char) -> I) -> u32 {
    let Some(given) = char::from_u32(c) else { return c };
    let mut mapped = map(given);
    match (mapped.next(), mapped.next()) {
        (Some(found), None) => found as u32,
        _ => c,
    }
}

/// Letters that are not what they are folded to, with their upper case and that.
static CASED: LazyLock<Vec<(u32, u32, u32)>> = LazyLock::new(|| {
    // Unicode has no letters with case beyond.
    let of = |c| (c, upper(c), folded(c));
    (0..0x2_0000).map(of).filter(|(c, upper, folded)| upper != c || folded != c).collect()
});

/// All that is folded to `key`, itself included.
pub(super) fn folded_to(key: u32) -> Set {
    Set::chars(CASED.iter().filter(|(_, _, folded)| *folded == key).map(|(c, _, _)| *c).chain([key]))
}

/// A range with all that has its upper or lower case within.
pub(super) fn range(first: u32, last: u32) -> Set {
    let within = |c: u32| (first..=last).contains(&c);
    let cased = CASED.iter().filter(|(_, upper, folded)| within(*upper) || within(*folded));
    Set::of(cased.map(|(c, _, _)| (*c, *c)).chain([(first, last)]))
}

/// A range with the other case of its ASCII letters.
pub(super) fn ascii_range(first: u32, last: u32) -> Set {
    let letters = u32::from(b'A')..=u32::from(b'Z');
    let pairs = letters.map(|c| [c, c + 32]);
    let within = |c: &u32| (first..=last).contains(c);
    let both = pairs.filter(|pair| pair.iter().any(within)).flatten();
    Set::of(both.map(|c| (c, c)).chain([(first, last)]))
}
