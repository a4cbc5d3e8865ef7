//! What news add to a sheet: the conversation says what was decided, the engine says when, how long and at what cost.

use super::{CallSheet, CallStatus, LegStatus, Moment, MomentKind};
use crate::entry::Opening;
use crate::news::{Disposition, News, RecordFacts};
use jiff::Timestamp;
use opbx_routing::Ending;

impl CallSheet {
    /// A call of which only the engine's news are known.
    pub(super) fn told(news: &News) -> Option<Self> {
        let started_at = news.started_at()?;
        let mut sheet = Self::blank(super::unknown_opening(), started_at);
        sheet.tell(started_at, MomentKind::Started, Vec::new());
        Some(sheet)
    }

    pub(super) fn hear(&mut self, news: &News) {
        if let Some((from, to, direction)) = news.parties()
            && self.opening.from.is_empty()
            && self.opening.to.is_empty()
        {
            let (from, to) = (from.to_owned(), to.to_owned());
            self.opening = Opening { direction: direction.of_call(), from, to, ..self.opening.clone() };
        }
        if let Some(told) = news.answered_at() {
            let answered_at = told.max(self.started_at);
            self.answered_at = Some(answered_at);
            self.tell_between(answered_at, MomentKind::Answered);
        }
        match (&news.record, news.word.and_then(|word| word.ended)) {
            (Some(record), _) => self.settle(record),
            (None, Some((at, disposition))) if self.ended_at.is_none() => self.close(at, disposition),
            _ if self.ended_at.is_none() && self.answered_at.is_some() => self.status = CallStatus::Answered,
            _ => {}
        }
        self.engine = news.engine_status();
        self.date_answered_legs();
        self.count(news.record.as_ref());
    }

    /// Takes the detail record's word on when it was over, and on how, where the conversation does not know better.
    fn settle(&mut self, record: &RecordFacts) {
        let ended_at = record.ended_at.max(self.started_at);
        let is_open = match self.ending {
            None => true,
            Some(ending) => matches!(ending, Ending::ResultUnknown | Ending::Unexpected),
        };
        if is_open {
            self.close(ended_at, record.disposition);
        }
        self.ended_at = Some(ended_at);
    }

    /// Ends a call that the conversation did not end, or of which it could not tell how it ended.
    fn close(&mut self, at: Timestamp, disposition: Disposition) {
        let at = at.max(self.started_at);
        self.end_open_legs(at, disposition);
        self.status = match disposition {
            Disposition::Answered => CallStatus::Completed,
            Disposition::NoAnswer => CallStatus::NoAnswer,
            Disposition::Busy => CallStatus::Busy,
            Disposition::Failed => CallStatus::Failed,
            Disposition::Canceled => CallStatus::Canceled,
        };
        self.ended_at = Some(at);
        if !self.timeline.iter().any(|moment| moment.kind == MomentKind::Ended) {
            self.tell(at, MomentKind::Ended, vec![disposition.as_str().to_owned()]);
        }
    }

    /// One phone that rang when the call was answered has answered it; of several nobody knows which.
    fn end_open_legs(&mut self, at: Timestamp, disposition: Disposition) {
        let open = self.legs.iter().filter(|leg| leg.ended_at.is_none()).count();
        let answered_at = self.answered_at;
        for leg in self.legs.iter_mut().filter(|leg| leg.ended_at.is_none()) {
            let answered = answered_at.is_some_and(|answered_at| answered_at >= leg.started_at);
            leg.status = match disposition {
                Disposition::Answered if open == 1 && answered => LegStatus::Answered,
                Disposition::Answered => LegStatus::Unknown,
                Disposition::NoAnswer => LegStatus::NoAnswer,
                Disposition::Busy => LegStatus::Busy,
                Disposition::Failed => LegStatus::Failed,
                Disposition::Canceled => LegStatus::Canceled,
            };
            leg.ended_at = Some(at.max(leg.started_at));
            if leg.status == LegStatus::Answered {
                leg.answered_at = Some(leg.started_at);
                self.answered_by = Some(leg.target.clone());
            }
        }
    }

    /// An answer within the time of a leg that answered is that leg's.
    fn date_answered_legs(&mut self) {
        let Some(answered_at) = self.answered_at else { return };
        for leg in self.legs.iter_mut().filter(|leg| leg.status == LegStatus::Answered) {
            let is_its_own =
                leg.started_at <= answered_at && leg.ended_at.is_none_or(|ended| answered_at <= ended);
            if is_its_own {
                leg.answered_at = Some(answered_at);
            }
        }
    }

    fn count(&mut self, record: Option<&RecordFacts>) {
        if let Some(record) = record {
            self.duration_s = Some(record.duration_s);
            self.billsec_s = Some(record.billsec_s);
            self.cost = record.cost;
            return;
        }
        let Some(ended_at) = self.ended_at else { return };
        let since = |at: Timestamp| ended_at.duration_since(at).as_secs().max(0);
        self.duration_s = Some(since(self.started_at));
        self.billsec_s = Some(self.answered_at.map_or(0, since));
    }

    /// Puts a moment where it belongs in time, and counts all of them anew.
    fn tell_between(&mut self, at: Timestamp, kind: MomentKind) {
        let place = self.timeline.iter().position(|moment| moment.at > at).unwrap_or(self.timeline.len());
        self.timeline.insert(place, Moment { sequence: 0, at, kind, detail: Vec::new() });
        for (sequence, moment) in (1..).zip(&mut self.timeline) {
            moment.sequence = sequence;
        }
    }
}
