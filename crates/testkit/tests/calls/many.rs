//! Many random calls to the demo company, by a seed: none finds a word that Cloudonix would not take.

use crate::demo::{DOMAIN, Demo, EXTENSIONS, OPEN};
use opbx_testkit::fake_cloudonix::Dice;
use opbx_testkit::fake_cloudonix::day::{self, Company};
use opbx_testkit::on_both_databases;

const CALLS: u32 = 200;
const SEED: u64 = 20_260_303;

fn company() -> Company {
    let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Company {
        numbers: list(&["+12125550100", "+12125550101", "+12125550102", "+12125550103", "+12125550188"]),
        extensions: list(&[&EXTENSIONS[..], &["2000", "3000", "4000", "1999"]].concat()),
        outside: list(&["+442079460018", "+13105550142", "+33142685300", "911", "+12125550160"]),
        keys: list(&["1", "2", "3", "4", "9", "0", "1001", "7", "*", "#", "2468", "13579#"]),
    }
}

on_both_databases! {
    async fn two_hundred_random_calls_are_all_sound(db: TestDb) {
        let demo = Demo::at(db, OPEN).await;
        let (company, mut dice) = (company(), Dice::new(SEED));
        for at in 0..CALLS {
            let call = day::call(&mut dice, &company);
            let played = demo.fake.call(DOMAIN, call.clone()).await.expect("a domain");
            assert_eq!(played.faults, [], "call {at} of seed {SEED}: {call:#?}\n{}", played.transcript);
            assert_eq!(played.leaks, [""; 0], "call {at} of seed {SEED}: {}", played.transcript);
        }
        assert_eq!(demo.fake.faults(), []);
        demo.app.ingest().await;
        assert_eq!(demo.app.calls(demo.tenant).await.len(), CALLS as usize, "each is stored once");
    }
}
