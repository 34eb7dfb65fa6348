//! An instant as the fields of `java.util.GregorianCalendar`, with the weeks of the US: from Sunday, the first one that
//! of January 1st.

use crate::calendar::{CUTOVER_DAY, civil, first_of};
use crate::logical::DAY_MS;

/// A day since the epoch as a count whose multiples of seven are Sundays.
const SUNDAYS: i64 = 719_163;
/// The year in which Julian dates end.
pub(super) const CUTOVER_YEAR: i64 = 1582;

/// Date and time of an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fields {
    /// The local day, since the epoch.
    pub(super) day_number: i64,
    /// Years before 1 are counted down from 0.
    pub(super) proleptic: i64,
    /// The year of its era.
    pub(super) year: i32,
    /// From 0.
    pub(super) month: u8,
    pub(super) day: u8,
    /// 1 is Sunday.
    pub(super) weekday: u8,
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    pub(super) millisecond: u16,
}

impl Fields {
    /// The fields of `millis` where clocks are `offset` milliseconds ahead of UTC.
    pub(super) fn of(millis: i64, offset: i32) -> Self {
        let of_day = millis.rem_euclid(DAY_MS) + i64::from(offset);
        let day_number = millis.div_euclid(DAY_MS) + of_day.div_euclid(DAY_MS);
        let of_day = of_day.rem_euclid(DAY_MS);
        let (proleptic, month, day) = civil(day_number);
        let year = if proleptic > 0 { proleptic } else { 1 - proleptic };
        Self {
            day_number,
            proleptic,
            year: year as i32,
            month: month - 1,
            day,
            weekday: ((day_number + SUNDAYS).rem_euclid(7) + 1) as u8,
            hour: (of_day / 3_600_000) as u8,
            minute: (of_day / 60_000 % 60) as u8,
            second: (of_day / 1000 % 60) as u8,
            millisecond: (of_day % 1000) as u16,
        }
    }

    pub(super) fn is_before_christ(&self) -> bool {
        self.proleptic <= 0
    }

    pub(super) fn day_of_year(&self) -> i64 {
        self.day_number - new_year(self.proleptic) + 1
    }

    pub(super) fn week_of_year(&self) -> i64 {
        if self.day_number >= self.next_first_week() {
            return 1;
        }
        week(new_year(self.proleptic), self.day_number)
    }

    pub(super) fn week_year(&self) -> i64 {
        if self.proleptic > 0 {
            return self.proleptic + i64::from(self.day_number >= self.next_first_week());
        }
        // Before Christ Java takes the wrong year for the next one: the one with the number of this, after Christ.
        let left = new_year(self.proleptic + 1) - self.day_number;
        let other = new_year(-self.proleptic);
        let week_start = on_or_before(other, 1);
        let is_week_old =
            self.day_of_year() > new_year(self.proleptic) - on_or_before(new_year(self.proleptic), 1);
        self.proleptic + i64::from(is_week_old && left <= other - week_start)
    }

    /// Where the first week of the next year starts.
    fn next_first_week(&self) -> i64 {
        on_or_before(new_year(self.proleptic + 1), 1)
    }

    pub(super) fn week_of_month(&self) -> i64 {
        week(self.month_start(), self.day_number)
    }

    pub(super) fn day_of_week_in_month(&self) -> i64 {
        (self.day_number - self.month_start()) / 7 + 1
    }

    /// The first of the month. October 1582 lacks ten days.
    fn month_start(&self) -> i64 {
        if self.proleptic == CUTOVER_YEAR && self.month == 9 {
            return first_of(CUTOVER_YEAR, 10, false);
        }
        self.day_number - i64::from(self.day) + 1
    }
}

/// January 1st, in days since the epoch.
fn new_year(year: i64) -> i64 {
    first_of(year, 1, year > CUTOVER_YEAR)
}

fn week(first: i64, day: i64) -> i64 {
    (day - on_or_before(first, 1)) / 7 + 1
}

/// The last day up to `day` with the number `weekday` (1 is Sunday; others are taken as they come, as Java does).
pub(super) fn on_or_before(day: i64, weekday: i32) -> i64 {
    let ahead = day.wrapping_add(SUNDAYS).wrapping_sub(i64::from(weekday.wrapping_sub(1)));
    day.wrapping_sub(ahead.rem_euclid(7))
}

/// Whether a local day is Gregorian.
pub(super) fn is_gregorian(day: i64) -> bool {
    day >= CUTOVER_DAY
}
