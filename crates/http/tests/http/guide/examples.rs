//! The examples of a page of the API guide: each ```` ```http ```` block that is a request, with the one after it, its answer.

/// A request or an answer as it is printed: a first line, headers, an empty line, a body.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) first: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

#[derive(Debug, Clone)]
pub(super) struct Example {
    /// Where it stands in the page.
    pub(super) line: usize,
    pub(super) request: Message,
    pub(super) answer: Message,
}

pub(super) fn examples(page: &str) -> Vec<Example> {
    let mut messages: Vec<(usize, Message)> = Vec::new();
    let mut block: Option<(usize, Vec<&str>)> = None;
    for (at, line) in page.lines().enumerate() {
        match (&mut block, line) {
            (None, "```http") => block = Some((at + 1, Vec::new())),
            (Some(_), "```") => {
                let (line, lines) = block.take().expect("it is open");
                messages.push((line, message(&lines)));
            }
            (Some((_, lines)), line) => lines.push(line),
            (None, _) => {}
        }
    }
    assert!(block.is_none(), "a block is never closed");
    let mut examples = Vec::new();
    for pair in messages.chunks(2) {
        let [(line, request), (_, answer)] = pair else { panic!("the last example has no answer") };
        assert!(answer.first.starts_with("HTTP/1.1 "), "line {line}: an answer follows its request");
        examples.push(Example { line: *line, request: request.clone(), answer: answer.clone() });
    }
    examples
}

fn message(lines: &[&str]) -> Message {
    let end = lines.iter().position(|line| line.is_empty()).unwrap_or(lines.len());
    let (head, body) = lines.split_at(end);
    let (first, headers) = head.split_first().expect("a block begins with a line");
    let header = |line: &&str| {
        let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("no header: {line}"));
        (name.to_ascii_lowercase(), value.to_owned())
    };
    Message {
        first: (*first).to_owned(),
        headers: headers.iter().map(header).collect(),
        body: body.join("\n").trim().to_owned(),
    }
}
