//! The tables that are printed, with the machine and the command they come from.

use std::fs;
use std::time::Duration;

/// One line of the table.
struct Row {
    what: String,
    measured: String,
    budget: &'static str,
    /// None where there is no budget.
    is_met: Option<bool>,
}

/// All that was measured so far.
pub(crate) struct Report {
    command: String,
    load_before: String,
    rows: Vec<Row>,
    pieces: Vec<[String; 3]>,
}

impl Report {
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let command = format!("cargo xtask bench {}", arguments.join(" ")).trim_end().to_owned();
        Self { command, load_before: load(), rows: Vec::new(), pieces: Vec::new() }
    }

    /// Adds what has a budget.
    pub(crate) fn judge(
        &mut self,
        what: impl Into<String>,
        measured: impl Into<String>,
        budget: &'static str,
        is_met: bool,
    ) {
        self.rows.push(Row { what: what.into(), measured: measured.into(), budget, is_met: Some(is_met) });
    }

    /// Adds what is worth knowing and has no budget.
    pub(crate) fn tell(&mut self, what: impl Into<String>, measured: impl Into<String>) {
        self.rows.push(Row { what: what.into(), measured: measured.into(), budget: "–", is_met: None });
    }

    /// Adds a line to the second table: where the time of a voice request goes.
    pub(crate) fn piece(&mut self, what: &str, median: Duration, p99: Duration) {
        self.pieces.push([what.to_owned(), shown(median), shown(p99)]);
    }

    pub(crate) fn print(&self, is_quick: bool) {
        println!("`{}` on {}.", self.command, machine());
        println!("Load of the machine before: {}; after: {}.", self.load_before, load());
        if is_quick {
            println!("\nA quick run: it shows that everything works. Its figures mean nothing.");
        }
        if self.rows.is_empty() {
            return self.print_pieces();
        }
        println!("\n| What | Measured | Budget | Met? |\n|---|---|---|---|");
        for row in &self.rows {
            let met = row.is_met.map_or("–", |met| if met { "yes" } else { "**no**" });
            println!("| {} | {} | {} | {met} |", row.what, row.measured, row.budget);
        }
        self.print_pieces();
    }

    fn print_pieces(&self) {
        if self.pieces.is_empty() {
            return;
        }
        println!("\n| Piece of a voice request | Median | p99 |\n|---|---|---|");
        for [what, median, p99] in &self.pieces {
            println!("| {what} | {median} | {p99} |");
        }
    }
}

/// Says what a run that takes minutes is doing, away from the table.
pub(crate) fn progress(doing: &str) {
    eprintln!("{doing} …");
}

/// A duration in the unit that suits its size.
pub(crate) fn shown(duration: Duration) -> String {
    let nanos = duration.as_nanos() as f64;
    match nanos {
        ..1e3 => format!("{nanos:.0} ns"),
        ..1e6 => format!("{:.1} µs", nanos / 1e3),
        ..1e9 => format!("{:.1} ms", nanos / 1e6),
        _ => format!("{:.2} s", nanos / 1e9),
    }
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{cores} cores, {}",
        line_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown CPU".into())
    )
}

/// The load averages over 1, 5 and 15 minutes.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// What a file of `name: value` lines says of a name.
pub(crate) fn line_of(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
