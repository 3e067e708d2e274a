//! Works background tasks off: a page of messages at a time, of which the endpoint says which are
//! meant.
//!
//! The orders of a page and the place where it ends commit together, so that a task which is cut off
//! goes on where it was, and nothing is ordered twice. A task ends when the registry knows of its end.

use super::again::order_again;
use super::choice::{self, Choice};
use super::{Application, Endpoints, PAGE_BYTES, followed, from_json, to_json};
use crate::attempt::State;
use crate::backoff::{LONGEST_RETRY_MS, RETRY_MS};
use crate::batch::fitting;
use crate::config::EndpointConfig;
use crate::fanout;
use crate::filter::FilterFailure;
use crate::port::{Host, Millis, Row, Sql, Unavailable};
use crate::task::{Sieve, Task, TaskFilter, TaskKind, TaskStatus};

pub(crate) const SCHEMA: &[&str] = &[
    "CREATE TABLE tasks (
        id TEXT PRIMARY KEY, task TEXT NOT NULL, at INTEGER NOT NULL, after TEXT NOT NULL,
        tries INTEGER NOT NULL, due_at INTEGER NOT NULL
    ) WITHOUT ROWID",
    "CREATE INDEX tasks_by_due ON tasks (due_at)",
    "CREATE INDEX IF NOT EXISTS messages_by_age ON messages (created_at, id)",
];

/// Messages of one page, and pages of one run.
const PAGE: i64 = 200;
const MOST_PAGES: usize = 10;

const DAY_MS: Millis = 86_400_000;

/// One task, and where it stands in the list of messages.
struct Work {
    task: Task,
    at: Millis,
    after: String,
}

impl<H: Host> Application<H> {
    /// Starts a task, once by its id.
    ///
    /// # Errors
    /// The storage is away; it is not started.
    pub fn start_task(&self, task: &Task) -> Result<(), Unavailable> {
        self.arm_soon()?;
        let since = match (task.kind, self.rows_ms()) {
            (TaskKind::ReplayMissing, Some(kept)) => {
                // Of what is older, the endpoint may have forgotten that it was delivered.
                task.filter.since.max(self.host.now() - kept + DAY_MS)
            }
            _ => task.filter.since,
        };
        let now = self.host.now();
        self.host.transaction(|| {
            if followed::is_followed(&self.host, &task.id, now)? {
                // It may have ended since, and be forgotten.
                return Ok(());
            }
            followed::follow(&self.host, &task.id, now)?;
            self.host.query(
                "INSERT OR IGNORE INTO tasks (id, task, at, after, tries, due_at)
                 VALUES (?, ?, ?, '', 0, ?)",
                vec![
                    task.id.as_str().into(),
                    to_json(task)?.into(),
                    since.into(),
                    now.into(),
                ],
            )?;
            Ok(())
        })
    }

    /// Goes on with the tasks that are due, a bounded way.
    pub(super) async fn work(&self, objects: &impl Endpoints) -> Result<(), Unavailable> {
        let Some(_place) = self.working.enter("tasks") else {
            return Ok(());
        };
        let Some(mut work) = self.take_task()? else {
            return Ok(());
        };
        for _ in 0..MOST_PAGES {
            // One that is away is asked again at the task's next turn, which is set.
            if work.task.status == TaskStatus::Running && !self.step(&mut work, objects).await? {
                return Ok(());
            }
        }
        if objects.note_task(&work.task).await.is_err() {
            return Ok(());
        }
        let id = work.task.id.as_str().into();
        if work.task.status == TaskStatus::Running {
            let due = self.host.now().into();
            self.host.query(
                "UPDATE tasks SET tries = 0, due_at = ? WHERE id = ?",
                vec![due, id],
            )?;
        } else {
            self.host
                .query("DELETE FROM tasks WHERE id = ?", vec![id])?;
        }
        Ok(())
    }

    /// The task that is longest due, put off to its next try.
    fn take_task(&self) -> Result<Option<Work>, Unavailable> {
        self.host
            .query(
                "UPDATE tasks SET tries = tries + 1, due_at = ?1 + MIN(?2, ?3 << MIN(tries, 20))
                 WHERE id = (SELECT id FROM tasks WHERE due_at <= ?1 ORDER BY due_at LIMIT 1)
                 RETURNING task, at, after",
                vec![
                    self.host.now().into(),
                    LONGEST_RETRY_MS.into(),
                    RETRY_MS.into(),
                ],
            )?
            .pop()
            .map(|mut row| {
                Ok(Work {
                    task: from_json(&row.take_text(0)?)?,
                    at: row.integer(1)?,
                    after: row.take_text(2)?,
                })
            })
            .transpose()
    }

    /// One page of a task: whether it could be done.
    async fn step(&self, work: &mut Work, objects: &impl Endpoints) -> Result<bool, Unavailable> {
        let task = &work.task;
        let Some(config) = self.endpoint(&task.endpoint_id)? else {
            work.task.status = TaskStatus::Failed;
            return self.note_step(work, &[], &[]).map(|()| true);
        };
        // One that is disabled is given it as well, and holds it back.
        let config = EndpointConfig {
            disabled: false,
            ..config
        };
        let mut rows = self.host.query(
            "SELECT LENGTH(payload), created_at, id, event_type, channels, tags, expunged
             FROM messages WHERE created_at <= ? AND (created_at, id) > (?, ?)
             ORDER BY created_at, id LIMIT ?",
            vec![
                task.filter.until.into(),
                work.at.into(),
                work.after.as_str().into(),
                PAGE.into(),
            ],
        )?;
        let whole = (rows.len() as i64) < PAGE;
        let judged = task.kind == TaskKind::ReplayMissing && config.filter.is_some();
        let fitting = match judged {
            true => fitting(&rows, PAGE_BYTES)?,
            false => PAGE,
        };
        let finished = whole && rows.len() as i64 <= fitting;
        rows.truncate(usize::try_from(fitting).unwrap_or(1));
        let count = rows.len() as i64;
        let mut last = None;
        let mut ids = vec![];
        for mut row in rows {
            let (at, id) = (row.integer(1)?, row.take_text(2)?);
            if is_meant(row, task, &config)? {
                ids.push(id.clone());
            }
            last = Some((at, id));
        }
        if !ids.is_empty() {
            let sieve = Sieve {
                ids,
                missing: task.kind == TaskKind::ReplayMissing,
                state: match task.kind {
                    TaskKind::Recover => Some(State::Fail),
                    _ => task.filter.state,
                },
                status_code_class: task.filter.status_code_class,
            };
            match objects.sift(&task.endpoint_id, &sieve).await {
                Ok(meant) => ids = meant,
                Err(_) => return Ok(false),
            }
        }
        let mut failures = vec![];
        if judged {
            // After the endpoint's word: of what it has been given no payload is read.
            ids = self.wanted(ids, &config, &mut failures)?;
        }
        if let Some((at, after)) = last {
            (work.at, work.after) = (at, after);
        }
        work.task.scanned += count;
        work.task.matched += ids.len() as i64;
        if finished {
            work.task.status = TaskStatus::Finished;
        }
        self.note_step(work, &ids, &failures).map(|()| true)
    }

    /// Those messages that the endpoint's filter wants. Those of which it cannot say go to
    /// `failures`.
    fn wanted(
        &self,
        ids: Vec<String>,
        config: &EndpointConfig,
        failures: &mut Vec<(String, FilterFailure)>,
    ) -> Result<Vec<String>, Unavailable> {
        let mut wanted = vec![];
        for id in ids {
            let row = self.host.query(
                "SELECT payload, event_type, channels FROM messages
                 WHERE id = ? AND expunged = 0",
                vec![id.as_str().into()],
            )?;
            // It may have been purged meanwhile.
            let Some(mut row) = row.into_iter().next() else {
                continue;
            };
            let (event_type, channels) = (row.take_text(1)?, row.take_text(2)?);
            let channels: Vec<String> = from_json(&channels)?;
            let payload = row.0.swap_remove(0);
            let choices = choice::choose(
                std::slice::from_ref(config),
                &event_type,
                &channels,
                &payload,
            );
            match choices.into_iter().next() {
                None => {}
                Some(Choice { failure: None, .. }) => wanted.push(id),
                Some(Choice {
                    failure: Some(failure),
                    ..
                }) => failures.push((id, failure)),
            }
        }
        Ok(wanted)
    }

    /// Orders what a page has found, and notes where it ended.
    fn note_step(
        &self,
        work: &mut Work,
        ids: &[String],
        failures: &[(String, FilterFailure)],
    ) -> Result<(), Unavailable> {
        let now = self.host.now();
        work.task.revision += 1;
        work.task.updated_at = now;
        let task = &work.task;
        let there = self.host.transaction(|| {
            // A task that was given up meanwhile orders nothing any more.
            let there = self.host.query(
                "UPDATE tasks SET task = ?, at = ?, after = ?
                 WHERE id = ? AND task ->> 'status' = 'running' RETURNING id",
                vec![
                    to_json(task)?.into(),
                    work.at.into(),
                    work.after.as_str().into(),
                    task.id.as_str().into(),
                ],
            )?;
            if there.is_empty() || task.dry_run {
                return Ok(!there.is_empty());
            }
            for (id, failure) in failures {
                choice::note(&self.host, &task.endpoint_id, id, failure, now)?;
            }
            if ids.is_empty() {
                return Ok(true);
            }
            match task.kind {
                TaskKind::ReplayMissing => {
                    fanout::add_missing(&self.host, &task.endpoint_id, ids, now)?;
                }
                TaskKind::Recover | TaskKind::BulkReplay => {
                    let failed = task.kind == TaskKind::Recover;
                    order_again(&self.host, &task.endpoint_id, ids, failed, now)?;
                }
            }
            Ok(true)
        })?;
        if !there {
            work.task.status = TaskStatus::Failed;
        }
        Ok(())
    }
}

/// Whether a message passes what can be told without its endpoint and without its payload.
fn is_meant(mut row: Row, task: &Task, config: &EndpointConfig) -> Result<bool, Unavailable> {
    let TaskFilter {
        event_types,
        channel,
        tag,
        ..
    } = &task.filter;
    if row.integer(6)? != 0 {
        return Ok(false);
    }
    let event_type = row.take_text(3)?;
    let channels: Vec<String> = from_json(&row.take_text(4)?)?;
    let tags: Vec<String> = from_json(&row.take_text(5)?)?;
    let wanted = task.kind != TaskKind::ReplayMissing || config.wants(&event_type, &channels);
    Ok(wanted
        && event_types
            .as_ref()
            .is_none_or(|types| types.contains(&event_type))
        && channel.as_ref().is_none_or(|one| channels.contains(one))
        && tag.as_ref().is_none_or(|one| tags.contains(one)))
}

/// Gives up the tasks of an endpoint, inside the caller's transaction. Each fails with its next turn, which
/// is at once; one that waits for its endpoint's word orders nothing with it.
pub(super) fn give_up(sql: &impl Sql, endpoint_id: &str, now: Millis) -> Result<(), Unavailable> {
    sql.query(
        "UPDATE tasks SET tries = 0, due_at = ?1,
            task = json_set(task, '$.status', 'failed', '$.updatedAt', CAST(?1 AS INTEGER),
                '$.revision', (task ->> 'revision') + 1)
         WHERE task ->> 'endpointId' = ?2 AND task ->> 'status' = 'running'",
        vec![now.into(), endpoint_id.into()],
    )?;
    Ok(())
}
