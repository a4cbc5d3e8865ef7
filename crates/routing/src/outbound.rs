//! Outside calls: who may make them, by which rule and trunk, within which limits.

mod explain;

pub use explain::{Candidate, Explanation, Mismatch, Score, explain};

use crate::action::{Dial, Target};
use crate::call::{Account, Dialing, Ending, Outside};
use crate::destination::{Destination, ExtensionId, OutboundRuleId, TrunkId};
use crate::extension;
use crate::facts::{Spender, Usage};
use crate::plan::{ExtensionKind, Person};
use crate::recording::RecordingPolicy;
use crate::trace::{Reason, Refusal};
use crate::walk::{Walk, say};
use opbx_kernel::{Country, E164};
use serde::{Deserialize, Serialize};
use smallvec::smallvec;
use std::sync::Arc;

/// How long an outside number rings.
const OUTSIDE_TIMEOUT_S: u16 = 60;
/// The most trunks that one call tries.
pub const TRUNKS_MAX: usize = 8;

/// A way out to the public network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trunk {
    pub id: TrunkId,
    /// As the engine knows it.
    pub name: Arc<str>,
    pub active: bool,
    #[serde(default, skip_serializing_if = "RecordingPolicy::is_silent")]
    pub recording: RecordingPolicy,
}

/// Allows calls to some numbers, and says how they leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboundRule {
    pub id: OutboundRuleId,
    pub name: Arc<str>,
    pub active: bool,
    pub country: Option<Country>,
    /// With a `+`, the beginning of the whole number; without, the beginning of its national part.
    pub prefix: Option<Arc<str>>,
    /// Tried in order while the dial fails; empty leaves the choice to the engine.
    pub trunks: Vec<TrunkId>,
    pub caller_id: Option<Arc<str>>,
}

/// What may be spent on outside calls; none is unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub calls_max: Option<u32>,
    pub minutes_per_day_max: Option<u32>,
}

/// A number, taken apart once for all rules.
struct Called<'a> {
    number: &'a E164,
    country: Option<Country>,
    national: &'a str,
}

/// A rule's prefix, read once for all calls.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prefix {
    /// Whether it is the beginning of the whole number, calling code included.
    is_whole: bool,
    digits: Box<str>,
}

/// How well a rule fits: how many leading digits it fixes, then whether it names the country too.
type Fit = (usize, bool);

impl OutboundRule {
    pub(crate) fn prefix_read(&self) -> Prefix {
        let dialled: String =
            self.prefix.iter().flat_map(|prefix| prefix.chars()).filter(is_dialled).collect();
        match dialled.strip_prefix('+') {
            Some(digits) => Prefix { is_whole: true, digits: digits.into() },
            None => Prefix { is_whole: false, digits: dialled.into() },
        }
    }

    /// `None` where the rule does not allow this number. A rule that names neither country nor prefix allows nothing.
    fn fit(&self, prefix: &Prefix, called: &Called<'_>) -> Option<Fit> {
        let by_country = self.country.is_some();
        if by_country && self.country != called.country {
            return None;
        }
        let calling_code = called.number.as_str().len() - 1 - called.national.len();
        let digits = &*prefix.digits;
        if prefix.is_whole {
            let fits = called.number.as_str()[1..].starts_with(digits);
            fits.then_some((digits.len(), by_country))
        } else if digits.is_empty() {
            by_country.then_some((calling_code, true))
        } else {
            called.national.starts_with(digits).then_some((calling_code + digits.len(), by_country))
        }
    }
}

fn is_dialled(c: &char) -> bool {
    c.is_ascii_digit() || *c == '+'
}

/// Makes an outside call on somebody's account, if the rules and limits allow it.
pub(crate) fn dial(walk: &mut Walk<'_>, number: &E164, account: Account) -> Option<Destination> {
    match allowed(walk, number, account) {
        Ok(rule) => {
            let number: Arc<str> = number.as_str().into();
            let rule_name = rule.name.clone();
            walk.note(Reason::OutboundAllowed { number: number.clone(), rule: rule_name });
            ring(walk, Outside { number, rule: Some(rule.id), trunk: 0, account })
        }
        Err(refusal) => refused(walk, number.as_str(), account, refusal),
    }
}

/// Refuses an outside call: whoever dialled hears so; a caller who was only sent there is not lost.
pub(crate) fn refused(
    walk: &mut Walk<'_>,
    number: &str,
    account: Account,
    refusal: Refusal,
) -> Option<Destination> {
    walk.note(Reason::OutboundRefused { number: number.into(), why: refusal });
    match account {
        Account::Dialled(_) => walk.end_saying(Ending::Refused, say::OUTBOUND_REFUSED),
        Account::Forwarded(owner) => extension::nobody(walk, owner, Ending::Refused),
        Account::Company => walk.give_up(Ending::Refused, say::NOT_CONFIGURED),
    }
}

/// Rings an emergency number by any trunk there is. Nothing may stand in its way.
pub(crate) fn dial_emergency(walk: &mut Walk<'_>, number: Arc<str>, account: Account) {
    ring(walk, Outside { number, rule: None, trunk: 0, account });
}

/// Goes on after an outside number was not reached: by the next trunk where the dial itself failed.
pub(crate) fn failed(walk: &mut Walk<'_>, outside: Outside) -> Option<Destination> {
    let trunk = outside.trunk.saturating_add(1);
    if usize::from(trunk) < ways(walk, outside.rule).len() {
        return ring(walk, Outside { trunk, ..outside });
    }
    unanswered(walk, outside.account)
}

/// Goes on after an outside number was busy, did not answer, or could not be reached by any trunk.
pub(crate) fn unanswered(walk: &mut Walk<'_>, account: Account) -> Option<Destination> {
    match account {
        Account::Forwarded(owner) => extension::nobody(walk, owner, Ending::NoAnswer),
        Account::Dialled(_) => walk.end(Ending::NoAnswer),
        Account::Company => walk.end_saying(Ending::NoAnswer, say::EXTENSION_UNAVAILABLE),
    }
}

fn ring(walk: &mut Walk<'_>, outside: Outside) -> Option<Destination> {
    let trunk = ways(walk, outside.rule).get(usize::from(outside.trunk)).cloned().flatten();
    let caller_id = caller_id(walk, &outside);
    walk.note(Reason::OutsideRung {
        number: outside.number.clone(),
        trunk: trunk.clone(),
        caller_id: caller_id.clone(),
        account: outside.account,
    });
    let dial = Dial {
        targets: smallvec![Target::Outside { number: outside.number.clone() }],
        timeout_s: OUTSIDE_TIMEOUT_S,
        trunk,
        caller_id,
        record: None,
    };
    walk.dial(dial, Dialing::Outside(outside));
    None
}

/// The trunks to try, in order; `None` among them leaves the choice to the engine.
///
/// An emergency goes by every trunk, and at last by whatever the engine finds.
fn ways(walk: &Walk<'_>, rule: Option<OutboundRuleId>) -> Vec<Option<Arc<str>>> {
    let plan = walk.plan;
    let Some(rule) = rule else {
        let trunks = plan.trunks().into_iter().filter(|trunk| trunk.active);
        return trunks.take(TRUNKS_MAX).map(|trunk| Some(trunk.name.clone())).chain([None]).collect();
    };
    match plan.outbound_rule(rule) {
        Some(rule) if rule.trunks.is_empty() => vec![None],
        Some(rule) => active_trunks(walk, rule).map(Some).collect(),
        None => Vec::new(),
    }
}

fn active_trunks<'a>(walk: &Walk<'a>, rule: &'a OutboundRule) -> impl Iterator<Item = Arc<str>> + use<'a> {
    let plan = walk.plan;
    let trunks = rule.trunks.iter().filter_map(|id| plan.trunk(*id));
    trunks.filter(|trunk| trunk.active).take(TRUNKS_MAX).map(|trunk| trunk.name.clone())
}

fn caller_id(walk: &Walk<'_>, outside: &Outside) -> Option<Arc<str>> {
    let of_rule =
        outside.rule.and_then(|id| walk.plan.outbound_rule(id)).and_then(|rule| rule.caller_id.clone());
    let of_person =
        || outside.account.extension().and_then(|id| person(walk, id)).and_then(|it| it.caller_id.clone());
    of_rule.or_else(of_person).or_else(|| walk.plan.company.caller_id.clone())
}

fn person<'a>(walk: &Walk<'a>, id: ExtensionId) -> Option<&'a Person> {
    match walk.plan.extension(id) {
        Some(extension) if extension.active => match &extension.kind {
            ExtensionKind::User(person) => Some(person),
            ExtensionKind::Points(_) => None,
        },
        _ => None,
    }
}

/// Finds the rule that allows the call. Permission first, then the rule, then the limits.
fn allowed<'a>(walk: &mut Walk<'a>, number: &E164, account: Account) -> Result<&'a OutboundRule, Refusal> {
    let rule = ruled(walk, number, account)?;
    within_limits(walk, account)?;
    Ok(rule)
}

/// Whether an extension may call this number at all, whatever its limits say just now.
pub(crate) fn permitted(walk: &Walk<'_>, number: &E164, id: ExtensionId) -> Result<(), Refusal> {
    ruled(walk, number, Account::Forwarded(id)).map(|_| ())
}

fn ruled<'a>(walk: &Walk<'a>, number: &E164, account: Account) -> Result<&'a OutboundRule, Refusal> {
    if let Some(id) = account.extension() {
        let may = person(walk, id).is_some_and(|person| person.dials_out);
        if !may {
            let number =
                walk.plan.extension(id).map_or_else(|| "?".into(), |extension| extension.number.clone());
            return Err(Refusal::NotPermitted { extension: number });
        }
    }
    let (country, national) = number.taken_apart();
    let called = Called { number, country, national };
    let rule = best(walk.plan.outbound_rules_read(), &called).ok_or(Refusal::NoRule)?;
    if !rule.trunks.is_empty() && active_trunks(walk, rule).next().is_none() {
        return Err(Refusal::NoTrunk { rule: rule.name.clone() });
    }
    let countries = &walk.plan.company.allowed_countries;
    if !countries.is_empty() && !called.country.is_some_and(|country| countries.contains(&country)) {
        return Err(Refusal::CountryNotAllowed { country: called.country });
    }
    Ok(rule)
}

/// The rule that fits most closely; of equals, the first.
fn best<'a>(
    rules: impl Iterator<Item = (&'a OutboundRule, &'a Prefix)>,
    called: &Called<'_>,
) -> Option<&'a OutboundRule> {
    let mut best: Option<(Fit, &OutboundRule)> = None;
    for (rule, prefix) in rules.filter(|(rule, _)| rule.active) {
        let Some(fit) = rule.fit(prefix, called) else { continue };
        if best.is_none_or(|(known, _)| fit > known) {
            best = Some((fit, rule));
        }
    }
    best.map(|(_, rule)| rule)
}

fn within_limits(walk: &mut Walk<'_>, account: Account) -> Result<(), Refusal> {
    let company = walk.plan.company.limits;
    within(walk, Spender::Company, company)?;
    if let Some(id) = account.extension() {
        let own = person(walk, id).map(|person| person.limits).unwrap_or_default();
        within(walk, Spender::Extension(id), own)?;
    }
    Ok(())
}

fn within(walk: &mut Walk<'_>, spender: Spender, limits: Limits) -> Result<(), Refusal> {
    if limits == Limits::default() {
        return Ok(());
    }
    let Usage { calls, minutes_today } = walk.usage(spender);
    let whose = match spender {
        Spender::Company => None,
        Spender::Extension(id) => walk.plan.extension(id).map(|extension| extension.number.clone()),
    };
    if let Some(max) = limits.calls_max.filter(|max| calls >= *max) {
        return Err(Refusal::TooManyCalls { whose, max });
    }
    match limits.minutes_per_day_max.filter(|max| minutes_today >= *max) {
        Some(max) => Err(Refusal::TooManyMinutes { whose, max }),
        None => Ok(()),
    }
}
