//! `cargo xtask new model|feature|adr NAME`: files to begin with, which pass `check` as they are.

mod names;
#[cfg(test)]
mod tests;

use crate::page::{self, Block, Deed};
use crate::process::{self, Usage};
use crate::{adding, workspace};
use anyhow::{Context as _, ensure};
use std::fs;
use std::path::Path;

const USAGE: &str = "new model MODULE.NAME | new feature NAME | new adr NAME";
/// What a feature is made of: the invented one of the page, under another name.
const INVENTED: &str = "announcement";
/// Where every model has its row, and how the table begins.
const DEEDS: &str = "crates/app/tests/app/deeds.rs";
const TABLE: &str = "const TABLE: &[Row] = &[";
const ADR_FOLDER: &str = "docs/adr";
const STORIES: &str = "scenarios/";
/// Decisions have four digits.
const ADR_MAX: u32 = 9_999;

pub(crate) fn run(args: &[String]) -> anyhow::Result<()> {
    let root = workspace::root();
    let made = match args {
        [kind, name] if kind == "model" => model(root, name)?,
        [kind, name] if kind == "feature" => feature(root, name)?,
        [kind, name] if kind == "adr" => adr(root, name)?,
        _ => return Err(Usage(USAGE.into()).into()),
    };
    if args[0] == "feature" {
        // Another name breaks lines elsewhere.
        process::run(process::cargo().args(["fmt", "--all"]))?;
    }
    for path in &made.files {
        println!("wrote {path}");
    }
    println!("{}", made.next);
    Ok(())
}

/// The files that were made or changed, and what a person does next.
#[derive(Debug)]
struct Made {
    files: Vec<String>,
    next: String,
}

/// A model of a module that is there, with the rights of every role.
fn model(root: &Path, name: &str) -> anyhow::Result<Made> {
    let (module, short) = names::model(name)?;
    let manifest = format!("modules/{module}/module.toml");
    ensure!(root.join(&manifest).is_file(), "there is no module {module}: write {manifest} first");
    let folder = format!("modules/{module}/{short}");
    ensure!(!root.join(&folder).exists(), "{folder} is there already");
    let title = names::title(short);
    let block = |file: &str, text: String| Block {
        section: String::new(),
        path: format!("{folder}/{file}"),
        deed: Deed::Create,
        text,
    };
    let mut blocks = vec![
        block(
            "model.toml",
            format!(
                "name = \"{module}.{short}\"\ntitle = \"{title}\"\norder = \"name\"\n\n[fields]\n\
                 name = {{ type = \"char\", size = 100, required = true, unique = \"active\" }}\n\
                 active = {{ type = \"boolean\", default = true }}\n"
            ),
        ),
        block(
            "access.toml",
            "[rights]\n\"base.group_owner\" = \"crud\"\n\"base.group_pbx_admin\" = \"crud\"\n\
             \"base.group_pbx_user\" = \"r\"\n\"base.group_reporter\" = \"r\"\n"
                .into(),
        ),
    ];
    // One table says who may do what with every model's records; a tree without it asks for none.
    if root.join(DEEDS).exists() {
        let (path, deed) = (DEEDS.into(), Deed::AtEnd(TABLE.into()));
        let text = format!("    same(\"{name}\", [\"crud\", \"crud\", \"r\", \"r\"]),\n");
        blocks.push(Block { section: String::new(), path, deed, text });
    }
    let next = format!("next: give {name} its fields, and run `cargo xtask check`");
    Ok(Made { files: page::follow(root, &blocks)?, next })
}

/// A destination of its own: model, rule, plan and story, as docs/adding.md builds one.
fn feature(root: &Path, name: &str) -> anyhow::Result<Made> {
    names::feature(name)?;
    let folder = format!("modules/pbx/{name}");
    ensure!(!root.join(&folder).exists(), "{folder} is there already");
    let page = fs::read_to_string(root.join(adding::PAGE)).context(adding::PAGE)?;
    let blocks = page::read(&page)?.into_iter().filter(|block| block.section == adding::DESTINATION);
    let blocks: Vec<Block> = blocks.map(|block| renamed(block, name)).collect();
    let row = blocks.iter().find(|block| block.path.starts_with(STORIES)).map(|story| index_row(root, story));
    let blocks: Vec<Block> = blocks.into_iter().chain(row.transpose()?.flatten()).collect();
    ensure!(!blocks.is_empty(), "{} tells nothing under \"{}\"", adding::PAGE, adding::DESTINATION);
    let next = format!(
        "next: say in crates/routing/src/{name}.rs what a call does there; it plays a prompt so far. `cargo xtask story {name}` plays its story"
    );
    Ok(Made { files: page::follow(root, &blocks)?, next })
}

/// The line of a new story in the index of all of them, which is in the order of their names.
fn index_row(root: &Path, story: &Block) -> anyhow::Result<Option<Block>> {
    let path = format!("{STORIES}INDEX.md");
    let Ok(index) = fs::read_to_string(root.join(&path)) else { return Ok(None) };
    let name = story.path.trim_start_matches(STORIES).trim_end_matches(".txt");
    let told = story.text.lines().next().unwrap_or_default().trim_start_matches("# ");
    let name_of =
        |line: &&str| line.strip_prefix("| ").and_then(|row| row.split(' ').next()).map(str::to_owned);
    let rows = index
        .lines()
        .skip_while(|line| !line.starts_with("|---"))
        .skip(1)
        .take_while(|line| line.starts_with("| "));
    let before = rows.filter(|line| name_of(line).is_some_and(|other| other.as_str() < name)).last();
    let head = || index.lines().find(|line| line.starts_with("|---"));
    let deed = Deed::After(before.or_else(head).context("the index of stories has no table")?.to_owned());
    Ok(Some(Block { section: String::new(), path, deed, text: format!("| {name} | {told} |  |\n") }))
}

fn renamed(block: Block, name: &str) -> Block {
    let other = |text: &str| {
        let camel = names::camel(name);
        text.replace("an announcement", &format!("{} {}", names::article(name), names::words(name)))
            .replace(INVENTED, name)
            .replace("Announcement", &camel)
    };
    let deed = match block.deed {
        Deed::Create => Deed::Create,
        Deed::After(anchor) => Deed::After(other(&anchor)),
        Deed::Before(anchor) => Deed::Before(other(&anchor)),
        Deed::AtEnd(anchor) => Deed::AtEnd(other(&anchor)),
        Deed::Instead(anchor) => Deed::Instead(other(&anchor)),
    };
    Block { path: other(&block.path), text: other(&block.text), deed, ..block }
}

/// A decision under the next free number.
fn adr(root: &Path, name: &str) -> anyhow::Result<Made> {
    names::adr(name)?;
    let mut last = 0;
    for entry in fs::read_dir(root.join(ADR_FOLDER)).context(ADR_FOLDER)? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        let (number, rest) = file.split_once('-').unwrap_or((&file, ""));
        ensure!(rest != format!("{name}.md"), "{ADR_FOLDER}/{file} is there already");
        last = last.max(number.parse().unwrap_or(0));
    }
    ensure!(last < ADR_MAX, "there are {ADR_MAX} decisions already");
    let (number, title) = (last + 1, names::sentence(name));
    let text = format!(
        "# {number}. {title}\n\n## Context\n\nWhat forces a decision now, and what happens without one.\n\n\
         ## Decision\n\nWhat holds from now on, in plain sentences.\n\n## Price\n\nWhat it costs, and what it rules out.\n"
    );
    let path = format!("{ADR_FOLDER}/{number:04}-{name}.md");
    let block = Block { section: String::new(), path, deed: Deed::Create, text };
    let next = "next: write it in a page; a decision is linked from where it matters".into();
    Ok(Made { files: page::follow(root, &[block])?, next })
}
