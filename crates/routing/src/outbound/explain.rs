//! The choice of a rule as a person asks about it: every rule with how well it fits, or why it does not.

use super::{Called, OutboundRule, Prefix, best};
use crate::destination::ExtensionId;
use crate::plan::{ExtensionKind, Plan};
use crate::trace::Refusal;
use opbx_kernel::{Country, E164};

/// What would become of a call to an outside number, but for limits, which change from minute to minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation<'a> {
    pub country: Option<Country>,
    /// In the order in which they are preferred where they fit equally well.
    pub candidates: Vec<Candidate<'a>>,
    /// The rule by which the call would leave.
    pub rule: Option<&'a OutboundRule>,
    /// Why it would not leave at all.
    pub refusal: Option<Refusal>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<'a> {
    pub rule: &'a OutboundRule,
    pub fit: Result<Score, Mismatch>,
}

/// How well a rule fits. The greater one wins; of equals, the first rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score {
    /// Leading digits of the number that the rule fixes, the calling code among them.
    pub digits: usize,
    /// Decides where as many digits are fixed.
    pub names_country: bool,
}

/// Why a rule says nothing of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    Inactive,
    /// It names neither country nor prefix.
    NamesNothing,
    OtherCountry,
    OtherPrefix,
}

impl Mismatch {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::NamesNothing => "names_nothing",
            Self::OtherCountry => "other_country",
            Self::OtherPrefix => "other_prefix",
        }
    }
}

/// Explains what would become of a call to this number, dialled by an extension where one is given.
pub fn explain<'a>(plan: &'a Plan, number: &E164, extension: Option<ExtensionId>) -> Explanation<'a> {
    let (country, national) = number.taken_apart();
    let called = Called { number, country, national };
    let rules = plan.outbound_rules_read();
    let candidates =
        rules.map(|(rule, prefix)| Candidate { rule, fit: judged(rule, prefix, &called) }).collect();
    let rule = best(plan.outbound_rules_read(), &called);
    let refusal = refusal(plan, &called, rule, extension);
    Explanation { country: called.country, candidates, rule, refusal }
}

fn judged(rule: &OutboundRule, prefix: &Prefix, called: &Called<'_>) -> Result<Score, Mismatch> {
    if !rule.active {
        return Err(Mismatch::Inactive);
    }
    if let Some((digits, names_country)) = rule.fit(prefix, called) {
        return Ok(Score { digits, names_country });
    }
    Err(match (&rule.country, &rule.prefix) {
        (None, None) => Mismatch::NamesNothing,
        (Some(country), _) if Some(*country) != called.country => Mismatch::OtherCountry,
        _ => Mismatch::OtherPrefix,
    })
}

fn refusal(
    plan: &Plan,
    called: &Called<'_>,
    rule: Option<&OutboundRule>,
    extension: Option<ExtensionId>,
) -> Option<Refusal> {
    if let Some(id) = extension {
        let extension = plan.extension(id);
        let may = extension.is_some_and(|extension| {
            extension.active && matches!(&extension.kind, ExtensionKind::User(person) if person.dials_out)
        });
        if !may {
            let extension = extension.map_or_else(|| "?".into(), |extension| extension.number.clone());
            return Some(Refusal::NotPermitted { extension });
        }
    }
    let Some(rule) = rule else { return Some(Refusal::NoRule) };
    let is_active = |id| plan.trunk(id).is_some_and(|trunk| trunk.active);
    if !rule.trunks.is_empty() && !rule.trunks.iter().any(|id| is_active(*id)) {
        return Some(Refusal::NoTrunk { rule: rule.name.clone() });
    }
    let countries = &plan.company.allowed_countries;
    let is_allowed =
        countries.is_empty() || called.country.is_some_and(|country| countries.contains(&country));
    (!is_allowed).then_some(Refusal::CountryNotAllowed { country: called.country })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destination::OutboundRuleId;
    use crate::plan::{Company, PlanParts};
    use opbx_kernel::TenantId;

    fn rule(id: i64, country: Option<&str>, prefix: Option<&str>, active: bool) -> OutboundRule {
        OutboundRule {
            id: OutboundRuleId::new(id).expect("positive"),
            name: format!("rule {id}").into(),
            active,
            country: country.and_then(Country::new),
            prefix: prefix.map(Into::into),
            trunks: Vec::new(),
            caller_id: None,
        }
    }

    fn plan(rules: Vec<OutboundRule>) -> Plan {
        let tenant = TenantId::new(1).expect("positive");
        let mut parts = PlanParts::empty(tenant, 1, Company::named("Acme"));
        parts.outbound_rules = rules;
        parts.into()
    }

    #[test]
    fn every_rule_is_listed_with_its_score_or_what_it_lacks() {
        let plan = plan(vec![
            rule(1, Some("GB"), None, true),
            rule(2, None, Some("+4420"), true),
            rule(3, Some("GB"), Some("20"), true),
            rule(4, Some("FR"), None, true),
            rule(5, None, Some("30"), true),
            rule(6, Some("GB"), None, false),
        ]);
        let london = E164::new("+442079460018").expect("a number");
        let explained = explain(&plan, &london, None);
        let fits: Vec<_> = explained.candidates.iter().map(|candidate| candidate.fit).collect();
        let score = |digits, names_country| Ok(Score { digits, names_country });
        assert_eq!(
            fits,
            [
                score(2, true),
                score(4, false),
                score(4, true),
                Err(Mismatch::OtherCountry),
                Err(Mismatch::OtherPrefix),
                Err(Mismatch::Inactive),
            ]
        );
        assert_eq!(explained.rule.map(|rule| rule.id.get()), Some(3), "the greatest score wins");
        assert_eq!(explained.refusal, None);
    }

    #[test]
    fn a_call_that_no_rule_allows_is_refused_and_so_is_one_by_whoever_may_not() {
        let london = E164::new("+442079460018").expect("a number");
        let none = plan(vec![rule(1, None, None, true)]);
        let explained = explain(&none, &london, None);
        assert_eq!(explained.candidates[0].fit, Err(Mismatch::NamesNothing));
        assert_eq!(explained.refusal, Some(Refusal::NoRule));
        let some = plan(vec![rule(1, Some("GB"), None, true)]);
        let stranger = ExtensionId::new(9).expect("positive");
        let refusal = explain(&some, &london, Some(stranger)).refusal;
        assert_eq!(refusal, Some(Refusal::NotPermitted { extension: "?".into() }));
    }
}
