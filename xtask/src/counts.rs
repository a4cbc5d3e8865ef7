//! How many tests passed and failed, read from what test runners print.

use std::ops::AddAssign;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Reads nextest's summary: `Summary [ 1.2s] 5 tests run: 3 passed (1 slow), 2 failed, 4 skipped`.
///
/// Everything that is neither passed nor skipped (timed out, could not start) counts as failed.
pub(crate) fn of_nextest(line: &str) -> Option<Counts> {
    let line = without_colours(line);
    let (head, tail) = line.split_once("run: ")?;
    head.trim_start().starts_with("Summary [").then(|| parts(tail))
}

/// Reads the last line of a libtest run: `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
pub(crate) fn of_libtest(line: &str) -> Option<Counts> {
    let line = without_colours(line);
    let (_, tail) = line.split_once("test result: ")?.1.split_once(". ")?;
    let number = |word: &str| {
        let part = tail.split(';').find(|part| part.trim_end().ends_with(word))?;
        part.split_whitespace().next()?.parse().ok()
    };
    Some(Counts { passed: number(" passed")?, failed: number(" failed")? })
}

/// Reads vitest's count of tests: `Tests  1 failed | 2 passed | 1 skipped (4)`.
pub(crate) fn of_vitest(line: &str) -> Option<Counts> {
    let line = without_colours(line);
    let tail = line.trim().strip_prefix("Tests ")?;
    let number = |word: &str| {
        let part = tail.split(['|', '(']).find(|part| part.trim_end().ends_with(word));
        part.and_then(|part| part.split_whitespace().next()?.parse().ok()).unwrap_or_default()
    };
    Some(Counts { passed: number(" passed"), failed: number(" failed") })
}

/// Reads a line of what Playwright counts at the end: `3 passed (19.3s)`, `1 failed`, `2 did not run`.
pub(crate) fn of_playwright(line: &str) -> Option<Counts> {
    let line = without_colours(line);
    let line = without_brackets(&line);
    let (number, word) = line.trim().split_once(' ')?;
    let number = number.parse().ok()?;
    match word.trim() {
        "passed" => Some(Counts { passed: number, failed: 0 }),
        "failed" | "flaky" | "interrupted" | "did not run" => Some(Counts { passed: 0, failed: number }),
        _ => None,
    }
}

/// Reads a closing line of our own: `3 passed, 0 failed` alone on a line.
pub(crate) fn of_closing(line: &str) -> Option<Counts> {
    let counts = parts(line.trim());
    (line.trim() == counts.to_string()).then_some(counts)
}

fn parts(list: &str) -> Counts {
    let mut counts = Counts::default();
    for part in without_brackets(list).split(',') {
        let Some((number, word)) = part.trim().split_once(' ') else { continue };
        let Ok(number) = number.parse::<u64>() else { continue };
        match word.trim() {
            "passed" => counts.passed += number,
            "skipped" => {}
            _ => counts.failed += number,
        }
    }
    counts
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    text.chars()
        .filter(|c| {
            let inside = depth > 0 || *c == '(';
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            !inside
        })
        .collect()
}

/// Drops the escape sequences (`ESC [ … letter`) that colour a terminal.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u64, failed: u64) -> Option<Counts> {
        Some(Counts { passed, failed })
    }

    #[test]
    fn a_nextest_summary_is_read_with_slow_leaky_and_timed_out_tests() {
        let read = of_nextest;
        assert_eq!(read("     Summary [   0.012s] 5 tests run: 5 passed, 0 skipped"), counts(5, 0));
        assert_eq!(read("     Summary [   0.012s] 1 test run: 1 passed, 7 skipped"), counts(1, 0));
        assert_eq!(
            read(
                "Summary [ 61.0s] 9/12 tests run: 5 passed (1 slow, 2 leaky), 2 failed, 1 exec failed, 1 timed out, 3 skipped"
            ),
            counts(5, 4)
        );
    }

    #[test]
    fn a_coloured_summary_is_read_too() {
        let line = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.5s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m2\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped";
        assert_eq!(of_nextest(line), counts(2, 0));
    }

    #[test]
    fn a_line_of_a_test_is_no_summary() {
        assert_eq!(of_nextest("        PASS [   0.004s] xtask a_test_run: of_something"), None);
        assert_eq!(of_nextest(""), None);
        assert_eq!(of_libtest("running 3 tests"), None);
        assert_eq!(of_closing("3 passed, 1 failed, it said"), None);
        assert_eq!(of_closing("hello"), None);
    }

    #[test]
    fn libtest_and_our_own_closing_line_are_read() {
        let line = "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(of_libtest(line), counts(3, 2));
        assert_eq!(of_closing("12 passed, 1 failed"), counts(12, 1));
    }

    #[test]
    fn what_is_counted_of_the_web_app_is_read() {
        assert_eq!(of_vitest("      Tests  12 passed (12)"), counts(12, 0));
        assert_eq!(of_vitest("      Tests  1 failed | 2 passed | 3 skipped (6)"), counts(2, 1));
        assert_eq!(of_vitest(" Test Files  1 passed (1)"), None);
        assert_eq!(of_playwright("  3 passed (19.3s)"), counts(3, 0));
        assert_eq!(of_playwright("\u{1b}[31m  2 failed\u{1b}[39m"), counts(0, 2));
        assert_eq!(of_playwright("  1 did not run"), counts(0, 1));
        assert_eq!(of_playwright("  1 skipped"), None);
        assert_eq!(of_playwright("Running 3 tests using 1 worker"), None);
        assert_eq!(of_playwright("  \u{2713}  1 [browser] \u{203a} 3 passed"), None);
    }

    #[test]
    fn the_closing_line_counts_and_says_nothing_else() {
        assert_eq!(Counts { passed: 12, failed: 0 }.to_string(), "12 passed, 0 failed");
    }
}
