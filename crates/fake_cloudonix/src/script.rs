//! What the people in a call do, told beforehand: the caller, and everybody whose phone rings.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// How the parties of one call behave.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Script {
    pub caller: Caller,
    /// Phones by what is dialled: an extension, a number, a SIP address, a service.
    pub phones: BTreeMap<String, Phone>,
    /// What every other phone does.
    pub others: Phone,
}

/// Whoever called, or, of a call that the API began, whoever answered it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Caller {
    pub name: String,
    /// What is answered to the first question, the second, and so on; then nothing.
    pub replies: VecDeque<Reply>,
    /// What is left when a recording is made; nothing says nothing into it.
    pub message: Option<Message>,
    /// How long after its beginning the caller leaves the call.
    pub hangs_up_after_s: Option<u32>,
    /// How long the caller stays in a conference room or on a stream.
    pub stays_s: u32,
}

impl Default for Caller {
    fn default() -> Self {
        Self {
            name: String::new(),
            replies: VecDeque::new(),
            message: None,
            hangs_up_after_s: None,
            stays_s: 60,
        }
    }
}

/// An answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Keys, pressed quickly one after the other.
    Keys(String),
    Speech(String),
    Silence,
    HangsUp,
}

/// What is spoken into a recording.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    pub length_s: u32,
    /// A key that is pressed in the middle of it, and after how many seconds.
    pub key: Option<(char, u32)>,
    /// Whether the caller leaves right after it, as most do.
    pub hangs_up: bool,
}

/// What a phone does when it rings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phone {
    Answers {
        after_s: u32,
        talk: Talk,
    },
    Busy,
    /// Rings until whoever dialled it gives up.
    #[default]
    NoAnswer,
    /// Is not registered: nothing rings.
    Unreachable,
    Rejects {
        after_s: u32,
    },
}

/// A conversation, and how it ends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Talk {
    /// The phone hangs up, and the caller is still there.
    PhoneLeaves {
        after_s: u32,
    },
    CallerLeaves {
        after_s: u32,
    },
    /// Nobody hangs up: the call waits for what the API says of it.
    UntilTold,
    /// The phone passes the caller on to another.
    Transfers {
        after_s: u32,
        to: String,
    },
    #[default]
    Short,
}

impl Phone {
    pub fn answers(after_s: u32) -> Self {
        Self::Answers { after_s, talk: Talk::Short }
    }
}

impl Caller {
    /// Presses keys at the next question.
    pub fn presses(mut self, keys: &str) -> Self {
        self.replies.push_back(Reply::Keys(keys.to_owned()));
        self
    }

    pub fn says(mut self, words: &str) -> Self {
        self.replies.push_back(Reply::Speech(words.to_owned()));
        self
    }

    /// Lets the next question pass.
    pub fn keeps_silent(mut self) -> Self {
        self.replies.push_back(Reply::Silence);
        self
    }

    pub fn leaves_a_message(mut self, length_s: u32) -> Self {
        self.message = Some(Message { length_s, ..Message::default() });
        self
    }

    pub fn hangs_up_after(mut self, after_s: u32) -> Self {
        self.hangs_up_after_s = Some(after_s);
        self
    }
}

impl Script {
    pub fn caller(caller: Caller) -> Self {
        Self { caller, ..Self::default() }
    }

    /// Says what a phone does.
    pub fn phone(mut self, dialled: &str, does: Phone) -> Self {
        self.phones.insert(dialled.to_owned(), does);
        self
    }

    pub fn others(mut self, do_: Phone) -> Self {
        self.others = do_;
        self
    }

    pub(crate) fn of(&self, dialled: &str) -> &Phone {
        self.phones.get(dialled).unwrap_or(&self.others)
    }
}
