//! A body that comes piece by piece: judged, or signed, without ever being whole in memory.
//!
//! What the headers say is checked before the first piece, so that a request that is refused for its
//! age or for the form of its headers costs no byte of its body. HMAC then takes the body as it comes.
//! The schemes whose signature, timestamp or names need the whole body are not judged this way.

use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};

use crate::batch::collect;
use crate::envelope::Envelope;
use crate::error::{SignError, VerifyError};
use crate::hash::Mac;
use crate::headers::Headers;
use crate::key::{Key, same};
use crate::message::{Piece, texts};
use crate::outline::Outline;
use crate::places::has_parameters;
use crate::request::{Outgoing, Request, Target, Verified};
use crate::scheme::{Part, Place, Scheme};
use crate::sign::Unsigned;
use crate::verifier::{Judged, Verifier};

/// Hashes that run side by side: one for each secret and each text of the URL that may be signed.
const HASHES: usize = 16;

/// A verification under way.
pub struct Incoming {
    hashes: Vec<Running>,
    signatures: Vec<Vec<u8>>,
    digest: Sha256,
    /// What is hashed into the digest behind the body.
    after: Vec<u8>,
    outline: Outline,
    timestamp: Option<u64>,
}

/// The hash of one secret and one text of the URL.
struct Running {
    key_index: usize,
    mac: Mac,
    after: Vec<u8>,
}

/// What came of a verification.
#[derive(Debug)]
#[non_exhaustive]
pub struct Whole {
    /// As [`Verifier::verify`] gives it.
    pub verified: Verified,
    /// As [`Verifier::content_digest`] gives it.
    pub content_digest: [u8; 32],
    /// The body as far as its names need it: what is deeper than they, and the ends of long strings,
    /// are left out. Empty for what is no JSON, and where this would be longer than 64 KiB.
    pub outline: Vec<u8>,
}

impl Verifier {
    /// Begins to judge a request whose body follows, at the time `now` in unix seconds; the body in
    /// `head` is left empty. `pointer` leads to what the outline is to have besides the scheme's names.
    ///
    /// `None` where the whole body is needed: [`receive`](Self::receive) judges it.
    ///
    /// # Errors
    ///
    /// What is wrong with the headers, or the age: the first errors of [`verify`](Self::verify).
    pub fn begin(
        &self,
        head: &Request<'_>,
        now: u64,
        pointer: Option<&str>,
    ) -> Result<Option<Incoming>, VerifyError> {
        let scheme = &self.scheme;
        let Some(macs) = self.macs().filter(|_| scheme.is_judged_in_pieces()) else {
            return Ok(None);
        };
        let envelope = Envelope::read(scheme, head, self.kinds())?;
        let timestamp = envelope.timestamp.as_ref().map(|(_, seconds)| *seconds);
        if let Some(timestamp) = timestamp {
            self.check_age(timestamp, now)?;
        }
        let mut message = envelope.message(scheme, head)?;
        let (before, after) = around_body(scheme, message.pieces());
        let digest = Sha256::new_with_prefix(&before);
        if message.variants() * macs.len() > HASHES {
            return Ok(None);
        }
        let mut hashes = Vec::new();
        // In the order in which a whole body is judged.
        for (key_index, mac) in macs.into_iter().enumerate() {
            message.any(&mut |pieces| {
                let (before, after) = around_body(scheme, pieces);
                let mut mac = Mac::clone(mac);
                mac.update(&before);
                hashes.push(Running {
                    key_index,
                    mac,
                    after,
                });
                false
            });
        }
        Ok(Some(Incoming {
            hashes,
            digest,
            after,
            outline: Outline::of(scheme.names_depth(pointer)),
            timestamp,
            signatures: envelope.signatures,
        }))
    }

    /// The verdict, after the last piece; `head` is what [`begin`](Self::begin) was given.
    ///
    /// # Errors
    ///
    /// The signature matches no secret.
    pub fn finish(&self, head: &Request<'_>, incoming: Incoming) -> Result<Whole, VerifyError> {
        let Incoming {
            hashes,
            signatures,
            digest,
            after,
            outline,
            timestamp,
        } = incoming;
        let matching = hashes.into_iter().find_map(|mut running| {
            running.mac.update(&running.after);
            let tag = running.mac.finish();
            let signature = signatures.iter().find(|signature| same(&tag, signature))?;
            Some((running.key_index, signature.clone()))
        });
        let (key_index, signature) = matching.ok_or_else(|| self.mismatch(signatures.len()))?;
        let outline = outline.finish();
        let mut verified = self.unread(Judged {
            key_index,
            signature,
            timestamp,
            replay_protected: self.checks_replay && self.scheme.signs_timestamp(),
            claims: None,
        });
        let named = Request {
            body: &outline,
            ..*head
        };
        let headers = Headers::new(&self.scheme, &named);
        self.name(&named, &headers, None, &mut verified);
        Ok(Whole {
            verified,
            content_digest: digest.chain_update(after).finalize().into(),
            outline,
        })
    }

    /// Begins to sign an event whose body follows; that of `outgoing` is left empty. `None` where the
    /// whole body is needed: [`sign`](Self::sign) signs it.
    ///
    /// # Errors
    ///
    /// As for `sign`.
    pub fn begin_signing(&self, outgoing: &Outgoing<'_>) -> Result<Option<Signing>, SignError> {
        let Some(macs) = self.macs().filter(|_| self.scheme.hashes_body_apart()) else {
            return Ok(None);
        };
        if self.scheme.needs_target() {
            return Err(SignError::NeedsTarget);
        }
        let unsigned = self.unsigned(outgoing, &NO_TARGET)?;
        let signing = self.signing_keys();
        let (mut begun, mut behind) = (Vec::new(), Vec::new());
        self.with_message(&unsigned, outgoing, &NO_TARGET, &mut |pieces| {
            let (before, after) = around_body(&self.scheme, pieces);
            begun.extend(macs.iter().take(signing).map(|mac| {
                let mut mac = Mac::clone(mac);
                mac.update(&before);
                mac
            }));
            behind = after;
        })?;
        Ok(Some(Signing {
            macs: begun,
            after: behind,
            unsigned,
            id: outgoing.id.into(),
        }))
    }

    /// The headers of an event, after the last piece: as [`sign`](Self::sign) gives them.
    ///
    /// # Errors
    ///
    /// As for `sign`.
    pub fn finish_signing(&self, signing: Signing) -> Result<Vec<(String, String)>, SignError> {
        let Signing {
            macs,
            after,
            mut unsigned,
            id,
        } = signing;
        let tags = self.keys.iter().zip(macs).filter_map(|(key, mut mac)| {
            mac.update(&after);
            self.written(key, &mac.finish())
        });
        let tags: Vec<String> = tags.collect();
        self.place(
            &mut unsigned.signed,
            &tags,
            &NO_TARGET,
            &unsigned.timestamp,
            &id,
        )?;
        Ok(unsigned.signed.headers)
    }

    /// The keyed states, if every secret is one.
    fn macs(&self) -> Option<Vec<&Mac>> {
        let keys = self.keys.iter();
        keys.map(|key| match key {
            Key::Mac(mac) => Some(&**mac),
            _ => None,
        })
        .collect()
    }
}

/// Headers are all that is signed here.
const NO_TARGET: Target<'static> = Target {
    method: "POST",
    url: "",
    content_type: None,
};

impl Incoming {
    /// The next piece of the body.
    pub fn update(&mut self, piece: &[u8]) {
        for running in &mut self.hashes {
            running.mac.update(piece);
        }
        self.digest.update(piece);
        self.outline.update(piece);
    }
}

/// A signature under way.
pub struct Signing {
    macs: Vec<Mac>,
    after: Vec<u8>,
    unsigned: Unsigned,
    id: String,
}

impl Signing {
    /// The next piece of the body.
    pub fn update(&mut self, piece: &[u8]) {
        self.macs.iter_mut().for_each(|mac| mac.update(piece));
    }
}

/// What is signed before the body, and behind it.
fn around_body(scheme: &Scheme, pieces: &[Piece<'_>]) -> (Vec<u8>, Vec<u8>) {
    let body = scheme.message.iter().position(|part| *part == Part::Body);
    let (before, after) = pieces
        .split_at_checked(body.unwrap_or(pieces.len()))
        .unwrap_or((pieces, &[]));
    let text = |pieces: &[Piece<'_>]| texts(pieces, &[]).flatten().copied().collect();
    (text(before), text(after))
}

impl Scheme {
    /// Whether a body can be judged as it comes: it is signed by an HMAC as it is, has one event whose
    /// names are no form's, and cannot be a question that anybody may ask.
    fn is_judged_in_pieces(&self) -> bool {
        self.hashes_body_apart()
            && self.batches.is_empty()
            && !has_parameters(&self.id)
            && !has_parameters(&self.event_type)
            && !self
                .handshakes
                .iter()
                .any(|handshake| handshake.method == "POST" && !handshake.signed)
    }

    /// The steps of the longest pointer to a name; 0 where the body has none.
    fn names_depth(&self, pointer: Option<&str>) -> usize {
        let mut pointers = Vec::new();
        collect(&self.id, &mut pointers);
        collect(&self.event_type, &mut pointers);
        pointers.extend(pointer);
        let steps = |pointer: &str| pointer.split('/').count() - 1;
        let beside = |place: &Place| matches!(place, Place::KeyBeside(_));
        let names = || self.id.iter().chain(self.event_type.iter());
        let deepest = pointers.into_iter().map(steps).max().unwrap_or(0);
        deepest.max(usize::from(names().any(beside)))
    }
}
