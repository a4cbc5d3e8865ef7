//! Mails with a link that opens an account: to whom was invited, and to who forgot the password.

use crate::mail::{self, Mail, MailError, Template};
use crate::models::{ResTenant, ResUsersTokenPurpose};
use crate::passwords::{INVITATION_LIFETIME, Link, RESET_LIFETIME};
use opbx_platform::Domain;
use opbx_store::Tx;

/// Writes the mail of a link; `page` is the address of the page that takes the token, up to the token.
///
/// In the transaction that makes the link: there is no link without its mail. The link itself is in no log.
pub(crate) async fn send(
    tx: &mut Tx,
    purpose: ResUsersTokenPurpose,
    link: &Link,
    page: &str,
    inviter: &str,
) -> Result<(), MailError> {
    let tenant = tx.all::<ResTenant>(&Domain::All).await?.into_iter().next();
    let company = tenant.map_or_else(String::new, |tenant| tenant.name);
    let (template, lifetime) = match purpose {
        ResUsersTokenPurpose::Invitation => (Template::Invitation, INVITATION_LIFETIME),
        ResUsersTokenPurpose::PasswordReset => (Template::PasswordReset, RESET_LIFETIME),
    };
    let mail = Mail::new(&link.email, template, &link.language)
        .with("name", &link.name)
        .with("company", company)
        .with("inviter", inviter)
        .with("hours", (lifetime.as_secs() / 3_600).to_string())
        .with("link", format!("{page}{}", link.token))
        .about("res.users", link.user);
    mail::send(tx, mail).await.map(drop)
}
