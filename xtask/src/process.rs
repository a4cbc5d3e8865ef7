//! Running other programs: to the end, in this one's place, or line by line.

use anyhow::{Context, bail};
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

/// A command line that makes no sense; the text says what would.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// The cargo that started this program, at the root of the workspace.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(crate::workspace::root());
    command
}

/// Runs a program to its end with this terminal; an error names the program and how it ended.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs a program silently and returns what it wrote; an error carries what it complained of.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("cannot start {}", shown(command)))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("{} ended with {}: {}", shown(command), output.status, complaint.trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} wrote no UTF-8", shown(command)))
}

/// Tells whether a program starts and is content; what it writes is dropped.
pub(crate) fn answers(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Puts a program in the place of this one, so that Ctrl-C and the exit code are its own affair.
pub(crate) fn become_program(command: &mut Command) -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        let error = command.exec();
        Err(error).with_context(|| format!("cannot start {}", shown(command)))
    }
    #[cfg(not(unix))]
    run(command)
}

/// Which of a program's two streams to read.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    Out,
    Err,
}

/// Runs a program, passes one of its streams on line by line and shows each line to `see`.
///
/// Returns whether the program ended well.
pub(crate) fn watch(
    command: &mut Command,
    stream: Stream,
    mut see: impl FnMut(&str),
) -> anyhow::Result<bool> {
    match stream {
        Stream::Out => command.stdout(Stdio::piped()),
        Stream::Err => command.stderr(Stdio::piped()),
    };
    let mut child = command.spawn().with_context(|| format!("cannot start {}", shown(command)))?;
    let pipe: Box<dyn Read> = match stream {
        Stream::Out => Box::new(child.stdout.take().expect("the stream was piped")),
        Stream::Err => Box::new(child.stderr.take().expect("the stream was piped")),
    };
    for line in BufReader::new(pipe).split(b'\n') {
        let line = line.with_context(|| format!("cannot read what {} writes", shown(command)))?;
        let line = String::from_utf8_lossy(&line);
        match stream {
            Stream::Out => println!("{line}"),
            Stream::Err => eprintln!("{line}"),
        }
        see(&line);
    }
    Ok(child.wait()?.success())
}

fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut text = program.file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&arg.to_string_lossy());
    }
    format!("`{text}`")
}
