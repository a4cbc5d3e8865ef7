//! A company to call, as its owner would write it down.

use std::fmt::Write as _;

/// A configuration file in the making. Every company has the same numbers, names and extensions, so that tests
/// notice where two are mixed up.
#[derive(Debug, Clone)]
pub struct Company {
    slug: String,
    key: String,
    strategy: &'static str,
    turns: u32,
    fallback: &'static str,
    settings: String,
    more: String,
}

/// A company with a number that rings "Sales": first 1001, then 1002, then 1003 as the fallback.
pub fn company(slug: &str, key: &str) -> Company {
    Company {
        slug: slug.to_owned(),
        key: key.to_owned(),
        strategy: "sequential",
        turns: 1,
        fallback: "extension:1003",
        settings: String::new(),
        more: String::new(),
    }
}

impl Company {
    pub fn strategy(self, strategy: &'static str) -> Self {
        Self { strategy, ..self }
    }

    pub fn turns(self, turns: u32) -> Self {
        Self { turns, ..self }
    }

    pub fn fallback(self, fallback: &'static str) -> Self {
        Self { fallback, ..self }
    }

    /// Adds a line to the Cloudonix settings.
    pub fn setting(mut self, line: &str) -> Self {
        // Writing into a String does not fail.
        let _ = writeln!(self.settings, "{line}");
        self
    }

    /// Adds records at the end of the file.
    pub fn more(mut self, text: &str) -> Self {
        let _ = writeln!(self.more, "{text}");
        self
    }

    /// The domain that Cloudonix knows the company by.
    pub fn domain(slug: &str) -> String {
        format!("{slug}.example.com")
    }

    pub fn toml(&self) -> String {
        let Self { slug, key, strategy, turns, fallback, settings, more } = self;
        let domain = Self::domain(slug);
        format!(
            r#"tenant = {{ slug = "{slug}", name = "{slug} Inc." }}

[res.company.main]
name = "{slug} Inc."
country = "base.us"

[pbx.cloudonix_settings.main]
domain_name = "{domain}"
domain_requests_api_key = "{key}"
{settings}
[pbx.extension.1001]
number = "1001"
name = "Alice of {slug}"
sip_password = "sip-password-of-{slug}"

[pbx.extension.1002]
number = "1002"
name = "Bob of {slug}"

[pbx.extension.1003]
number = "1003"
name = "Carol of {slug}"

[pbx.ring_group.sales]
name = "Sales"
strategy = "{strategy}"
timeout_s = 20
turns = {turns}
members = ["1001", "1002"]
fallback = "{fallback}"

[pbx.number.main]
number = "+12125550100"
name = "Main number"
destination = "ring_group:sales"

{more}
"#
        )
    }
}
