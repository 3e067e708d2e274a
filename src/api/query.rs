//! Query parameters.

use hookgate_relay::id::Kind;
use hookgate_relay::page::{MAX_LIMIT, Page};
use hookgate_relay::port::Millis;
use hookgate_relay::search::Sought;
use hookgate_relay::time::from_rfc3339;
use worker::Url;

use super::error::{ApiError, Flaw};
use super::input::{CHANNEL, TAG, is_identifier, is_label};

/// Items of a page where the caller does not say.
const DEFAULT_LIMIT: u32 = 50;

/// The parameters of one call.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn of(url: &Url) -> Self {
        Self(url.query_pairs().into_owned().collect())
    }

    /// The last value of a parameter.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// A switch.
    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool, ApiError> {
        match self.text(name) {
            None => Ok(default),
            Some("true" | "1") => Ok(true),
            Some("false" | "0") => Ok(false),
            Some(_) => Err(Flaw::parameter(name, "must be true or false").into()),
        }
    }

    /// A number.
    pub(super) fn number(&self, name: &str) -> Result<Option<u32>, ApiError> {
        self.text(name)
            .map(|text| {
                text.parse()
                    .map_err(|_| Flaw::parameter(name, "must be a whole number").into())
            })
            .transpose()
    }

    /// The page that is asked for, of a list of this kind; none: of names.
    pub(super) fn page(&self, kind: Option<Kind>, descending: bool) -> Result<Page, ApiError> {
        let limit = self.number("limit")?.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Flaw::parameter("limit", "must be 1 to 250").into());
        }
        let iterator = self.text("iterator").filter(|text| !text.is_empty());
        // It is a position: what stood there may be gone, but it has stood in a list of this kind.
        let given = |text: &str| match (kind, text.strip_prefix(['-', '~'])) {
            (Some(kind), rest) => kind.matches(rest.unwrap_or(text)),
            (None, rest) => is_identifier(rest.unwrap_or(text)),
        };
        if !iterator.is_none_or(given) {
            return Err(Flaw::parameter("iterator", "is not one that a list has given").into());
        }
        let descending = match self.text("order") {
            None => descending,
            Some("ascending") => false,
            Some("descending") => true,
            Some(_) => {
                return Err(Flaw::parameter("order", "must be ascending or descending").into());
            }
        };
        Ok(Page {
            limit,
            iterator: iterator.map(str::to_owned),
            descending,
        })
    }

    /// What a list is asked for besides its page.
    pub(super) fn sought(&self) -> Result<Sought, ApiError> {
        Ok(Sought {
            before: self.moment("before")?,
            after: self.moment("after")?,
            event_types: self.event_types()?,
            channel: self.label("channel", CHANNEL)?,
            tag: self.label("tag", TAG)?,
            ids: vec![],
        })
    }

    pub(super) fn moment(&self, name: &str) -> Result<Option<Millis>, ApiError> {
        let read = |text| {
            from_rfc3339(text)
                .ok_or_else(|| Flaw::parameter(name, "must be a date and a time (RFC 3339)").into())
        };
        self.text(name).map(read).transpose()
    }

    fn label(&self, name: &str, others: &str) -> Result<Option<String>, ApiError> {
        match self.text(name) {
            Some(text) if !is_label(text, others) => {
                let msg = format!("must be 1 to 128 letters, digits and {others}");
                Err(Flaw::parameter(name, msg).into())
            }
            text => Ok(text.map(str::to_owned)),
        }
    }

    /// Given again and again, or between commas: Svix's SDKs do either.
    fn event_types(&self) -> Result<Option<Vec<String>>, ApiError> {
        const NAME: &str = "event_types";
        let values = self.0.iter().filter(|(name, _)| name == NAME);
        let types: Vec<&str> = values.flat_map(|(_, value)| value.split(',')).collect();
        if !types.iter().all(|name| is_identifier(name)) {
            let msg = "must be event types: A-Z, a-z, 0-9, '-', '_' and '.'";
            return Err(Flaw::parameter(NAME, msg).into());
        }
        Ok((!types.is_empty()).then(|| types.into_iter().map(str::to_owned).collect()))
    }
}
