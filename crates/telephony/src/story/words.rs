//! The words of one line of a story, read one after the other. Commas only help the eye.

/// What stands in a line: a bare word, or a text in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Bare(&'a str),
    Quoted(&'a str),
}

pub(super) struct Words<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Words<'a> {
    pub(super) fn of(line: &'a str) -> Result<Self, String> {
        let mut tokens = Vec::new();
        let mut rest = line.trim_start_matches(is_between);
        while !rest.is_empty() {
            if let Some(quoted) = rest.strip_prefix('"') {
                let (text, after) = quoted.split_once('"').ok_or("a text begins with \" and does not end")?;
                tokens.push(Token::Quoted(text));
                rest = after;
            } else {
                let (word, after) = rest.split_at(rest.find(is_between).unwrap_or(rest.len()));
                match word.strip_suffix(':').filter(|word| !word.is_empty()) {
                    Some(word) => tokens.extend([Token::Bare(word), Token::Bare(":")]),
                    None => tokens.push(Token::Bare(word)),
                }
                rest = after;
            }
            rest = rest.trim_start_matches(is_between);
        }
        Ok(Self { tokens, at: 0 })
    }

    /// The next word if it is a bare one; it stays the next.
    pub(super) fn peek(&self) -> Option<&'a str> {
        match self.tokens.get(self.at) {
            Some(Token::Bare(word)) => Some(word),
            _ => None,
        }
    }

    /// Steps over the next word if it is this one.
    pub(super) fn take(&mut self, word: &str) -> bool {
        let taken = self.peek() == Some(word);
        self.at += usize::from(taken);
        taken
    }

    /// Steps over these words, which must come next.
    pub(super) fn must(&mut self, words: &str) -> Result<(), String> {
        for word in words.split(' ') {
            if !self.take(word) {
                return Err(format!("{:?} is missing before {}", words, self.rest()));
            }
        }
        Ok(())
    }

    /// The next word, bare or in quotes; `what` names what is missing where there is none.
    pub(super) fn any(&mut self, what: &str) -> Result<&'a str, String> {
        let token = self.tokens.get(self.at).ok_or_else(|| format!("the line ends before {what}"))?;
        self.at += 1;
        Ok(match token {
            Token::Bare(word) | Token::Quoted(word) => word,
        })
    }

    pub(super) fn quoted(&mut self) -> Option<&'a str> {
        match self.tokens.get(self.at) {
            Some(Token::Quoted(text)) => {
                self.at += 1;
                Some(text)
            }
            _ => None,
        }
    }

    /// The next bare word; `None` at the end of the line and before a text.
    pub(super) fn bare(&mut self) -> Option<&'a str> {
        let word = self.peek();
        self.at += usize::from(word.is_some());
        word
    }

    /// What no reader wanted is a fault; `line` names the kind of line and `may_say` what it knows.
    pub(super) fn finished(&self, line: &str, may_say: &str) -> Result<(), String> {
        if self.at == self.tokens.len() {
            return Ok(());
        }
        Err(format!("{line} does not know {}; it may say: {may_say}", self.rest()))
    }

    fn rest(&self) -> String {
        match self.tokens.get(self.at) {
            Some(Token::Bare(word)) => format!("{word:?}"),
            Some(Token::Quoted(text)) => format!("the text {text:?}"),
            None => "the end of the line".to_owned(),
        }
    }

    /// The next word goes back: the reader did not want it.
    pub(super) fn back(&mut self) {
        self.at = self.at.saturating_sub(1);
    }
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || c == ','
}

/// `20s`.
pub(super) fn seconds(word: &str) -> Option<u16> {
    word.strip_suffix('s')?.parse().ok()
}

/// A number that the line must give.
pub(super) fn count<T: std::str::FromStr>(word: &str, what: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("{word:?} is no number of {what}"))
}

/// Whether a word can only be an extension's number.
pub(super) fn is_short(word: &str) -> bool {
    (3..=5).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())
}
