//! The index of a folder of stories: one line for each, and the defect of the original that it disproves.

use std::fmt::Write as _;

/// What a story's second line begins with where it disproves a defect.
const DISPROVES: &str = "# Disproves: ";
/// From this line on, the index is written by hand.
const ELSEWHERE: &str = "## Disproved elsewhere";

/// Writes the index of these stories, (name, text) in order; keeps what `so_far` says by hand.
///
/// A story says in its first line what it tells, and may say in its second what it disproves.
pub fn index(stories: &[(String, String)], so_far: &str) -> String {
    let mut written = String::from(
        "# Stories\n\nWritten by `cargo xtask story --bless` from the first lines of the stories; `docs/stories.md` \
         describes their language.\n\n| Story | What it tells | Defect of the original that it disproves |\n|---|---|---|\n",
    );
    for (name, text) in stories {
        let mut lines = text.lines();
        let told = lines.next().unwrap_or("").trim_start_matches("# ").trim();
        let disproved = lines.next().and_then(|line| line.strip_prefix(DISPROVES)).unwrap_or("").trim();
        // Writing to a text cannot fail.
        let _ = writeln!(written, "| {name} | {} | {} |", cell(told), cell(disproved));
    }
    if let Some(at) = so_far.find(ELSEWHERE) {
        written.push('\n');
        written.push_str(&so_far[at..]);
    }
    written
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
