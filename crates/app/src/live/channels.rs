//! Channels: their names, and who may hear them.

use crate::App;
use crate::models::PbxExtension;
use crate::sessions::{Asker, Role};
use opbx_kernel::{RecordId, Scope, TenantId, UserId};
use opbx_store::ReadError;
use std::fmt;

/// The longest name of a channel, as the protocol has it.
pub const NAME_LEN_MAX: usize = 200;

/// Whose news a channel carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    Organisation(TenantId),
    User(UserId),
    Extension(RecordId),
}

/// How a channel is named, which is also how it proves that somebody may hear it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// `private-…`: by a ticket.
    Private,
    /// `presence-…`: by a ticket, and everybody sees who else is there.
    Presence,
    /// The original's names, for which clients send no ticket: by who opened the connection.
    Bare,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Channel {
    pub form: Form,
    pub audience: Audience,
}

impl Channel {
    /// Reads a name; none where there is no such channel.
    pub fn parse(name: &str) -> Option<Self> {
        if name.len() > NAME_LEN_MAX {
            return None;
        }
        let (kind, id) = name.rsplit_once('.')?;
        let id: i64 = id.parse().ok()?;
        let (form, audience) = match kind {
            "presence-org" => (Form::Presence, Audience::Organisation(TenantId::new(id).ok()?)),
            "private-org" => (Form::Private, Audience::Organisation(TenantId::new(id).ok()?)),
            "presence.org" => (Form::Bare, Audience::Organisation(TenantId::new(id).ok()?)),
            "private-user" => (Form::Private, Audience::User(UserId::new(id).ok()?)),
            "user" => (Form::Bare, Audience::User(UserId::new(id).ok()?)),
            "private-extension" => (Form::Private, Audience::Extension(RecordId::new(id).ok()?)),
            "extension" => (Form::Bare, Audience::Extension(RecordId::new(id).ok()?)),
            _ => return None,
        };
        let channel = Self { form, audience };
        // One name each: `private-org.+7` and `private-org.07` are none.
        (channel.to_string() == name).then_some(channel)
    }
}

impl Audience {
    /// Every channel on which it is told.
    pub fn channels(self) -> impl Iterator<Item = Channel> {
        let forms: &[Form] = match self {
            Self::Organisation(_) => &[Form::Private, Form::Presence, Form::Bare],
            Self::User(_) | Self::Extension(_) => &[Form::Private, Form::Bare],
        };
        forms.iter().map(move |form| Channel { form: *form, audience: self })
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, id) = match self.audience {
            Audience::Organisation(tenant) => ("org", tenant.get()),
            Audience::User(user) => ("user", user.get()),
            Audience::Extension(extension) => ("extension", extension.get()),
        };
        match (self.form, self.audience) {
            (Form::Private, _) => write!(f, "private-{kind}.{id}"),
            (Form::Presence, _) => write!(f, "presence-{kind}.{id}"),
            (Form::Bare, Audience::Organisation(_)) => write!(f, "presence.{kind}.{id}"),
            (Form::Bare, _) => write!(f, "{kind}.{id}"),
        }
    }
}

/// Whether somebody may hear a channel: that of the own organisation, the own one, that of the own extension;
/// administrators those of every extension. Another organisation's is as if there were none.
pub async fn may_hear(app: &App, asker: &Asker, channel: Channel) -> Result<bool, ReadError> {
    // Who is in no group may look after the own profile, and nothing else.
    let Some(role) = asker.role else {
        return Ok(channel.audience == Audience::User(asker.user));
    };
    match channel.audience {
        Audience::Organisation(tenant) => Ok(tenant == asker.tenant),
        Audience::User(user) => Ok(user == asker.user),
        Audience::Extension(id) => {
            let scope = Scope::system(asker.tenant, "see whose extension a channel is about");
            let mut tx = app.store().read(&scope).await?;
            let Some(extension) = tx.get::<PbxExtension>(id).await? else { return Ok(false) };
            let own = extension.user.is_some_and(|user| user.get() == asker.user.get());
            Ok(own || matches!(role, Role::Owner | Role::PbxAdmin))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_one_name_and_other_names_are_none() {
        for name in [
            "presence-org.7",
            "private-org.7",
            "presence.org.7",
            "private-user.3",
            "user.3",
            "private-extension.9",
            "extension.9",
        ] {
            let channel = Channel::parse(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(channel.to_string(), name);
        }
        let long = format!("private-org.{}7", "0".repeat(NAME_LEN_MAX));
        for name in [
            "",
            "org.7",
            "private-org.",
            "private-org.07",
            "private-org.+7",
            "private-org.0",
            "private-org.-1",
            "presence-user.3",
            "private-encrypted-org.7",
            "private-org.7 ",
            "private-org.9007199254740992",
            &long,
        ] {
            assert_eq!(Channel::parse(name), None, "{name:?}");
        }
    }
}
