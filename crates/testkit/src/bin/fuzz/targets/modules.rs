//! Module files, through the door that the product uses: every mistake is a sentence with a file and a line of it.

use crate::corpus;
use crate::target::{Judged, Seen, Target, readable};
use opbx_platform::Registry;
use opbx_platform::module::{MISTAKES_MAX, ModuleSource, from_folder};
use opbx_platform::source::SourceError;

/// Stands before each file of an input: `=== module/path.toml`.
const MARK: &str = "=== ";
/// A module that others may refer to, so that an input need not bring everything along.
const GROUND: &str = "=== lab/module.toml\nname = \"lab\"\ntitle = \"Lab\"\nversion = \"1.0\"\n\
    === lab/thing/model.toml\nname = \"lab.thing\"\ntitle = \"Thing\"\n[fields]\nname = { type = \"char\" }\n\
    === lab/thing/access.toml\n[rights]\n";
const WORDS: &[&str] = &[
    "=== lab/thing/model.toml\n",
    "=== lab/thing/access.toml\n",
    "=== lab/module.toml\n",
    "=== lab/data/a.toml\n",
    "=== lab/migrations/1.1.toml\n",
    "=== other/module.toml\n",
    "name",
    "title",
    "version",
    "depends",
    "fields",
    "type",
    "char",
    "text",
    "html",
    "boolean",
    "integer",
    "decimal",
    "float",
    "monetary",
    "date",
    "datetime",
    "selection",
    "many2one",
    "one2many",
    "many2many",
    "reference",
    "destination",
    "json",
    "binary",
    "secret",
    "size",
    "min",
    "max",
    "digits",
    "options",
    "to",
    "inverse",
    "on_delete",
    "set_null",
    "cascade",
    "restrict",
    "required",
    "unique",
    "active",
    "default",
    "format",
    "pattern",
    "folded",
    "translate",
    "track",
    "copy",
    "groups",
    "readonly",
    "index",
    "order",
    "routing",
    "config",
    "audit",
    "extends",
    "inherit",
    "tenancy",
    "shared",
    "rights",
    "reveal",
    "crud",
    "rules",
    "domain",
    "\"1.0\"",
    "\"lab.thing\"",
    "\"base.group_owner\"",
    "true",
    "false",
    "rename_field",
    "rename_model",
    "drop_field",
    "model",
    "from",
    "\"\"\"",
    "[[",
    "]]",
    " = ",
    "[fields]\n",
    "{ type = \"char\" }",
];

pub(crate) fn target() -> Target {
    let mut examples = vec![GROUND.as_bytes().to_vec()];
    let product = from_folder(&corpus::root().join("modules")).expect("the product's modules can be read");
    // Model by model, for a whole module is too large to be changed at its interesting places.
    for module in &product {
        for (path, text) in module.files.iter().filter(|(path, _)| path.contains('/')) {
            examples.push(format!("{GROUND}{MARK}lab/{path}\n{text}").into_bytes());
        }
    }
    let judge = |input: &[u8]| judge(&String::from_utf8_lossy(input));
    Target { name: "modules", examples, words: WORDS, judge: Box::new(judge) }
}

fn judge(input: &str) -> Judged {
    let sources = sources(input);
    let error = match Registry::from_modules(&sources) {
        Ok(registry) => {
            return Ok(Seen::taken((
                registry.models().count(),
                registry.data().len(),
                registry.migrations().len(),
            )));
        }
        Err(error) => error,
    };
    if error.mistakes.is_empty() || error.mistakes.len() > MISTAKES_MAX {
        return Err(format!("{} mistakes", error.mistakes.len()));
    }
    for mistake in &error.mistakes {
        readable(&mistake.message)?;
        readable(&mistake.file)?;
        let is_it = |module: &str, path: &str| {
            SourceError::new(&format!("{module}/{path}"), 1, "").file == mistake.file
        };
        // Names that are cut may be alike: one of them has the line. A file that is missing is named as well; it has none.
        let texts = sources.iter().flat_map(|module| {
            let files = module.files.iter().filter(|(path, _)| is_it(&module.name, path));
            files.map(|(_, text)| text.split('\n').count())
        });
        let lines = texts.max().unwrap_or(1);
        if !(1..=lines).contains(&mistake.line) {
            return Err(format!("a mistake stands in a line that is not there, {lines} are: {mistake}"));
        }
    }
    Seen::refused(&error.mistakes[0].message)
}

/// The files of an input, by module.
fn sources(input: &str) -> Vec<ModuleSource> {
    let mut sources: Vec<ModuleSource> = Vec::new();
    for file in format!("\n{input}").split(&format!("\n{MARK}")).skip(1) {
        let (path, text) = file.split_once('\n').unwrap_or((file, ""));
        let (module, path) = path.split_once('/').unwrap_or((path, "module.toml"));
        let at = sources.iter().position(|source| source.name == module).unwrap_or_else(|| {
            sources.push(ModuleSource { name: module.to_owned(), files: Vec::new() });
            sources.len() - 1
        });
        // A folder holds no two files of one name.
        sources[at].files.retain(|(known, _)| known != path);
        sources[at].files.push((path.to_owned(), text.to_owned()));
    }
    sources
}
