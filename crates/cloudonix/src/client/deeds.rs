//! What Cloudonix is asked, request by request.

use super::{Client, Request, garbled};
use crate::wire::{cxml, rest};
use opbx_routing::{Action, Dial};
use opbx_telephony::backend::{
    Access, Application, ApplicationWish, Asking, Backend, BackendError, CarrierTrunk, DomainFacts,
    DomainWish, Originate, RoutedNumber, Subscriber, SubscriberWish, Voice,
};
use reqwest::Method;
use serde_json::{Value as Json, json};

const DOMAIN: &str = "domain";
const APPLICATION: &str = "application";
const SUBSCRIBER: &str = "subscriber";
const NUMBER: &str = "number";
const CALL: &str = "call";

/// A path inside the domain: what belongs to it.
fn within<'a>(access: &'a Access, rest: &[&'a str]) -> Vec<&'a str> {
    ["customers", "self", "domains", &access.uuid].into_iter().chain(rest.iter().copied()).collect()
}

/// A path of calls, where domains go by name.
fn calls<'a>(access: &'a Access, rest: &[&'a str]) -> Vec<&'a str> {
    let domain = access.name.as_deref().unwrap_or(&access.uuid);
    ["calls", domain].into_iter().chain(rest.iter().copied()).collect()
}

fn get<'a>(path: Vec<&'a str>, what: &'static str) -> Request<'a> {
    Request { method: Method::GET, path, body: None, what, secret: None }
}

fn with<'a>(method: Method, path: Vec<&'a str>, body: Json, what: &'static str) -> Request<'a> {
    Request { method, path, body: Some(body), what, secret: None }
}

/// An id is a number wherever it looks like one.
fn id_of(text: &str) -> Json {
    text.parse::<u64>().map_or_else(|_| json!(text), |number| json!(number))
}

fn application_body(wish: &ApplicationWish) -> Json {
    json!({ "name": wish.name, "type": "cxml", "url": wish.url, "method": "POST", "profile": {} })
}

fn subscriber_body(wish: &SubscriberWish) -> Json {
    json!({ "msisdn": wish.number, "sipPassword": wish.password.as_str(), "active": wish.active })
}

impl Client {
    async fn done(&self, access: &Access, request: Request<'_>) -> Result<(), BackendError> {
        self.send(access, request).await.map(drop)
    }

    async fn read<T>(
        &self,
        access: &Access,
        request: Request<'_>,
        parse: impl FnOnce(&[u8]) -> Result<T, rest::RestError>,
    ) -> Result<T, BackendError> {
        let body = self.send(access, request).await?;
        parse(&body).map_err(|error| garbled(&error))
    }
}

impl Backend for Client {
    fn engine(&self) -> &'static str {
        "Cloudonix"
    }

    fn domain<'a>(&'a self, access: &'a Access) -> Asking<'a, DomainFacts> {
        Box::pin(self.read(access, get(within(access, &[]), DOMAIN), rest::domain))
    }

    fn set_domain<'a>(&'a self, access: &'a Access, wish: &'a DomainWish) -> Asking<'a, ()> {
        let profile = json!({
            "call-timeout": wish.no_answer_timeout_s,
            "recording-media-type": wish.recording_format,
            "session-update-endpoint": wish.session_update_url,
            "cdr-endpoint": wish.cdr_url,
            "authorization-api-key": wish.requests_key.as_str(),
            // An extension that nobody registered must never leak to a trunk.
            "redirect-unknown-to-border": false,
        });
        let body = json!({ "profile": profile });
        let request = Request {
            secret: Some(&wish.requests_key),
            ..with(Method::PUT, within(access, &[]), body, DOMAIN)
        };
        Box::pin(self.done(access, request))
    }

    fn create_application<'a>(
        &'a self,
        access: &'a Access,
        wish: &'a ApplicationWish,
    ) -> Asking<'a, Application> {
        let path = within(access, &["applications"]);
        let request = with(Method::POST, path, application_body(wish), APPLICATION);
        Box::pin(self.read(access, request, rest::application))
    }

    fn set_application<'a>(
        &'a self,
        access: &'a Access,
        id: &'a str,
        wish: &'a ApplicationWish,
    ) -> Asking<'a, ()> {
        let path = within(access, &["applications", id]);
        Box::pin(self.done(access, with(Method::PUT, path, application_body(wish), APPLICATION)))
    }

    fn make_default<'a>(&'a self, access: &'a Access, application: &'a str) -> Asking<'a, ()> {
        let body = json!({ "defaultApplication": id_of(application) });
        Box::pin(self.done(access, with(Method::PATCH, within(access, &[]), body, DOMAIN)))
    }

    fn subscribers<'a>(&'a self, access: &'a Access) -> Asking<'a, Vec<Subscriber>> {
        Box::pin(self.read(access, get(within(access, &["subscribers"]), DOMAIN), rest::subscribers))
    }

    fn create_subscriber<'a>(
        &'a self,
        access: &'a Access,
        wish: &'a SubscriberWish,
    ) -> Asking<'a, Subscriber> {
        let request = Request {
            secret: Some(&wish.password),
            ..with(Method::POST, within(access, &["subscribers"]), subscriber_body(wish), SUBSCRIBER)
        };
        Box::pin(self.read(access, request, rest::subscriber))
    }

    fn set_subscriber<'a>(
        &'a self,
        access: &'a Access,
        id: &'a str,
        wish: &'a SubscriberWish,
    ) -> Asking<'a, ()> {
        let request = Request {
            secret: Some(&wish.password),
            ..with(Method::PUT, within(access, &["subscribers", id]), subscriber_body(wish), SUBSCRIBER)
        };
        Box::pin(self.done(access, request))
    }

    fn delete_subscriber<'a>(&'a self, access: &'a Access, id: &'a str) -> Asking<'a, ()> {
        let path = within(access, &["subscribers", id]);
        let request = Request { method: Method::DELETE, ..get(path, SUBSCRIBER) };
        Box::pin(self.done(access, request))
    }

    fn trunks<'a>(&'a self, access: &'a Access) -> Asking<'a, Vec<CarrierTrunk>> {
        Box::pin(self.read(access, get(within(access, &["trunks"]), DOMAIN), rest::trunks))
    }

    fn voices<'a>(&'a self, access: &'a Access) -> Asking<'a, Vec<Voice>> {
        let path = vec!["domains", access.uuid.as_str(), "resources", "voices"];
        Box::pin(self.read(access, get(path, DOMAIN), rest::voices))
    }

    fn numbers<'a>(&'a self, access: &'a Access) -> Asking<'a, Vec<RoutedNumber>> {
        Box::pin(self.read(access, get(within(access, &["dnids"]), DOMAIN), rest::numbers))
    }

    fn route_number<'a>(
        &'a self,
        access: &'a Access,
        number: &'a str,
        application: &'a str,
    ) -> Asking<'a, RoutedNumber> {
        let body = json!({ "dnid": number, "applicationId": id_of(application), "active": true });
        let request = with(Method::POST, within(access, &["dnids"]), body, NUMBER);
        Box::pin(self.read(access, request, rest::number))
    }

    fn forget_number<'a>(&'a self, access: &'a Access, id: &'a str) -> Asking<'a, ()> {
        let request = Request { method: Method::DELETE, ..get(within(access, &["dnids", id]), NUMBER) };
        Box::pin(self.done(access, request))
    }

    fn originate<'a>(&'a self, access: &'a Access, call: &'a Originate) -> Asking<'a, String> {
        let mut body = json!({
            "destination": call.destination,
            "url": call.url,
            "method": "POST",
            "timeout": call.ring_timeout_s,
            "timeLimit": call.time_limit_s,
        });
        if let Some(caller_id) = &call.caller_id {
            body["caller-id"] = json!(caller_id);
        }
        let request = with(Method::POST, calls(access, &["application"]), body, DOMAIN);
        Box::pin(self.read(access, request, rest::session))
    }

    fn hang_up<'a>(&'a self, access: &'a Access, session: &'a str) -> Asking<'a, ()> {
        let path = calls(access, &["sessions", session]);
        Box::pin(self.done(access, Request { method: Method::DELETE, ..get(path, CALL) }))
    }

    fn transfer<'a>(&'a self, access: &'a Access, session: &'a str, to: &'a Dial) -> Asking<'a, ()> {
        let links = cxml::Links {
            next: None,
            recording: &|_| String::new(),
            message: &|_| String::new(),
            service_token: &|_| None,
        };
        let markup = cxml::render(&[Action::Dial(to.clone())], &links);
        let path = calls(access, &["sessions", session, "application"]);
        Box::pin(self.done(access, with(Method::POST, path, json!({ "cxml": markup }), CALL)))
    }

    fn limit<'a>(&'a self, access: &'a Access, session: &'a str, time_limit_s: u32) -> Asking<'a, ()> {
        let path = calls(access, &["sessions", session]);
        Box::pin(self.done(access, with(Method::PATCH, path, json!({ "timeLimit": time_limit_s }), CALL)))
    }
}
