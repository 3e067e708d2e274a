//! What is written down of a request that was refused: redacted, explained, and bounded.

use std::rc::Rc;

use hookgate::{Explainer, Request, Verifier, VerifyError};
use hookgate_relay::id::{self, Kind};
use hookgate_relay::refusals::redact::{EXCERPT, Redactor};
use hookgate_relay::refusals::{Cause, Check, LARGEST, Refusal, Refusals};

use crate::host::{Disk, TestHost};
use crate::world::{START, World};

thread_local! {
    static LOG: (Rc<World>, Rc<Disk>, Refusals<TestHost>) = {
        let (world, disk) = (World::new(), Disk::new());
        let log = Refusals::open(world.host(&disk)).expect("a log");
        (world, disk, log)
    };
}

pub(crate) fn write_down(
    verifier: &Verifier,
    request: &Request<'_>,
    headers: &[(String, String)],
    error: &VerifyError,
    secret: &str,
    now: u64,
) {
    let scheme = verifier.scheme();
    let redactor = Redactor::new(&[secret], scheme.signs_content());
    let diagnosis = Explainer::new(scheme, &[secret]).explain(request, now);
    let entry = |id: String| Refusal {
        id,
        at: START,
        status: 401,
        code: error.code().into(),
        detail: redactor.words(&error.to_string(), 512),
        headers: redactor.headers(headers),
        payload: redactor.body(request.body),
        body_bytes: Some(request.body.len() as u64),
        causes: diagnosis.causes.iter().map(cause).collect(),
        checks: diagnosis
            .checks
            .iter()
            .map(|check| Check {
                name: check.name.into(),
                verdict: check.verdict.name().into(),
                summary: redactor.words(&check.summary, 512),
            })
            .collect(),
        unlogged: 0,
    };
    LOG.with(|(world, disk, log)| {
        disk.write("DELETE FROM refusals");
        let entry = entry(id::new(Kind::Log, &world.host(disk)));
        assert!(
            entry.payload.len() <= EXCERPT + 4,
            "{}",
            entry.payload.len()
        );
        let shown = [&entry.payload, &entry.detail];
        let values = entry.headers.iter().map(|(_, value)| value);
        let summaries = entry.checks.iter().map(|check| &check.summary);
        if secret == hookgate_fuzz::SECRET {
            for text in shown.into_iter().chain(values).chain(summaries) {
                assert!(!text.contains(secret), "{text}");
            }
        }
        log.record(entry).expect("sound storage");
        let bytes = disk.number("SELECT MAX(LENGTH(CAST(entry AS BLOB))) FROM refusals");
        assert!(bytes <= LARGEST as i64, "{bytes}");
    });
}

fn cause(cause: &hookgate::Cause) -> Cause {
    Cause {
        code: cause.code.into(),
        certain: cause.certain,
        meaning: cause.meaning().into(),
        remedy: cause.remedy().into(),
    }
}
