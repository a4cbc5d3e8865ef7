//! What an engine is told to do, in a story's words.

use opbx_routing::{
    Action, Change, Dial, DialRecording, ExtensionId, Fate, Gather, Join, Plan, Record, Rejection, Target,
};

pub(super) fn action(plan: &Plan, action: &Action) -> Option<String> {
    Some(match action {
        Action::Say(text) => format!("say \"{text}\""),
        Action::Play(prompt) => format!("play {prompt}"),
        Action::Dial(dial) => ring(dial),
        Action::Gather(gather) => ask(gather),
        Action::Join(join) => joins(plan, join),
        Action::Record(record) => records(plan, record),
        Action::Change(change) => changes(plan, change),
        Action::Reject(Rejection::Busy) => "reject as busy".to_owned(),
        Action::Reject(Rejection::Rejected) => "reject".to_owned(),
        // How a call ended is told by its ending.
        Action::Hangup => return None,
    })
}

pub(super) fn numbers(dial: &Dial) -> String {
    let numbers: Vec<&str> = dial.targets.iter().map(|target| &**target.number()).collect();
    numbers.join(" ")
}

fn ring(dial: &Dial) -> String {
    let mut words = format!("ring {}", numbers(dial));
    if let Some(trunk) = &dial.trunk {
        words.push_str(&format!(" by {trunk}"));
    }
    if let Some(shown) = &dial.caller_id {
        words.push_str(&format!(" showing {shown}"));
    }
    match dial.record {
        None => {}
        Some(DialRecording { retention_days: None }) => words.push_str(" recorded"),
        Some(DialRecording { retention_days: Some(days) }) => {
            words.push_str(&format!(" recorded for {days} days"));
        }
    }
    words
}

fn changes(plan: &Plan, change: &Change) -> String {
    let number = |id: ExtensionId| plan.extension(id).map_or_else(|| "?".into(), |it| it.number.clone());
    match change {
        Change::DoNotDisturb { extension, on } => {
            format!("set {} {}", number(*extension), if *on { "dnd" } else { "no dnd" })
        }
        Change::Forward { extension, when, to } => {
            let to = to.as_deref().unwrap_or("nowhere");
            format!("set {} forward {} to {to}", number(*extension), when.as_str())
        }
        Change::Message { message, fate: Fate::Heard } => format!("save message {message}"),
        Change::Message { message, fate: Fate::Deleted } => format!("delete message {message}"),
    }
}

fn ask(gather: &Gather) -> String {
    let prompts: Vec<String> = gather.prompts.iter().map(ToString::to_string).collect();
    let prompts = prompts.join(" then ");
    let (keys, within_s) = (gather.digits_max, gather.timeout_max_s);
    match (gather.secret, keys) {
        (true, _) => format!("ask {prompts} for a PIN"),
        (false, 1) => format!("ask {prompts} for 1 key within {within_s}s"),
        (false, _) => format!("ask {prompts} for up to {keys} keys within {within_s}s"),
    }
}

fn joins(plan: &Plan, join: &Join) -> String {
    let name =
        plan.conference(join.room).map_or_else(|| "a room that is gone".into(), |room| room.name.clone());
    let said = [
        (!join.starts, "waits"),
        (join.muted, "muted"),
        (join.announced, "announced"),
        (join.music, "music"),
        (join.recorded, "recorded"),
    ];
    let said: Vec<&str> = said.iter().filter(|(holds, _)| *holds).map(|(_, word)| *word).collect();
    let said = if said.is_empty() { String::new() } else { format!(" ({})", said.join(", ")) };
    format!("join {name} of {}{said}", join.participants_max)
}

fn records(plan: &Plan, record: &Record) -> String {
    let name =
        plan.voicemail(record.mailbox).map_or_else(|| "a box that is gone".into(), |it| it.name.clone());
    let beep = if record.beep { "" } else { " without a beep" };
    format!("record {name} for up to {}s{beep}", record.length_max_s)
}

/// Whether this number is among those that ring.
pub(super) fn rings(dial: &Dial, number: &str) -> bool {
    dial.targets.iter().map(Target::number).any(|ringing| **ringing == *number)
}
