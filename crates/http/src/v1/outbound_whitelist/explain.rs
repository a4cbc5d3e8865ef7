//! Why a number may be called or not: the rule that the core would choose, and what it finds of all others.

use super::{TAG, problem};
use crate::Web;
use crate::api::{Access, Api, Input, Problem, Signed};
use axum::Json;
use axum::extract::State;
use opbx_app::outbound_rules;
use opbx_kernel::{E164, Language, RecordId};
use opbx_routing::outbound::{Candidate, Mismatch, explain};
use opbx_routing::trace::Tell as _;
use opbx_routing::{ExtensionId, OutboundRule, Plan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) fn declare(api: &mut Api) {
    api.post(
        "/outbound-whitelist/explain",
        "outbound_whitelist.explain",
        Access::READERS,
        asked,
        |operation| {
            operation
                .about(TAG, "Explain which rule allows a number")
                .gives::<Explained>(200, "The rule, and how every other one fits.");
        },
    );
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Question {
    /// As somebody of the company would dial it.
    #[schemars(length(min = 1, max = 64))]
    number: String,
    /// Who would dial it; whoever may, where none is given.
    #[serde(default)]
    extension_id: Option<i64>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Explained {
    data: ExplanationView,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ExplanationView {
    /// In E.164; as it was given where it is an emergency number.
    number: String,
    country: Option<String>,
    /// An emergency number is always called, whatever the rules say.
    is_emergency: bool,
    /// A number of the company's own, which a call never leaves for.
    is_own: bool,
    is_allowed: bool,
    /// Why it is not allowed.
    reason: Option<String>,
    /// The rule by which the call would leave.
    rule: Option<RuleName>,
    /// Every rule, in the order in which they are preferred where they fit equally well.
    candidates: Vec<CandidateView>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RuleName {
    id: i64,
    name: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct CandidateView {
    id: i64,
    name: String,
    is_chosen: bool,
    /// The greatest wins. None where the rule says nothing of this number.
    score: Option<ScoreView>,
    why_not: Option<WhyNot>,
    /// The same, as a sentence.
    explanation: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ScoreView {
    /// Twice the digits, and one more where the country is named.
    value: usize,
    /// Leading digits of the number that the rule fixes, the calling code among them.
    digits: usize,
    names_country: bool,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum WhyNot {
    Inactive,
    NamesNothing,
    OtherCountry,
    OtherPrefix,
}

async fn asked(
    State(web): State<Web>,
    asker: Signed,
    Input(question): Input<Question>,
) -> Result<Json<Explained>, Problem> {
    let id = question.extension_id.map(RecordId::new).transpose();
    let id = id.map_err(|_| problem(outbound_rules::OutboundError::NoExtension))?;
    let loaded = outbound_rules::plan_to_explain(&web.app, &asker.scope, id).await.map_err(problem)?;
    let extension = id.and_then(|id| ExtensionId::try_from(id.get()).ok());
    Ok(Json(Explained {
        data: explained(asker.scope.spoken_to_in(), &loaded.plan, question.number.trim(), extension)?,
    }))
}

fn explained(
    language: Language,
    plan: &Plan,
    dialled: &str,
    extension: Option<ExtensionId>,
) -> Result<ExplanationView, Problem> {
    if plan.company.emergency_number(dialled).is_some() {
        return Ok(ExplanationView {
            number: dialled.to_owned(),
            country: plan.company.country.map(String::from),
            is_emergency: true,
            is_own: false,
            is_allowed: true,
            reason: None,
            rule: None,
            candidates: Vec::new(),
        });
    }
    let number = E164::normalise(dialled, plan.company.country)
        .ok_or_else(|| Problem::field("number", "The number field must be a telephone number."))?;
    let explanation = explain(plan, &number, extension);
    let is_own = plan.number(&number).is_some();
    let reason = explanation.refusal.as_ref().map(|why| why.told_in(language)).filter(|_| !is_own);
    let chosen = explanation.rule.map(|rule| rule.id);
    Ok(ExplanationView {
        country: explanation.country.map(String::from),
        is_emergency: false,
        is_own,
        is_allowed: reason.is_none(),
        reason,
        rule: explanation.rule.map(|rule| RuleName { id: rule.id.get(), name: rule.name.to_string() }),
        candidates: explanation
            .candidates
            .iter()
            .map(|candidate| view(language, candidate, chosen == Some(candidate.rule.id), &number))
            .collect(),
        number: number.into(),
    })
}

fn view(language: Language, candidate: &Candidate<'_>, is_chosen: bool, number: &E164) -> CandidateView {
    let Candidate { rule, fit } = candidate;
    let explanation = match fit {
        Ok(score) => {
            let names_country = language.choose(" and names its country", " et nomme son pays");
            let country = if score.names_country { names_country } else { "" };
            let closest = language.choose("; no other fits as closely", " ; aucune autre n’est plus précise");
            let chosen = if is_chosen { closest } else { "" };
            let digits = score.digits;
            language.choose(
                format!("It fixes the first {digits} digits of {number}{country}{chosen}."),
                format!("Elle fixe les {digits} premiers chiffres de {number}{country}{chosen}."),
            )
        }
        Err(mismatch) => sentence(language, *mismatch, rule),
    };
    CandidateView {
        id: rule.id.get(),
        name: rule.name.to_string(),
        is_chosen,
        score: fit.ok().map(|score| ScoreView {
            value: score.digits * 2 + usize::from(score.names_country),
            digits: score.digits,
            names_country: score.names_country,
        }),
        why_not: fit.err().map(|mismatch| match mismatch {
            Mismatch::Inactive => WhyNot::Inactive,
            Mismatch::NamesNothing => WhyNot::NamesNothing,
            Mismatch::OtherCountry => WhyNot::OtherCountry,
            Mismatch::OtherPrefix => WhyNot::OtherPrefix,
        }),
        explanation,
    }
}

fn sentence(language: Language, mismatch: Mismatch, rule: &OutboundRule) -> String {
    match mismatch {
        Mismatch::Inactive => language.choose("It is inactive.", "Elle est inactive.").to_owned(),
        Mismatch::NamesNothing => {
            let nothing = "It names neither a country nor a prefix, and so allows nothing.";
            language.choose(nothing, "Elle ne nomme ni pays ni préfixe, et n’autorise donc rien.").to_owned()
        }
        Mismatch::OtherCountry => {
            let country = rule.country.map(String::from).unwrap_or_default();
            language.choose(format!("It is for {country} only."), format!("Elle ne vaut que pour {country}."))
        }
        Mismatch::OtherPrefix => {
            let prefix = rule.prefix.as_deref().unwrap_or_default();
            language.choose(
                format!("The number does not begin with {prefix}."),
                format!("Le numéro ne commence pas par {prefix}."),
            )
        }
    }
}
