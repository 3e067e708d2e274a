//! The endpoints of an application: adding, finding, listing, changing them.
//!
//! A change raises the endpoint's version and commits together with a row of the fan-out, so that
//! the endpoint's own object learns of it although no message is on its way.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::{Application, Creation, FilterFailures, choice, from_json, to_json};
use crate::config::{EndpointConfig, OldSecret};
use crate::fanout;
use crate::notice::Notice;
use crate::page::{Listed, Listing, Page};
use crate::port::{Host, Unavailable};
use crate::vault::Wrapped;

/// Most secrets of one endpoint that still sign after a rotation.
pub const MOST_OLD_SECRETS: usize = 10;

/// A new secret for an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotation {
    /// The endpoint's id.
    pub endpoint_id: String,
    /// Signs from now on.
    pub secret: Wrapped,
    /// Milliseconds for which the secret before it still signs, too.
    pub overlap_ms: i64,
}

/// What became of a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotated {
    /// The new secret signs.
    Done,
    /// There is no such endpoint.
    Unknown,
    /// [`MOST_OLD_SECRETS`] still sign; nothing was changed.
    TooMany,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replaced {
    /// It is in storage.
    Done,
    /// There is no such endpoint.
    Unknown,
    /// The endpoint has been changed since it was read.
    Changed,
    /// Its uid belongs to another.
    Conflict,
}

impl<H: Host> Application<H> {
    /// Adds an endpoint, once by its id, unless its uid is taken.
    ///
    /// # Errors
    /// The storage is away.
    pub fn add_endpoint(&self, config: &EndpointConfig) -> Result<Creation, Unavailable> {
        if self.closed.get() {
            return Ok(Creation::Gone);
        }
        if self.endpoint(&config.id)?.is_some() {
            // The same call, made again: its answer was lost.
            return Ok(Creation::Created);
        }
        let uid = config.uid.as_deref();
        let taken = uid.map_or(Ok(None), |uid| self.endpoint(uid))?;
        // One that was deleted since: its object is about to be forgotten, and what it was given with it.
        let leaving = self.host.query(
            "SELECT 1 FROM departures WHERE endpoint_id = ?",
            vec![config.id.as_str().into()],
        )?;
        if taken.is_some() || !leaving.is_empty() {
            return Ok(Creation::Conflict);
        }
        // First, so that a failed call that landed all the same is not forgotten.
        self.endpoints.replace(None);
        self.arm_soon()?;
        self.host.transaction(|| {
            self.host.query(
                "INSERT INTO endpoints (id, uid, config) VALUES (?, ?, ?)",
                vec![
                    config.id.as_str().into(),
                    config.uid.as_deref().into(),
                    to_json(config)?.into(),
                ],
            )?;
            self.tell_of_endpoint("endpoint.created", config, self.host.now())
        })?;
        Ok(Creation::Created)
    }

    /// The endpoint with this id or uid.
    ///
    /// # Errors
    /// The storage is away.
    pub fn endpoint(&self, id_or_uid: &str) -> Result<Option<EndpointConfig>, Unavailable> {
        let found = self
            .all_endpoints()?
            .iter()
            .find(|config| config.id == id_or_uid || config.uid.as_deref() == Some(id_or_uid))
            .cloned();
        Ok(found)
    }

    /// One page of endpoints.
    ///
    /// # Errors
    /// The storage is away.
    pub fn list_endpoints(&self, page: &Page) -> Result<Listed<EndpointConfig>, Unavailable> {
        Listing {
            select: "SELECT id, config FROM endpoints",
            condition: ("TRUE", vec![]),
            key: "id",
        }
        .read(&self.host, page, |mut row| {
            Ok((row.take_text(0)?, from_json(&row.take_text(1)?)?))
        })
    }

    /// Every endpoint, from memory after the first time.
    ///
    /// # Errors
    /// The storage is away.
    pub fn all_endpoints(&self) -> Result<Rc<Vec<EndpointConfig>>, Unavailable> {
        if let Some(known) = &*self.endpoints.borrow() {
            return Ok(Rc::clone(known));
        }
        let read = self
            .host
            .query("SELECT config FROM endpoints ORDER BY id", vec![])?
            .into_iter()
            .map(|mut row| from_json(&row.take_text(0)?))
            .collect::<Result<Vec<_>, _>>()?;
        let read = Rc::new(read);
        self.endpoints.replace(Some(Rc::clone(&read)));
        Ok(read)
    }

    /// Replaces the secret of an endpoint.
    ///
    /// # Errors
    /// The storage is away; nothing is changed.
    pub fn rotate_secret(&self, rotation: Rotation) -> Result<Rotated, Unavailable> {
        let Some(mut config) = self.endpoint(&rotation.endpoint_id)? else {
            return Ok(Rotated::Unknown);
        };
        let now = self.host.now();
        let Rotation {
            secret, overlap_ms, ..
        } = rotation;
        config.old_secrets.retain(|old| old.expires_at > now);
        let expires_at = now + overlap_ms.max(0);
        let retired = std::mem::replace(&mut config.secrets, vec![secret]);
        if expires_at > now {
            let retired = retired
                .into_iter()
                .map(|secret| OldSecret { secret, expires_at });
            config.old_secrets.splice(0..0, retired);
        }
        if config.old_secrets.len() > MOST_OLD_SECRETS {
            return Ok(Rotated::TooMany);
        }
        self.change(config, |_| Ok(()))?;
        Ok(Rotated::Done)
    }

    /// Replaces an endpoint by `config`, which was made from its version. Enabling it lets what
    /// waits there go on.
    ///
    /// # Errors
    /// The storage is away; nothing is changed.
    pub fn replace_endpoint(&self, mut config: EndpointConfig) -> Result<Replaced, Unavailable> {
        let Some(known) = self.endpoint(&config.id)? else {
            return Ok(Replaced::Unknown);
        };
        if known.version != config.version {
            return Ok(Replaced::Changed);
        }
        if let Some(uid) = &config.uid
            && self
                .endpoint(uid)?
                .is_some_and(|other| other.id != config.id)
        {
            return Ok(Replaced::Conflict);
        }
        config.enabled_in = if known.disabled && !config.disabled {
            config.version + 1
        } else {
            known.enabled_in
        };
        let filter_changed = known.filter != config.filter;
        self.change(config, |config| {
            if filter_changed {
                choice::forget(&self.host, &config.id)?;
            }
            self.tell_of_endpoint("endpoint.updated", config, config.updated_at)
        })?;
        Ok(Replaced::Done)
    }

    /// What the filter of an endpoint could not say since it was set.
    ///
    /// # Errors
    /// The storage is away.
    pub fn filter_failures(&self, id: &str) -> Result<Option<FilterFailures>, Unavailable> {
        choice::failures(&self.host, id)
    }

    /// Hears what its endpoints' objects tell.
    ///
    /// # Errors
    /// The storage is away; what was not taken in is told again.
    pub fn hear(&self, notices: Vec<Notice>) -> Result<(), Unavailable> {
        for notice in notices {
            let Some(mut config) = self.endpoint(notice.endpoint_id())? else {
                continue;
            };
            match notice {
                // An endpoint that its operator has enabled since stays enabled.
                Notice::Disabled { version, .. }
                    if !config.disabled && config.enabled_in <= version =>
                {
                    config.disabled = true;
                    self.change(config, |config| self.tell_of_notice(&notice, config))?;
                }
                Notice::Disabled { .. } => {}
                Notice::Message { .. } => {
                    self.arm_soon()?;
                    self.host
                        .transaction(|| self.tell_of_notice(&notice, &config))?;
                }
            }
        }
        Ok(())
    }

    /// Stores `config` as the endpoint's next version, and sends it on its way; `with` commits
    /// together with that.
    fn change(
        &self,
        mut config: EndpointConfig,
        with: impl FnOnce(&EndpointConfig) -> Result<(), Unavailable>,
    ) -> Result<(), Unavailable> {
        let now = self.host.now();
        config.version += 1;
        config.updated_at = now;
        self.arm_soon()?;
        self.endpoints.replace(None);
        self.host.transaction(|| {
            self.host.query(
                "UPDATE endpoints SET uid = ?, config = ? WHERE id = ?",
                vec![
                    config.uid.as_deref().into(),
                    to_json(&config)?.into(),
                    config.id.as_str().into(),
                ],
            )?;
            fanout::add_change(&self.host, &config.id, config.version, now)?;
            with(&config)
        })
    }
}
