//! Pages that are followed: documentation whose code blocks say which file they make, and where they go in one that is there.

#[cfg(test)]
mod tests;

use anyhow::{Context as _, bail, ensure};
use std::fs;
use std::path::{Component, Path};

/// Blocks of one page at most.
const BLOCKS_MAX: usize = 200;
const FENCE: &str = "```";

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// The `##` heading under which it stands.
    pub(crate) section: String,
    /// Below the root of the tree.
    pub(crate) path: String,
    pub(crate) deed: Deed,
    /// With a line break at its end.
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    Create,
    /// Lines go behind the one line that reads like this, whatever its indentation.
    After(String),
    Before(String),
    /// Lines go where what begins in that one line ends: before the bracket that closes it at the same indentation.
    AtEnd(String),
    /// In the place of words that stand in the file once.
    Instead(String),
}

/// Reads what a page tells its reader to do: a line such as `` In `file`, after `line`: `` and the fenced block behind it.
///
/// Blocks without such a line are only shown.
pub(crate) fn read(page: &str) -> anyhow::Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let (mut section, mut told) = (String::new(), None);
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            heading.trim().clone_into(&mut section);
        }
        if line.starts_with(FENCE) {
            let mut text = String::new();
            loop {
                let (_, line) =
                    lines.next().with_context(|| format!("line {}: the block has no end", at + 1))?;
                if line == FENCE {
                    break;
                }
                text.push_str(line);
                text.push('\n');
            }
            if let Some((path, deed)) = told.take() {
                ensure!(blocks.len() < BLOCKS_MAX, "more than {BLOCKS_MAX} blocks");
                blocks.push(Block { section: section.clone(), path, deed, text });
            }
        } else if !line.trim().is_empty() {
            told = instruction(line).with_context(|| format!("line {}: {line}", at + 1))?;
        }
    }
    Ok(blocks)
}

/// Reads the sentence before a block; other sentences are only read by people.
fn instruction(line: &str) -> anyhow::Result<Option<(String, Deed)>> {
    let is_one = line.starts_with("Create `") || line.starts_with("In `");
    if !is_one || !line.ends_with("`:") {
        return Ok(None);
    }
    let parts: Vec<&str> = line.split('`').collect();
    let deed = match parts.as_slice() {
        ["Create ", path, ":"] => (*path, Deed::Create),
        ["In ", path, ", after ", anchor, ":"] => (*path, Deed::After((*anchor).to_owned())),
        ["In ", path, ", before ", anchor, ":"] => (*path, Deed::Before((*anchor).to_owned())),
        ["In ", path, ", at the end of ", anchor, ":"] => (*path, Deed::AtEnd((*anchor).to_owned())),
        ["In ", path, ", instead of ", anchor, ":"] => (*path, Deed::Instead((*anchor).to_owned())),
        _ => bail!("expected: Create `file`: or In `file`, after|before|at the end of|instead of `line`:"),
    };
    let inside = Path::new(deed.0).components().all(|part| matches!(part, Component::Normal(_)));
    ensure!(inside, "{:?} lies outside the tree", deed.0);
    Ok(Some((deed.0.to_owned(), deed.1)))
}

/// Does what the blocks say below `root`, all of it or nothing. Gives the files that were made or changed.
pub(crate) fn follow(root: &Path, blocks: &[Block]) -> anyhow::Result<Vec<String>> {
    let mut files: Vec<(String, String)> = Vec::new();
    for block in blocks {
        let known = files.iter().position(|(path, _)| *path == block.path);
        if block.deed == Deed::Create {
            ensure!(known.is_none() && !root.join(&block.path).exists(), "{} is there already", block.path);
            files.push((block.path.clone(), block.text.clone()));
            continue;
        }
        let at = match known {
            Some(at) => at,
            None => {
                let text = fs::read_to_string(root.join(&block.path));
                files
                    .push((block.path.clone(), text.with_context(|| format!("cannot read {}", block.path))?));
                files.len() - 1
            }
        };
        files[at].1 = placed(&files[at].1, block).with_context(|| block.path.clone())?;
    }
    for (path, text) in &files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// The text with a block put where it belongs.
fn placed(text: &str, block: &Block) -> anyhow::Result<String> {
    let anchor = match &block.deed {
        Deed::Create => bail!("only a file that is there can be changed"),
        Deed::Instead(words) => {
            let times = text.matches(words.as_str()).count();
            ensure!(times == 1, "`{words}` stands there {times} times, not once");
            return Ok(text.replace(words.as_str(), block.text.trim_end_matches('\n')));
        }
        Deed::After(anchor) | Deed::Before(anchor) | Deed::AtEnd(anchor) => anchor.trim(),
    };
    let lines: Vec<&str> = text.lines().collect();
    let mut found = lines.iter().enumerate().filter(|(_, line)| line.trim() == anchor).map(|(at, _)| at);
    let at = match (found.next(), found.next()) {
        (Some(at), None) => at,
        (first, _) => {
            let times = found.count() + usize::from(first.is_some()) * 2;
            bail!("the line `{anchor}` stands there {times} times, not once");
        }
    };
    let at = match block.deed {
        Deed::After(_) => at + 1,
        Deed::AtEnd(_) => {
            let depth = indentation(lines[at]);
            let closes =
                |line: &&str| indentation(line) == depth && line.trim_start().starts_with(['}', ']', ')']);
            let end = lines[at + 1..].iter().position(closes);
            at + 1 + end.with_context(|| format!("what `{anchor}` begins has no end"))?
        }
        _ => at,
    };
    let mut whole: Vec<&str> = lines[..at].to_vec();
    whole.extend(block.text.lines());
    whole.extend(&lines[at..]);
    Ok(whole.join("\n") + "\n")
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
