//! What OPBX says itself, in the language of whoever asks.

use super::office::Office;
use axum::http::Method;
use opbx_testkit::{Engine, TestDb};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

async fn office() -> Office {
    Office::open(TestDb::create(Engine::Sqlite).await).await
}

/// Writes of the API that take JSON: method, path with an id that nothing has, and the members of their body.
fn writes() -> Vec<(Method, String, Vec<String>)> {
    let contract = opbx_http::contract();
    let mut writes = Vec::new();
    for (path, methods) in contract["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            // Whoever signs out or changes how they sign in is not asked again afterwards.
            if schema.is_null()
                || path.contains("/auth/")
                || path.contains("/voice/")
                || path.contains("/webhooks/")
            {
                continue;
            }
            let named = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
            let schema =
                named.map_or(schema, |pointer| contract.pointer(pointer).expect("it leads somewhere"));
            let members = schema["properties"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
            let path = path.split('/').map(|part| if part.starts_with('{') { "999999" } else { part });
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            writes.push((method, path.collect::<Vec<_>>().join("/"), members));
        }
    }
    writes
}

fn sentences(body: &Json) -> Vec<String> {
    let errors = body["errors"].as_object().into_iter().flat_map(Map::values);
    let errors = errors.flat_map(|said| said.as_array().cloned().unwrap_or_default());
    let all = errors.chain([body["message"].clone()]);
    all.filter_map(|said| said.as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn no_refusal_of_a_write_is_left_in_english() {
    let office = office().await;
    let mut asked = 0;
    let mut english = BTreeSet::new();
    for (method, path, members) in writes() {
        let of_each =
            |value: &Json| Json::Object(members.iter().map(|name| (name.clone(), value.clone())).collect());
        let bodies = [
            json!({}),
            json!({"nonsense": 1}),
            of_each(&json!([[]])),
            of_each(&json!("?")),
            of_each(&json!(-1)),
            of_each(&json!(null)),
        ];
        for body in bodies {
            let ask = office
                .app
                .by(&office.owner, method.clone(), &path)
                .header("accept-language", "fr-FR,fr;q=0.9");
            let reply = ask.header("prefer", "handling=strict").json(&body).reply().await;
            if !matches!(reply.status.as_u16(), 400..=499) {
                continue;
            }
            asked += 1;
            for said in sentences(&reply.json()) {
                let is_english =
                    said.starts_with("The ") || said.contains(" the ") || said.contains(" field ");
                if is_english {
                    english.insert(format!("{method} {path} {body}: {said}"));
                }
            }
        }
    }
    assert!(english.is_empty(), "{}", english.into_iter().collect::<Vec<_>>().join("\n"));
    assert!(asked > 200, "{asked} refusals are hardly all");
}

#[tokio::test]
async fn a_refusal_is_told_in_the_language_that_a_request_asks_for() {
    let office = office().await;
    let wrong = json!({"max_participants": 1});
    for (language, name, participants, message) in [
        (
            "en-GB",
            "The name field is required.",
            "The max participants field must be at least 2.",
            "(and 1 more error)",
        ),
        ("de, fr;q=0.5", "Ce champ est obligatoire.", "La valeur minimale est 2.", "(et 1 autre erreur)"),
    ] {
        let ask = office.app.by(&office.owner, Method::POST, "/api/v1/conference-rooms");
        let refused = ask.header("accept-language", language).json(&wrong).reply().await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        let body = refused.json();
        assert_eq!(body["errors"]["name"], json!([name]));
        assert_eq!(body["errors"]["max_participants"], json!([participants]));
        assert!(body["message"].as_str().is_some_and(|said| said.ends_with(message)), "{body}");
    }
}

#[tokio::test]
async fn a_call_is_explained_in_the_language_of_whoever_asks() {
    let office = office().await;
    let call = json!({"from": "+12125550199", "to": "999"});
    let said = |reply: &opbx_testkit::Reply| {
        reply.json()["data"]["sentences"][0]["text"].as_str().unwrap_or_default().to_owned()
    };
    let english = office.ask(Method::POST, "/simulate", &call).await;
    assert_eq!(said(&english), "inbound call from +12125550199 to 999", "{}", english.body);
    let asked =
        office.app.by(&office.owner, Method::POST, "/api/v1/simulate").header("accept-language", "fr");
    assert_eq!(said(&asked.json(&call).reply().await), "appel entrant de +12125550199 vers 999");
    // Whoever asks for no language is told in the own one.
    let own = office.ask(Method::PUT, "/profile", &json!({"language": "fr-BE"})).await;
    assert_eq!(own.status, 200, "{}", own.body);
    assert_eq!(
        said(&office.ask(Method::POST, "/simulate", &call).await),
        "appel entrant de +12125550199 vers 999"
    );
    let asked =
        office.app.by(&office.owner, Method::POST, "/api/v1/simulate").header("accept-language", "en");
    assert_eq!(said(&asked.json(&call).reply().await), "inbound call from +12125550199 to 999");
}
