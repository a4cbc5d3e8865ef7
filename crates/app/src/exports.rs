//! Exports of long lists as CSV: written chunk by chunk while they are sent, packed where the client can unpack.

use crate::App;
use crate::csv;
use crate::history::{Long, Walk};
use crate::models::{PbxCall, PbxCdr};
use crate::periods;
use crate::resources::ResourceError;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::tz::TimeZone;
use opbx_kernel::{Scope, Timestamp};
use opbx_platform::Domain;
use rust_decimal::Decimal;
use std::io::Write as _;

/// A record that can be a row of a table.
pub trait Exported: Long {
    const COLUMNS: &'static [&'static str];

    /// Its cells, in the order of the columns; instants as clocks of the zone show them, with their offset.
    fn cells(&self, zone: &TimeZone) -> Vec<String>;
}

fn shown(at: Option<Timestamp>, zone: &TimeZone) -> String {
    at.map_or_else(String::new, |at| at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

fn text(text: &Option<String>) -> String {
    text.clone().unwrap_or_default()
}

fn number(number: Option<i64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

fn cost(cost: Option<Decimal>) -> String {
    cost.map_or_else(String::new, |cost| cost.to_string())
}

impl Exported for PbxCdr {
    const COLUMNS: &'static [&'static str] = &[
        "Session Timestamp",
        "Call ID",
        "From",
        "To",
        "Disposition",
        "Duration (sec)",
        "Billable (sec)",
        "Domain",
        "Subscriber",
        "Application",
        "Rated Cost",
        "Sell Cost",
        "Status",
        "Approx Cost",
        "Direction",
        "Answered",
        "Ended",
    ];

    fn cells(&self, zone: &TimeZone) -> Vec<String> {
        vec![
            shown(Some(self.session_timestamp), zone),
            self.call_id.clone(),
            text(&self.from_number),
            text(&self.to_number),
            self.disposition.clone(),
            self.duration_s.to_string(),
            self.billsec_s.to_string(),
            text(&self.domain),
            text(&self.subscriber),
            text(&self.application),
            cost(self.rated_cost),
            cost(self.sell_cost),
            text(&self.status),
            cost(self.approx_cost),
            text(&self.direction),
            shown(self.call_answered_at, zone),
            shown(self.call_ended_at, zone),
        ]
    }
}

impl Exported for PbxCall {
    const COLUMNS: &'static [&'static str] = &[
        "Started",
        "Call ID",
        "Direction",
        "From",
        "From Name",
        "To",
        "Number",
        "Ring Group",
        "Status",
        "Answered By",
        "Answered",
        "Ended",
        "Wait (sec)",
        "Duration (sec)",
        "Billable (sec)",
        "Cost",
        "End Reason",
    ];

    fn cells(&self, zone: &TimeZone) -> Vec<String> {
        vec![
            shown(Some(self.started_at), zone),
            self.call_id.clone(),
            self.direction.as_str().to_owned(),
            text(&self.from_number),
            text(&self.from_name),
            text(&self.to_number),
            text(&self.number),
            text(&self.ring_group),
            self.status.as_str().to_owned(),
            text(&self.answered_by),
            shown(self.answered_at, zone),
            shown(self.ended_at, zone),
            number(self.wait_s),
            number(self.duration_s),
            number(self.billsec_s),
            cost(self.cost),
            text(&self.end_reason),
        ]
    }
}

/// An export under way.
pub struct Export<T> {
    app: App,
    walk: Walk<T>,
    zone: TimeZone,
    packer: Option<GzEncoder<Vec<u8>>>,
    has_begun: bool,
    is_over: bool,
}

impl<T: Exported> Export<T> {
    /// Everything for which a domain holds and that the asker may see, the newest first.
    pub fn new(app: App, scope: Scope, domain: Domain, time_zone: &str, packed: bool) -> Self {
        Self {
            app,
            walk: Walk::new(scope, domain),
            zone: periods::zone(time_zone),
            packer: packed.then(|| GzEncoder::new(Vec::new(), Compression::default())),
            has_begun: false,
            is_over: false,
        }
    }

    /// The next bytes of the file; none when it is complete. May be empty in between.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ResourceError> {
        if self.is_over {
            return Ok(None);
        }
        let mut lines = Vec::new();
        if !self.has_begun {
            csv::write_row(&mut lines, T::COLUMNS.iter().copied());
            self.has_begun = true;
        }
        let records = self.walk.next(&self.app).await?;
        self.is_over = records.is_empty();
        for record in &records {
            csv::write_row(&mut lines, record.cells(&self.zone).iter().map(String::as_str));
        }
        Ok(Some(self.packed(lines).into()))
    }

    fn packed(&mut self, lines: Vec<u8>) -> Vec<u8> {
        let Some(packer) = &mut self.packer else { return lines };
        packer.write_all(&lines).expect("writing into memory does not fail");
        if self.is_over {
            packer.try_finish().expect("writing into memory does not fail");
        }
        std::mem::take(packer.get_mut())
    }
}
