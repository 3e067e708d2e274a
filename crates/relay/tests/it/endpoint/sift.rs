//! Which messages a background task means, as the endpoint knows them.

use hookgate_relay::attempt::State;
use hookgate_relay::task::Sieve;

use super::Bench;
use crate::neighbour::status;

#[test]
fn an_endpoint_tells_what_it_was_given_how_that_ended_and_what_it_misses() {
    let bench = Bench::new("standard");
    bench.http.script().then(status(200));
    bench.http.script().then(status(503));
    bench.accept(&["msg_1"]);
    bench.pump();
    bench.accept(&["msg_2"]);
    bench.pump();
    let sift = |missing, state, status_code_class| {
        let ids = ["msg_3", "msg_2", "msg_1"].map(String::from).into();
        let sieve = Sieve {
            ids,
            missing,
            state,
            status_code_class,
        };
        bench.endpoint.sift(&sieve).unwrap()
    };
    assert_eq!(sift(false, None, None), ["msg_2", "msg_1"]);
    assert_eq!(sift(true, None, None), ["msg_3"]);
    assert_eq!(sift(false, Some(State::Success), None), ["msg_1"]);
    assert_eq!(sift(false, Some(State::Pending), None), ["msg_2"]);
    assert_eq!(sift(false, Some(State::Fail), None), [""; 0]);
    assert_eq!(sift(false, None, Some(500)), ["msg_2"]);
    assert_eq!(sift(false, Some(State::Success), Some(500)), [""; 0]);
    assert_eq!(sift(false, None, Some(0)), [""; 0]);
}
