//! The background tasks that the registry remembers.

use hookgate_relay::registry::erasure::{Holder, Remains};
use hookgate_relay::registry::tasks::MOST_TASKS;
use hookgate_relay::task::{Task, TaskFilter, TaskKind, TaskStatus};

use super::Bench;
use crate::host::START;

fn task(id: &str, revision: i64, status: TaskStatus) -> Task {
    Task {
        id: id.into(),
        kind: TaskKind::Recover,
        application_id: "app_1".into(),
        endpoint_id: "ep_1".into(),
        filter: TaskFilter::default(),
        dry_run: false,
        status,
        scanned: revision,
        matched: 0,
        revision,
        updated_at: START,
    }
}

#[test]
fn a_late_copy_never_replaces_a_newer_state_of_a_task() {
    let bench = Bench::new();
    let (running, finished) = (TaskStatus::Running, TaskStatus::Finished);
    for (revision, status, expected) in [
        (1, running, 1),
        (3, finished, 3),
        (2, running, 3),
        (3, running, 3),
    ] {
        bench
            .registry
            .note_task(&task("q", revision, status))
            .unwrap();
        let known = bench.registry.task("q").unwrap().unwrap();
        let status = if expected == 3 { finished } else { running };
        assert_eq!(known, task("q", expected, status), "after {revision}");
        let columns = format!("SELECT COUNT(*) FROM tasks WHERE revision = {expected}");
        assert_eq!(bench.disk.number(&columns), 1);
    }
}

#[test]
fn the_oldest_task_leaves_when_one_is_added_and_nobody_looks_for_it_at_every_step() {
    let bench = Bench::new();
    bench.disk.write(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MOST_TASKS})
         INSERT INTO tasks (id, kind, status, revision, task)
         SELECT printf('q%06d', i), 'endpoint.recover', 'running', 0, '{{}}' FROM n"
    ));
    bench.disk.statements();
    bench
        .registry
        .note_task(&task("q000002", 1, TaskStatus::Running))
        .unwrap();
    let deletes = |statements: Vec<String>| {
        let deletes = statements.iter().filter(|sql| sql.starts_with("DELETE"));
        deletes.count()
    };
    assert_eq!(deletes(bench.disk.statements()), 0);
    bench
        .registry
        .note_task(&task("r", 0, TaskStatus::Running))
        .unwrap();
    assert_eq!(deletes(bench.disk.statements()), 1);
    assert_eq!(bench.disk.number("SELECT COUNT(*) FROM tasks"), MOST_TASKS);
    assert_eq!(bench.registry.task("q000001").unwrap(), None);
    assert!(bench.registry.task("q000002").unwrap().is_some());
}

#[test]
fn the_running_tasks_of_an_application_that_was_erased_fail() {
    let bench = Bench::new();
    let of = |id: &str, application: &str, status| Task {
        application_id: application.into(),
        ..task(id, 1, status)
    };
    let (running, finished) = (TaskStatus::Running, TaskStatus::Finished);
    for one in [
        of("q1", "src_1", running),
        of("q2", "src_1", finished),
        of("q3", "src_2", running),
    ] {
        bench.registry.note_task(&one).unwrap();
    }
    let erased = [Remains {
        kind: Holder::Application,
        name: "src_1".into(),
    }];
    bench.registry.erased(START + 7, &erased).unwrap();
    let status = |id: &str| bench.registry.task(id).unwrap().unwrap().status;
    let expected = [TaskStatus::Failed, finished, running];
    assert_eq!(["q1", "q2", "q3"].map(status), expected);
    let ended = bench.registry.task("q1").unwrap().unwrap();
    assert_eq!((ended.revision, ended.updated_at), (2, START + 7));
}
