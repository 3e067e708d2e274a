//! The ports of a Durable Object: its SQLite, its alarm, the clock and the dice.
#![allow(unsafe_code)] // what `#[wasm_bindgen]` expands to; none is written here

use hookgate_relay::port::{Alarm, Clock, Millis, Random, Row, Sql, Unavailable, Value};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use worker::{Date, State};

#[wasm_bindgen]
extern "C" {
    /// `ctx.storage`. The bindings of `worker` have no `transactionSync`, make `setAlarm` wait,
    /// and cross into JavaScript for every row.
    type Storage;

    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &Storage,
        work: &mut dyn FnMut() -> Result<(), JsValue>,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &Storage, at: f64) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn sql(this: &Storage) -> SqlStorage;

    /// `ctx.storage.sql`
    type SqlStorage;

    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &SqlStorage, sql: &str, params: Array) -> Result<Cursor, JsValue>;

    type Cursor;

    /// The rows as arrays, without column names.
    #[wasm_bindgen(method, catch)]
    fn raw(this: &Cursor) -> Result<JsValue, JsValue>;
}

/// One object's view of its runtime.
pub(crate) struct ObjectHost {
    sql: SqlStorage,
    storage: Storage,
}

impl ObjectHost {
    /// The ports of the object that `state` belongs to.
    pub(crate) fn new(state: &State) -> Self {
        let storage: Storage = JsValue::from(state.storage().as_raw()).unchecked_into();
        Self {
            sql: storage.sql(),
            storage,
        }
    }
}

impl Sql for ObjectHost {
    fn query(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, Unavailable> {
        let params: Array = params.into_iter().map(to_js).collect();
        let cursor = self.sql.exec(sql, params).map_err(describe)?;
        if answers_nothing(sql) {
            return Ok(vec![]);
        }
        let rows = cursor.raw().map_err(describe)?;
        // One crossing for all rows.
        Array::from(&rows)
            .iter()
            .map(|row| {
                let row = Array::from(&row);
                Ok(Row(row.iter().map(from_js).collect::<Result<_, _>>()?))
            })
            .collect()
    }

    fn transaction<T>(
        &self,
        work: impl FnOnce() -> Result<T, Unavailable>,
    ) -> Result<T, Unavailable> {
        let mut work = Some(work);
        let mut value = None;
        self.atomically(&mut || {
            if let Some(work) = work.take() {
                value = Some(work()?);
            }
            Ok(())
        })?;
        value.ok_or_else(|| Unavailable::new("a transaction", "it never ran"))
    }
}

/// Whether a statement only writes. It has run as soon as it is asked for; to find that it has no rows
/// takes four calls more.
fn answers_nothing(sql: &str) -> bool {
    let writes = ["INSERT", "UPDATE", "DELETE"];
    writes.iter().any(|word| sql.starts_with(word)) && !sql.contains("RETURNING")
}

impl ObjectHost {
    /// A transaction, which is the same code for all of them.
    #[inline(never)]
    fn atomically(
        &self,
        work: &mut dyn FnMut() -> Result<(), Unavailable>,
    ) -> Result<(), Unavailable> {
        let mut failure = None;
        let committed = self.storage.transaction_sync(&mut || {
            work().map_err(|error| {
                failure = Some(error);
                // Throwing is how the runtime is told to roll back.
                JsValue::from_str("rolled back")
            })
        });
        match failure {
            Some(error) => Err(error),
            None => committed.map(|_| ()).map_err(describe),
        }
    }
}

impl Alarm for ObjectHost {
    fn set_alarm(&self, at: Millis) -> Result<(), Unavailable> {
        // The promise is not awaited: the write joins the SQL of this turn, and the runtime holds
        // the object's answers back until it is on disk, or resets the object if it cannot be.
        // What is long due rings at once; of 0 and less it wants to know nothing.
        self.storage
            .set_alarm(at.max(1) as f64)
            .map(|_| ())
            .map_err(describe)
    }
}

impl Clock for ObjectHost {
    fn now(&self) -> Millis {
        now()
    }
}

impl Random for ObjectHost {
    fn fill(&self, buffer: &mut [u8]) {
        Dice.fill(buffer);
    }
}

/// The time now, unix milliseconds. It stands still between two waits for I/O.
pub(crate) fn now() -> Millis {
    Date::now().as_millis() as Millis
}

/// The runtime's dice.
pub(crate) struct Dice;

impl Random for Dice {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the runtime always has crypto.getRandomValues");
    }
}

impl Clock for Dice {
    fn now(&self) -> Millis {
        now()
    }
}

fn to_js(value: Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Integer(number) => JsValue::from_f64(number as f64),
        Value::Text(text) => JsValue::from_str(&text),
        Value::Blob(bytes) => Uint8Array::from(&bytes[..]).buffer().into(),
    }
}

fn from_js(value: JsValue) -> Result<Value, Unavailable> {
    if value.is_null() {
        Ok(Value::Null)
    } else if let Some(number) = value.as_f64() {
        Ok(Value::Integer(number as i64))
    } else if let Some(text) = value.as_string() {
        Ok(Value::Text(text))
    } else if let Some(buffer) = value.dyn_ref::<ArrayBuffer>() {
        Ok(Value::Blob(Uint8Array::new(buffer).to_vec()))
    } else {
        Err(Unavailable::new(
            "reading a row",
            "a value of an unknown kind",
        ))
    }
}

fn describe(error: JsValue) -> Unavailable {
    Unavailable::new("the object's storage", format_args!("{error:?}"))
}
