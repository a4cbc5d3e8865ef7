//! Pages are followed to the letter, and one that leads nowhere changes nothing.

use super::*;

const PAGE: &str = "# A page\n\n```toml\nonly = \"shown\"\n```\n\n## One\n\nCreate `a/b.txt`:\n\n```text\nfirst\nlast\n```\n\n\
    ## Two\n\nIn `a/b.txt`, after `first`:\n\n```text\n  second\n```\n\nIn `a/b.txt`, before `last`:\n```text\nthird\n```\n\n\
    In `a/b.txt`, instead of `ast`:\n```text\nist\n```\n";

fn tree() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for a while")
}

#[test]
fn blocks_make_files_and_change_them_in_their_order() {
    let blocks = read(PAGE).expect("a page");
    assert_eq!(
        blocks.iter().map(|block| block.section.as_str()).collect::<Vec<_>>(),
        ["One", "Two", "Two", "Two"]
    );
    let tree = tree();
    assert_eq!(follow(tree.path(), &blocks).expect("followed"), ["a/b.txt"]);
    let text = fs::read_to_string(tree.path().join("a/b.txt")).expect("made");
    assert_eq!(text, "first\n  second\nthird\nlist\n");
}

#[test]
fn nothing_is_made_twice_and_nothing_is_half_done() {
    let blocks = read(PAGE).expect("a page");
    let tree = tree();
    follow(tree.path(), &blocks).expect("followed");
    let again = follow(tree.path(), &blocks).expect_err("it is there");
    assert!(again.to_string().contains("is there already"), "{again}");
    let mut lost = blocks;
    lost[0].path = "c.txt".into();
    let error = follow(tree.path(), &lost).expect_err("the line is gone");
    assert!(format!("{error:#}").contains("stands there 0 times"), "{error:#}");
    assert!(!tree.path().join("c.txt").exists());
}

#[test]
fn an_instruction_that_cannot_be_followed_is_refused_with_its_line() {
    for line in ["In `a`, behind `b`:", "Create `../a`:", "Create `/etc/passwd`:"] {
        let page = format!("{line}\n\n```text\n```\n");
        assert!(format!("{:#}", read(&page).expect_err(line)).starts_with("line 1"), "{line}");
    }
    assert!(read("```text\nno end\n").is_err());
}

#[test]
fn a_list_grows_at_its_own_end_and_not_at_that_of_one_inside_it() {
    let tree = tree();
    fs::write(tree.path().join("a.rs"), "list = [\n    one(\n    ),\n];\nother = [\n];\n").expect("written");
    let page = "In `a.rs`, at the end of `list = [`:\n\n```rust\n    two,\n```\n";
    follow(tree.path(), &read(page).expect("a page")).expect("followed");
    let text = fs::read_to_string(tree.path().join("a.rs")).expect("there");
    assert_eq!(text, "list = [\n    one(\n    ),\n    two,\n];\nother = [\n];\n");
}
