//! The nearest known name to one that was mistyped.

/// More slips of the finger than this, and a suggestion would be a guess.
const SLIPS_MAX: usize = 2;

/// Finds the known name that differs least, if any is near enough to be meant.
pub(crate) fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|name| (distance(typed, name), name))
        .filter(|(slips, _)| *slips <= SLIPS_MAX)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, name)| name)
}

/// Counts the letters to insert, drop or replace (Levenshtein), one row of the table at a time.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood_and_a_stranger_is_not() {
        let known = ["demo", "test", "check"];
        assert_eq!(nearest("chekc", known.into_iter()), Some("check"));
        assert_eq!(nearest("tests", known.into_iter()), Some("test"));
        assert_eq!(nearest("deploy", known.into_iter()), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
