//! What mails say: each template in each language, as text and as HTML of the same words.

use opbx_kernel::Language;
use std::collections::BTreeMap;

/// The longest subject, in characters.
const SUBJECT_LEN_MAX: usize = 200;
/// The longest value that is filled in, in characters.
const VALUE_LEN_MAX: usize = 1_000;

/// The kinds of mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// `name`, `company`, `inviter`, `hours`, `link`
    Invitation,
    /// `name`, `company`, `hours`, `link`
    PasswordReset,
    /// `mailbox`, `from`, `at`, `length`; its sound is attached
    VoicemailAttached,
    /// `mailbox`, `from`, `at`, `length`, and perhaps `link`
    VoicemailNotice,
    /// `node`
    Test,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("the mail `{template}` lacks {{{place}}}")]
    Missing { template: &'static str, place: String },
}

/// A mail in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// A template in one language. A paragraph may hold places in braces.
struct Words {
    subject: &'static str,
    paragraphs: &'static [&'static str],
    /// What the link is called; there is none where `link` is not given and the template does without.
    link: Option<&'static str>,
    /// After the link.
    closing: &'static [&'static str],
}

const ENGLISH: [Words; 5] = [
    Words {
        subject: "Your access to the phone system of {company}",
        paragraphs: &[
            "Hello {name},",
            "{inviter} has invited you to the phone system of {company}. Choose a password to begin.",
        ],
        link: Some("Choose a password"),
        closing: &["The link works for {hours} hours, once. If you did not expect this mail, ignore it."],
    },
    Words {
        subject: "A new password for the phone system of {company}",
        paragraphs: &["Hello {name},", "somebody, we hope you, asked for a new password."],
        link: Some("Choose a new password"),
        closing: &[
            "The link works for {hours} hours, once. If it was not you, ignore this mail: nothing changes.",
        ],
    },
    Words {
        subject: "Voice message from {from}",
        paragraphs: &["{from} left a message in {mailbox}.", "{at}, {length}", "The message is attached."],
        link: None,
        closing: &[],
    },
    Words {
        subject: "Voice message from {from}",
        paragraphs: &["{from} left a message in {mailbox}.", "{at}, {length}"],
        link: Some("Listen to it"),
        closing: &["The message waits in the phone system."],
    },
    Words {
        subject: "Test mail of OPBX",
        paragraphs: &["This mail was sent by {node} to see whether mail arrives. It does."],
        link: None,
        closing: &[],
    },
];

const FRENCH: [Words; 5] = [
    Words {
        subject: "Votre accès au téléphone de {company}",
        paragraphs: &[
            "Bonjour {name},",
            "{inviter} vous invite à utiliser le système téléphonique de {company}. Choisissez un mot de passe pour commencer.",
        ],
        link: Some("Choisir un mot de passe"),
        closing: &[
            "Le lien fonctionne une seule fois, pendant {hours} heures. Si vous n'attendiez pas ce message, ignorez-le.",
        ],
    },
    Words {
        subject: "Un nouveau mot de passe pour le téléphone de {company}",
        paragraphs: &["Bonjour {name},", "quelqu'un, vous sans doute, a demandé un nouveau mot de passe."],
        link: Some("Choisir un nouveau mot de passe"),
        closing: &[
            "Le lien fonctionne une seule fois, pendant {hours} heures. Si ce n'était pas vous, ignorez ce message : rien ne change.",
        ],
    },
    Words {
        subject: "Message vocal de {from}",
        paragraphs: &[
            "{from} a laissé un message dans {mailbox}.",
            "{at}, {length}",
            "Le message est joint.",
        ],
        link: None,
        closing: &[],
    },
    Words {
        subject: "Message vocal de {from}",
        paragraphs: &["{from} a laissé un message dans {mailbox}.", "{at}, {length}"],
        link: Some("L'écouter"),
        closing: &["Le message vous attend dans le système téléphonique."],
    },
    Words {
        subject: "Message d'essai d'OPBX",
        paragraphs: &["Ce message a été envoyé par {node} pour voir si le courrier arrive. Il arrive."],
        link: None,
        closing: &[],
    },
];

impl Template {
    pub const ALL: [Self; 5] =
        [Self::Invitation, Self::PasswordReset, Self::VoicemailAttached, Self::VoicemailNotice, Self::Test];

    /// The word by which a mail remembers its template.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password_reset",
            Self::VoicemailAttached => "voicemail_attached",
            Self::VoicemailNotice => "voicemail_notice",
            Self::Test => "test",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.name() == name)
    }

    fn needs_link(self) -> bool {
        matches!(self, Self::Invitation | Self::PasswordReset)
    }

    fn words(self, language: &str) -> &'static Words {
        // Each language's templates stand in the order of `Template::ALL`.
        let templates = match Language::of(language) {
            Language::English => &ENGLISH,
            Language::French => &FRENCH,
        };
        let at = Self::ALL.iter().position(|template| *template == self).expect("`ALL` holds every template");
        &templates[at]
    }

    /// Fills the template; every place in it must be given. Values are text: in HTML they cannot become markup, in a
    /// subject not another line.
    pub fn render(
        self,
        language: &str,
        values: &BTreeMap<String, String>,
    ) -> Result<Rendered, TemplateError> {
        let words = self.words(language);
        if self.needs_link() && !values.contains_key("link") {
            return Err(TemplateError::Missing { template: self.name(), place: "link".to_owned() });
        }
        let fill = |text: &str, escape: fn(&str) -> String| filled(self.name(), text, values, escape);
        let link = words.link.zip(values.get("link").filter(|link| is_web(link)));
        let (mut text, mut html) = (Vec::new(), Vec::new());
        for paragraph in words.paragraphs {
            text.push(fill(paragraph, str::to_owned)?);
            html.push(format!("<p>{}</p>", fill(paragraph, escaped)?));
        }
        if let Some((label, link)) = link {
            text.push(format!("{label}:\n{link}"));
            html.push(format!("<p><a href=\"{}\">{}</a></p>", escaped(link), escaped(label)));
        }
        for paragraph in words.closing {
            text.push(fill(paragraph, str::to_owned)?);
            html.push(format!("<p>{}</p>", fill(paragraph, escaped)?));
        }
        let subject: String = fill(words.subject, one_line)?.chars().take(SUBJECT_LEN_MAX).collect();
        let head = "<!doctype html>\n<html><head><meta charset=\"utf-8\"></head>\n<body style=\"font-family: sans-serif; max-width: 40em\">";
        Ok(Rendered {
            subject,
            text: format!("{}\n", text.join("\n\n")),
            html: format!("{head}\n{}\n</body></html>\n", html.join("\n")),
        })
    }
}

fn filled(
    template: &'static str,
    text: &str,
    values: &BTreeMap<String, String>,
    escape: fn(&str) -> String,
) -> Result<String, TemplateError> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, after) = after.split_once('}').unwrap_or((after, ""));
        let missing = || TemplateError::Missing { template, place: place.to_owned() };
        let value = values.get(place).ok_or_else(missing)?;
        let value: String =
            value.chars().filter(|c| *c == '\n' || !c.is_control()).take(VALUE_LEN_MAX).collect();
        result.push_str(&escape(before));
        result.push_str(&escape(&value));
        rest = after;
    }
    result.push_str(&escape(rest));
    Ok(result)
}

fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\'' => result.push_str("&#39;"),
            c => result.push(c),
        }
    }
    result
}

fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

/// A link leads to the web and runs nothing.
fn is_web(link: &str) -> bool {
    link.starts_with("https://") || link.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_values() -> BTreeMap<String, String> {
        let names = ["name", "company", "inviter", "hours", "mailbox", "from", "at", "length", "node"];
        let mut values: BTreeMap<String, String> = names
            .into_iter()
            .map(|name| (name.to_owned(), format!("<{name} & \"co\">\r\nBcc: x@y.z")))
            .collect();
        values.insert("link".to_owned(), "https://pbx.example.com/x?a=1&b=2".to_owned());
        values
    }

    #[test]
    fn every_template_in_every_language_is_filled_and_its_values_stay_text() {
        for language in ["en", "fr"] {
            for template in Template::ALL {
                let mail = template.render(language, &all_values()).expect("a mail");
                assert!(!mail.subject.contains(['\r', '\n']), "{mail:?}");
                assert!(!mail.html.contains("<name") && !mail.html.contains("& \"co"), "{mail:?}");
                assert!(!mail.text.contains('{') && !mail.html.contains('{'), "{mail:?}");
                let has_link = mail.text.contains("https://pbx.example.com/x?a=1&b=2");
                assert_eq!(has_link, mail.html.contains("x?a=1&amp;b=2"), "{mail:?}");
                assert_eq!(Template::parse(template.name()), Some(template));
            }
        }
    }

    #[test]
    fn a_mail_without_all_its_values_is_not_written() {
        let mut values = all_values();
        values.remove("link");
        assert!(Template::Invitation.render("en", &values).is_err());
        let notice = Template::VoicemailNotice.render("en", &values).expect("a mail without a link");
        assert!(!notice.html.contains("<a "), "{notice:?}");
        values.remove("from");
        assert!(Template::VoicemailNotice.render("en", &values).is_err());
        values.insert("link".to_owned(), "javascript:alert(1)".to_owned());
        let test = Template::Test.render("en", &values).expect("a mail");
        assert!(!test.html.contains("javascript"));
    }

    #[test]
    fn a_reader_gets_the_own_language_or_english() {
        let subject =
            |language: &str| Template::Test.render(language, &all_values()).expect("a mail").subject;
        assert_eq!(subject("fr-BE"), "Message d'essai d'OPBX");
        assert_eq!(subject("fr"), subject("FR_fr"));
        assert_eq!(subject("ja"), "Test mail of OPBX");
        assert_eq!(subject(""), "Test mail of OPBX");
    }
}
