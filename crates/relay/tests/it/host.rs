//! The ports that every state machine runs on: real SQLite, a recorded alarm, and the clock and
//! the dice of the test's world, which also says which call goes wrong.
//!
//! A [`Disk`] outlives the machine above it: drop the machine, open another on the same disk, and
//! the first has crashed. The storage is as strict as the runtime's: integers are bound as
//! doubles, a statement has room for 100 parameters, and their number must be right; a compound has five
//! terms at most.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::path::Path;
use std::rc::Rc;

use hookgate_relay::port::{Alarm, Clock, Millis, Random, Row, Sql, Unavailable, Value};
use rusqlite::limits::Limit;
use rusqlite::types::{Value as SqlValue, ValueRef};
use rusqlite::{Connection, params_from_iter};

pub(crate) use crate::world::{Fault, START, World};

const BEGIN: &str = "BEGIN IMMEDIATE";

/// A table's name and its rows.
type Table = (String, Vec<Row>);

/// What one object has on disk.
pub(crate) struct Disk {
    db: Connection,
    alarm: Cell<Option<Millis>>,
    settings: Cell<u64>,
    writes: Cell<u64>,
    /// Written down once somebody has asked for them.
    statements: RefCell<Option<Vec<String>>>,
}

impl Disk {
    pub(crate) fn new() -> Rc<Self> {
        Self::with(Connection::open_in_memory().expect("SQLite"))
    }

    /// What `prepare` makes of a new disk. Of the next one in this thread only the contents are made anew:
    /// to create its tables and to compile its statements takes longer than a week of an object's life.
    pub(crate) fn prepared(prepare: impl FnOnce(&Rc<Self>)) -> Rc<Self> {
        thread_local! {
            static LAST: RefCell<Option<(Rc<Disk>, Vec<Table>)>> = const { RefCell::new(None) };
        }
        LAST.with_borrow_mut(|last| match last {
            Some((disk, tables)) if Rc::strong_count(disk) == 1 => {
                disk.restore(tables);
                Rc::clone(disk)
            }
            _ => {
                let disk = Self::new();
                prepare(&disk);
                let disk = &last.insert((Rc::clone(&disk), disk.tables())).0;
                Rc::clone(disk)
            }
        })
    }

    fn tables(&self) -> Vec<Table> {
        let names = self.rows("SELECT name FROM sqlite_master WHERE type = 'table'");
        let names = names.into_iter().map(|mut row| row.take_text(0).unwrap());
        names
            .map(|name| {
                let rows = self.rows(&format!("SELECT * FROM {name}"));
                (name, rows)
            })
            .collect()
    }

    fn restore(&self, tables: &[Table]) {
        if !self.committed() {
            self.rows("ROLLBACK");
        }
        for (name, rows) in tables {
            self.rows(&format!("DELETE FROM {name}"));
            for Row(values) in rows {
                let places = vec!["?"; values.len()].join(", ");
                let insert = format!("INSERT INTO {name} VALUES ({places})");
                self.rows_of(&insert, values.clone());
            }
        }
        self.alarm.set(None);
        self.settings.set(0);
        self.writes.set(0);
    }

    /// In a file, as the runtime keeps it; nobody waits for the file system.
    pub(crate) fn in_file(path: &Path) -> Rc<Self> {
        let db = Connection::open(path).expect("a file");
        let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF";
        db.execute_batch(settings).expect("SQLite");
        Self::with(db)
    }

    fn with(db: Connection) -> Rc<Self> {
        // Every statement of a machine: to compile them anew takes longer than to run them.
        db.set_prepared_statement_cache_capacity(128);
        let terms = (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5);
        db.set_limit(terms.0, terms.1).expect("a limit");
        Rc::new(Self {
            db,
            alarm: Cell::new(None),
            settings: Cell::new(0),
            writes: Cell::new(0),
            statements: RefCell::default(),
        })
    }

    pub(crate) fn alarm(&self) -> Option<Millis> {
        self.alarm.get()
    }

    pub(crate) fn forget_alarm(&self) {
        self.alarm.set(None);
    }

    pub(crate) fn set_alarm(&self, at: Millis) {
        self.alarm.set(Some(at));
    }

    /// The alarm rings, if it is time: the runtime forgets it.
    pub(crate) fn rings(&self, now: Millis) -> bool {
        let rings = self.alarm.get().is_some_and(|at| at <= now);
        if rings {
            self.alarm.set(None);
        }
        rings
    }

    /// How often the alarm was set.
    pub(crate) fn settings(&self) -> u64 {
        self.settings.get()
    }

    /// Counts what may have changed what stands on disk.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.get()
    }

    /// The statements since the last call; from the first call on they are written down.
    pub(crate) fn statements(&self) -> Vec<String> {
        self.statements.replace(Some(vec![])).unwrap_or_default()
    }

    /// Whether no transaction is open.
    pub(crate) fn committed(&self) -> bool {
        self.db.is_autocommit()
    }

    /// What stands on disk, read past the machine above.
    pub(crate) fn rows(&self, sql: &str) -> Vec<Row> {
        self.rows_of(sql, vec![])
    }

    /// The same with parameters: a statement is compiled once for all of them.
    pub(crate) fn rows_of(&self, sql: &str, params: Vec<Value>) -> Vec<Row> {
        self.run(sql, params).expect("a sound statement")
    }

    /// The one integer that `sql` answers.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.rows(sql)[0].integer(0).expect("an integer")
    }

    /// How SQLite would run a statement of the machine's, with its parameters as texts.
    pub(crate) fn plan(&self, statement: &str) -> String {
        let explain = format!("EXPLAIN QUERY PLAN {}", statement.replace('?', "'x'"));
        let steps = self.rows(&explain).into_iter();
        let steps = steps.map(|mut row| row.take_text(3).expect("a text"));
        steps.collect::<Vec<_>>().join("; ")
    }

    /// Writes past the machine above.
    pub(crate) fn write(&self, sql: &str) {
        self.db.execute_batch(sql).expect("a sound statement");
    }

    fn run(&self, sql: &str, params: Vec<Value>) -> rusqlite::Result<Vec<Row>> {
        let mut statement = self.db.prepare_cached(sql)?;
        assert_eq!(statement.parameter_count(), params.len(), "{sql}");
        assert!(params.len() <= 100, "{sql}");
        // A transaction alone changes nothing.
        if !statement.readonly() && sql != BEGIN {
            self.writes.set(self.writes.get() + 1);
        }
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(params.into_iter().map(bound)))?;
        let mut read = vec![];
        while let Some(row) = rows.next()? {
            let values = (0..columns).map(|column| Ok(value(row.get_ref(column)?)));
            read.push(Row(values.collect::<rusqlite::Result<_>>()?));
        }
        Ok(read)
    }
}

/// A JavaScript number is a double, and a double is what the runtime binds.
fn bound(value: Value) -> SqlValue {
    match value {
        Value::Null => SqlValue::Null,
        Value::Integer(number) => {
            assert!(number.abs() <= 1 << 53, "{number} is no JavaScript integer");
            SqlValue::Real(number as f64)
        }
        Value::Text(text) => SqlValue::Text(text),
        Value::Blob(bytes) => SqlValue::Blob(bytes),
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => panic!("{number} was stored as a fraction"),
        ValueRef::Text(text) => {
            Value::Text(String::from_utf8(text.to_vec()).expect("text is UTF-8"))
        }
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

/// One life of an object: the ports of a machine.
#[derive(Clone)]
pub(crate) struct TestHost {
    world: Rc<World>,
    disk: Rc<Disk>,
    life: u64,
}

impl fmt::Debug for TestHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestHost")
    }
}

impl TestHost {
    pub(crate) fn new(world: Rc<World>, disk: Rc<Disk>, life: u64) -> Self {
        Self { world, disk, life }
    }

    fn execute(&self, sql: &str) -> Result<(), Unavailable> {
        let done = self.disk.run(sql, vec![]);
        done.map(drop)
            .map_err(|error| Unavailable::new("a transaction", error))
    }
}

impl Sql for TestHost {
    fn query(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>, Unavailable> {
        if let Some(statements) = &mut *self.disk.statements.borrow_mut() {
            statements.push(sql.to_owned());
        }
        self.world.port(self.life, || {
            let rows = self.disk.run(sql, params);
            rows.map_err(|error| Unavailable::new("a statement", error))
        })
    }

    fn transaction<T>(
        &self,
        work: impl FnOnce() -> Result<T, Unavailable>,
    ) -> Result<T, Unavailable> {
        let alarm = self.disk.alarm.get();
        self.execute(BEGIN)?;
        let outcome = work().and_then(|value| {
            self.world.port(self.life, || self.execute("COMMIT"))?;
            Ok(value)
        });
        if !self.disk.db.is_autocommit() {
            self.execute("ROLLBACK")?;
            self.disk.alarm.set(alarm);
        }
        outcome
    }
}

impl Alarm for TestHost {
    fn set_alarm(&self, at: Millis) -> Result<(), Unavailable> {
        self.world.port(self.life, || {
            self.disk.alarm.set(Some(at));
            self.disk.settings.set(self.disk.settings.get() + 1);
            Ok(())
        })
    }
}

impl Clock for TestHost {
    fn now(&self) -> Millis {
        self.world.now()
    }
}

impl Random for TestHost {
    fn fill(&self, buffer: &mut [u8]) {
        self.world.fill(buffer);
    }
}
