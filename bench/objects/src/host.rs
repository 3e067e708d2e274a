//! The ports of an object: SQLite in a file, a clock and an alarm that are set, and dice.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;

use hookgate_relay::port::{Alarm, Clock, Millis, Random, Row, Sql, Unavailable, Value};
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Connection, params_from_iter};

/// One object's host; its copies are the same one.
#[derive(Clone)]
pub(crate) struct FileHost {
    db: Rc<Connection>,
    now: Rc<Cell<Millis>>,
    dice: Rc<RefCell<u64>>,
}

impl FileHost {
    /// With a write-ahead log, as the runtime opens it.
    pub(crate) fn in_file(path: &Path) -> Self {
        let db = Connection::open(path).expect("a file");
        // The disk is not what is measured: nothing waits for it.
        db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")
            .expect("SQLite");
        db.set_prepared_statement_cache_capacity(128);
        Self {
            db: Rc::new(db),
            now: Rc::new(Cell::new(1_800_000_000_000)),
            dice: Rc::new(RefCell::new(0x9e37_79b9_7f4a_7c15)),
        }
    }

    pub(crate) fn pass(&self, time: Millis) {
        self.now.set(self.now.get() + time);
    }

    /// Writes past the machine above.
    pub(crate) fn write(&self, sql: &str) {
        self.db.execute_batch(sql).expect("a sound statement");
    }

    fn run(&self, sql: &str, params: Vec<Value>) -> rusqlite::Result<Vec<Row>> {
        let mut statement = self.db.prepare_cached(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(params.into_iter().map(bound)))?;
        let mut read = vec![];
        while let Some(row) = rows.next()? {
            let values = (0..columns).map(|column| Ok(value(row.get_ref(column)?)));
            read.push(Row(values.collect::<rusqlite::Result<_>>()?));
        }
        Ok(read)
    }

    fn execute(&self, sql: &str) -> Result<(), Unavailable> {
        let done = self.db.execute_batch(sql);
        done.map_err(|error| Unavailable::new("a transaction", error))
    }
}

/// A number is a double, as in the runtime.
fn bound(value: Value) -> SqlValue {
    match value {
        Value::Null => SqlValue::Null,
        Value::Integer(number) => SqlValue::Real(number as f64),
        Value::Text(text) => SqlValue::Text(text),
        Value::Blob(bytes) => SqlValue::Blob(bytes),
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Integer(number as i64),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

impl Sql for FileHost {
    fn query(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, Unavailable> {
        let rows = self.run(sql, params);
        rows.map_err(|error| Unavailable::new("a statement", error))
    }

    fn transaction<T>(
        &self,
        work: impl FnOnce() -> Result<T, Unavailable>,
    ) -> Result<T, Unavailable> {
        self.execute("BEGIN IMMEDIATE")?;
        let outcome = work();
        self.execute(if outcome.is_ok() {
            "COMMIT"
        } else {
            "ROLLBACK"
        })?;
        outcome
    }
}

impl Alarm for FileHost {
    fn set_alarm(&self, _at: Millis) -> Result<(), Unavailable> {
        Ok(())
    }
}

impl Clock for FileHost {
    fn now(&self) -> Millis {
        self.now.get()
    }
}

/// xorshift: ids must differ, and nobody guesses here.
impl Random for FileHost {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.dice.borrow_mut();
        for byte in buffer {
            *state ^= *state << 13;
            *state ^= *state >> 7;
            *state ^= *state << 17;
            *byte = (*state >> 32) as u8;
        }
    }
}
