//! What the operating system says of this process. Linux tells it in files; elsewhere nothing is told.

use std::fs;

/// Linux counts processor time in hundredths of a second, whatever the machine.
const TICKS_PER_S: u64 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) memory_bytes: u64,
    pub(super) open_files: u64,
    pub(super) files_max: u64,
    pub(super) threads: u64,
    pub(super) cpu_s: u64,
}

/// Reads it anew; none where the system does not tell.
pub(super) fn read() -> Option<Process> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    Some(Process {
        memory_bytes: number(&status, "VmRSS:")? * 1024,
        open_files: fs::read_dir("/proc/self/fd").ok()?.count() as u64,
        files_max: number(&limits, "Max open files")?,
        threads: number(&status, "Threads:")?,
        cpu_s: cpu_ticks(&stat)? / TICKS_PER_S,
    })
}

/// The first number of the line that begins so.
fn number(text: &str, begins: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(begins))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// Time spent in the program and for it, of `/proc/self/stat` (proc(5): fields 14 and 15).
fn cpu_ticks(stat: &str) -> Option<u64> {
    // The second field is the program's name in brackets, which may hold anything.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split_whitespace().skip(11);
    let (own, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(own + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_tells_of_this_process() {
        let process = read().expect("tests run on Linux");
        assert!(process.memory_bytes > 1 << 20 && process.memory_bytes < 1 << 36, "{process:?}");
        assert!(process.open_files > 2 && process.open_files <= process.files_max, "{process:?}");
        assert!(process.threads >= 1, "{process:?}");
    }

    #[test]
    fn a_program_s_name_confuses_nobody() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 0 0 0 250 150 0 0 20 0 4 0 100 0 0";
        assert_eq!(cpu_ticks(stat), Some(400));
        assert_eq!((cpu_ticks(""), number("VmRSS:\t 12 kB", "VmRSS:")), (None, Some(12)));
    }
}
