//! The background tasks of all applications, as far as the registry has heard.

use super::{Registry, parse};
use crate::page::{Listed, Listing, Page};
use crate::port::{Host, Millis, Unavailable, Value};
use crate::task::{Task, TaskKind, TaskStatus};

pub(crate) const SCHEMA: &[&str] = &["CREATE TABLE tasks (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, status TEXT NOT NULL, revision INTEGER NOT NULL,
        task TEXT NOT NULL
    ) WITHOUT ROWID"];

/// Tasks that are remembered.
pub const MOST_TASKS: i64 = 10_000;

/// Which tasks to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TaskQuery {
    /// Of this kind.
    pub kind: Option<TaskKind>,
    /// That stand so.
    pub status: Option<TaskStatus>,
}

impl<H: Host> Registry<H> {
    /// Notes how a task stands, unless something newer is known.
    ///
    /// # Errors
    /// The storage is away.
    pub fn note_task(&self, task: &Task) -> Result<(), Unavailable> {
        let text = serde_json::to_string(task)
            .map_err(|error| Unavailable::new("writing a task", error))?;
        let known = self.host.query(
            "UPDATE tasks SET status = IIF(revision < ?3, ?2, status),
                task = IIF(revision < ?3, ?4, task), revision = MAX(revision, ?3)
             WHERE id = ?1 RETURNING id",
            vec![
                task.id.as_str().into(),
                word(&task.status)?,
                task.revision.into(),
                text.as_str().into(),
            ],
        )?;
        if !known.is_empty() {
            return Ok(());
        }
        self.host.query(
            "INSERT INTO tasks (id, kind, status, revision, task) VALUES (?, ?, ?, ?, ?)",
            vec![
                task.id.as_str().into(),
                word(&task.kind)?,
                word(&task.status)?,
                task.revision.into(),
                text.into(),
            ],
        )?;
        // The oldest leave; ids sort by their time. Not at every step of a task: to find the oldest, as
        // many rows are read as there may be.
        self.host.query(
            "DELETE FROM tasks WHERE id < (
                SELECT id FROM tasks ORDER BY id DESC LIMIT 1 OFFSET ?)",
            vec![(MOST_TASKS - 1).into()],
        )?;
        Ok(())
    }

    /// The running tasks of an application that was erased: nobody is left to end them.
    pub(super) fn fail_tasks_of(&self, application: &str, now: Millis) -> Result<(), Unavailable> {
        let running = self.host.query(
            "SELECT task FROM tasks
             WHERE status = ? AND json_extract(task, '$.applicationId') = ?",
            vec![word(&TaskStatus::Running)?, application.into()],
        )?;
        for mut row in running {
            let mut task: Task = parse(&row.take_text(0)?)?;
            task.status = TaskStatus::Failed;
            task.revision += 1;
            task.updated_at = now;
            self.note_task(&task)?;
        }
        Ok(())
    }

    /// The task of this id.
    ///
    /// # Errors
    /// The storage is away.
    pub fn task(&self, id: &str) -> Result<Option<Task>, Unavailable> {
        self.host
            .query("SELECT task FROM tasks WHERE id = ?", vec![id.into()])?
            .pop()
            .map(|mut row| parse(&row.take_text(0)?))
            .transpose()
    }

    /// One page of tasks.
    ///
    /// # Errors
    /// The storage is away.
    pub fn list_tasks(&self, query: &TaskQuery, page: &Page) -> Result<Listed<Task>, Unavailable> {
        let or_any = |word: Option<Result<Value, Unavailable>>| word.unwrap_or(Ok(Value::Null));
        Listing {
            select: "SELECT id, task FROM tasks",
            condition: (
                "kind = COALESCE(?, kind) AND status = COALESCE(?, status)",
                vec![
                    or_any(query.kind.as_ref().map(word))?,
                    or_any(query.status.as_ref().map(word))?,
                ],
            ),
            key: "id",
        }
        .read(&self.host, page, |mut row| {
            Ok((row.take_text(0)?, parse(&row.take_text(1)?)?))
        })
    }
}

/// A kind, or a status, as the API writes it.
fn word(value: &impl serde::Serialize) -> Result<Value, Unavailable> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(Value::Text(word)),
        _ => Err(Unavailable::new("writing a task", "no word for it")),
    }
}
