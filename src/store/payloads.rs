//! The bucket `PAYLOADS`: bodies that do not fit a message of the queue, piece by piece.
//!
//! R2 makes an object of a stream when its last byte has come, and of one that breaks off it makes
//! none. So a body whose last piece is held back until it is verified leaves nothing behind when it
//! is not.
#![allow(unsafe_code)] // what `#[wasm_bindgen]` expands to; none is written here

use std::time::Duration;

use hookgate_relay::admission::large::Payloads;
use hookgate_relay::orphans::{self, Bucket as Orphanage};
use hookgate_relay::port::{Millis, Unavailable};
use js_sys::{Array, Date, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Bucket, Env};

use super::patience::within;

/// One piece that R2 takes or gives, and the end of an object. A put may wait for two of them, and a
/// provider for no more than twenty seconds.
const LIMIT: Duration = Duration::from_secs(5);

/// Bytes of a piece.
const PIECE: u32 = 64 * 1024;

#[wasm_bindgen]
extern "C" {
    /// The bindings of `worker` move every byte through WebAssembly and back.
    type FixedLengthStream;

    #[wasm_bindgen(constructor, catch)]
    fn new(length: f64) -> Result<FixedLengthStream, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn readable(this: &FixedLengthStream) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn writable(this: &FixedLengthStream) -> Writable;

    type Writable;

    #[wasm_bindgen(method, catch, js_name = getWriter)]
    fn get_writer(this: &Writable) -> Result<Writer, JsValue>;

    type Writer;

    #[wasm_bindgen(method)]
    fn write(this: &Writer, piece: &Uint8Array) -> Promise;

    #[wasm_bindgen(method)]
    fn close(this: &Writer) -> Promise;

    #[wasm_bindgen(method)]
    fn abort(this: &Writer, reason: &str) -> Promise;

    /// A stream of bytes.
    type Readable;

    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn get_reader(this: &Readable, options: &JsValue) -> Result<Reader, JsValue>;

    #[wasm_bindgen(method, js_name = pipeTo)]
    fn pipe_to(this: &Readable, writable: &Writable) -> Promise;

    type Reader;

    #[wasm_bindgen(method)]
    fn read(this: &Reader, into: Uint8Array) -> Promise;

    #[wasm_bindgen(method)]
    fn cancel(this: &Reader) -> Promise;

    type Read;

    #[wasm_bindgen(method, getter)]
    fn done(this: &Read) -> bool;

    #[wasm_bindgen(method, getter)]
    fn value(this: &Read) -> Option<Uint8Array>;

    /// A bucket.
    type R2;

    #[wasm_bindgen(method)]
    fn put(this: &R2, key: &str, value: &JsValue) -> Promise;

    #[wasm_bindgen(method)]
    fn get(this: &R2, key: &str) -> Promise;

    #[wasm_bindgen(method)]
    fn list(this: &R2, options: &JsValue) -> Promise;

    #[wasm_bindgen(method)]
    fn delete(this: &R2, keys: &Array) -> Promise;

    type R2Page;

    #[wasm_bindgen(method, getter)]
    fn objects(this: &R2Page) -> Array;

    type R2Object;

    #[wasm_bindgen(method, getter)]
    fn key(this: &R2Object) -> String;

    #[wasm_bindgen(method, getter)]
    fn uploaded(this: &R2Object) -> Date;

    #[wasm_bindgen(method, getter)]
    fn size(this: &R2Object) -> f64;

    #[wasm_bindgen(method, getter)]
    fn body(this: &R2Object) -> Readable;
}

/// The bucket.
#[derive(Clone)]
pub(crate) struct PayloadBucket(Bucket);

impl PayloadBucket {
    /// `None` where the operator has bound none.
    pub(crate) fn of(env: &Env) -> Option<Self> {
        env.bucket("PAYLOADS").ok().map(Self)
    }

    fn raw(&self) -> &R2 {
        let value: &JsValue = self.0.as_ref();
        value.unchecked_ref()
    }

    /// Begins an object of this length.
    pub(crate) fn upload(&self, key: &str, length: usize) -> Result<Upload, Unavailable> {
        let failed = |error| Unavailable::new("writing PAYLOADS", worker::Error::from(error));
        let stream = FixedLengthStream::new(length as f64).map_err(failed)?;
        let writer = stream.writable().get_writer().map_err(failed)?;
        let object = self.raw().put(key, &stream.readable());
        Ok(Upload {
            writer,
            // It asks for the outcome at once: one that fails is never unheard of.
            object: JsFuture::from(object),
        })
    }

    /// The object under `key`, to be read or sent; `None` if there is none.
    pub(crate) async fn find(&self, key: &str) -> Result<Option<Object>, Unavailable> {
        let found = settled("reading PAYLOADS", self.raw().get(key).into()).await?;
        if found.is_null() {
            return Ok(None);
        }
        Ok(Some(Object(found.unchecked_into())))
    }

    /// Removes objects: at most 1,000.
    pub(crate) async fn delete(&self, keys: &[String]) -> Result<(), Unavailable> {
        let keys: Array = keys.iter().map(JsValue::from).collect();
        settled("deleting of PAYLOADS", self.raw().delete(&keys).into()).await?;
        Ok(())
    }
}

impl Orphanage for PayloadBucket {
    async fn page(&self, after: Option<String>) -> Result<Vec<orphans::Object>, Unavailable> {
        let options = js_sys::Object::new();
        let set = |name: &str, value: JsValue| Reflect::set(&options, &name.into(), &value);
        let set = set("limit", orphans::PAGE.into())
            .and_then(|_| after.map_or(Ok(true), |after| set("startAfter", after.into())));
        set.map_err(|error| Unavailable::new("listing PAYLOADS", worker::Error::from(error)))?;
        let page = settled("listing PAYLOADS", self.raw().list(&options).into()).await?;
        let page: R2Page = page.unchecked_into();
        let object = |object: JsValue| {
            let object: R2Object = object.unchecked_into();
            orphans::Object {
                key: object.key(),
                uploaded_at: object.uploaded().get_time() as Millis,
            }
        };
        Ok(page.objects().iter().map(object).collect())
    }

    async fn remove(&self, keys: &[String]) -> Result<(), Unavailable> {
        self.delete(keys).await
    }
}

impl Payloads for PayloadBucket {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), Unavailable> {
        let upload = self.upload(key, bytes.len())?;
        for piece in bytes.chunks(PIECE as usize) {
            upload.write(&Uint8Array::from(piece)).await?;
        }
        upload.finish().await
    }
}

/// An object that is being written.
pub(crate) struct Upload {
    writer: Writer,
    object: JsFuture,
}

impl Upload {
    /// The next piece.
    pub(crate) async fn write(&self, piece: &Uint8Array) -> Result<(), Unavailable> {
        settled("writing PAYLOADS", self.writer.write(piece).into()).await?;
        Ok(())
    }

    /// All pieces have been written: now it is an object.
    pub(crate) async fn finish(self) -> Result<(), Unavailable> {
        settled("writing PAYLOADS", self.writer.close().into()).await?;
        settled("writing PAYLOADS", self.object).await?;
        Ok(())
    }

    /// It is to be none.
    pub(crate) async fn abort(self) {
        let aborted = self.writer.abort("the body is not to be kept");
        // Both say that it failed: that is what was asked for.
        let _ = settled("writing PAYLOADS", aborted.into()).await;
        let _ = settled("writing PAYLOADS", self.object).await;
    }
}

/// An object of the bucket.
pub(crate) struct Object(R2Object);

impl Object {
    /// Its bytes.
    pub(crate) fn pieces(&self) -> Result<Pieces, Unavailable> {
        Pieces::of(self.0.body().into())
    }

    /// Its bytes as the body of a request, which says their number. They never pass through here.
    pub(crate) fn stream(&self) -> Result<JsValue, JsValue> {
        let stream = FixedLengthStream::new(self.0.size())?;
        // Whoever reads the other end hears of a failure.
        leave(self.0.body().pipe_to(&stream.writable()));
        Ok(stream.readable())
    }
}

/// A stream of bytes, read piece by piece.
pub(crate) struct Pieces {
    reader: Reader,
}

impl Pieces {
    /// Of a body that nobody has begun to read.
    pub(crate) fn of(body: JsValue) -> Result<Self, Unavailable> {
        let options = js_sys::Object::new();
        let set = Reflect::set(&options, &"mode".into(), &"byob".into());
        let body: Readable = body.unchecked_into();
        set.and_then(|_| body.get_reader(&options))
            .map(|reader| Self { reader })
            .map_err(|error| Unavailable::new("reading a body", worker::Error::from(error)))
    }

    /// The next piece, where it lies; `None` at the end.
    pub(crate) async fn next(&self) -> worker::Result<Option<Uint8Array>> {
        let read = self.reader.read(Uint8Array::new_with_length(PIECE));
        Ok(piece(JsFuture::from(read).await?))
    }

    /// The next piece, in time.
    pub(crate) async fn next_in_time(&self) -> Result<Option<Uint8Array>, Unavailable> {
        let read = self.reader.read(Uint8Array::new_with_length(PIECE));
        let read = settled("reading PAYLOADS", read.into()).await?;
        Ok(piece(read))
    }

    /// Reads no further.
    pub(crate) fn cancel(self) {
        leave(self.reader.cancel());
    }
}

fn piece(read: JsValue) -> Option<Uint8Array> {
    let read: Read = read.unchecked_into();
    read.value().filter(|_| !read.done())
}

/// What R2 says, in time.
async fn settled(doing: &'static str, promise: JsFuture) -> Result<JsValue, Unavailable> {
    within(LIMIT, doing, async { Ok(promise.await?) }).await
}

/// Lets it end by itself: whoever needs its outcome hears of it elsewhere.
fn leave(promise: Promise) {
    let promise = JsFuture::from(promise);
    worker::wasm_bindgen_futures::spawn_local(async move {
        let _ = promise.await;
    });
}
