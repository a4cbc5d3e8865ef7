//! The backend of an installation without an engine: it says so.

use super::{
    Access, Application, ApplicationWish, Asking, Backend, BackendError, CarrierTrunk, DomainFacts,
    DomainWish, Originate, RoutedNumber, Subscriber, SubscriberWish, Voice,
};
use opbx_routing::Dial;

/// Does nothing, and says so.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBackend;

fn nothing<'a, T: Send + 'a>() -> Asking<'a, T> {
    Box::pin(std::future::ready(Err(BackendError::NoEngine)))
}

impl Backend for NoBackend {
    fn engine(&self) -> &'static str {
        "none"
    }

    fn domain<'a>(&'a self, _: &'a Access) -> Asking<'a, DomainFacts> {
        nothing()
    }

    fn set_domain<'a>(&'a self, _: &'a Access, _: &'a DomainWish) -> Asking<'a, ()> {
        nothing()
    }

    fn create_application<'a>(&'a self, _: &'a Access, _: &'a ApplicationWish) -> Asking<'a, Application> {
        nothing()
    }

    fn set_application<'a>(&'a self, _: &'a Access, _: &'a str, _: &'a ApplicationWish) -> Asking<'a, ()> {
        nothing()
    }

    fn make_default<'a>(&'a self, _: &'a Access, _: &'a str) -> Asking<'a, ()> {
        nothing()
    }

    fn subscribers<'a>(&'a self, _: &'a Access) -> Asking<'a, Vec<Subscriber>> {
        nothing()
    }

    fn create_subscriber<'a>(&'a self, _: &'a Access, _: &'a SubscriberWish) -> Asking<'a, Subscriber> {
        nothing()
    }

    fn set_subscriber<'a>(&'a self, _: &'a Access, _: &'a str, _: &'a SubscriberWish) -> Asking<'a, ()> {
        nothing()
    }

    fn delete_subscriber<'a>(&'a self, _: &'a Access, _: &'a str) -> Asking<'a, ()> {
        nothing()
    }

    fn trunks<'a>(&'a self, _: &'a Access) -> Asking<'a, Vec<CarrierTrunk>> {
        nothing()
    }

    fn voices<'a>(&'a self, _: &'a Access) -> Asking<'a, Vec<Voice>> {
        nothing()
    }

    fn numbers<'a>(&'a self, _: &'a Access) -> Asking<'a, Vec<RoutedNumber>> {
        nothing()
    }

    fn route_number<'a>(&'a self, _: &'a Access, _: &'a str, _: &'a str) -> Asking<'a, RoutedNumber> {
        nothing()
    }

    fn forget_number<'a>(&'a self, _: &'a Access, _: &'a str) -> Asking<'a, ()> {
        nothing()
    }

    fn originate<'a>(&'a self, _: &'a Access, _: &'a Originate) -> Asking<'a, String> {
        nothing()
    }

    fn hang_up<'a>(&'a self, _: &'a Access, _: &'a str) -> Asking<'a, ()> {
        nothing()
    }

    fn transfer<'a>(&'a self, _: &'a Access, _: &'a str, _: &'a Dial) -> Asking<'a, ()> {
        nothing()
    }

    fn limit<'a>(&'a self, _: &'a Access, _: &'a str, _: u32) -> Asking<'a, ()> {
        nothing()
    }
}
