//! What an alarm costs with ten deliveries due, by the deliveries that the endpoint stores.

use std::path::Path;
use std::time::Duration;

use futures_executor::block_on;
use hookgate_relay::application::{Consignment, Message};
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::endpoint::Endpoint;
use hookgate_relay::guard::Guard;
use hookgate_relay::message::Body;
use hookgate_relay::port::{Clock, Hints, Http, HttpOutcome, HttpRequest};
use hookgate_relay::schedule::Schedule;
use hookgate_relay::vault::Vault;

use crate::host::FileHost;
use crate::{Figure, file, in_turns, time};

const DUE: usize = 10;
const ROUNDS: usize = 51;
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const SECRET: &str = "whsec_Zmlyc3Qtc2VjcmV0LW9mLXRoZS1lbmRwb2lu";

/// A receiver that takes everything at once.
struct Receiver;

impl Http for Receiver {
    async fn post(&self, _request: HttpRequest) -> HttpOutcome {
        HttpOutcome::Answered {
            status: 200,
            hints: Hints::default(),
            body: vec![],
        }
    }
}

struct Bench {
    endpoint: Endpoint<FileHost>,
    host: FileHost,
    config: EndpointConfig,
    next: usize,
}

impl Bench {
    fn holding(folder: &Path, deliveries: usize) -> Self {
        let host = FileHost::in_file(&file(folder, "endpoint", deliveries));
        let vault = Vault::new(MASTER_KEY).expect("a sound key");
        let secret = vault.wrap(SECRET, "ep_1", &host);
        let mut config = EndpointConfig::new("ep_1".into(), secret, host.now());
        config.url = "https://receiver.example/hook".into();
        // Nothing is due by itself.
        config.retry_schedule = Some(Schedule::List(vec![86_400].into()));
        config.version = 1;
        let guard = Guard {
            allow_private: false,
        };
        let endpoint = Endpoint::open(host.clone(), vault, guard).expect("an endpoint");
        let mut bench = Self {
            endpoint,
            host,
            config,
            next: 0,
        };
        while bench.next < deliveries {
            bench.accept(100.min(deliveries - bench.next));
        }
        bench
    }

    fn accept(&mut self, messages: usize) {
        let message = |number: usize| Message {
            id: id(number),
            event_id: None,
            event_type: "invoice.paid".into(),
            channels: vec![],
            tags: vec![],
            content_type: None,
            created_at: self.host.now(),
            deliver_at: None,
            expunged: false,
            payload: Body::Text("{\"n\":1}".into()),
        };
        let messages = (self.next..self.next + messages)
            .map(message)
            .collect::<Vec<_>>();
        self.next += messages.len();
        let config = self.config.clone();
        self.endpoint
            .accept(Consignment {
                config,
                messages,
                resends: vec![],
            })
            .expect("to be taken over");
    }

    /// As many are stored as before, and the newest ten of them are due.
    fn make_ten_due(&mut self) {
        self.accept(DUE);
        let (from, now) = (id(self.next - DUE), self.host.now());
        self.host.write(&format!(
            "UPDATE deliveries SET next_attempt_at = {now} WHERE message_id >= '{from}'"
        ));
    }
}

fn id(number: usize) -> String {
    format!("msg_{number:010}")
}

pub(crate) fn measure(folder: &Path, most: usize) -> Vec<Figure> {
    let sizes: Vec<usize> = [10, 10_000, 1_000_000]
        .into_iter()
        .filter(|size| *size <= most)
        .collect();
    let mut benches: Vec<Bench> = sizes
        .iter()
        .map(|size| Bench::holding(folder, *size))
        .collect();
    let alarms = in_turns(&mut benches, ROUNDS, |bench| {
        bench.make_ten_due();
        time(|| block_on(bench.endpoint.on_alarm(&Receiver)).expect("to ring"))
    });
    let name = "an alarm with 10 due, stored deliveries";
    let figure = |(held, time): (&usize, Duration)| Figure {
        name: name.into(),
        held: *held,
        micros: time.as_secs_f64() * 1e6,
    };
    sizes.iter().zip(alarms).map(figure).collect()
}
