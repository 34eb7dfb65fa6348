use super::{JavaRegex, Replacement};

/// What RegexRouter makes of `text`: replaced once when the whole of it matches. Errors by their text.
fn routed(text: &str, pattern: &str, replacement: &str) -> String {
    let regex = match JavaRegex::new(pattern) {
        Ok(regex) => regex,
        Err(error) => return format!("! {error}"),
    };
    let result = match regex.is_full_match(text) {
        Ok(true) => regex.replace_first(text, &Replacement::new(replacement)),
        Ok(false) => return "(same)".to_owned(),
        Err(error) => Err(error),
    };
    result.unwrap_or_else(|error| format!("! {}", error.message().unwrap_or_default()))
}

#[test]
fn patterns_mean_what_they_mean_in_java() {
    for (text, pattern, replacement, expected) in [
        ("topic", "topic", "x", "x"),
        ("topic", "(t)(.*)", "$2$1", "opict"),
        ("topic", "top", "x", "(same)"),
        ("topic", "(?<n>.*)", "pre-${n}", "pre-topic"),
        ("topic", "(.*)opic", "$10", "t0"),
        ("topic", ".*", "\\$x", "$x"),
        ("topic", "(.*)", "", ""),
        ("topic", "to|topic", "x", "xpic"),
        ("topic", ".*?", "x", "xtopic"),
        ("topic", "topic(z)?", "[$1]", "[]"),
        ("topic", "(?i)TOPIC", "x", "x"),
        ("to\u{130}pic", "to.pic", "x", "x"),
        ("café", "\\w+", "x", "(same)"),
        ("topic", "(?=t)[a-z&&[^x]]+", "x", "x"),
        ("topic", "\\Qtopic\\E", "x", "x"),
        ("a.b", "\\Qa.b\\E", "x", "x"),
        ("topic", "t\\p{Alpha}*+", "x", "x"),
        ("topic", ".*+c", "x", "(same)"),
        ("topic", "t(?>opic)", "x", "x"),
        ("aa", "(a)\\1", "x", "x"),
        ("abab", "(?<p>ab)\\k<p>", "${p}", "ab"),
        ("topic", "[[t][o]]+pic", "x", "x"),
        ("topic", "\\x74opic", "x", "x"),
        ("topic", "t\\u006fpic", "x", "x"),
        ("topic", "\\p{javaLowerCase}+", "x", "x"),
        ("topic", "\\p{L}+", "x", "x"),
        ("topic", "\\p{IsAlphabetic}+", "x", "x"),
        ("topic", "\\h*topic\\R?", "x", "x"),
        ("a]b", "a[]]b", "x", "x"),
        ("a-b", "a[\\w-]b", "x", "x"),
        ("a:b", "a[[:alpha:]]b", "x", "x"),
        ("a-b", "a[+--]b", "x", "x"),
        ("a~b", "a[!~~]b", "x", "x"),
        ("prod-7", "^prod-(\\d+)$", "p$1", "p7"),
        ("a b", "(?x) a \\  b # spaces", "x", "x"),
        ("a\nb", "a.b", "x", "(same)"),
        ("a\nb", "(?s)a.b", "x", "x"),
        ("a{b", "a\\{b", "x", "x"),
        ("aaa", "a{3}", "x", "x"),
        ("aaa", "a{1,}+", "x", "x"),
        ("a", "{2}a", "x", "x"),
    ] {
        assert_eq!(routed(text, pattern, replacement), expected, "{pattern} on {text}");
    }
}

#[test]
fn a_dollar_also_matches_before_a_final_line_break() {
    let regex = JavaRegex::new("c$").unwrap();
    for (text, found) in [("abc", true), ("abc\n", true), ("abc\r\n", true), ("abc\nd", false)] {
        assert_eq!(regex.is_found(text).unwrap(), found, "{text:?}");
    }
}

#[test]
fn bad_patterns_and_replacements_have_java_s_texts() {
    for (pattern, expected) in [
        ("[", "! Unclosed character class near index 0\n[\n^"),
        ("*", "! Dangling meta character '*' near index 0\n*\n^"),
        ("(", "! Unclosed group near index 1\n("),
        ("{", "! Illegal repetition near index 1\n{"),
        ("x{x", "! Illegal repetition near index 2\nx{x\n  ^"),
        ("(?:{)", "! Illegal repetition near index 4\n(?:{)\n    ^"),
        ("x{,2}", "! Illegal repetition near index 2\nx{,2}\n  ^"),
        ("x{1,x}", "! Unclosed counted closure near index 4\nx{1,x}\n    ^"),
        ("x{2,1}", "! Illegal repetition range near index 5\nx{2,1}\n     ^"),
        ("x{99999999999}", "! Illegal repetition range near index 11\nx{99999999999}\n           ^"),
        ("a{2", "! Unclosed counted closure near index 3\na{2"),
        ("\\p{Foo}", "! Unknown character property name {Foo} near index 6\n\\p{Foo}\n      ^"),
        (
            "(?<n>a)(?<n>b)",
            "! Named capturing group <n> is already defined near index 11\n(?<n>a)(?<n>b)\n           ^",
        ),
        ("\\", "! Unexpected internal error near index 1\n\\"),
    ] {
        assert_eq!(routed("topic", pattern, "x"), expected);
    }
    for (replacement, expected) in [
        ("$5", "! No group 5"),
        ("$", "! Illegal group reference: group index is missing"),
        ("${n}", "! No group with name {n}"),
        ("a\\", "! character to be escaped is missing"),
        ("${", "! named capturing group has 0 length name"),
        ("${1}", "! capturing group name {1} starts with digit character"),
        ("$x", "! Illegal group reference"),
        ("${n", "! named capturing group is missing trailing '}'"),
    ] {
        assert_eq!(routed("topic", "(.*)", replacement), expected);
    }
}

#[test]
fn replace_all_moves_on_after_empty_matches() {
    let all = |pattern: &str, text: &str| {
        JavaRegex::new(pattern).unwrap().replace_all(text, &Replacement::new("-")).unwrap()
    };
    assert_eq!(all("b*", "abc"), "-a--c-");
    assert_eq!(all("é?", "aéb"), "-a--b-");
    assert_eq!(all("[^a-z]", "a1b2"), "a-b-");
}

#[test]
fn a_pattern_that_backtracks_for_ever_is_an_error() {
    let regex = JavaRegex::new("(?=a)(a+)+\\1b").unwrap();
    let error = regex.is_full_match(&"a".repeat(60)).unwrap_err();
    assert!(error.message().unwrap().contains("too many steps"));
}
