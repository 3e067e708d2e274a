//! Why requests are refused.

mod bounds;
mod certificates;
mod document;
mod genuine;
mod mistakes;
mod report;
mod secrecy;

use hookgate::{Cause, Diagnosis, Request, Scheme, explain};

use crate::samples::{self, NOW, SECRETS, Sample};

/// A request, the secrets it is judged with, and the time.
#[derive(Clone)]
pub(crate) struct Judged {
    pub(crate) scheme: Scheme,
    pub(crate) sample: Sample,
    pub(crate) method: &'static str,
    pub(crate) secrets: Vec<String>,
    pub(crate) now: u64,
}

impl Judged {
    /// The genuine request of a scheme.
    pub(crate) fn of(name: &str) -> Self {
        Self::new(Sample::of(name))
    }

    /// The genuine request of a scheme, with this body.
    pub(crate) fn signed(name: &str, body: &str) -> Self {
        Self::new(Sample::signed(samples::by_name(name), &SECRETS[..1], body))
    }

    pub(crate) fn new(sample: Sample) -> Self {
        Self {
            scheme: sample.scheme.clone(),
            secrets: vec![samples::form(sample.scheme, SECRETS[0])],
            sample,
            method: "POST",
            now: NOW,
        }
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.sample.body = body.as_ref().into();
        self
    }

    pub(crate) fn url(mut self, url: &str) -> Self {
        self.sample.url = url.into();
        self
    }

    pub(crate) fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets = vec![secret.into()];
        self
    }

    pub(crate) fn now(mut self, now: u64) -> Self {
        self.now = now;
        self
    }

    /// Judged by another scheme than the one that signed it.
    pub(crate) fn by(mut self, name: &str) -> Self {
        self.scheme = samples::by_name(name).clone();
        self
    }

    pub(crate) fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    pub(crate) fn add(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.sample = self.sample.add(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.sample = self.sample.without(name);
        self
    }

    /// Changes the value of the signature header.
    pub(crate) fn signature(mut self, change: impl FnOnce(&str) -> String) -> Self {
        let name = self.sample.signature_header();
        let value = change(self.sample.value(&name));
        self.sample = self.sample.set(&name, value);
        self
    }

    /// Changes the names of all headers.
    pub(crate) fn names(mut self, change: impl Fn(&str) -> String) -> Self {
        for (name, _) in &mut self.sample.headers {
            *name = change(name);
        }
        self
    }

    pub(crate) fn diagnosis(&self) -> Diagnosis {
        let headers: Vec<(&str, &[u8])> = self
            .sample
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
            .collect();
        let request = Request {
            method: self.method,
            url: &self.sample.url,
            headers: &headers,
            body: &self.sample.body,
        };
        explain(&self.scheme, &self.secrets, &request, self.now, None)
    }
}

/// A scheme whose private keys the tests have is judged by its public ones.
pub(crate) fn has_secret(name: &str) -> bool {
    !["discord", "sendgrid", "sendgrid-inbound", "wise"].contains(&name)
}

pub(crate) fn codes(diagnosis: &Diagnosis) -> Vec<&str> {
    diagnosis.causes.iter().map(|cause| cause.code).collect()
}

pub(crate) fn certain(diagnosis: &Diagnosis) -> impl Iterator<Item = &Cause> {
    diagnosis.causes.iter().filter(|cause| cause.certain)
}
