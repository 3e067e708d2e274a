//! Variables and secrets of the Worker, read once for each isolate.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::store::{OutboundHttp, Stores};
use hookgate_relay::guard::{EndpointUrl, Guard};
use hookgate_relay::port::Millis;
use hookgate_relay::vault::{KeyError, Vault};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use worker::{Env, Response, Result, console_error};

/// What the operator has set.
pub(crate) struct Config {
    /// Wraps and opens secrets at rest.
    pub(crate) vault: Vault,
    /// Which endpoint URLs are allowed.
    pub(crate) guard: Guard,
    /// How long a sent event may stay unconfirmed.
    pub(crate) lease_ms: Millis,
    /// How long messages and attempts are kept.
    pub(crate) retention_ms: Millis,
    /// How long an isolate answers from its memory of a source.
    pub(crate) source_cache_ms: Millis,
    /// Where the names of endpoints are looked up, if anywhere.
    doh: Option<String>,
    admin_token: [u8; 32],
}

/// What is missing or wrong, with the line that mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigError {
    name: &'static str,
    problem: &'static str,
    remedy: &'static str,
}

/// Shorter tokens can be guessed.
const SHORTEST_TOKEN: usize = 16;

impl Config {
    /// The configuration of this isolate.
    pub(crate) fn of(env: &Env) -> Result<Rc<Self>, ConfigError> {
        thread_local! {
            static CONFIG: OnceCell<Rc<Config>> = const { OnceCell::new() };
        }
        CONFIG.with(|cell| {
            if let Some(config) = cell.get() {
                return Ok(Rc::clone(config));
            }
            let config = Rc::new(Self::read(|name| {
                env.var(name).ok().map(|v| v.to_string())
            })?);
            Ok(Rc::clone(cell.get_or_init(|| config)))
        })
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let key = variable("HOOKGATE_MASTER_KEY").unwrap_or_default();
        let vault = Vault::new(&key).map_err(|error| ConfigError {
            name: "HOOKGATE_MASTER_KEY",
            problem: match error {
                KeyError::Missing => "is not set",
                KeyError::Malformed => "is not the base64 of 32 bytes",
            },
            remedy: "openssl rand -base64 32 | npx wrangler secret put HOOKGATE_MASTER_KEY",
        })?;
        let token = variable("HOOKGATE_ADMIN_TOKEN").unwrap_or_default();
        if token.len() < SHORTEST_TOKEN {
            return Err(ConfigError {
                name: "HOOKGATE_ADMIN_TOKEN",
                problem: if token.is_empty() {
                    "is not set"
                } else {
                    "is shorter than 16 characters"
                },
                remedy: "openssl rand -hex 32 | npx wrangler secret put HOOKGATE_ADMIN_TOKEN",
            });
        }
        let seconds = |name: &'static str, default: Millis| match variable(name) {
            None => Ok(default * 1000),
            Some(text) => match text.parse::<u32>() {
                Ok(seconds) => Ok(Millis::from(seconds) * 1000),
                Err(_) => Err(ConfigError {
                    name,
                    problem: "is not a number of seconds",
                    remedy: "set it under [vars] in wrangler.toml, for example \"60\"",
                }),
            },
        };
        let doh = variable("HOOKGATE_DOH_URL").filter(|url| !url.is_empty());
        if let Some(url) = &doh
            && (EndpointUrl::parse(url, Guard::default()).is_err() || url.contains(['?', '#']))
        {
            return Err(ConfigError {
                name: "HOOKGATE_DOH_URL",
                problem: "is not the public https URL of a resolver",
                remedy: "set it under [vars] in wrangler.toml, for example \"https://cloudflare-dns.com/dns-query\"",
            });
        }
        let days = match variable("HOOKGATE_RETENTION_DAYS") {
            None => 90,
            Some(text) => match text.parse::<u16>() {
                Ok(days @ 1..=3650) => days,
                _ => {
                    return Err(ConfigError {
                        name: "HOOKGATE_RETENTION_DAYS",
                        problem: "is not a number of days from 1 to 3650",
                        remedy: "set it under [vars] in wrangler.toml, for example \"90\"",
                    });
                }
            },
        };
        Ok(Self {
            vault,
            guard: Guard {
                allow_private: variable("HOOKGATE_ALLOW_PRIVATE_ENDPOINTS").as_deref()
                    == Some("true"),
            },
            lease_ms: seconds("HOOKGATE_LEASE_SECS", 60)?.max(1000),
            retention_ms: Millis::from(days) * 86_400_000,
            source_cache_ms: seconds("HOOKGATE_SOURCE_CACHE_SECS", 10)?,
            doh,
            admin_token: Sha256::digest(token.as_bytes()).into(),
        })
    }

    /// Outgoing HTTP. Where private addresses are allowed, names are not looked up.
    pub(crate) fn http(&self, stores: &Stores) -> OutboundHttp {
        let doh = self.doh.clone().filter(|_| !self.guard.allow_private);
        OutboundHttp::new(stores.payloads(), doh)
    }

    /// Whether `token` is the admin token. The time taken tells nothing of either.
    pub(crate) fn admits(&self, token: &str) -> bool {
        let given: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        self.admin_token.ct_eq(&given).into()
    }
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} {}. To mend it: {}",
            self.name, self.problem, self.remedy
        )
    }
}

impl ConfigError {
    /// Every request fails until it is mended; nothing is acknowledged.
    pub(crate) fn answer(&self) -> Result<Response> {
        console_error!("misconfigured: {self}");
        let body = serde_json::json!({ "code": "misconfigured", "detail": self.to_string() });
        let response = Response::from_json(&body)?.with_status(503);
        response.headers().set("retry-after", "60")?;
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const TOKEN: &str = "0123456789abcdef";

    fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read(|name| {
            pairs
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    fn refused(pairs: &[(&str, &str)]) -> (&'static str, &'static str) {
        match read(pairs) {
            Ok(_) => panic!("was accepted"),
            Err(error) => (error.name, error.problem),
        }
    }

    #[test]
    fn a_missing_or_malformed_secret_is_named_with_its_remedy() {
        assert_eq!(refused(&[]), ("HOOKGATE_MASTER_KEY", "is not set"));
        assert_eq!(
            refused(&[("HOOKGATE_MASTER_KEY", "AAAA")]),
            ("HOOKGATE_MASTER_KEY", "is not the base64 of 32 bytes")
        );
        assert_eq!(
            refused(&[("HOOKGATE_MASTER_KEY", KEY)]),
            ("HOOKGATE_ADMIN_TOKEN", "is not set")
        );
        assert_eq!(
            refused(&[
                ("HOOKGATE_MASTER_KEY", KEY),
                ("HOOKGATE_ADMIN_TOKEN", "short")
            ]),
            ("HOOKGATE_ADMIN_TOKEN", "is shorter than 16 characters")
        );
    }

    #[test]
    fn retention_is_90_days_unless_it_is_set_and_never_none() {
        let secrets = [
            ("HOOKGATE_MASTER_KEY", KEY),
            ("HOOKGATE_ADMIN_TOKEN", TOKEN),
        ];
        let days = |text| {
            let variables = [&secrets[..], &[("HOOKGATE_RETENTION_DAYS", text)]].concat();
            read(&variables).map(|config| config.retention_ms / 86_400_000)
        };
        assert_eq!(read(&secrets).map(|c| c.retention_ms / 86_400_000), Ok(90));
        assert_eq!(days("7"), Ok(7));
        for wrong in ["0", "-1", "3651", "", "ever"] {
            assert!(days(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn only_the_exact_token_is_admitted() {
        let config = read(&[
            ("HOOKGATE_MASTER_KEY", KEY),
            ("HOOKGATE_ADMIN_TOKEN", TOKEN),
        ]);
        let Ok(config) = config else {
            panic!("was refused")
        };
        assert!(config.admits(TOKEN));
        for wrong in [
            "",
            "0123456789abcde",
            "0123456789abcdeF",
            "0123456789abcdef ",
        ] {
            assert!(!config.admits(wrong), "{wrong:?}");
        }
        assert!(!config.guard.allow_private);
    }
}
