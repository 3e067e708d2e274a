//! For bindings to other languages: an event is judged without reading what nobody may ask for, and
//! the body may stay where it lies, hashed by a host whose own code is faster than ours.
//!
//! The host hashes, and decides nothing: it is told what stands before and behind the body, answers
//! the inner hash of HMAC (RFC 2104), and the outer one and the comparison are made here. So the
//! verdict is the same on both ways.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::batch;
use crate::envelope::Envelope;
use crate::error::VerifyError;
use crate::hash::digest;
use crate::headers::Headers;
use crate::key::same;
use crate::message::{Piece, texts};
use crate::places::{Name, Names};
use crate::request::{Request, Verified};
use crate::scheme::{Algorithm, Hash, Part, Place, Scheme, SignaturePlace, Text, TimestampPlace};
use crate::verifier::{Judged, Verifier};

/// The secrets of a verifier as HMAC uses them: of each the block that its inner hash starts with, and
/// its outer hash, begun. They are as secret as the secrets, and wiped when they are dropped.
pub struct Pads {
    hash: Hash,
    pads: Vec<(Zeroizing<Vec<u8>>, Outer)>,
}

/// What the inner hash is hashed after.
enum Outer {
    /// The block is hashed already: nearly everybody's.
    Sha256(Box<Sha256>),
    Block(Hash, Zeroizing<Vec<u8>>),
}

impl Outer {
    fn new(hash: Hash, key: &[u8]) -> Self {
        let block = pad(hash, key, 0x5c);
        match hash {
            Hash::Sha256 => Self::Sha256(Box::new(Sha256::new().chain_update(&block))),
            _ => Self::Block(hash, block),
        }
    }

    fn tag(&self, inner: &[u8]) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Sha256(begun) => {
                let hash = Sha256::clone(begun).chain_update(inner);
                Zeroizing::new(hash.finalize().to_vec())
            }
            Self::Block(hash, block) => digest(*hash, &mut [&block[..], inner].into_iter()),
        }
    }
}

impl Pads {
    /// `None` where the scheme is none of HMAC over headers and the whole body, or one of the secrets
    /// is another kind of key or malformed.
    pub fn new<S: AsRef<str>>(scheme: &Scheme, secrets: &[S]) -> Option<Self> {
        let Algorithm::Hmac(hash) = scheme.algorithm else {
            return None;
        };
        if !scheme.hashes_body_apart() {
            return None;
        }
        let pads = |(index, secret): (usize, &S)| {
            let secret = secret.as_ref();
            if secret.starts_with("whpk_") || secret.starts_with("whsk_") {
                return None;
            }
            let key = scheme.secret.read(secret, index).ok()?;
            Some((pad(hash, &key, 0x36), Outer::new(hash, &key)))
        };
        let pads = secrets
            .iter()
            .enumerate()
            .map(pads)
            .collect::<Option<_>>()?;
        Some(Self { hash, pads })
    }

    /// The name of the hash, as in `sha256`.
    pub fn hash(&self) -> &'static str {
        match self.hash {
            Hash::Md5 => "md5",
            Hash::Sha1 => "sha1",
            Hash::Sha256 => "sha256",
            Hash::Sha384 => "sha384",
            Hash::Sha512 => "sha512",
        }
    }

    /// The block that each secret's inner hash starts with.
    pub fn inner(&self) -> impl Iterator<Item = &[u8]> {
        self.pads.iter().map(|(inner, _)| &inner[..])
    }
}

/// RFC 2104, 2: a key that is longer than a block is hashed first.
fn pad(hash: Hash, key: &[u8], byte: u8) -> Zeroizing<Vec<u8>> {
    let length = match hash {
        Hash::Md5 | Hash::Sha1 | Hash::Sha256 => 64,
        Hash::Sha384 | Hash::Sha512 => 128,
    };
    let mut block = Zeroizing::new(vec![byte; length]);
    let short = if key.len() > length {
        digest(hash, &mut [key].into_iter())
    } else {
        Zeroizing::new(key.to_vec())
    };
    for (byte, key) in block.iter_mut().zip(short.iter()) {
        *byte ^= key;
    }
    block
}

type Inner<'p> = &'p mut dyn FnMut(usize, &[u8], &[u8], &mut [u8; 64]) -> usize;

/// Who hashes bodies that are not in this memory.
pub struct Outside<'p> {
    /// The verifier's secrets.
    pub pads: &'p Pads,
    /// Of the secret of this index: the hash of its inner block, of what stands before the body, of the
    /// body and of what stands behind it, written to the last argument. The answer is its length; a host
    /// that fails answers 0, which matches nothing.
    pub inner: Inner<'p>,
}

impl Outside<'_> {
    /// As `Key::matching`.
    pub(crate) fn matching(
        &mut self,
        key: usize,
        scheme: &Scheme,
        message: &[Piece<'_>],
        signatures: &[Vec<u8>],
    ) -> Option<usize> {
        let (_, outer) = self.pads.pads.get(key)?;
        let body = scheme.message.iter().position(|part| *part == Part::Body)?;
        let (before, after) = message.split_at_checked(body)?;
        let text = |pieces: &[Piece<'_>]| {
            // Id and timestamp, nearly always.
            let mut text = Vec::with_capacity(64);
            texts(pieces, &[]).for_each(|part| text.extend_from_slice(part));
            text
        };
        let mut inner = [0; 64];
        let length = (self.inner)(key, &text(before), &text(after), &mut inner);
        let inner = inner.get(..length).filter(|inner| !inner.is_empty())?;
        let tag = outer.tag(inner);
        signatures
            .iter()
            .position(|signature| same(&tag, signature))
    }
}

impl Verifier {
    /// As [`verify`](Self::verify), but id, type and events are not read: [`describe`](Self::describe)
    /// does it for whoever asks. For schemes that have [`Pads`]; with `outside`, the body of the request
    /// is left empty, and is what `outside` hashes.
    ///
    /// # Errors
    ///
    /// As for `verify`.
    pub fn judge_alone(
        &self,
        request: &Request<'_>,
        now: u64,
        outside: Option<&mut Outside<'_>>,
    ) -> Result<Verified, VerifyError> {
        if !self.body_apart {
            return self.verify(request, now);
        }
        let envelope = Envelope::read(&self.scheme, request, self.kinds())?;
        let judged = self.judge(&envelope, request, now, outside)?;
        Ok(self.unread(judged))
    }

    /// Id, type and events of a request that [`judge_alone`](Self::judge_alone) has verified, with its
    /// body. It verifies nothing, and leaves the rest empty: ask it of no other request.
    pub fn describe(&self, request: &Request<'_>) -> Verified {
        let headers = Headers::new(&self.scheme, request);
        let mut described = self.unread(Judged::default());
        self.name(request, &headers, None, &mut described);
        described
    }

    /// The verdict alone.
    pub(crate) fn unread(&self, judged: Judged) -> Verified {
        Verified {
            scheme: self.scheme.name.clone(),
            id: None,
            event_type: None,
            timestamp: judged.timestamp,
            key_index: judged.key_index,
            replay_protected: judged.replay_protected,
            id_signed: false,
            signature: judged.signature,
            events: Vec::new(),
        }
    }

    /// What a request says whose signature has matched; `claims` are those of its token.
    pub(crate) fn name(
        &self,
        request: &Request<'_>,
        headers: &Headers<'_, '_, '_>,
        claims: Option<&[u8]>,
        verified: &mut Verified,
    ) {
        let scheme = &self.scheme;
        let events = batch::events(request.body, &scheme.batches);
        let names = Names::read(scheme, request, headers, claims);
        let (mut id, mut event_type) = (names.id, names.event_type);
        if let [event] = &events[..] {
            let signed = scheme.covers_body();
            let name = |text: &Option<_>| text.clone().map(|text| Name { text, signed });
            id = id.or_else(|| name(&event.id));
            event_type = event_type.or_else(|| name(&event.event_type));
        }
        verified.id_signed = id.as_ref().is_some_and(|id| id.signed);
        verified.id = id.map(|id| id.text);
        verified.event_type = event_type.map(|event_type| event_type.text);
        verified.events = events;
    }
}

impl Scheme {
    /// Whether the body is signed by an HMAC as it is, and nothing in it is needed before or for the
    /// verdict: so that hashing it is all that must be done with it.
    pub(crate) fn hashes_body_apart(&self) -> bool {
        let plain = |part: &Part| {
            matches!(
                part,
                Part::Id
                    | Part::Timestamp
                    | Part::Body
                    | Part::Method
                    | Part::Url(_)
                    | Part::Literal(_)
                    | Part::Header(_)
                    | Part::ListedHeaders
            )
        };
        let in_headers = matches!(
            self.signature,
            SignaturePlace::Header(_) | SignaturePlace::Headers(_) | SignaturePlace::Numbered(_)
        );
        let timestamp = self.timestamp.as_ref().map(|timestamp| &timestamp.place);
        matches!(self.algorithm, Algorithm::Hmac(_))
            && in_headers
            && self.claims.is_none()
            && !self.signs_challenges()
            && matches!(
                timestamp,
                None | Some(TimestampPlace::Header(_) | TimestampPlace::Field(_))
            )
            && self.message.iter().all(plain)
            && self
                .message
                .iter()
                .filter(|part| **part == Part::Body)
                .count()
                == 1
    }

    /// The names of all headers that [`Verifier::judge_alone`] and [`Verifier::describe`] read of this
    /// scheme; `None` where the request decides it, or the scheme has no [`Pads`].
    pub fn read_headers(&self) -> Option<Vec<Text>> {
        let listed = self.signs(|part| *part == Part::ListedHeaders);
        if listed || !self.hashes_body_apart() {
            return None;
        }
        let mut names = Vec::new();
        match &self.signature {
            SignaturePlace::Header(name) => names.push(name.clone()),
            SignaturePlace::Headers(list) => names.extend(list.iter().cloned()),
            _ => return None,
        }
        if let Some(TimestampPlace::Header(name)) =
            self.timestamp.as_ref().map(|timestamp| &timestamp.place)
        {
            names.push(name.clone());
        }
        names.extend(self.message.iter().filter_map(|part| match part {
            Part::Header(name) => Some(name.clone()),
            _ => None,
        }));
        names.extend(self.expects.iter().map(|expected| expected.header.clone()));
        for places in [&self.id, &self.event_type] {
            collect_headers(places, &mut names);
        }
        let families = 0..self.families.len().max(1);
        let mut all: Vec<Text> = Vec::new();
        for name in names {
            for family in families.clone() {
                let name = self.header_name(&name, family);
                if !all.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                    all.push(name);
                }
            }
        }
        Some(all)
    }
}

fn collect_headers(places: &[Place], names: &mut Vec<Text>) {
    for place in places {
        match place {
            Place::Header(name) | Place::TextHeader(name) => names.push(name.clone()),
            // Whether the parameters are the body's or the query's.
            Place::Parameter(_) => names.push(Text::Borrowed("content-type")),
            Place::Joined(places) => collect_headers(places, names),
            Place::Pointer(_) | Place::KeyBeside(_) | Place::Claim(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Outgoing, Target};
    use crate::table::SCHEMES;

    const SECRET: &str = "whsec_Zmlyc3Qtc2VjcmV0LW9mLXRoZS1lbmRwb2lu";
    const NOW: u64 = 1_773_738_000;
    const BODY: &[u8] = br#"{"id":"evt_1","type":"invoice.paid"}"#;

    /// A host that has this body.
    fn host<'p>(
        pads: &'p Pads,
        body: &'p [u8],
    ) -> impl FnMut(usize, &[u8], &[u8], &mut [u8; 64]) -> usize + 'p {
        move |key, before, after, hash| {
            let pad = pads.inner().nth(key).unwrap_or_default();
            let inner = digest(pads.hash, &mut [pad, before, body, after].into_iter());
            hash[..inner.len()].copy_from_slice(&inner);
            inner.len()
        }
    }

    #[test]
    fn a_verdict_is_the_same_when_the_body_is_hashed_outside() {
        let mut judged = 0;
        for scheme in SCHEMES {
            let Some(pads) = Pads::new(scheme, &[SECRET]) else {
                continue;
            };
            let verifier = Verifier::new(scheme, &[SECRET]).expect("a secret");
            let outgoing = Outgoing {
                id: "msg_1",
                timestamp: NOW,
                event_type: Some("invoice.paid"),
                body: BODY,
            };
            let target = Target {
                method: "POST",
                url: "https://example.com/in",
                content_type: Some("application/json"),
            };
            let sent = verifier.sign_request(&outgoing, &target).expect("signed");
            let lines = sent.headers.iter();
            let all: Vec<(&str, &[u8])> = lines.map(|(n, v)| (n.as_str(), v.as_bytes())).collect();
            let read = scheme.read_headers();
            let is_read = |name: &str| {
                let names = read.iter().flatten();
                read.is_none()
                    || names
                        .into_iter()
                        .any(|known| known.eq_ignore_ascii_case(name))
            };
            let few: Vec<_> = all
                .iter()
                .filter(|(name, _)| is_read(name))
                .copied()
                .collect();
            let whole = Request {
                method: "POST",
                url: target.url,
                headers: &all,
                body: BODY,
            };
            let apart = Request {
                headers: &few,
                body: &[],
                ..whole
            };
            let judge = |body| {
                let mut inner = host(&pads, body);
                let mut outside = Outside {
                    pads: &pads,
                    inner: &mut inner,
                };
                verifier.judge_alone(&apart, NOW, Some(&mut outside))
            };

            let expected = verifier.verify(&whole, NOW).expect("verifies");
            let found = judge(BODY).expect("verifies outside");
            let described = verifier.describe(&Request {
                body: BODY,
                ..apart
            });
            let named = Verified {
                id: described.id,
                event_type: described.event_type,
                id_signed: described.id_signed,
                events: described.events,
                ..found
            };
            assert_eq!(named, expected, "{}", scheme.name());
            let mismatch = Err(VerifyError::SignatureMismatch {
                signatures: 1,
                secrets: 1,
            });
            assert_eq!(judge(b"{}"), mismatch, "{}", scheme.name());
            judged += 1;
        }
        assert!(judged > 20, "{judged} schemes");
    }
}
