//! What a carrier tells of calls besides asking about them, on a good day and on a bad one.

use crate::demo::{Demo, OPEN};
use opbx_app::live_calls::{self, Filter};
use opbx_app::models::PbxCdr;
use opbx_kernel::Scope;
use opbx_platform::Domain;
use opbx_testkit::fake_cloudonix::{Caller, Disposition, NewCall, Phone, Script, Talk};
use opbx_testkit::on_both_databases;

const MAIN: &str = "+12125550100";
const CALLER: &str = "+442079460018";

on_both_databases! {
    async fn the_carriers_own_account_of_a_call_joins_what_was_decided(db: TestDb) {
        let demo = Demo::with_webhooks(db, OPEN).await;
        let talk = Talk::PhoneLeaves { after_s: 61 };
        // Support rings one phone at a time, so that it is known which one answered.
        let script = Script::caller(Caller::default().presses("2"));
        let script = script.phone("1002", Phone::Answers { after_s: 7, talk });
        let played = demo.call(NewCall::inbound(CALLER, MAIN).script(script)).await;
        demo.app.ingest().await;
        let stored = demo.app.only_call(demo.tenant).await;
        let call = &stored.call;
        assert_eq!(call.call_id, played.call_id);
        assert!(call.session_id.is_some() && call.session_token.is_some(), "{call:?}");
        let records = demo.app.read(demo.tenant).await.all::<PbxCdr>(&Domain::All).await.expect("records");
        let [record] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!(record.call, Some(call.id));
        assert_eq!((call.duration_s, call.billsec_s), (Some(record.duration_s), Some(record.billsec_s)));
        assert_eq!(call.answered_at, record.call_answered_at);
        assert_eq!((played.disposition, call.status.as_str()), (Disposition::Answered, "completed"));
        assert_eq!(call.answered_by.as_deref(), Some("1002"));
        assert!(call.cost.is_some());
    }

    async fn a_bad_day_changes_nothing(db: TestDb) {
        let demo = Demo::with_chaos(db, OPEN, 2026).await;
        for second in 0..12_u32 {
            let script = Script::default().phone("1002", Phone::answers(second));
            demo.call(NewCall::from_phone("1001", "1002").script(script)).await;
        }
        demo.app.ingest().await;
        let calls = demo.app.calls(demo.tenant).await;
        assert_eq!(calls.len(), 12, "each is stored once");
        let records = demo.app.read(demo.tenant).await.all::<PbxCdr>(&Domain::All).await.expect("records");
        assert_eq!(records.len(), 12);
        for call in &calls {
            let own: Vec<_> = records.iter().filter(|record| record.call == Some(call.call.id)).collect();
            assert_eq!(own.len(), 1, "{call:#?}");
            assert_eq!((call.call.billsec_s, call.call.status.as_str()), (Some(own[0].billsec_s), "completed"));
        }
        let scope = Scope::system(demo.tenant, "a test");
        let live = live_calls::list(demo.app.app(), &scope, Filter::default()).await.expect("a list");
        assert_eq!(live.calls, [], "none goes on");
    }
}
