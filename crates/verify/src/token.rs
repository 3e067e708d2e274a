//! JSON Web Tokens (RFC 7519) that speak for a request: the MAC is over the token alone, and the
//! token's claims hold the digests of body and URL.
//!
//! The algorithm comes from the scheme. The token's own header must agree, and is otherwise not
//! believed; the claims are parsed after the MAC has matched.

use alloc::string::String;
use alloc::vec::Vec;

use crate::encoding::{decode_base64_url, decode_hex, encode_base64_url, encode_hex};
use crate::envelope::Envelope;
use crate::error::{Malformed, VerifyError};
use crate::hash::sha256;
use crate::json::quote;
use crate::key::{Key, same};
use crate::message::body_sha256;
use crate::pointer::{Found, find};
use crate::request::{Outgoing, Request, Target};
use crate::scheme::{Algorithm, Claims, Hash, Scheme, SignaturePlace, Text, TimestampPlace, Unit};
use crate::text::{concat, decimal, join};
use crate::verifier::{Judged, Verifier};

/// How long a token that is signed here is valid, in seconds.
const VALID_FOR: u64 = 60;

impl Verifier {
    pub(crate) fn judge_token(
        &self,
        envelope: &Envelope<'_, '_, '_>,
        request: &Request<'_>,
        now: u64,
    ) -> Result<Judged, VerifyError> {
        let scheme = &self.scheme;
        let (Some(claims), SignaturePlace::Header(header)) = (&scheme.claims, &scheme.signature)
        else {
            return Err(self.mismatch(0));
        };
        let malformed = |reason| envelope.headers.malformed(header, reason);
        let token = envelope.signatures.first();
        let token = token.and_then(|token| core::str::from_utf8(token).ok());
        let token = Token::parse(token.unwrap_or_default()).map_err(malformed)?;
        let hash = token.hash(scheme).ok_or_else(|| {
            let name = envelope.headers.name(header);
            let expected = expected(scheme);
            VerifyError::UnsupportedAlgorithm { name, expected }
        })?;
        let made = |key: &Key| same(&key.token_tag(hash, token.signed), &token.signature);
        let key_index = self.keys.iter().position(made);
        let key_index = key_index.ok_or_else(|| self.mismatch(1))?;

        self.check_claims(claims, &token.claims, request)?;
        let (timestamp, bounded) = self.check_times(&token.claims, now)?;
        Ok(Judged {
            key_index,
            signature: token.signature,
            timestamp,
            replay_protected: bounded && self.checks_replay,
            claims: Some(token.claims),
        })
    }

    fn check_claims(
        &self,
        claims: &Claims,
        json: &[u8],
        request: &Request<'_>,
    ) -> Result<(), VerifyError> {
        let checked = |claim: &str| !self.unchecked_claims.iter().any(|name| name == claim);
        if checked("iss") {
            let claim = || Text::Borrowed("iss");
            match claimed(json, "iss")? {
                None => return Err(VerifyError::MissingClaim { claim: claim() }),
                Some(issuer) if issuer != claims.issuer => {
                    return Err(VerifyError::ClaimMismatch { claim: claim() });
                }
                Some(_) => {}
            }
        }
        if let Some(name) = claims.url_digest.as_ref().filter(|name| checked(name))
            && let Some(found) = claimed(json, name)?
        {
            let url = sha256(request.url.as_bytes());
            check_digest(name, &found, &url)?;
        }
        let name = &claims.body_digest;
        if checked(name) {
            match claimed(json, name)? {
                Some(found) => check_digest(name, &found, &body_sha256(request))?,
                None if request.body.is_empty() => {}
                None => {
                    return Err(VerifyError::MissingClaim {
                        claim: name.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    /// The time that the token is of, and whether it is valid for a bounded time. Where it is only of
    /// a time, `nbf` and `exp` still bind it (RFC 7519, 4.1.4 and 4.1.5).
    fn check_times(&self, json: &[u8], now: u64) -> Result<(Option<u64>, bool), VerifyError> {
        let place = self.scheme.timestamp.as_ref();
        let place = place.map(|timestamp| &timestamp.place);
        let (from, until) = (time(json, "nbf")?, time(json, "exp")?);
        let tolerance = match place {
            Some(TimestampPlace::Validity) => self.tolerance,
            // The scheme's tolerance is of the age; these bounds forgive a clock's second.
            _ => self.tolerance.min(1),
        };
        if let Some(from) = from {
            self.check_not_after(from, now, tolerance)?;
        }
        if let Some(until) = until {
            self.check_not_before(until, now, tolerance)?;
        }
        match place {
            Some(TimestampPlace::Validity) => Ok((from, until.is_some())),
            Some(_) => {
                let claim = Text::Borrowed("iat");
                let issued = time(json, "iat")?.ok_or(VerifyError::MissingClaim { claim })?;
                self.check_age(issued, now)?;
                Ok((Some(issued), true))
            }
            None => Ok((None, false)),
        }
    }

    /// The token for an event that is about to be sent.
    pub(crate) fn write_token(&self, outgoing: &Outgoing<'_>, target: &Target<'_>) -> String {
        let (hash, key) = match (&self.scheme.algorithm, self.keys.first()) {
            (Algorithm::Jwt(hashes), Some(key)) => (hashes.first().copied(), key),
            _ => return String::new(),
        };
        let hash = hash.unwrap_or(Hash::Sha256);
        let header = concat(&[r#"{"alg":""#, algorithm(hash), r#"","typ":"JWT"}"#]);
        let claims = self.written_claims(outgoing, target);
        let [header, claims] = [header, claims].map(|json| encode_base64_url(json.as_bytes()));
        let signed = concat(&[&header, ".", &claims]);
        let tag = key.token_tag(hash, &signed);
        concat(&[&signed, ".", &encode_base64_url(&tag)])
    }

    fn written_claims(&self, outgoing: &Outgoing<'_>, target: &Target<'_>) -> String {
        let Some(claims) = &self.scheme.claims else {
            return String::new();
        };
        let mut json = String::from("{");
        let at = outgoing.timestamp;
        let place = self.scheme.timestamp.as_ref();
        if let Some(TimestampPlace::Validity) = place.map(|timestamp| &timestamp.place) {
            let until = decimal(at + VALID_FOR);
            json.push_str(&concat(&[r#""nbf":"#, &decimal(at), r#","exp":"#, &until]));
        } else {
            json.push_str(&concat(&[r#""iat":"#, &decimal(at)]));
        }
        let mut claim = |name: &str, text: &str| {
            json.push(',');
            quote(name, &mut json);
            json.push(':');
            quote(text, &mut json);
        };
        claim("iss", &claims.issuer);
        claim("jti", outgoing.id);
        let hex = |bytes: &[u8]| encode_hex(&sha256(bytes));
        if let Some(name) = &claims.url_digest {
            claim(name, &hex(target.url.as_bytes()));
        }
        if !outgoing.body.is_empty() {
            claim(&claims.body_digest, &hex(outgoing.body));
        }
        json.push('}');
        json
    }
}

struct Token<'a> {
    /// The first two parts, as they were sent.
    signed: &'a str,
    header: Vec<u8>,
    claims: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    fn parse(token: &'a str) -> Result<Self, Malformed> {
        let (signed, signature) = token.rsplit_once('.').ok_or(Malformed::NotToken)?;
        let (header, claims) = signed.split_once('.').ok_or(Malformed::NotToken)?;
        if claims.contains('.') {
            return Err(Malformed::NotToken);
        }
        Ok(Self {
            signed,
            header: decode_base64_url(header)?,
            claims: decode_base64_url(claims)?,
            signature: decode_base64_url(signature)?,
        })
    }

    /// The algorithm that the token names, if it is one of the scheme's.
    fn hash(&self, scheme: &Scheme) -> Option<Hash> {
        let found = find(&self.header, &["/alg"]);
        let named = found.into_iter().next()?.text()?;
        match &scheme.algorithm {
            // RFC 7515, 4.1.11: an extension that must be understood, and is not.
            Algorithm::Jwt(_) if find(&self.header, &["/crit"]) != [Found::Absent] => None,
            Algorithm::Jwt(hashes) => {
                let mut hashes = hashes.iter().copied();
                hashes.find(|hash| algorithm(*hash) == named)
            }
            _ => None,
        }
    }
}

/// RFC 7518, 3.1.
fn algorithm(hash: Hash) -> &'static str {
    match hash {
        Hash::Sha256 => "HS256",
        Hash::Sha384 => "HS384",
        Hash::Sha512 => "HS512",
        Hash::Md5 | Hash::Sha1 => "none of RFC 7518",
    }
}

fn expected(scheme: &Scheme) -> Text {
    let hashes: &[Hash] = match &scheme.algorithm {
        Algorithm::Jwt(hashes) => hashes,
        _ => &[],
    };
    join(&mut hashes.iter().map(|hash| algorithm(*hash)), " or ").into()
}

/// The text of a claim; an error if it stands twice or is no text.
fn claimed(json: &[u8], claim: &str) -> Result<Option<String>, VerifyError> {
    match find(json, &[&concat(&["/", claim])]).into_iter().next() {
        Some(Found::Text(text)) => Ok(Some(text)),
        Some(Found::Absent) | None => Ok(None),
        Some(Found::Unusable) => Err(VerifyError::MissingClaim {
            claim: String::from(claim).into(),
        }),
    }
}

/// RFC 7519 allows a fraction of a second, which counts as not yet begun.
fn time(json: &[u8], claim: &str) -> Result<Option<u64>, VerifyError> {
    let Some(text) = claimed(json, claim)? else {
        return Ok(None);
    };
    let whole = match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|byte| byte.is_ascii_digit()) => whole,
        _ => &text,
    };
    let seconds = Unit::Seconds.parse(whole);
    Ok(Some(seconds.map_err(|_| VerifyError::ClaimMismatch {
        claim: String::from(claim).into(),
    })?))
}

fn check_digest(name: &Text, hex: &str, expected: &[u8]) -> Result<(), VerifyError> {
    let received = decode_hex(hex.as_bytes()).unwrap_or_default();
    if same(expected, &received) {
        Ok(())
    } else {
        Err(VerifyError::DigestMismatch { name: name.clone() })
    }
}
