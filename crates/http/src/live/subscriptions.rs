//! What one socket listens to, and who listens.

use super::sockets::Seat;
use super::wire::{self, Refusal};
use crate::Web;
use opbx_app::live::channels::{Channel, Form, may_hear};
use opbx_app::live::{Feed, Told, readable, tickets};
use opbx_app::sessions::{self, Asker, SessionError};
use opbx_kernel::{Kind, UserId};
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;

/// Channels of one connection.
pub(super) const CHANNELS_MAX: usize = 100;
/// How long a subscriber waits for the room to be opened.
const OPEN_WAIT_MAX: Duration = Duration::from_secs(5);

/// What a subscription came to.
pub(super) enum Outcome {
    /// Messages for the client.
    Say(Vec<String>),
    Close(Refusal),
}

pub(super) struct Subscriptions {
    web: Web,
    seat: Seat,
    socket_id: String,
    /// Who opened the connection, if that was said.
    opener: Option<Asker>,
    /// Whose socket it is, from the first channel on.
    asker: Option<Asker>,
    /// The models of which the asker may read every record.
    readable: HashSet<String>,
    channels: HashSet<Channel>,
    pub(super) feed: Option<Feed>,
}

impl Subscriptions {
    pub(super) fn new(web: Web, seat: Seat, socket_id: String, opener: Option<Asker>) -> Self {
        let (asker, readable, channels) = (None, HashSet::new(), HashSet::new());
        Self { web, seat, socket_id, opener, asker, readable, channels, feed: None }
    }

    pub(super) fn is_proven(&self) -> bool {
        self.asker.is_some()
    }

    /// The messages of what the room told that are for this socket.
    pub(super) fn frames<'a>(&'a self, told: &'a Told) -> impl Iterator<Item = &'a bytes::Bytes> {
        let is_theirs = self.asker.as_ref().is_some_and(|asker| told.except != Some(asker.user))
            && told.model.as_ref().is_none_or(|model| self.readable.contains(model));
        let frames =
            told.frames.iter().filter(move |(channel, _)| is_theirs && self.channels.contains(channel));
        frames.map(|(_, frame)| frame)
    }

    pub(super) fn is_session(&self, session: opbx_kernel::RecordId) -> bool {
        self.asker.as_ref().is_some_and(|asker| asker.session == session)
    }

    pub(super) fn is_user(&self, user: UserId) -> bool {
        self.asker.as_ref().is_some_and(|asker| asker.user == user)
    }

    pub(super) async fn subscribe(
        &mut self,
        name: &str,
        auth: Option<&str>,
        channel_data: Option<&str>,
    ) -> Outcome {
        let refuse = |status: u16, why: &str| Outcome::Say(vec![wire::subscription_error(name, status, why)]);
        let Some(channel) = Channel::parse(name) else {
            return refuse(403, "There is no such channel, or it is not yours");
        };
        if self.channels.contains(&channel) {
            return Outcome::Say(self.welcome(channel).await);
        }
        if self.channels.len() >= CHANNELS_MAX {
            return refuse(429, "This connection listens to too many channels");
        }
        let asker = match self.asker_of(channel, auth, channel_data).await {
            Ok(asker) => asker,
            Err(Some(Kind::Unavailable)) => return refuse(503, "Please try again in a moment"),
            Err(_) => return refuse(401, "Authorise the channel first"),
        };
        if self.asker.as_ref().is_some_and(|known| (known.tenant, known.user) != (asker.tenant, asker.user)) {
            return refuse(403, "This connection is another user's: connect anew");
        }
        match may_hear(&self.web.app, &asker, channel).await {
            Ok(true) => {}
            Ok(false) => return refuse(403, "There is no such channel, or it is not yours"),
            Err(_) => return refuse(503, "Please try again in a moment"),
        }
        if !self.seat.prove(asker.tenant, asker.user) {
            return Outcome::Close(Refusal::TooManySockets);
        }
        if !self.enter_room(&asker).await {
            return Outcome::Close(Refusal::GoingAway);
        }
        self.readable = readable(&self.web.app, &asker.scope);
        if channel.form == Form::Presence {
            self.web.app.live().enter(&self.web.app, &asker).await;
        }
        self.asker = Some(asker);
        self.channels.insert(channel);
        Outcome::Say(self.welcome(channel).await)
    }

    /// Who subscribes: told by a ticket, or, for the original's names, by who opened the connection.
    async fn asker_of(
        &self,
        channel: Channel,
        auth: Option<&str>,
        channel_data: Option<&str>,
    ) -> Result<Asker, Option<Kind>> {
        let (tenant, session) = match (auth, &self.opener, channel.form) {
            (Some(auth), _, _) => {
                let key = self.web.config.live_key();
                let ticket =
                    tickets::verify(&self.web.app, key, &self.socket_id, channel, auth, channel_data);
                let ticket = ticket.ok_or(None)?;
                (ticket.tenant, ticket.session)
            }
            (None, Some(opener), Form::Bare) => (opener.tenant, opener.session),
            _ => return Err(None),
        };
        let asker = sessions::recheck(&self.web.app, tenant, session).await;
        let asker = asker.map_err(|error| Some(error.code().kind))?;
        if asker.must_change_password { Err(None) } else { Ok(asker) }
    }

    async fn enter_room(&mut self, asker: &Asker) -> bool {
        if self.feed.is_none() {
            self.feed = Some(self.web.app.live().join(&self.web.app, asker.tenant));
        }
        let Some(feed) = &mut self.feed else { return false };
        matches!(tokio::time::timeout(OPEN_WAIT_MAX, feed.ready()).await, Ok(Some(_)))
    }

    /// What a subscriber is told first: that it listens, and where the events are.
    async fn welcome(&self, channel: Channel) -> Vec<String> {
        let (name, app) = (channel.to_string(), &self.web.app);
        let Some(asker) = &self.asker else { return Vec::new() };
        let data = if channel.form == Form::Presence {
            let members = app.live().members(app, asker.tenant).await;
            wire::presence(members.iter().map(|(user, shown)| (user.to_string(), shown.as_str())))
        } else {
            json!({})
        };
        let mut said = vec![wire::on_channel("pusher_internal:subscription_succeeded", &name, &data)];
        if let Some(position) = self.feed.as_ref().and_then(Feed::position) {
            said.push(wire::on_channel("live.position", &name, &position.shown()));
        }
        said
    }

    pub(super) async fn unsubscribe(&mut self, name: &str) {
        let Some(channel) = Channel::parse(name) else { return };
        if self.channels.remove(&channel) {
            self.left(channel).await;
        }
    }

    async fn left(&self, channel: Channel) {
        if let (Form::Presence, Some(asker)) = (channel.form, &self.asker) {
            self.web.app.live().leave(&self.web.app, asker.tenant, asker.user).await;
        }
    }

    /// Sees whether the session holds and what its user may hear now.
    pub(super) async fn recheck(&mut self) -> Outcome {
        let Some(known) = &self.asker else { return Outcome::Say(Vec::new()) };
        let asker = match sessions::recheck(&self.web.app, known.tenant, known.session).await {
            Ok(asker) => asker,
            Err(error) if is_outage(&error) => return Outcome::Say(Vec::new()),
            Err(_) => return Outcome::Close(Refusal::Unauthorised),
        };
        self.readable = readable(&self.web.app, &asker.scope);
        let mut said = Vec::new();
        for channel in self.channels.clone() {
            if matches!(may_hear(&self.web.app, &asker, channel).await, Ok(false)) {
                self.channels.remove(&channel);
                self.left(channel).await;
                said.push(wire::subscription_error(
                    &channel.to_string(),
                    403,
                    "This channel is not yours any more",
                ));
            }
        }
        self.asker = Some(asker);
        Outcome::Say(said)
    }

    /// Leaves everything, as the last deed of a socket.
    pub(super) async fn leave_all(mut self) {
        for channel in std::mem::take(&mut self.channels) {
            self.left(channel).await;
        }
    }
}

fn is_outage(error: &SessionError) -> bool {
    !matches!(error.code().kind, Kind::Unauthenticated | Kind::Forbidden | Kind::Absent)
}
