//! What the fuzz targets call. Only with feature `fuzzing`.

use super::JavaRegex;
use super::machine::Machine;

/// Whether both engines find the same in `text`, where both serve; the machine may give up.
#[must_use]
pub fn engines_agree(regex: &JavaRegex, text: &str) -> bool {
    let Some(linear) = regex.linear_for(text) else { return true };
    let spans = linear.find.captures(text).map(|captures| {
        (0..captures.len()).map(|at| captures.get(at).map(|m| (m.start(), m.end()))).collect::<super::Spans>()
    });
    let machine = |whole| Machine::new(&regex.program, text, whole, 0);
    machine(false).find(0).map_or(true, |found| found == spans)
        && machine(true).matches().map_or(true, |found| found == linear.full.is_match(text))
}
