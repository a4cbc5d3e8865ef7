//! Business hours: one number leads elsewhere when the company is closed, and a repeat is answered as the first was.

use crate::{KEY, reaching};
use opbx_testkit::{TestApp, TestDb, on_both_databases};

// The tests' clock stands at noon (UTC) of some day, whichever it is.
const HOURS: &str = r#"
[pbx.hours.office]
name = "Office"
time_zone = "UTC"
ranges = [
    { weekday = "monday", start = "09:00", end = "17:00" }, { weekday = "tuesday", start = "09:00", end = "17:00" },
    { weekday = "wednesday", start = "09:00", end = "17:00" }, { weekday = "thursday", start = "09:00", end = "17:00" },
    { weekday = "friday", start = "09:00", end = "17:00" }, { weekday = "saturday", start = "09:00", end = "17:00" },
    { weekday = "sunday", start = "09:00", end = "17:00" },
]
open_destination = "extension:1001"
closed_destination = "voicemail:night"

[pbx.voicemail.night]
name = "Night"
"#;

async fn started(db: TestDb, records: &str) -> TestApp {
    reaching(db, "hours:office", records).await.0
}

on_both_databases! {
    async fn open_rings_and_closed_takes_a_message(db: TestDb) {
        let app = started(db, HOURS).await;
        let open = app.voice(KEY).send().await;
        assert_eq!(open.rings, ["1001"]);
        app.advance_hours(5);
        let closed = app.voice(KEY).call("CA2").send().await;
        assert!(closed.records && closed.rings.is_empty(), "five o'clock is closed: {}", closed.body);
        assert_eq!(closed.said, ["Please leave a message after the tone, then press pound."]);
        app.advance_hours(16);
        assert_eq!(app.voice(KEY).call("CA3").send().await.rings, ["1001"], "nine o'clock is open");
    }

    async fn a_word_of_somebody_s_wins_over_the_schedule(db: TestDb) {
        let app = started(db, &HOURS.replace("time_zone", "override = \"closed\"\ntime_zone")).await;
        assert!(app.voice(KEY).send().await.records);
    }

    async fn a_repeat_gets_the_bytes_of_the_first_though_it_closed_meanwhile(db: TestDb) {
        let app = started(db, &HOURS.replace("17:00", "12:10")).await;
        let first = app.voice(KEY).send().await;
        assert_eq!(first.rings, ["1001"]);
        app.advance_hours(1);
        assert_eq!(app.voice(KEY).send().await.body, first.body);
        assert!(app.voice(KEY).call("CA2").send().await.records);
    }
}
