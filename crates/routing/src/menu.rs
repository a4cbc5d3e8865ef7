//! IVR menus: a prompt, keys, and what happens when none or a wrong one is pressed.

use crate::action::Gather;
use crate::call::{Asking, Ending};
use crate::destination::{Destination, MenuId, Place, PlaceKind};
use crate::event::Keys;
use crate::plan::ExtensionKind;
use crate::prompt::Prompt;
use crate::trace::Reason;
use crate::walk::{Walk, say};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::sync::Arc;

/// The longest extension number, which direct dialling waits for.
const EXTENSION_DIGITS_MAX: u8 = 5;
/// The most keys that one choice takes.
pub const KEYS_MAX: usize = 10;

/// A menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Menu {
    pub id: MenuId,
    pub name: Arc<str>,
    pub active: bool,
    pub prompt: Option<Prompt>,
    /// Played before the prompt is repeated because no key came.
    pub no_input: Option<Prompt>,
    /// Played before the prompt is repeated because the keys mean nothing.
    pub wrong_key: Option<Prompt>,
    /// How long each key is waited for.
    pub inter_digit_timeout_s: u16,
    /// How long the whole choice is waited for.
    pub timeout_s: u16,
    /// How often the menu is played before it gives up; at least once.
    pub turns: u8,
    /// Whether an extension's number may be dialled instead of a key.
    pub direct_dial: bool,
    pub keys: Vec<MenuKey>,
    /// Where a call goes that never chose.
    pub failover: Destination,
}

/// One choice of a menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuKey {
    /// 1 to 10 of `0`–`9` and `*`.
    pub keys: Arc<str>,
    pub to: Destination,
}

impl Menu {
    /// The longest answer that means anything here.
    fn digits_max(&self) -> u8 {
        let longest = self.keys.iter().map(|key| key.keys.len().min(KEYS_MAX) as u8).max().unwrap_or(1);
        if self.direct_dial { longest.max(EXTENSION_DIGITS_MAX) } else { longest.max(1) }
    }
}

pub(crate) fn visit(walk: &mut Walk<'_>, id: MenuId) -> Option<Destination> {
    let plan = walk.plan;
    let place = Place { kind: PlaceKind::Menu, id: id.get() };
    let Some(menu) = plan.menu(id) else { return walk.missing(place) };
    if !menu.active {
        return walk.inactive(place);
    }
    play(walk, menu, 1, None)
}

/// Goes on after the caller was asked.
pub(crate) fn chosen(walk: &mut Walk<'_>, id: MenuId, turn: u8, keys: &Keys) -> Option<Destination> {
    let plan = walk.plan;
    let place = Place { kind: PlaceKind::Menu, id: id.get() };
    let Some(menu) = plan.menu(id) else { return walk.missing(place) };
    if !menu.active {
        return walk.inactive(place);
    }
    if keys.is_empty() {
        walk.note(Reason::NoKey { menu: menu.name.clone() });
        return again(walk, menu, turn, menu.no_input.clone());
    }
    if let Some(to) = meaning(walk, menu, keys) {
        walk.chose();
        return Some(to);
    }
    walk.note(Reason::WrongKey { menu: menu.name.clone(), keys: keys.as_str().into() });
    let reply = menu.wrong_key.clone().unwrap_or_else(|| Prompt::text(say::WRONG_KEY));
    again(walk, menu, turn, Some(reply))
}

/// What these keys lead to: a choice of the menu first, then an extension where direct dialling is on.
fn meaning(walk: &mut Walk<'_>, menu: &Menu, keys: &Keys) -> Option<Destination> {
    if let Some(choice) = menu.keys.iter().find(|choice| *choice.keys == *keys.as_str()) {
        let to = walk.destination_name(&choice.to);
        walk.note(Reason::KeyPressed { menu: menu.name.clone(), keys: choice.keys.clone(), to });
        return Some(choice.to.clone());
    }
    let plan = walk.plan;
    let extension = plan.extension_by_number(keys.as_str()).filter(|_| menu.direct_dial)?;
    // From a menu callers reach people, not whatever else has a short number: an outside forward among them.
    if !extension.active || !matches!(extension.kind, ExtensionKind::User(_)) {
        return None;
    }
    walk.note(Reason::DirectlyDialled { menu: menu.name.clone(), number: extension.number.clone() });
    Some(Destination::Extension(extension.id))
}

fn again(walk: &mut Walk<'_>, menu: &Menu, turn: u8, reply: Option<Prompt>) -> Option<Destination> {
    if turn < menu.turns.max(1) {
        return play(walk, menu, turn + 1, reply);
    }
    walk.note(Reason::MenuGivenUp { menu: menu.name.clone(), turns: turn });
    if menu.failover == Destination::Hangup {
        return walk.end_saying(Ending::NoChoice, say::NO_CHOICE);
    }
    let to = walk.destination_name(&menu.failover);
    walk.note(Reason::MenuFailover { menu: menu.name.clone(), to });
    Some(menu.failover.clone())
}

fn play(walk: &mut Walk<'_>, menu: &Menu, turn: u8, reply: Option<Prompt>) -> Option<Destination> {
    walk.note(Reason::MenuPlayed { menu: menu.name.clone(), turn });
    let prompt = menu.prompt.clone().unwrap_or_else(|| Prompt::text(say::CHOOSE));
    let prompts: SmallVec<[Prompt; 2]> = reply.into_iter().chain([prompt]).collect();
    let gather = Gather {
        prompts,
        timeout_s: menu.inter_digit_timeout_s.max(1),
        timeout_max_s: menu.timeout_s.max(1),
        digits_max: menu.digits_max(),
        secret: false,
    };
    walk.ask(gather, Asking::Menu { menu: menu.id, turn });
    None
}
