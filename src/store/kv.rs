//! The KV namespaces: `SOURCES` (records by id and by uid) and `DEDUP` (markers of events that are
//! known to be durable).
#![allow(unsafe_code)] // what `#[wasm_bindgen]` expands to; none is written here

use std::time::Duration;

use hookgate_relay::port::Unavailable;
use hookgate_relay::registry::Edge;
use hookgate_relay::source::Source;
use js_sys::{Object, Promise, Reflect};
use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;

use super::Stores;
use super::patience::{patiently, within};

#[wasm_bindgen]
extern "C" {
    /// `DEDUP`, which most events ask and tell. The bindings of `worker` look five methods up for each
    /// call, and write its options by way of serde.
    type Markers;

    #[wasm_bindgen(method, catch)]
    fn get(this: &Markers, key: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn put(this: &Markers, key: &str, value: &str, options: &Object) -> Result<Promise, JsValue>;
}

/// Seconds; KV takes no shorter life of a key.
const SHORTEST_TTL: u64 = 60;

/// A marker takes milliseconds; past this the next tier is asked.
const MARKER_LIMIT: Duration = Duration::from_secs(2);

/// For how long a fetched certificate is kept: a week.
const CERTIFICATE_SECS: u64 = 7 * 86_400;

impl Stores {
    /// The source with this id or uid.
    pub(crate) async fn source(&self, id_or_uid: &str) -> Result<Option<Source>, Unavailable> {
        let kv = self
            .env
            .kv("SOURCES")
            .map_err(|error| Unavailable::new("finding SOURCES", error))?;
        let read = async { Ok(kv.get(&source_key(id_or_uid)).text().await?) };
        let text = patiently("reading SOURCES", read).await?;
        text.map(|text| {
            serde_json::from_str(&text).map_err(|error| Unavailable::new("a source record", error))
        })
        .transpose()
    }

    /// The message that this claim of a source admitted, if KV has heard of it. A KV that is away
    /// has heard of nothing: the inbox decides.
    pub(crate) async fn marker(&self, source_id: &str, claim: &str) -> Option<String> {
        let kv = self.markers()?;
        let read = async { Ok(JsFuture::from(kv.get(&marker_key(source_id, claim))?).await?) };
        let found = within(MARKER_LIMIT, "reading DEDUP", read).await.ok()?;
        found.as_string()
    }

    /// Remembers at the edge that a claim is durable. Best effort: the inbox knows it anyway.
    pub(crate) async fn mark(&self, source_id: &str, claim: &str, id: &str, ttl_secs: u32) {
        let Some(kv) = self.markers() else { return };
        let ttl = u64::from(ttl_secs).max(SHORTEST_TTL);
        let write = async {
            let options = Object::new();
            Reflect::set(&options, &"expirationTtl".into(), &(ttl as f64).into())?;
            let key = marker_key(source_id, claim);
            Ok(JsFuture::from(kv.put(&key, id, &options)?).await?)
        };
        let _ = within(MARKER_LIMIT, "writing DEDUP", write).await;
    }

    fn markers(&self) -> Option<Markers> {
        let kv = Reflect::get(&self.env, &"DEDUP".into()).ok()?;
        (!kv.is_undefined()).then(|| kv.unchecked_into())
    }
}

/// Certificates of vendors, by the address that they were fetched from. They are in use for months
/// under one address; a new one has a new address.
impl Stores {
    /// The certificate that was fetched from `url`, if KV has it.
    pub(crate) async fn certificate(&self, url: &str) -> Option<String> {
        let kv = self.env.kv("SOURCES").ok()?;
        kv.get(&certificate_key(url)).text().await.ok()?
    }

    /// Keeps a certificate for the other isolates. Best effort: each can fetch it.
    pub(crate) async fn keep_certificate(&self, url: &str, pem: &str) {
        let Ok(kv) = self.env.kv("SOURCES") else {
            return;
        };
        if let Ok(put) = kv.put(&certificate_key(url), pem) {
            let _ = put.expiration_ttl(CERTIFICATE_SECS).execute().await;
        }
    }
}

/// Ingress reads a source by its id and by its uid.
impl Edge for Stores {
    async fn publish(&self, source: &Source) -> Result<(), Unavailable> {
        let failed = |error| Unavailable::new("writing SOURCES", error);
        let kv = self
            .env
            .kv("SOURCES")
            .map_err(|error| Unavailable::new("finding SOURCES", error))?;
        let text = serde_json::to_string(source)
            .map_err(|error| Unavailable::new("a source record", error))?;
        for key in std::iter::once(&source.id).chain(&source.uid) {
            let put = kv.put(&source_key(key), text.as_str()).map_err(failed)?;
            let write = async { Ok(put.execute().await?) };
            patiently("writing SOURCES", write).await?;
        }
        Ok(())
    }

    async fn withdraw(&self, name: &str) -> Result<(), Unavailable> {
        let kv = self
            .env
            .kv("SOURCES")
            .map_err(|error| Unavailable::new("finding SOURCES", error))?;
        let key = source_key(name);
        let delete = async { Ok(kv.delete(&key).await?) };
        patiently("writing SOURCES", delete).await
    }
}

fn source_key(id_or_uid: &str) -> String {
    format!("source/{id_or_uid}")
}

/// Hashed: an address may be longer than a key.
fn certificate_key(url: &str) -> String {
    let digest = Sha256::digest(url.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("certificate/{hex}")
}

/// Claims are at most 256 bytes of id and a prefix: within KV's 512 bytes of key.
fn marker_key(source_id: &str, claim: &str) -> String {
    format!("{source_id}/{claim}")
}
