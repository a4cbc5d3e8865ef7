//! A simulated call, told to a person or to a program.

use jiff::Timestamp;
use opbx_routing::{CORE_VERSION, Plan, Reason};
use opbx_telephony::Opening;
use opbx_telephony::ledger::{CallSheet, Ledger};
use opbx_telephony::simulator::Simulated;
use serde_json::{Value as Json, json};

pub struct Told<'a> {
    pub tenant: &'a str,
    pub plan: &'a Plan,
    pub opening: &'a Opening,
    pub at: Timestamp,
    pub steps: &'a [Simulated],
    pub ledger: &'a Ledger,
}

impl Told<'_> {
    /// A sentence a line, with the time since the call came in where it changes.
    pub fn in_words(&self) -> String {
        let mut text = String::new();
        for step in self.steps {
            let after_s = step.after.as_secs();
            let mut time = format!("{:02}:{:02}", after_s / 60, after_s % 60);
            for reason in &step.step.trace {
                text.push_str(&format!("{time:5}  {reason}\n"));
                time.clear();
            }
        }
        if let Some(sheet) = self.ledger.sheet() {
            text.push_str(&format!("\n{}\n", summary(&sheet)));
        }
        text
    }

    /// How it ends, in a sentence; none where nothing is kept of the call.
    pub fn summary(&self) -> Option<String> {
        self.ledger.sheet().map(|sheet| summary(&sheet))
    }

    /// Everything: each step with its event, actions, reasons by code and as sentences, and what is kept of the call.
    pub fn in_json(&self) -> Json {
        let steps = self.steps.iter().map(|step| {
            let sentences: Vec<String> = step.step.trace.iter().map(Reason::to_string).collect();
            json!({
                "after_s": step.after.as_secs(),
                "event": step.event,
                "actions": step.step.actions,
                "trace": step.step.trace,
                "sentences": sentences,
            })
        });
        let mut told = json!({
            "tenant": self.tenant,
            "plan_version": self.plan.version,
            "core_version": CORE_VERSION,
            "opening": self.opening,
            "at": self.at.to_string(),
            "time_zone": self.plan.company.zone.name(),
            "steps": steps.collect::<Vec<_>>(),
        });
        if let (Some(told), Some(sheet)) = (told.as_object_mut(), self.ledger.sheet())
            && let Json::Object(kept) = kept(&sheet)
        {
            told.extend(kept);
        }
        told
    }
}

fn summary(sheet: &CallSheet) -> String {
    let status = sheet.status.as_str().replace('_', " ");
    let rung: Vec<&str> = sheet.legs.iter().map(|leg| leg.target.as_str()).collect();
    let mut summary = match (&sheet.answered_by, rung.is_empty()) {
        (Some(answered_by), _) => {
            format!("Result: {status}, answered by {answered_by}. Rung: {}.", rung.join(", "))
        }
        (None, false) => format!("Result: {status}. Rung: {}.", rung.join(", ")),
        (None, true) => format!("Result: {status}. Nobody was rung."),
    };
    for message in &sheet.messages {
        let length_s = message.length_s.unwrap_or_default();
        summary.push_str(&format!(" A message of {length_s} s was left."));
    }
    summary
}

fn kept(sheet: &CallSheet) -> Json {
    let legs = sheet.legs.iter().map(|leg| {
        json!({
            "target": leg.target,
            "status": leg.status.as_str(),
            "started_at": leg.started_at.to_string(),
            "ended_at": leg.ended_at.map(|at| at.to_string()),
        })
    });
    let timeline = sheet.timeline.iter().map(|moment| {
        json!({ "at": moment.at.to_string(), "kind": moment.kind.as_str(), "detail": moment.detail })
    });
    let messages = sheet.messages.iter().map(|message| {
        json!({
            "voicemail": message.mailbox.get(),
            "left_at": message.left_at.to_string(),
            "length_s": message.length_s,
        })
    });
    json!({
        "direction": sheet.direction(),
        "number": sheet.number(),
        "status": sheet.status.as_str(),
        "ending": sheet.ending.map(|ending| ending.as_str()),
        "answered_by": sheet.answered_by,
        "ended_at": sheet.ended_at.map(|at| at.to_string()),
        "legs": legs.collect::<Vec<_>>(),
        "timeline": timeline.collect::<Vec<_>>(),
        "messages": messages.collect::<Vec<_>>(),
    })
}
