//! The simulator's backend: an engine's domains in memory, with keys that open them and failures on demand.

use super::{
    Access, Application, ApplicationWish, Asking, Backend, BackendError, CarrierTrunk, DomainFacts,
    DomainWish, Originate, RoutedNumber, Subscriber, SubscriberWish, Voice,
};
use opbx_routing::Dial;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// Records that a simulated domain holds of one kind, and requests that it remembers.
const RECORDS_MAX: usize = 10_000;

/// An engine in memory. Cheap to clone; all clones are the same engine.
#[derive(Clone, Default)]
pub struct SimulatedBackend(Arc<Mutex<Engine>>);

#[derive(Default)]
struct Engine {
    domains: BTreeMap<String, SimulatedDomain>,
    /// What the next requests come to instead, the first first.
    faults: VecDeque<BackendError>,
    asked: Vec<String>,
    last_id: u64,
}

/// What the simulated engine holds of one domain.
#[derive(Clone, Default)]
pub struct SimulatedDomain {
    pub key: String,
    pub facts: DomainFacts,
    pub wish: Option<DomainWish>,
    pub applications: Vec<Application>,
    pub default_application: Option<String>,
    pub subscribers: Vec<(Subscriber, Zeroizing<String>)>,
    pub trunks: Vec<CarrierTrunk>,
    pub voices: Vec<Voice>,
    pub numbers: Vec<RoutedNumber>,
    /// Live calls: their names, and what each was last told.
    pub sessions: BTreeMap<String, String>,
}

impl SimulatedBackend {
    /// Adds a domain, or replaces it.
    pub fn with_domain(&self, uuid: &str, domain: SimulatedDomain) {
        self.lock().domains.insert(uuid.to_owned(), domain);
    }

    /// The domain as it stands.
    pub fn seen(&self, uuid: &str) -> Option<SimulatedDomain> {
        self.lock().domains.get(uuid).cloned()
    }

    /// Lets the next requests fail so, one each.
    pub fn fail(&self, faults: impl IntoIterator<Item = BackendError>) {
        self.lock().faults.extend(faults.into_iter().take(RECORDS_MAX));
    }

    /// What was asked since the last look: the deeds' names, in order.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().asked)
    }

    fn lock(&self) -> MutexGuard<'_, Engine> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn within<'a, T: Send + 'a>(
        &'a self,
        access: &'a Access,
        deed: &'static str,
        work: impl FnOnce(&mut SimulatedDomain, &mut dyn FnMut() -> String) -> Result<T, BackendError> + Send + 'a,
    ) -> Asking<'a, T> {
        Box::pin(async move {
            let mut engine = self.lock();
            let Engine { domains, faults, asked, last_id } = &mut *engine;
            if asked.len() < RECORDS_MAX {
                asked.push(deed.to_owned());
            }
            if let Some(fault) = faults.pop_front() {
                return Err(fault);
            }
            let domain = domains.get_mut(&access.uuid).ok_or(BackendError::Absent { what: "domain" })?;
            if domain.key != *access.key {
                return Err(BackendError::WrongKey);
            }
            let mut next_id = || {
                *last_id += 1;
                last_id.to_string()
            };
            work(domain, &mut next_id)
        })
    }
}

/// Room for one more record, where a domain has it.
fn room<T>(records: &[T]) -> Result<(), BackendError> {
    if records.len() < RECORDS_MAX { Ok(()) } else { Err(BackendError::Quota) }
}

fn session<'a>(domain: &'a mut SimulatedDomain, name: &str) -> Result<&'a mut String, BackendError> {
    domain.sessions.get_mut(name).ok_or(BackendError::Absent { what: "call" })
}

impl Backend for SimulatedBackend {
    fn engine(&self) -> &'static str {
        "the simulator"
    }

    fn domain<'a>(&'a self, access: &'a Access) -> Asking<'a, DomainFacts> {
        self.within(access, "domain", |domain, _| Ok(domain.facts.clone()))
    }

    fn set_domain<'a>(&'a self, access: &'a Access, wish: &'a DomainWish) -> Asking<'a, ()> {
        self.within(access, "set_domain", |domain, _| {
            domain.wish = Some(wish.clone());
            Ok(())
        })
    }

    fn create_application<'a>(
        &'a self,
        access: &'a Access,
        wish: &'a ApplicationWish,
    ) -> Asking<'a, Application> {
        self.within(access, "create_application", |domain, next_id| {
            room(&domain.applications)?;
            let ApplicationWish { name, url } = wish.clone();
            let application = Application { id: next_id(), uuid: None, name, url };
            domain.applications.push(application.clone());
            Ok(application)
        })
    }

    fn set_application<'a>(
        &'a self,
        access: &'a Access,
        id: &'a str,
        wish: &'a ApplicationWish,
    ) -> Asking<'a, ()> {
        self.within(access, "set_application", move |domain, _| {
            let known = domain.applications.iter_mut().find(|known| known.id == id);
            let known = known.ok_or(BackendError::Absent { what: "application" })?;
            (known.name, known.url) = (wish.name.clone(), wish.url.clone());
            Ok(())
        })
    }

    fn make_default<'a>(&'a self, access: &'a Access, application: &'a str) -> Asking<'a, ()> {
        self.within(access, "make_default", move |domain, _| {
            if !domain.applications.iter().any(|known| known.id == application) {
                return Err(BackendError::Absent { what: "application" });
            }
            domain.default_application = Some(application.to_owned());
            Ok(())
        })
    }

    fn subscribers<'a>(&'a self, access: &'a Access) -> Asking<'a, Vec<Subscriber>> {
        self.within(access, "subscribers", |domain, _| {
            Ok(domain.subscribers.iter().map(|(subscriber, _)| subscriber.clone()).collect())
        })
    }

    fn create_subscriber<'a>(
        &'a self,
        access: &'a Access,
        wish: &'a SubscriberWish,
    ) -> Asking<'a, Subscriber> {
        self.within(access, "create_subscriber", |domain, next_id| {
            room(&domain.subscribers)?;
            if domain.subscribers.iter().any(|(known, _)| known.number == wish.number) {
                return Err(BackendError::Taken { what: "subscriber" });
            }
            let (number, active) = (wish.number.clone(), wish.active);
            let subscriber = Subscriber { id: next_id(), uuid: None, number, active, password: None };
            domain.subscribers.push((subscriber.clone(), wish.password.clone()));
            Ok(subscriber)
        })
    }

    fn set_subscriber<'a>(
        &'a self,
        access: &'a Access,
        id: &'a str,
        wish: &'a SubscriberWish,
    ) -> Asking<'a, ()> {
        self.within(access, "set_subscriber", move |domain, _| {
            let known = domain.subscribers.iter_mut().find(|(known, _)| known.id == id);
            let (known, password) = known.ok_or(BackendError::Absent { what: "subscriber" })?;
            known.active = wish.active;
            *password = wish.password.clone();
            Ok(())
        })
    }

    fn delete_subscriber<'a>(&'a self, access: &'a Access, id: &'a str) -> Asking<'a, ()> {
        self.within(access, "delete_subscriber", move |domain, _| {
            let before = domain.subscribers.len();
            domain.subscribers.retain(|(known, _)| known.id != id);
            let gone = domain.subscribers.len() < before;
            if gone { Ok(()) } else { Err(BackendError::Absent { what: "subscriber" }) }
        })
    }

    fn trunks<'a>(&'a self, access: &'a Access) -> Asking<'a, Vec<CarrierTrunk>> {
        self.within(access, "trunks", |domain, _| Ok(domain.trunks.clone()))
    }

    fn voices<'a>(&'a self, access: &'a Access) -> Asking<'a, Vec<Voice>> {
        self.within(access, "voices", |domain, _| Ok(domain.voices.clone()))
    }

    fn numbers<'a>(&'a self, access: &'a Access) -> Asking<'a, Vec<RoutedNumber>> {
        self.within(access, "numbers", |domain, _| Ok(domain.numbers.clone()))
    }

    fn route_number<'a>(
        &'a self,
        access: &'a Access,
        number: &'a str,
        application: &'a str,
    ) -> Asking<'a, RoutedNumber> {
        self.within(access, "route_number", move |domain, next_id| {
            room(&domain.numbers)?;
            if domain.numbers.iter().any(|known| known.number == number) {
                return Err(BackendError::Taken { what: "number" });
            }
            let application = Some(application.to_owned());
            let routed = RoutedNumber { id: next_id(), number: number.to_owned(), application, active: true };
            domain.numbers.push(routed.clone());
            Ok(routed)
        })
    }

    fn forget_number<'a>(&'a self, access: &'a Access, id: &'a str) -> Asking<'a, ()> {
        self.within(access, "forget_number", move |domain, _| {
            domain.numbers.retain(|known| known.id != id);
            Ok(())
        })
    }

    fn originate<'a>(&'a self, access: &'a Access, call: &'a Originate) -> Asking<'a, String> {
        self.within(access, "originate", |domain, next_id| {
            let name = format!("session-{}", next_id());
            domain.sessions.insert(name.clone(), format!("ring {} then ask {}", call.destination, call.url));
            Ok(name)
        })
    }

    fn hang_up<'a>(&'a self, access: &'a Access, session: &'a str) -> Asking<'a, ()> {
        self.within(access, "hang_up", move |domain, _| {
            domain.sessions.remove(session).map(drop).ok_or(BackendError::Absent { what: "call" })
        })
    }

    fn transfer<'a>(&'a self, access: &'a Access, name: &'a str, to: &'a Dial) -> Asking<'a, ()> {
        self.within(access, "transfer", move |domain, _| {
            let targets: Vec<&str> = to.targets.iter().map(|target| &**target.number()).collect();
            *session(domain, name)? = format!("dial {}", targets.join(", "));
            Ok(())
        })
    }

    fn limit<'a>(&'a self, access: &'a Access, name: &'a str, time_limit_s: u32) -> Asking<'a, ()> {
        self.within(access, "limit", move |domain, _| {
            *session(domain, name)? = format!("end after {time_limit_s} s");
            Ok(())
        })
    }
}
