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

/// Where each match of `pattern` is in `text`, with what its groups captured.
fn all(pattern: &str, text: &str) -> String {
    let regex = match JavaRegex::new(pattern) {
        Ok(regex) => regex,
        Err(error) => return format!("! {error}"),
    };
    let groups: String = (1..=regex.group_count()).map(|group| format!("|${group}")).collect();
    regex.replace_all(text, &Replacement::new(&format!("<$0{groups}>"))).unwrap()
}

/// As OpenJDK 25 answered.
#[test]
fn constructs_that_other_engines_lack_or_read_differently() {
    for (pattern, text, expected) in [
        (r"\G.", "abc", "<a><b><c>"),
        (r"\Ga", "aaba", "<a><a>ba"),
        (r"^*a", "aba", "<a>b<a>"),
        (r"$*", "a", "<>a<>"),
        (r"\p{InGreek}+", "aβγb", "a<βγ>b"),
        (r"\p{InLatin-1Supplement}", "aé", "a<é>"),
        (r"\p{blk=greek and coptic}", "aβ", "a<β>"),
        (r"\p{script=Grek}\p{IsGreek}", "αβ", "<αβ>"),
        (r"\p{javaMirrored}", "a(b", "a<(>b"),
        (r"\p{Zl}", "a\u{2028}", "a<\u{2028}>"),
        (r"(?U)\w+", "é", "<é>"),
        (r"(?U)\p{Lower}", "é", "<é>"),
        (r"\p{Lower}", "é", "é"),
        (r"(?i)\p{Lower}", "A", "<A>"),
        (r"(?i)é", "É", "É"),
        (r"(?iu)é", "É", "<É>"),
        (r"(?iu)k", "\u{212A}", "<\u{212A}>"),
        (r"(?iu)ı", "iI", "<i><I>"),
        (r"(?iu)ß", "ẞ", "ẞ"),
        (r"(?iu)aß", "Aẞ", "<Aẞ>"),
        (r"(?i)(a)\1", "aA", "<aA|a>"),
        (r"(?<!\p{L})\u0301\b", "e\u{301}", "e\u{301}"),
        (r"\b", "e\u{301}a", "<>e\u{301}a<>"),
        (r"(?d).", "\r", "<\r>"),
        (r"(?m)^", "", ""),
        (r"(?m)^", "a\n", "<>a\n"),
        (r"(?m)$", "a\r\nb", "a<>\r\nb<>"),
        (r"$", "a\u{85}", "a<>\u{85}<>"),
        (r"(?d)$", "a\u{85}", "a\u{85}<>"),
        (r"\R", "a\r\nb\u{2028}", "a<\r\n>b<\u{2028}>"),
        (r"\R\n", "\r\n", "<\r\n>"),
        (r"[a-z&&[^b]&&[a-d]]+", "abcde", "<a>b<cd>e"),
        (r"[ab&&[bc]d]", "abcd", "a<b>cd"),
        (r"[ab&&[b]&c]+", "abc&", "<abc&>"),
        (r"[^a&&b]", "ab", "<a><b>"),
        (r"[a&b]", "&", "<&>"),
        (r"[a-c[x-z]]", "bd", "<b>d"),
        (r"\0101\07", "A\u{7}", "<A\u{7}>"),
        (r"(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)\11", "abcdefghijkk", "<abcdefghijkk|a|b|c|d|e|f|g|h|i|j|k>"),
        (r"(a)\11", "aa1", "<aa1|a>"),
        (r"\Q.\E*", "..", "<..><>"),
        (r"(?x) a b # c", "ab", "<ab>"),
        (r"(?x)[a b]", " b", " <b>"),
        (r"(?:a|ab){2}+c", "abac", "abac"),
        (r"(?=(a))ab|ac", "ac", "<ac|a>"),
        (r"(a*)*", "aa", "<aa|><|>"),
        (r"((a)b)*abx", "ababx", "<ababx|ab|a>"),
        (r"(?<=a{1,2})b", "aab", "aa<b>"),
        (r"(?<=c..*)b", "ccb", "cc<b>"),
        (r"((((a{1000}){1000}){1000}){1000})", "a", "a"),
        (r"x*+x|(?>a|ab)c", "xxabc", "xxabc"),
    ] {
        assert_eq!(all(pattern, text), expected, "{pattern} on {text:?}");
    }
}

#[test]
fn what_is_not_supported_is_named() {
    for (pattern, named) in [
        (r"\X", r"a grapheme cluster, \X,"),
        (r"\b{g}", r"a boundary of grapheme clusters, \b{g},"),
        (r"\N{LATIN SMALL LETTER A}", r"a character by its name, \N{…},"),
        ("(?c)a", "canonical equivalence, (?c),"),
    ] {
        let error = JavaRegex::new(pattern).unwrap_err().to_string();
        assert_eq!(error, format!("{named} is not supported in regular expressions here\n{pattern}"));
    }
    for deep in ["(".repeat(100_000), "[".repeat(100_000), "[a&&".repeat(100_000), "(?=".repeat(5000)] {
        let error = JavaRegex::new(&deep).unwrap_err().to_string();
        assert!(error.starts_with("nesting deeper than 200 is not supported"), "{error:.60}");
    }
}

#[test]
fn a_long_text_is_no_deep_stack() {
    let text = "ab".repeat(100_000);
    for pattern in ["(?:a|b|(?=x))*+x", "(a|b|)*x", "((?:ab)*?)\\1x", "(?<=b)(?:(a)(b))*\\z"] {
        let found = JavaRegex::new(pattern).unwrap().is_found(&text);
        assert!(matches!(found, Ok(_) | Err(_)), "{pattern}");
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
        ("\\", "! Unescaped trailing backslash near index 1\n\\"),
        ("[z-a]", "! Illegal character range near index 3\n[z-a]\n   ^"),
        (r"[a-\d]", "! Illegal character range near index 4\n[a-\\d]\n    ^"),
        (r"\k<x>", "! named capturing group <x> does not exist near index 4\n\\k<x>\n    ^"),
        (r"\k", "! \\k is not followed by '<' for named capturing group near index 2\n\\k"),
        (r"\x{110000}", "! Hexadecimal codepoint is too big near index 8\n\\x{110000}\n        ^"),
        (r"\c", "! Illegal control escape sequence near index 1\n\\c\n ^"),
        (r"\u12", "! Illegal Unicode escape sequence near index 4\n\\u12"),
        (r"\i", "! Illegal/unsupported escape sequence near index 1\n\\i\n ^"),
        (r"\N", "! Illegal character name escape sequence near index 2\n\\N"),
        (
            r"(?<=a*b*)c\1(?<=\1)",
            "! Look-behind group does not have an obvious maximum length near index 17\n(?<=a*b*)c\\1(?<=\\1)\n                 ^",
        ),
        (
            "(?<=(?>x|xx)0++)",
            "! Look-behind group does not have an obvious maximum length near index 14\n(?<=(?>x|xx)0++)\n              ^",
        ),
        ("\t)", "! Unmatched closing ')' near index 0\n\t)\n^"),
        ("a\tb)", "! Unmatched closing ')' near index 2\na\tb)\n \t^"),
        ("(?z)", "! Unknown inline modifier near index 2\n(?z)\n  ^"),
        ("[a[b]c&&]", "! Bad intersection syntax near index 7\n[a[b]c&&]\n       ^"),
        ("[&&]", "! Bad class syntax near index 2\n[&&]\n  ^"),
        (r"\08", "! Illegal octal escape sequence near index 2\n\\08\n  ^"),
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
    // What a word boundary looks behind at counts, too.
    let regex = JavaRegex::new("\\b(?=y)\\B(x)\\1").unwrap();
    let marks = "\u{301}".repeat(300_000);
    let error = regex.replace_first(&marks, &Replacement::new("")).unwrap_err();
    assert!(error.message().unwrap().contains("too many steps"));
}
