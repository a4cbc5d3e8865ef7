//! Asking the application for a page. Source: Cloudonix, "Voice Application Request".

use super::{Break, Player, Step};
use crate::call::{End, Origin};
use crate::fault::Fault;
use crate::markup::{self, Element};
use crate::state::{Source, text};
use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value as Json};

/// The longest page that is read, in bytes.
const PAGE_LEN_MAX: usize = 1 << 20;

/// Where the next page comes from, and what is told besides what every request tells.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    source: Source,
    told: Vec<(&'static str, String)>,
}

impl Request {
    pub(super) fn first(source: Source) -> Self {
        Self { source, told: Vec::new() }
    }
}

impl Player {
    /// Makes the request that a verb's action asks for; an address may be relative to the page that named it.
    pub(super) fn follow(
        &mut self,
        url: &str,
        verb: &Element,
        told: Vec<(&'static str, String)>,
    ) -> Step<Request> {
        let resolved = match &self.page_url {
            Some(base) => base.join(url.trim()).ok(),
            None => Url::parse(url.trim()).ok(),
        };
        let Some(url) = resolved.filter(|url| matches!(url.scheme(), "http" | "https")) else {
            self.fault(Fault::NoAddress { url: url.to_owned() });
            return Err(Break::Over(End::Faulty));
        };
        let is_post = verb.attribute("method") != Some("GET");
        Ok(Request { source: Source::Url { url: url.into(), is_post }, told })
    }

    /// The address of the page at hand, which is what a `Gather` or `Record` without an action goes back to.
    pub(super) fn own_url(&self) -> String {
        self.page_url.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    /// Asks, and reads the answer as strictly as the engine would.
    pub(super) async fn ask(&mut self, request: &Request) -> Step<Vec<Element>> {
        let (url, is_post) = match &request.source {
            Source::Page(page) => {
                self.tell("the page that the API gave");
                return self.read(page);
            }
            Source::Url { url, is_post } => (url, *is_post),
        };
        let page = self.fetch(url, is_post, &request.told).await;
        self.update("update", "application response").await;
        match page {
            Ok(page) => self.read(&page),
            Err(fault) => {
                self.fault(fault);
                Err(Break::Over(End::Faulty))
            }
        }
    }

    fn read(&mut self, page: &str) -> Step<Vec<Element>> {
        markup::read(page).map_err(|faults| {
            self.tell(format!("the page was: {}", page.trim()));
            faults.into_iter().for_each(|fault| self.fault(fault));
            Break::Over(End::Faulty)
        })
    }

    /// Tells the application something whose answer nobody hears any more, because the caller is gone.
    pub(super) async fn tell_only(&mut self, request: &Request) {
        let Source::Url { url, is_post } = &request.source else { return };
        self.tell("the application is told; its answer is not obeyed");
        let answer = self.fetch(url, *is_post, &request.told).await;
        let faults = match answer.map(|page| markup::read(&page)) {
            Ok(Ok(_)) => Vec::new(),
            Ok(Err(faults)) => faults,
            Err(fault) => vec![fault],
        };
        faults.into_iter().for_each(|fault| self.fault(fault));
    }

    async fn fetch(
        &mut self,
        url: &str,
        is_post: bool,
        told: &[(&'static str, String)],
    ) -> Result<String, Fault> {
        let mut parsed = Url::parse(url).map_err(|_| Fault::NoAddress { url: url.to_owned() })?;
        let shown = parsed.path().to_owned();
        let said: String = told.iter().map(|(name, value)| format!(" {name}={value:?}")).collect();
        self.tell(format!("{} {shown}{said}", if is_post { "POST" } else { "GET" }));
        self.update("update", "application request").await;
        let parameters = self.parameters(told);
        let key = self.requests_key();
        let request = if is_post {
            self.shared.http.post(parsed.clone()).json(&parameters)
        } else {
            let plain = |value: &Json| value.as_str().unwrap_or("").to_owned();
            parsed
                .query_pairs_mut()
                .extend_pairs(parameters.iter().map(|(name, value)| (name, plain(value))));
            self.shared.http.get(parsed.clone())
        };
        let request = match &key {
            Some(key) => request.bearer_auth(key).header("X-Cx-Apikey", key.as_str()),
            None => request,
        };
        self.page_url = Some(parsed);
        let unreachable = |error: reqwest::Error| Fault::Unreachable {
            url: shown.clone(),
            why: error.without_url().to_string(),
        };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        if !status.is_success() {
            return Err(Fault::Refused { url: shown, status: status.as_u16() });
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
        if !kind.contains("xml") {
            return Err(Fault::NotCxml(format!("its content type is {kind:?}")));
        }
        let page = response.text().await.map_err(unreachable)?;
        if page.len() > PAGE_LEN_MAX {
            return Err(Fault::NotCxml(format!("longer than {PAGE_LEN_MAX} bytes")));
        }
        Ok(page)
    }

    fn parameters(&self, told: &[(&'static str, String)]) -> Map<String, Json> {
        // Of a call that the API began, the destination counts as the one that called.
        let (from, to) = match self.call.origin {
            Origin::Api => (&self.call.to, &self.call.from),
            Origin::Inbound | Origin::Subscriber => (&self.call.from, &self.call.to),
        };
        let mut all = vec![
            ("CallSid", self.call_id.clone()),
            ("From", from.clone()),
            ("To", to.clone()),
            ("Direction", self.call.origin.word().to_owned()),
            ("CallerName", self.call.script.caller.name.clone()),
            ("Session", self.token.clone()),
            ("Domain", self.domain_name.clone()),
        ];
        all.extend(self.call.diverted.clone().map(|from| ("Diverted", from)));
        all.extend(told.iter().cloned());
        all.into_iter().map(|(name, value)| (name.to_owned(), Json::String(value))).collect()
    }

    /// What all requests to the customer carry: `authorization-api-key` of the domain's profile.
    pub(super) fn requests_key(&self) -> Option<String> {
        let state = self.shared.state();
        let domain = state.domains.get(&self.domain)?;
        Some(text(&domain.profile, "authorization-api-key").to_owned()).filter(|key| !key.is_empty())
    }
}
