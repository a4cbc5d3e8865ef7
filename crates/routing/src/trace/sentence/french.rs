//! The same in French.

use super::Tell;
use crate::action::Fate;
use crate::call::Ending;
use crate::destination::PlaceKind;
use crate::event::{DialResult, Direction, PinEntry};
use crate::feature::Feature;
use crate::hours::{Range, Verdict, Why};
use crate::plan::Strategy;
use crate::trace::{
    DestinationName, FeatureRefusal, PlaceName, Reason, RecordingSayer, Refusal, WhyForwarded, WhyNot,
};
use jiff::civil::{DateTime, Weekday};
use std::fmt;
use std::sync::Arc;

/// What is told, as French.
pub(super) struct French<'a, T>(pub(super) &'a T);

impl<T: Tell> fmt::Display for French<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.in_french(f)
    }
}

impl PlaceKind {
    fn french(self) -> &'static str {
        match self {
            Self::Extension => "poste",
            Self::RingGroup => "groupe d’appel",
            Self::Menu => "menu",
            Self::Hours => "horaires",
            Self::Conference => "salle de conférence",
            Self::Assistant => "assistant IA",
            Self::Voicemail => "messagerie",
            Self::Queue => "file d’attente",
        }
    }
}

impl Tell for PlaceKind {
    fn in_french(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.french())
    }
}

impl Tell for PlaceName {
    fn in_french(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.french();
        match (&self.name, self.kind) {
            (Some(name), PlaceKind::Extension) => write!(f, "{kind} {name}"),
            (Some(name), _) => write!(f, "{kind} « {name} »"),
            (None, _) => write!(f, "{kind} nº {}", self.id),
        }
    }
}

impl Tell for DestinationName {
    fn in_french(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Place(place) => place.in_french(f),
            Self::Forward(target) => write!(f, "renvoi vers {target}"),
            Self::Hangup => f.write_str("raccrocher"),
        }
    }
}

impl Tell for WhyNot {
    fn in_french(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inactive => "est inactif",
            Self::Busy => "est occupé",
            Self::DoNotDisturb => "ne veut pas être dérangé",
            Self::NotAPerson => "n’est le téléphone de personne",
            Self::NamedTwice => "est nommé deux fois et ne sonne qu’une fois",
        })
    }
}

impl Tell for WhyForwarded {
    fn in_french(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Always => "tous les appels",
            Self::DoNotDisturb | Self::Busy => "les appels quand il est occupé",
            Self::NoAnswer => "les appels sans réponse",
            Self::Unreachable => "les appels quand aucun téléphone n’est joignable",
        })
    }
}

impl Tell for Refusal {
    fn in_french(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = |whose: &Option<Arc<str>>| match whose {
            Some(extension) => format!("le poste {extension}"),
            None => "l’entreprise".to_owned(),
        };
        match self {
            Self::NotOriginated => f.write_str("OPBX n’a pas lancé cet appel"),
            Self::NoExtension { from } if from.is_empty() => f.write_str("l’appelant n’est pas un poste"),
            Self::NoExtension { from } => write!(f, "l’appelant {from} n’est pas un poste"),
            Self::NotPermitted { extension } => {
                write!(f, "le poste {extension} n’a pas le droit d’appeler à l’extérieur")
            }
            Self::NotANumber => f.write_str("ce n’est pas un numéro de téléphone"),
            Self::NoRule => f.write_str("aucune règle de sortie ne l’autorise"),
            Self::NoTrunk { rule } => {
                write!(f, "aucune ligne réseau de la règle de sortie « {rule} » n’est active")
            }
            Self::CountryNotAllowed { country: Some(country) } => {
                write!(f, "l’entreprise n’autorise pas d’appels vers {}", country.as_str())
            }
            Self::CountryNotAllowed { country: None } => f.write_str(
                "son pays n’est pas connu, et l’entreprise n’autorise d’appels que vers certains pays",
            ),
            Self::TooManyCalls { whose: who, max } => {
                let calls = if *max == 1 { "appel extérieur" } else { "appels extérieurs" };
                write!(f, "{} a déjà {max} {calls} en cours, sa limite", whose(who))
            }
            Self::TooManyMinutes { whose: who, max } => {
                write!(f, "{} a épuisé ses {max} minutes d’appels extérieurs du jour", whose(who))
            }
        }
    }
}

impl Tell for RecordingSayer {
    fn in_french(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension(number) => write!(f, "le poste {number}"),
            Self::Number(number) => write!(f, "le numéro {number}"),
            Self::Trunk(name) => write!(f, "la ligne réseau « {name} »"),
            Self::Company => f.write_str("l’entreprise"),
        }
    }
}

impl Tell for FeatureRefusal {
    fn in_french(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchCode => f.write_str("ce code n’existe pas"),
            Self::NoExtension => f.write_str("l’appelant n’est personne de l’entreprise"),
            Self::NoNumber => f.write_str("un numéro doit le suivre"),
            Self::NotANumber => f.write_str("ce qui le suit n’est pas un numéro de téléphone"),
            Self::Itself => f.write_str("un téléphone n’est pas renvoyé vers lui-même"),
            Self::Outbound(refusal) => refusal.in_french(f),
        }
    }
}

impl Tell for Verdict {
    fn in_french(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.open { "ouvert" } else { "fermé" };
        let weekday = weekday(self.local.weekday());
        let time = self.local.strftime("%H:%M");
        match &self.why {
            Why::Inactive => write!(f, "{state} : l’horaire est inactif"),
            Why::Manual { until: None } => {
                write!(f, "{state} : quelqu’un l’a dit, jusqu’à nouvel ordre")
            }
            Why::Manual { until: Some(until) } => {
                write!(
                    f,
                    "{state} : quelqu’un l’a dit, jusqu’au {} à {}",
                    date(until),
                    until.strftime("%H:%M")
                )
            }
            Why::Exception { name, ranges } if ranges.is_empty() => {
                write!(f, "{state} : le {} est « {name} » (fermé toute la journée)", date(&self.local))
            }
            Why::Exception { name, ranges } => {
                write!(
                    f,
                    "{state} : le {} est « {name} » (horaires spéciaux {})",
                    date(&self.local),
                    joined(ranges)
                )
            }
            Why::Weekday { ranges } if ranges.is_empty() => {
                write!(f, "{state} : rien n’est ouvert le {weekday}")
            }
            Why::Weekday { ranges } => {
                let side = if self.open { "dans" } else { "hors de" };
                write!(f, "{state} : {weekday} {time} est {side} {}", joined(ranges))
            }
            Why::DayBefore { range } => {
                write!(f, "{state} : {weekday} {time} est encore dans {range} de la veille")
            }
        }
    }
}

fn weekday(day: Weekday) -> &'static str {
    const DAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
    DAYS[day.to_monday_zero_offset() as usize]
}

/// `24 décembre`, `1er janvier`.
fn date(at: &DateTime) -> String {
    const MONTHS: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    let first = if at.day() == 1 { "er" } else { "" };
    format!("{}{first} {}", at.day(), MONTHS[at.month() as usize - 1])
}

fn joined(ranges: &[Range]) -> String {
    ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "appel entrant",
        Direction::Subscriber => "appel d’un téléphone",
        Direction::Application => "appel d’une application",
        Direction::Outbound => "appel sortant",
        Direction::OutboundApi => "appel lancé par l’API",
    }
}

impl Tell for Ending {
    fn in_french(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Completed => "la conversation est terminée",
            Self::CallerLeft => "l’appelant a raccroché",
            Self::NoAnswer => "personne n’a répondu",
            Self::MessageLeft => "un message a été laissé",
            Self::NoMessage => "aucun message n’a été laissé",
            Self::NoChoice => "rien n’a été choisi",
            Self::NotFound => "la destination n’existe pas",
            Self::Unavailable => "la destination ne prend pas d’appels",
            Self::Misconfigured => "la configuration ne mène nulle part",
            Self::NotBuilt => "cette version ne sait pas l’acheminer",
            Self::Refused => "il est refusé",
            Self::ResultUnknown => "son résultat n’est pas connu",
            Self::HungUp => "raccroché",
            Self::Served => "ce qui était demandé est fait",
            Self::Blocked => "l’appelant est refusé",
            Self::Unexpected => "un événement ne convient pas",
        })
    }
}

fn feature(feature: Feature) -> &'static str {
    match feature {
        Feature::OwnVoicemail => "sa messagerie",
        Feature::AnyVoicemail => "une messagerie",
        Feature::ForwardAll => "renvoyer tous les appels",
        Feature::ForwardAllOff => "ne plus renvoyer tous les appels",
        Feature::ForwardBusy => "renvoyer quand il est occupé",
        Feature::ForwardBusyOff => "ne plus renvoyer quand il est occupé",
        Feature::ForwardNoAnswer => "renvoyer sans réponse",
        Feature::ForwardNoAnswerOff => "ne plus renvoyer sans réponse",
        Feature::DoNotDisturb => "ne pas déranger",
        Feature::DoNotDisturbOff => "déranger de nouveau",
        Feature::Test => "appel d’essai",
        Feature::CallBack => "rappeler",
    }
}

impl Tell for Reason {
    fn in_french(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arrived { .. }
            | Self::NumberDialled { .. }
            | Self::NumberInactive { .. }
            | Self::NumberUnknown { .. }
            | Self::ExtensionDialled { .. }
            | Self::ExtensionUnknown { .. }
            | Self::ExtensionPoints { .. }
            | Self::EmergencyDialled { .. }
            | Self::OutboundAllowed { .. }
            | Self::OutsideRung { .. }
            | Self::OutboundRefused { .. } => of_the_way(self, f),
            Self::ExtensionVoicemail { .. }
            | Self::Forwarded { .. }
            | Self::ForwardUnusable { .. }
            | Self::GroupOrder { .. }
            | Self::RotationUnavailable { .. }
            | Self::NotRung { .. }
            | Self::GroupAttempt { .. }
            | Self::Ringing { .. }
            | Self::DialEnded { .. }
            | Self::NobodyAvailable { .. }
            | Self::NobodyAnswered { .. }
            | Self::GroupFallback { .. } => of_ringing(self, f),
            Self::HoursJudged { .. }
            | Self::MenuPlayed { .. }
            | Self::KeyPressed { .. }
            | Self::DirectlyDialled { .. }
            | Self::NoKey { .. }
            | Self::WrongKey { .. }
            | Self::MenuGivenUp { .. }
            | Self::MenuFailover { .. }
            | Self::PinAsked { .. }
            | Self::PinEntered { .. }
            | Self::RoomJoined { .. }
            | Self::RoomLeft { .. }
            | Self::AssistantCalled { .. }
            | Self::AssistantUnreachable { .. }
            | Self::AssistantFallback { .. }
            | Self::MessageAsked { .. }
            | Self::MessageLeft { .. }
            | Self::NoMessage { .. } => of_a_place(self, f),
            Self::RecordingDecided { .. }
            | Self::RecordingAnnounced
            | Self::CallerBlocked { .. }
            | Self::CallerAnonymous
            | Self::CallerTooOften { .. }
            | Self::CallerRateUnknown => of_policy(self, f),
            Self::FeatureDialled { .. }
            | Self::FeatureRefused { .. }
            | Self::LastCaller { .. }
            | Self::NoMailbox { .. }
            | Self::BoxPinEntered { .. }
            | Self::MailboxOpened { .. }
            | Self::MailboxUnavailable
            | Self::MessagePlayed { .. }
            | Self::MessageHandled { .. } => of_a_service(self, f),
            Self::Goes { to } => write!(f, "→ {}", French(to)),
            Self::CompanyFallback { to } => write!(f, "le repli de l’entreprise → {}", French(to)),
            Self::Missing { kind, id } => write!(f, "{} nº {id} n’existe plus", kind.french()),
            Self::Inactive { place } => write!(f, "{} : inactif", French(place)),
            Self::NotBuilt { place } => write!(f, "{} : cette version ne sait pas y mener", French(place)),
            Self::Loop { place } => {
                write!(f, "{} : déjà sur le chemin de cet appel, une boucle", French(place))
            }
            Self::NumberLoop { number } => {
                write!(f, "{number} : déjà sur le chemin de cet appel, une boucle")
            }
            Self::TooDeep { hops } => write!(f, "l’appel a été envoyé plus loin {hops} fois : c’est trop"),
            Self::HangupConfigured => f.write_str("raccrocher, comme configuré"),
            Self::UnexpectedEvent => f.write_str("un événement qui ne convient pas là où en est l’appel"),
            Self::AlreadyEnded { ending } => write!(f, "l’appel était déjà terminé ({})", French(ending)),
            Self::Ended { ending } => write!(f, "l’appel se termine : {}", French(ending)),
        }
    }
}

fn of_the_way(reason: &Reason, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match reason {
        Reason::Arrived { direction: way, from, to } => {
            let from: &str = if from.is_empty() { "un appelant inconnu" } else { from };
            write!(f, "{} de {from} vers {to}", direction(*way))
        }
        Reason::NumberDialled { number, name, to } if name.is_empty() => {
            write!(f, "numéro {number} → {}", French(to))
        }
        Reason::NumberDialled { number, name, to } => {
            write!(f, "numéro {number} « {name} » → {}", French(to))
        }
        Reason::NumberInactive { number, .. } => write!(f, "le numéro {number} est inactif"),
        Reason::NumberUnknown { number } => write!(f, "{number} n’est pas un numéro de l’entreprise"),
        Reason::ExtensionDialled { number, name } if name.is_empty() => write!(f, "poste {number}"),
        Reason::ExtensionDialled { number, name } => write!(f, "poste {number} « {name} »"),
        Reason::ExtensionUnknown { number } => write!(f, "il n’y a pas de poste {number}"),
        Reason::ExtensionPoints { number, to } => write!(f, "poste {number} → {}", French(to)),
        Reason::EmergencyDialled { number } => {
            write!(f, "{number} est un numéro d’urgence : il part aussitôt")
        }
        Reason::OutboundAllowed { number, rule } => {
            write!(f, "la règle de sortie « {rule} » autorise un appel vers {number}")
        }
        Reason::OutsideRung { number, trunk, caller_id, .. } => {
            write!(f, "appeler {number}")?;
            if let Some(trunk) = trunk {
                write!(f, " par la ligne réseau « {trunk} »")?;
            }
            caller_id.as_ref().map_or(Ok(()), |shown| write!(f, ", en présentant {shown}"))
        }
        Reason::OutboundRefused { number, why } => {
            write!(f, "un appel extérieur vers {number} est refusé : {}", French(why))
        }
        _ => Ok(()),
    }
}

fn of_policy(reason: &Reason, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match reason {
        Reason::RecordingDecided { records: true, by } => {
            write!(f, "enregistré, car {} dit toujours", French(by))
        }
        Reason::RecordingDecided { records: false, by } => {
            write!(f, "pas enregistré, car {} dit jamais", French(by))
        }
        Reason::RecordingAnnounced => f.write_str("l’appelant est averti de l’enregistrement"),
        Reason::CallerBlocked { caller, pattern, why } => {
            write!(f, "{caller} est refusé : {pattern} est bloqué")?;
            why.as_ref().map_or(Ok(()), |why| write!(f, " ({why})"))
        }
        Reason::CallerAnonymous => f.write_str("un appelant sans numéro est refusé"),
        Reason::CallerTooOften { caller, calls, window_s } => {
            write!(f, "{caller} est refusé : {calls} appels en {window_s} s")
        }
        Reason::CallerRateUnknown => {
            f.write_str("la fréquence des appels de l’appelant n’a pu être comptée : l’appel est pris")
        }
        _ => Ok(()),
    }
}

fn of_a_service(reason: &Reason, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match reason {
        Reason::FeatureDialled { dialled, feature: what, extension } => {
            write!(f, "le poste {extension} a composé {dialled} : {}", feature(*what))
        }
        Reason::FeatureRefused { dialled, why } => write!(f, "{dialled} ne fait rien : {}", French(why)),
        Reason::LastCaller { number: Some(number) } => write!(f, "le dernier appelant était {number}"),
        Reason::LastCaller { number: None } => f.write_str("aucun dernier appelant n’est connu"),
        Reason::NoMailbox { number } => write!(f, "le poste {number} n’a pas de messagerie"),
        Reason::BoxPinEntered { is_right: true } => f.write_str("le code ouvre la messagerie"),
        Reason::BoxPinEntered { is_right: false } => f.write_str("le code n’ouvre aucune messagerie"),
        Reason::MailboxOpened { mailbox, new, saved } => {
            write!(f, "messagerie « {mailbox} » : {new} messages nouveaux, {saved} conservés")
        }
        Reason::MailboxUnavailable => f.write_str("les messages n’ont pu être lus"),
        Reason::MessagePlayed { message } => write!(f, "le message nº {message} est lu"),
        Reason::MessageHandled { message, fate: Fate::Heard } => {
            write!(f, "le message nº {message} est conservé")
        }
        Reason::MessageHandled { message, fate: Fate::Deleted } => {
            write!(f, "le message nº {message} est supprimé")
        }
        _ => Ok(()),
    }
}

fn of_ringing(reason: &Reason, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match reason {
        Reason::ExtensionVoicemail { number, to } => write!(f, "messagerie de {number} → {}", French(to)),
        Reason::Forwarded { number, why, to } => {
            write!(f, "{number} renvoie {} → {}", French(why), French(to))
        }
        Reason::ForwardUnusable { target } => {
            write!(f, "{target} n’est ni un poste, ni un numéro, ni une adresse SIP")
        }
        Reason::GroupOrder { group, strategy, members, ticket } => {
            let members = members.join(", ");
            write!(f, "groupe d’appel « {group} » : ")?;
            match (strategy, ticket) {
                (Strategy::Simultaneous, _) => write!(f, "tous sonnent à la fois, {members}"),
                (Strategy::Sequential, _) => write!(f, "l’un sonne après l’autre, {members}"),
                (Strategy::RoundRobin, Some(turn)) => write!(f, "à tour de rôle, tour {turn}, {members}"),
                (Strategy::RoundRobin, None) => write!(f, "à tour de rôle, {members}"),
                (Strategy::Random, _) => write!(f, "dans un ordre aléatoire, {members}"),
            }
        }
        Reason::RotationUnavailable { group } => {
            write!(f, "le compteur des tours de « {group} » n’a pas répondu : l’équité est au mieux")
        }
        Reason::NotRung { number, why } => write!(f, "{number} {}", French(why)),
        Reason::GroupAttempt { group, attempt } => {
            write!(f, "tentative {attempt} du groupe d’appel « {group} »")
        }
        Reason::Ringing { numbers, timeout_s } => {
            write!(f, "faire sonner {} pendant {timeout_s} s", numbers.join(", "))
        }
        Reason::DialEnded { result } => f.write_str(match result {
            DialResult::Completed => "l’appel a été pris, et est terminé",
            DialResult::Busy => "occupé",
            DialResult::Canceled => "l’appelant a raccroché",
            DialResult::Failed => "l’appel du téléphone a échoué",
            DialResult::NoAnswer => "pas de réponse",
            DialResult::Unknown => "le moteur n’a pas dit comment l’appel du téléphone a fini",
        }),
        Reason::NobodyAvailable { group } => {
            write!(f, "personne du groupe d’appel « {group} » ne peut être appelé")
        }
        Reason::NobodyAnswered { group, attempts } => {
            let times = if *attempts == 1 { "tentative" } else { "tentatives" };
            write!(f, "personne du groupe d’appel « {group} » n’a répondu en {attempts} {times}")
        }
        Reason::GroupFallback { group, to } => {
            write!(f, "repli du groupe d’appel « {group} » → {}", French(to))
        }
        _ => Ok(()),
    }
}

fn of_a_place(reason: &Reason, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match reason {
        Reason::HoursJudged { verdict, .. } => verdict.in_french(f),
        Reason::MenuPlayed { menu, turn: 1 } => write!(f, "le menu « {menu} » est lu"),
        Reason::MenuPlayed { menu, turn } => write!(f, "le menu « {menu} » est relu, tour {turn}"),
        Reason::KeyPressed { menu, keys, to } => {
            write!(f, "touche {keys} du menu « {menu} » → {}", French(to))
        }
        Reason::DirectlyDialled { menu, number } => {
            write!(f, "le poste {number} a été composé dans le menu « {menu} »")
        }
        Reason::NoKey { menu } => write!(f, "aucune touche n’a été pressée dans le menu « {menu} »"),
        Reason::WrongKey { menu, keys } => write!(f, "{keys} ne mène nulle part dans le menu « {menu} »"),
        Reason::MenuGivenUp { menu, turns } => {
            let times = if *turns == 1 { "tour" } else { "tours" };
            write!(f, "le menu « {menu} » abandonne après {turns} {times}")
        }
        Reason::MenuFailover { menu, to } => write!(f, "sans choix du menu « {menu} » → {}", French(to)),
        Reason::PinAsked { room, turn: 1 } => write!(f, "la salle de conférence « {room} » demande son code"),
        Reason::PinAsked { room, turn } => {
            write!(f, "la salle de conférence « {room} » redemande son code, tour {turn}")
        }
        Reason::PinEntered { entry, .. } => f.write_str(match entry {
            PinEntry::Nothing => "aucun code n’a été saisi",
            PinEntry::Wrong => "le code est faux",
            PinEntry::Participant => "le code est juste",
            PinEntry::Host => "le code est celui de l’hôte",
        }),
        Reason::RoomJoined { room, host, waits } => {
            let who = if *host { " comme hôte" } else { "" };
            let wait = if *waits { ", et attend l’hôte" } else { "" };
            write!(f, "l’appelant entre dans la salle de conférence « {room} »{who}{wait}")
        }
        Reason::RoomLeft { result } => f.write_str(match result {
            DialResult::Busy | DialResult::Failed | DialResult::NoAnswer => "la salle n’a reçu personne",
            _ => "l’appelant a quitté la salle",
        }),
        Reason::AssistantCalled { assistant } => write!(f, "appeler l’assistant IA « {assistant} »"),
        Reason::AssistantUnreachable { assistant } => {
            write!(f, "rien ne dit comment joindre l’assistant IA « {assistant} »")
        }
        Reason::AssistantFallback { assistant, to } => {
            write!(f, "repli de l’assistant IA « {assistant} » → {}", French(to))
        }
        Reason::MessageAsked { mailbox, length_max_s } => {
            write!(f, "la messagerie « {mailbox} » prend un message de {length_max_s} s au plus")
        }
        Reason::MessageLeft { mailbox, length_s: Some(length_s) } => {
            write!(f, "un message de {length_s} s a été laissé : {}", French(mailbox))
        }
        Reason::MessageLeft { mailbox, length_s: None } => {
            write!(f, "un message a été laissé : {}", French(mailbox))
        }
        Reason::NoMessage { mailbox } => write!(f, "aucun message n’a été laissé : {}", French(mailbox)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opbx_kernel::Language;

    fn told(what: &impl Tell) -> String {
        what.told_in(Language::French)
    }

    #[test]
    fn a_schedule_is_told_with_its_days_and_months() {
        let local = |text: &str| text.parse::<DateTime>().expect("a time");
        let at = |open, text, why| told(&Verdict { open, local: local(text), why });
        let nine = Range::new(9 * 60, 17 * 60).expect("a range");
        let ranges = vec![nine];
        assert_eq!(
            at(false, "2026-12-24T08:05:00", Why::Weekday { ranges: ranges.clone() }),
            "fermé : jeudi 08:05 est hors de 09:00–17:00"
        );
        assert_eq!(
            at(true, "2027-01-01T10:00:00", Why::Exception { name: "Jour de l’an".into(), ranges }),
            "ouvert : le 1er janvier est « Jour de l’an » (horaires spéciaux 09:00–17:00)"
        );
        let until = Some(local("2026-08-15T18:30:00"));
        assert_eq!(
            at(true, "2026-08-09T01:00:00", Why::Manual { until }),
            "ouvert : quelqu’un l’a dit, jusqu’au 15 août à 18:30"
        );
    }

    #[test]
    fn places_and_ends_are_told_by_their_names() {
        let place = |kind, name: Option<&str>| PlaceName { kind, id: 7, name: name.map(Into::into) };
        assert_eq!(told(&place(PlaceKind::RingGroup, Some("Ventes"))), "groupe d’appel « Ventes »");
        assert_eq!(told(&place(PlaceKind::Extension, Some("1001"))), "poste 1001");
        assert_eq!(told(&place(PlaceKind::Menu, None)), "menu nº 7");
        assert_eq!(
            told(&Reason::Ended { ending: Ending::CallerLeft }),
            "l’appel se termine : l’appelant a raccroché"
        );
        let refused = Refusal::TooManyCalls { whose: Some("1001".into()), max: 1 };
        assert_eq!(
            told(&Reason::OutboundRefused { number: "+33".into(), why: refused }),
            "un appel extérieur vers +33 est refusé : le poste 1001 a déjà 1 appel extérieur en cours, sa limite"
        );
    }
}
