//! Texts of `SimpleDateFormat` in JDK 25 with English (US) names, in UTC, two-digit years from 1946-11-25.

use super::DateFormat;

const CENTURY: i64 = -757_382_400_000 + 86_400_000 * 329;

fn format(pattern: &str) -> DateFormat {
    DateFormat::new(pattern).unwrap().in_utc().with_century(CENTURY)
}

fn text(pattern: &str, millis: i64) -> String {
    let mut out = String::new();
    format(pattern).format(millis, &mut out);
    out
}

#[test]
fn instants_are_written_as_java_writes_them() {
    for (pattern, texts) in WRITTEN {
        let found: Vec<String> = INSTANTS.iter().map(|millis| text(pattern, *millis)).collect();
        assert_eq!(found, *texts, "{pattern}");
    }
}

#[test]
fn texts_are_read_as_java_reads_them() {
    let mut faults = Vec::new();
    for (pattern, text, expected, zone) in READ {
        let mut format = format(pattern);
        let found = format.parse(text).ok();
        if found != *expected || (found.is_some() && format.zone.id() != *zone) {
            faults.push(format!(
                "{pattern} {text}: {found:?} in {} instead of {expected:?} in {zone}",
                format.zone.id()
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn wrong_patterns_are_refused_in_java_s_words() {
    for (pattern, message) in [
        ("b", "Illegal pattern character 'b'"),
        ("yyyy T", "Illegal pattern character 'T'"),
        ("XXXXb", "Illegal pattern character 'b'"),
        ("XXXX-b", "invalid ISO 8601 format: length=4"),
        ("XXXX", "invalid ISO 8601 format: length=4"),
        ("'", "Unterminated quote"),
        ("yyyy'x", "Unterminated quote"),
        ("'''", "Unterminated quote"),
    ] {
        let error = DateFormat::new(pattern).unwrap_err();
        assert_eq!((error.class(), error.message()), ("java.lang.IllegalArgumentException", Some(message)));
    }
    let error = format("yyyy").parse("x").unwrap_err();
    assert_eq!(error.to_string(), "java.text.ParseException: Unparseable date: \"x\"");
}

#[test]
fn a_pattern_or_text_of_any_length_costs_no_more_than_its_length() {
    let long = "y".repeat(100_000);
    assert_eq!(text(&long, 0).len(), 309);
    assert_eq!(format(&long).parse("1970").ok(), Some(0));
    let many = "yyyy-MM-dd'é'HH 'x' ".repeat(5_000);
    let written = text(&many, 0);
    assert_eq!(format(&many).parse(&written).ok(), Some(0));
    let digits = "9".repeat(100_000);
    assert!(format("yyyy").parse(&digits).is_ok());
    assert!(format("yyyyMM").parse(&digits).is_ok());
    // An exponent that 64 bits do not hold is none.
    assert_eq!(format("yyyy").parse(&format!("1E{digits}")).ok(), Some(-62_135_769_600_000));
    assert!(format(&"z".repeat(100_000)).parse(&"x".repeat(100_000)).is_err());
}

#[test]
fn a_zone_that_was_read_is_written_too() {
    let mut format = format("yyyy-MM-dd HH:mm z zzzz Z XXX");
    format.parse("2020-07-01 00:00 PDT PDT -0700 -07:00").unwrap();
    let mut out = String::new();
    format.format(1_593_586_800_000, &mut out);
    assert_eq!(out, "2020-07-01 00:00 PDT Pacific Daylight Time -0700 -07:00");
}

const INSTANTS: &[i64] = &[
    1483425001864,
    -62135769600001,
    -62170156800000,
    0,
    43200000,
    -12219292800000,
    -12219292800001,
    i64::MAX,
    i64::MIN,
    -12226896000000,
    -12212553600000,
];

const WRITTEN: &[(&str, [&str; 11])] = &[
    ("G", ["AD", "BC", "BC", "AD", "AD", "AD", "AD", "AD", "BC", "AD", "AD"]),
    ("GG", ["AD", "BC", "BC", "AD", "AD", "AD", "AD", "AD", "BC", "AD", "AD"]),
    ("GGG", ["AD", "BC", "BC", "AD", "AD", "AD", "AD", "AD", "BC", "AD", "AD"]),
    ("GGGG", ["AD", "BC", "BC", "AD", "AD", "AD", "AD", "AD", "BC", "AD", "AD"]),
    ("GGGGG", ["AD", "BC", "BC", "AD", "AD", "AD", "AD", "AD", "BC", "AD", "AD"]),
    ("y", ["2017", "1", "2", "1970", "1970", "1582", "1582", "292278994", "292269055", "1582", "1583"]),
    ("yy", ["17", "01", "02", "70", "70", "82", "82", "94", "55", "82", "83"]),
    ("yyy", ["2017", "001", "002", "1970", "1970", "1582", "1582", "292278994", "292269055", "1582", "1583"]),
    (
        "yyyy",
        ["2017", "0001", "0002", "1970", "1970", "1582", "1582", "292278994", "292269055", "1582", "1583"],
    ),
    (
        "yyyyy",
        [
            "02017",
            "00001",
            "00002",
            "01970",
            "01970",
            "01582",
            "01582",
            "292278994",
            "292269055",
            "01582",
            "01583",
        ],
    ),
    ("Y", ["2017", "1", "-1", "1970", "1970", "1582", "1582", "292278994", "-292269054", "1582", "1583"]),
    ("YY", ["17", "01", "-01", "70", "70", "82", "82", "94", "-54", "82", "83"]),
    (
        "YYYY",
        ["2017", "0001", "-0001", "1970", "1970", "1582", "1582", "292278994", "-292269054", "1582", "1583"],
    ),
    ("M", ["1", "12", "11", "1", "1", "10", "10", "8", "12", "7", "1"]),
    ("MM", ["01", "12", "11", "01", "01", "10", "10", "08", "12", "07", "01"]),
    ("MMM", ["Jan", "Dec", "Nov", "Jan", "Jan", "Oct", "Oct", "Aug", "Dec", "Jul", "Jan"]),
    (
        "MMMM",
        [
            "January", "December", "November", "January", "January", "October", "October", "August",
            "December", "July", "January",
        ],
    ),
    (
        "MMMMM",
        [
            "January", "December", "November", "January", "January", "October", "October", "August",
            "December", "July", "January",
        ],
    ),
    ("L", ["1", "12", "11", "1", "1", "10", "10", "8", "12", "7", "1"]),
    ("LL", ["01", "12", "11", "01", "01", "10", "10", "08", "12", "07", "01"]),
    ("LLL", ["Jan", "Dec", "Nov", "Jan", "Jan", "Oct", "Oct", "Aug", "Dec", "Jul", "Jan"]),
    (
        "LLLL",
        [
            "January", "December", "November", "January", "January", "October", "October", "August",
            "December", "July", "January",
        ],
    ),
    (
        "LLLLL",
        [
            "January", "December", "November", "January", "January", "October", "October", "August",
            "December", "July", "January",
        ],
    ),
    ("E", ["Tue", "Fri", "Sun", "Thu", "Thu", "Fri", "Thu", "Sun", "Sun", "Mon", "Sat"]),
    (
        "EEEE",
        [
            "Tuesday", "Friday", "Sunday", "Thursday", "Thursday", "Friday", "Thursday", "Sunday", "Sunday",
            "Monday", "Saturday",
        ],
    ),
    (
        "EEEEE",
        [
            "Tuesday", "Friday", "Sunday", "Thursday", "Thursday", "Friday", "Thursday", "Sunday", "Sunday",
            "Monday", "Saturday",
        ],
    ),
    ("u", ["2", "5", "7", "4", "4", "5", "4", "7", "7", "1", "6"]),
    ("uu", ["02", "05", "07", "04", "04", "05", "04", "07", "07", "01", "06"]),
    ("a", ["AM", "PM", "AM", "AM", "PM", "AM", "PM", "AM", "PM", "AM", "AM"]),
    ("aaaa", ["AM", "PM", "AM", "AM", "PM", "AM", "PM", "AM", "PM", "AM", "AM"]),
    ("z", ["UTC", "UTC", "UTC", "UTC", "UTC", "UTC", "UTC", "UTC", "UTC", "UTC", "UTC"]),
    (
        "zzzz",
        [
            "Coordinated Universal Time",
            "Coordinated Universal Time",
            "Coordinated Universal Time",
            "Coordinated Universal Time",
            "Coordinated Universal Time",
            "Coordinated Universal Time",
            "Coordinated Universal Time",
            "Coordinated Universal Time",
            "Coordinated Universal Time",
            "Coordinated Universal Time",
            "Coordinated Universal Time",
        ],
    ),
    (
        "Z",
        ["+0000", "+0000", "+0000", "+0000", "+0000", "+0000", "+0000", "+0000", "+0000", "+0000", "+0000"],
    ),
    (
        "ZZZZ",
        ["+0000", "+0000", "+0000", "+0000", "+0000", "+0000", "+0000", "+0000", "+0000", "+0000", "+0000"],
    ),
    ("X", ["Z", "Z", "Z", "Z", "Z", "Z", "Z", "Z", "Z", "Z", "Z"]),
    ("XX", ["Z", "Z", "Z", "Z", "Z", "Z", "Z", "Z", "Z", "Z", "Z"]),
    ("XXX", ["Z", "Z", "Z", "Z", "Z", "Z", "Z", "Z", "Z", "Z", "Z"]),
    ("D", ["3", "366", "334", "1", "1", "278", "277", "229", "336", "190", "1"]),
    ("F", ["1", "5", "5", "1", "1", "1", "1", "3", "1", "2", "1"]),
    ("w", ["1", "1", "49", "1", "1", "40", "40", "34", "49", "28", "1"]),
    ("W", ["1", "5", "6", "1", "1", "1", "1", "4", "2", "2", "1"]),
    ("k", ["6", "23", "24", "24", "12", "24", "23", "7", "16", "24", "24"]),
    ("K", ["6", "11", "0", "0", "0", "0", "11", "7", "4", "0", "0"]),
    ("h", ["6", "11", "12", "12", "12", "12", "11", "7", "4", "12", "12"]),
    (
        "MMM d",
        [
            "Jan 3", "Dec 31", "Nov 30", "Jan 1", "Jan 1", "Oct 15", "Oct 4", "Aug 17", "Dec 2", "Jul 9",
            "Jan 1",
        ],
    ),
    ("'x'MMM", ["xJan", "xDec", "xNov", "xJan", "xJan", "xOct", "xOct", "xAug", "xDec", "xJul", "xJan"]),
];

const READ: &[(&str, &str, Option<i64>, &str)] = &[
    ("yyyyMMMdd", "2017Jan03", Some(1483401600000), "UTC"),
    ("yyyyMMMM", "2017january", Some(1483228800000), "UTC"),
    ("yyyyMMdd", "20170103", Some(1483401600000), "UTC"),
    ("yyyyMMdd", "201713", None, "UTC"),
    ("yMd", "2017", Some(-62105529600000), "UTC"),
    ("yyyy", "NaN", Some(-62167392000000), "UTC"),
    ("yyyy", "2E3", Some(946684800000), "UTC"),
    ("yyyy", "20170E-1", Some(1483228800000), "UTC"),
    ("yyyy", "∞", Some(-6019000092841406464), "UTC"),
    ("yyyy", "-5", Some(-62325158400000), "UTC"),
    ("yyyy", "99999999999", Some(1471883220702496768), "UTC"),
    ("yyyy", "99999999999999999999", Some(-6019000092841406464), "UTC"),
    ("yyyy", "٢٠١٧", Some(1483228800000), "UTC"),
    ("yy", "17", Some(1483228800000), "UTC"),
    ("yy", "1", Some(-62135769600000), "UTC"),
    ("yy", "117", Some(-58475088000000), "UTC"),
    ("yy", "45", Some(2366841600000), "UTC"),
    ("yy", "46", Some(2398377600000), "UTC"),
    ("yy", "47", Some(-725846400000), "UTC"),
    ("yyyy-MM-dd", "  2017- 1- 3", Some(1483401600000), "UTC"),
    ("MMM", " Jan", None, "UTC"),
    ("E", " Tue", None, "UTC"),
    ("a", " PM", None, "UTC"),
    ("z", "EST", Some(18000000), "America/New_York"),
    ("z", "est", Some(18000000), "America/New_York"),
    ("z", "PDT", Some(25200000), "America/Los_Angeles"),
    ("z", "Pacific Daylight Time", Some(25200000), "America/Los_Angeles"),
    ("z", "CET", Some(-3600000), "Europe/Paris"),
    ("z", "CEST", Some(-7200000), "Europe/Paris"),
    ("z", "BST", Some(-7200000), "GB"),
    ("z", "IST", Some(-7200000), "Asia/Jerusalem"),
    ("z", "UTC", Some(0), "UTC"),
    ("z", "GMT", Some(0), "UTC"),
    ("z", "GMT+1:30", Some(-5400000), "UTC"),
    ("z", "GMT+01:30", Some(-5400000), "UTC"),
    ("z", "gmt-1:3", None, "UTC"),
    ("z", "+0130", Some(-5400000), "UTC"),
    ("z", "+1:30", None, "UTC"),
    ("z", "xyz", None, "UTC"),
    ("Z", "PST", Some(28800000), "America/Los_Angeles"),
    ("X", "Z", Some(0), "UTC"),
    ("X", "+01", Some(-3600000), "UTC"),
    ("X", "+0130", Some(-3600000), "UTC"),
    ("XX", "+0130", Some(-5400000), "UTC"),
    ("XXX", "+01:30", Some(-5400000), "UTC"),
    ("XXX", "+0130", None, "UTC"),
    ("XX", "z", None, "UTC"),
    ("YYYY", "2017", Some(1483228800000), "UTC"),
    ("YYYY-ww", "2017-05", Some(1485648000000), "UTC"),
    ("YYYY-ww-u", "2017-05-3", Some(1485907200000), "UTC"),
    ("YYYY-ww-u", "2017-05-9", Some(1486425600000), "UTC"),
    ("YYYY-ww-u", "2017-05-0", Some(1485043200000), "UTC"),
    ("YYYY yyyy", "2017 2015", Some(1420070400000), "UTC"),
    ("yyyy YYYY", "2015 2017", Some(1483228800000), "UTC"),
    ("yyyy ww", "2017 10", Some(1488672000000), "UTC"),
    ("yyyy MM W", "2017 02 3", Some(1486857600000), "UTC"),
    ("yyyy MM W E", "2017 02 3 Tue", Some(1487030400000), "UTC"),
    ("yyyy MM F E", "2017 02 3 Tue", Some(1487635200000), "UTC"),
    ("yyyy MM F E", "2017 02 -1 Tue", Some(1488240000000), "UTC"),
    ("yyyy D", "2017 45", Some(1487030400000), "UTC"),
    ("yyyy MM dd D", "2017 03 05 45", Some(1487030400000), "UTC"),
    ("yyyy D MM dd", "2017 45 03 05", Some(1488672000000), "UTC"),
    ("E", "Tue", Some(432000000), "UTC"),
    ("yyyy E", "2017 Tue", Some(1483401600000), "UTC"),
    ("u", "3", Some(518400000), "UTC"),
    ("h a", "12 PM", Some(43200000), "UTC"),
    ("h a", "12 AM", Some(0), "UTC"),
    ("h", "12", Some(0), "UTC"),
    ("a", "PM", Some(43200000), "UTC"),
    ("K", "11", Some(39600000), "UTC"),
    ("k", "24", Some(0), "UTC"),
    ("k", "25", Some(90000000), "UTC"),
    ("H", "24", Some(86400000), "UTC"),
    ("HH a", "13 PM", Some(46800000), "UTC"),
    ("a HH", "PM 13", Some(46800000), "UTC"),
    ("hh a HH", "03 PM 13", Some(46800000), "UTC"),
    ("HH hh a", "13 03 PM", Some(54000000), "UTC"),
    ("G yyyy", "BC 0005", Some(-62293622400000), "UTC"),
    ("G", "Before Christ", Some(-124304284800000), "UTC"),
    ("G", "B", None, "UTC"),
    ("yyyy G", "0005 AD", Some(-62009539200000), "UTC"),
    ("yyyy", "0", Some(-62167392000000), "UTC"),
    ("yyyy", "1582", Some(-12243225600000), "UTC"),
    ("yyyy D", "1582 300", Some(-12217392000000), "UTC"),
    ("yyyy-MM-dd", "1582-10-10", Some(-12218860800000), "UTC"),
    ("yyyy-MM-dd", "1500-02-29", Some(-14825894400000), "UTC"),
    ("yyyy-MM-dd", "0000-00-00", Some(-62170156800000), "UTC"),
    ("SSS", "123456", Some(123456), "UTC"),
    ("SS", "1", Some(1), "UTC"),
    ("yyyy-MM-dd HH:mm:ss.SSSSSS", "2017-01-03 06:30:01.864123", Some(1483425865123), "UTC"),
    ("", "", None, "UTC"),
    ("", "x", None, "UTC"),
    ("'a'", "a", Some(0), "UTC"),
    ("'a'", "b", None, "UTC"),
    ("yyyyy", "12017", Some(317052748800000), "UTC"),
    ("yyyyMMddHHmmssSSS", "20170103063001864", Some(1483425001864), "UTC"),
    ("HHmmss", "1", None, "UTC"),
    ("HHmmss", "123456", Some(45296000), "UTC"),
    ("dMy", "030117", Some(-58470076800000), "UTC"),
    ("yyyy-MM-dd'T'HH:mm:ssX", "2017-01-03T06:30:01+05", Some(1483407001000), "UTC"),
    ("yyyy-MM", "2017--5", Some(1467331200000), "UTC"),
    ("YYYY w", "2017 60", Some(1518912000000), "UTC"),
    ("YY w", "17 3", Some(1484438400000), "UTC"),
    ("ww YYYY G", "03 0005 BC", Some(-62292931200000), "UTC"),
    ("YYYY w HH", "2017 3 5", Some(1484456400000), "UTC"),
    ("z yyyy", "America/New_York 2017", None, "UTC"),
    ("yyyy zzzz", "2017 Coordinated Universal Time", Some(1483228800000), "UTC"),
    ("MM z", "07 PST", Some(15667200000), "America/Los_Angeles"),
    ("MM z", "07 PDT", Some(15663600000), "America/Los_Angeles"),
    ("MM z", "01 PDT", Some(25200000), "America/Los_Angeles"),
    ("MM z", "07 MST", Some(15663600000), "America/Denver"),
    ("MM z", "07 EEST", Some(15627600000), "Europe/Bucharest"),
    ("MM z", "07 ET", None, "UTC"),
    ("MMM", "Sept", Some(20995200000), "UTC"),
    ("MMM", "September", Some(20995200000), "UTC"),
    ("LLL", "sep", Some(20995200000), "UTC"),
    ("MMM", "1", None, "UTC"),
    ("kk:mm", "24:15", Some(900000), "UTC"),
    ("s.S", "1.5", Some(1005), "UTC"),
    ("yyyy-MM-dd", "2017-01-03T99", Some(1483401600000), "UTC"),
    ("w", "5", Some(2073600000), "UTC"),
    ("W", "5", Some(2073600000), "UTC"),
    ("F", "5", Some(2678400000), "UTC"),
    ("F E", "2 Tue", Some(1036800000), "UTC"),
    ("w E", "5 Tue", Some(2246400000), "UTC"),
    ("W E", "5 Tue", Some(2246400000), "UTC"),
    ("MM W w E", "02 1 9 Tue", Some(4665600000), "UTC"),
    ("w MM W E", "9 02 1 Tue", Some(2851200000), "UTC"),
    ("yyyy MM dd z", "1985 01 01 PST", Some(473414400000), "America/Los_Angeles"),
    ("yyyyMM", "2017123", Some(1803859200000), "UTC"),
    ("yyyyMMM", "201712", None, "UTC"),
    ("dd", "2147483648", Some(-185542586150400000), "UTC"),
    ("MM", "-2147483648", Some(5647336530739200000), "UTC"),
    ("HH", "2147483647", Some(7730941129200000), "UTC"),
    ("ss", "1E9", Some(1000000000000), "UTC"),
    ("yyyy", "1e3", Some(-62135769600000), "UTC"),
    ("F E", "-2147483648 Tue", Some(-185542582953600000), "UTC"),
    ("D", "-2147483648", Some(-185542586150400000), "UTC"),
    ("w E", "-2147483648 Tue", Some(-1298798109878400000), "UTC"),
    ("W E", "-2147483648 Tue", Some(185542586409600000), "UTC"),
    ("YYYY w u", "2147483647 2147483647 2147483647", Some(-6019000094361600000), "UTC"),
    ("YYYY w u", "5 -2147483648 -2147483648", Some(-62294745600000), "UTC"),
    ("u", "-2147483648", Some(345600000), "UTC"),
    ("u", "2147483647", Some(259200000), "UTC"),
    ("yyyy MM F u", "2017 02 2 9", Some(1486944000000), "UTC"),
    ("yyyy ww u", "2017 09 12", Some(1488412800000), "UTC"),
    ("yyyy ww u", "2017 09 -3", Some(1488326400000), "UTC"),
    ("ZZZ", " GMT+2:00+0000", Some(0), "GMT"),
];
