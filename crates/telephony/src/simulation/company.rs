//! Random companies, as lines of a story's scene. Some of everything is inactive, missing, or points in a circle.

use super::dice::Dice;

pub(super) const EXTENSIONS: [&str; 6] = ["1001", "1002", "1003", "1004", "1005", "1006"];
pub(super) const NUMBERS: [&str; 4] = ["+12125550100", "+12125550101", "+12125550102", "+12125550103"];
pub(super) const OUTSIDE: [&str; 4] = ["+442079460018", "+441214960018", "+33142685300", "+14165550100"];
/// Pressed in menus, also where they mean nothing.
pub(super) const KEYS: [&str; 9] = ["0", "1", "2", "*", "12", "9", "77", "1002", "1004"];
const GROUPS: [&str; 3] = ["sales", "office", "night"];
const MENUS: [&str; 2] = ["main", "more"];
const HOURS: [&str; 2] = ["day", "eve"];
const ROOMS: [&str; 2] = ["board", "open"];
const ASSISTANTS: [&str; 2] = ["robot", "clerk"];
pub(super) const BOXES: [&str; 2] = ["ann", "bob"];
/// What phones dial that is no number.
pub(super) const DIALLED_CODES: [&str; 10] =
    ["*97", "*98", "*721002", "*72+442079460018", "*73", "*78", "*79", "*43", "*69", "*72"];
const CODES: [(&str, &str); 8] = [
    ("*97", "own_voicemail"),
    ("*98", "any_voicemail"),
    ("*72", "forward_all"),
    ("*73", "forward_all_off"),
    ("*78", "do_not_disturb"),
    ("*79", "do_not_disturb_off"),
    ("*43", "test"),
    ("*69", "call_back"),
];
const TRUNKS: [&str; 3] = ["north", "south", "west"];
const RULES: [&str; 3] = ["uk", "london", "rest"];
const ZONES: [&str; 4] = ["UTC", "Europe/London", "America/New_York", "Asia/Tokyo"];

/// A whole company.
pub(super) fn lines(dice: &mut Dice) -> Vec<String> {
    let mut lines = vec![company(dice)];
    lines.extend(EXTENSIONS.iter().map(|number| extension(dice, number)));
    lines.extend(GROUPS.iter().map(|name| group(dice, name)));
    lines.extend(MENUS.iter().map(|name| menu(dice, name)));
    lines.extend(HOURS.iter().map(|name| hours(dice, name)));
    lines.extend(ROOMS.iter().map(|name| room(dice, name)));
    lines.extend(ASSISTANTS.iter().map(|name| assistant(dice, name)));
    lines.extend(BOXES.iter().map(|name| voicemail(dice, name)));
    for name in TRUNKS {
        let inactive = maybe(dice, 12, ", inactive");
        lines.push(format!("trunk {name}{inactive}{}", recording(dice)));
    }
    for (code, does) in CODES {
        lines.push(format!("code {code} {does}{}", maybe(dice, 10, ", inactive")));
    }
    if dice.chance(20) {
        lines.push(format!("blocked {}{}", dice.pick(&OUTSIDE), maybe(dice, 20, ", number +12125550100")));
        lines.push(format!("blocked +33 prefix, \"spam\"{}", maybe(dice, 30, ", until 2026-06-01 12:00")));
    }
    lines.extend(RULES.iter().map(|name| rule(dice, name)));
    for number in NUMBERS {
        let inactive = maybe(dice, 8, ", inactive");
        let recorded = recording(dice);
        lines.push(format!("number {number}{inactive}{recorded}, -> {}", destination(dice)));
    }
    lines
}

/// A line that changes a company while calls are in it.
pub(super) fn change(dice: &mut Dice) -> String {
    let state = dice.pick(&["inactive", "active", "gone"]);
    match dice.below(6) {
        0 => format!("group {} {state}", dice.pick(&GROUPS)),
        1 => format!("menu {} {state}", dice.pick(&MENUS)),
        2 => format!("voicemail {} {state}", dice.pick(&BOXES)),
        3 => format!("room {} {state}", dice.pick(&ROOMS)),
        4 => format!("rule {} {state}", dice.pick(&RULES)),
        _ => format!("extension {} {state}", dice.pick(&EXTENSIONS)),
    }
}

fn maybe(dice: &mut Dice, percent: u64, text: &'static str) -> &'static str {
    if dice.chance(percent) { text } else { "" }
}

/// Always with its kind before it, so that a line can be taken out of a story by naming a hang-up instead.
fn destination(dice: &mut Dice) -> String {
    match dice.below(28) {
        0..=3 => format!("extension {}", dice.pick(&EXTENSIONS)),
        4..=11 => format!("group {}", dice.pick(&GROUPS)),
        12..=17 => format!("menu {}", dice.pick(&MENUS)),
        18..=19 => format!("hours {}", dice.pick(&HOURS)),
        20 => format!("room {}", dice.pick(&ROOMS)),
        21 => format!("assistant {}", dice.pick(&ASSISTANTS)),
        22 => format!("voicemail {}", dice.pick(&BOXES)),
        23 => format!("forward {}", dice.pick(&OUTSIDE)),
        24 => format!("forward {}", dice.pick(&NUMBERS)),
        25 => {
            dice.pick(&["forward sip:ann@example.com", "forward nowhere", "queue main", "nothing"]).to_owned()
        }
        26 => dice.pick(&["missing menu", "missing hours", "missing extension", "missing room"]).to_owned(),
        _ => "hangup".to_owned(),
    }
}

fn limits(dice: &mut Dice) -> String {
    let calls = if dice.chance(8) { format!(", limit {} calls", dice.below(4)) } else { String::new() };
    let minutes = if dice.chance(8) { format!(", limit {} minutes", dice.below(90)) } else { String::new() };
    calls + &minutes
}

fn company(dice: &mut Dice) -> String {
    let zone = dice.pick(&ZONES);
    let shows = maybe(dice, 50, ", shows +12125550100");
    let allows = maybe(dice, 10, ", allows GB US");
    let (recorded, limits) = (recording(dice), limits(dice));
    let anonymous = maybe(dice, 10, ", refuses anonymous");
    let hear = dice.pick(&["", "", ", blocked hear busy", ", blocked hear sentence"]);
    let takes = maybe(dice, 10, ", takes 5 calls in 60s");
    let screening = format!("{anonymous}{hear}{takes}");
    format!("company, zone {zone}{shows}{allows}{limits}{recorded}{screening}, -> {}", destination(dice))
}

fn recording(dice: &mut Dice) -> String {
    let said = dice.pick(&["", "", "", "", "", ", recorded always", ", recorded always", ", recorded never"]);
    format!("{said}{}{}", maybe(dice, 15, ", announces \"Recorded\""), maybe(dice, 10, ", keeps 30 days"))
}

fn extension(dice: &mut Dice, number: &str) -> String {
    if dice.chance(12) {
        return format!("extension {number}{}, -> {}", maybe(dice, 8, ", inactive"), destination(dice));
    }
    let mut line = format!("extension {number}, {}s", 5 + dice.below(40));
    line.push_str(maybe(dice, 8, ", inactive"));
    line.push_str(maybe(dice, 10, ", dnd"));
    line.push_str(maybe(dice, 80, ", dials out"));
    line.push_str(maybe(dice, 30, ", shows +12125550103"));
    line.push_str(&recording(dice));
    line.push_str(&limits(dice));
    if dice.chance(30) {
        line.push_str(&format!(", voicemail {}", dice.pick(&BOXES)));
    }
    for when in ["all", "busy", "unanswered", "unreachable"] {
        if dice.chance(12) {
            line.push_str(&format!(", forwards {when} -> {}", destination(dice)));
        }
    }
    line
}

fn group(dice: &mut Dice, name: &str) -> String {
    let strategy = dice.pick(&["simultaneous", "sequential", "round_robin", "random"]);
    let (timeout_s, turns) = (5 + dice.below(30), 1 + dice.below(3));
    let inactive = maybe(dice, 8, ", inactive");
    let mut members = String::new();
    for _ in 0..dice.below(7) {
        members.push(' ');
        members.push_str(if dice.chance(4) { "missing" } else { dice.pick(&EXTENSIONS) });
    }
    format!(
        "group {name}, {strategy}, {timeout_s}s, {turns} turns{inactive}, :{members}, -> {}",
        destination(dice)
    )
}

fn menu(dice: &mut Dice, name: &str) -> String {
    let mut line = format!("menu {name}");
    line.push_str(maybe(dice, 80, ", says \"Welcome\""));
    line.push_str(maybe(dice, 30, ", on silence recording 7"));
    line.push_str(maybe(dice, 30, ", on wrong key https://example.com/wrong.mp3"));
    line.push_str(&format!(", {} turns", 1 + dice.below(3)));
    line.push_str(maybe(dice, 40, ", direct dial"));
    line.push_str(maybe(dice, 8, ", inactive"));
    line.push_str(", :");
    for keys in ["0", "1", "2", "*", "12"] {
        if dice.chance(50) {
            line.push_str(&format!(", {keys} -> {}", destination(dice)));
        }
    }
    format!("{line}, else -> {}", destination(dice))
}

fn hours(dice: &mut Dice, name: &str) -> String {
    let mut line = format!("hours {name}, zone {}", dice.pick(&ZONES));
    line.push_str(maybe(dice, 8, ", inactive"));
    for days in ["mon-fri", "sat-sun"] {
        if dice.chance(80) {
            let (start, end) = (dice.below(24), dice.below(24));
            line.push_str(&format!(", {days} {start:02}:00-{end:02}:30"));
        }
    }
    line.push_str(maybe(dice, 20, ", on 2026-12-24 \"Eve\" 09:00-12:00"));
    line.push_str(maybe(dice, 20, ", on 2026-12-25 \"Day\" closed"));
    line.push_str(maybe(dice, 8, ", override open until 2026-12-24 18:00"));
    line.push_str(maybe(dice, 8, ", override closed"));
    format!("{line}, open -> {}, closed -> {}", destination(dice), destination(dice))
}

fn room(dice: &mut Dice, name: &str) -> String {
    let mut line = format!("room {name}, 10 people");
    for said in [", pin", ", host pin", ", waits for host", ", muted", ", announces", ", music", ", recorded"]
    {
        line.push_str(maybe(dice, 40, said));
    }
    line.push_str(maybe(dice, 8, ", inactive"));
    line
}

fn assistant(dice: &mut Dice, name: &str) -> String {
    let reach = dice.pick(&[
        ", provider VAPI +12125550199",
        ", service https://ai.example.com/agent",
        ", sip:bot@ai.example.com",
        ", wss://ai.example.com/talk",
        "",
    ]);
    format!("assistant {name}{reach}{}, -> {}", maybe(dice, 10, ", inactive"), destination(dice))
}

fn voicemail(dice: &mut Dice, name: &str) -> String {
    let says = maybe(dice, 50, ", says \"Hello\"");
    let beep = maybe(dice, 20, ", no beep");
    format!("voicemail {name}{says}, {}s{beep}{}", 30 + dice.below(90), maybe(dice, 8, ", inactive"))
}

fn rule(dice: &mut Dice, name: &str) -> String {
    let mut line = format!("rule {name}");
    line.push_str(dice.pick(&[", country GB", ", country GB", ", country FR", ", country CA", ""]));
    line.push_str(dice.pick(&[", prefix +44", ", prefix 20", ", prefix +", "", "", ""]));
    line.push_str(maybe(dice, 8, ", inactive"));
    line.push_str(maybe(dice, 30, ", shows +12125550102"));
    line.push_str(dice.pick(&[", by north south", ", by west", ", by south missing north", ""]));
    line
}
