//! What it costs to admit an event, by the live claims that the inbox holds.

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use futures_executor::block_on;
use hookgate_relay::inbox::{Arrival, Inbox};
use hookgate_relay::port::{Queue, Unavailable};

use crate::host::FileHost;
use crate::{Figure, file, in_turns, time};

/// Events of a round, after which all that it sent is confirmed.
const EVENTS: usize = 500;
const ROUNDS: usize = 31;

struct Bench {
    inbox: Inbox<FileHost>,
    host: FileHost,
    queue: Consumer,
    next: usize,
}

/// Takes what it is sent, and remembers the ids for the confirmation.
#[derive(Default)]
struct Consumer(RefCell<Vec<String>>);

impl Queue for Consumer {
    async fn send_batch(&self, messages: &[String]) -> Result<(), Unavailable> {
        // A message starts with its id here.
        let ids = messages
            .iter()
            .map(|message| message[1..MESSAGE_ID + 1].to_owned());
        self.0.borrow_mut().extend(ids);
        Ok(())
    }
}

const MESSAGE_ID: usize = "msg_0000000000".len();

impl Bench {
    fn holding(folder: &Path, claims: usize) -> Self {
        let host = FileHost::in_file(&file(folder, "inbox", claims));
        let mut bench = Self {
            inbox: Inbox::open(host.clone(), 60_000).expect("an inbox"),
            host,
            queue: Consumer::default(),
            next: 0,
        };
        while bench.next < claims {
            bench.admit(EVENTS.min(claims - bench.next));
            bench.forward();
        }
        bench
    }

    fn admit(&mut self, events: usize) {
        for _ in 0..events {
            self.next += 1;
            let message_id = format!("msg_{:010}", self.next);
            let message = format!("\"{message_id}{}\"", "x".repeat(1024));
            let arrival = Arrival {
                // Spread over the tree, as a provider's ids are.
                keys: vec![format!(
                    "id:evt_{:016x}",
                    (self.next as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
                )],
                ttl_ms: 3 * 86_400_000,
                layout: 0,
                queue: None,
                message_id,
                message,
            };
            self.inbox.accept(arrival).expect("to be admitted");
        }
        self.host.pass(1);
    }

    fn forward(&mut self) {
        block_on(self.inbox.drain(&self.queue)).expect("to be sent");
        let sent = self.queue.0.take();
        self.inbox.confirm(&sent).expect("to be confirmed");
    }
}

pub(crate) fn measure(folder: &Path, most: usize) -> Vec<Figure> {
    let sizes: Vec<usize> = [0, 10_000, 100_000, 1_000_000]
        .into_iter()
        .filter(|size| *size <= most)
        .collect();
    let mut benches: Vec<Bench> = sizes
        .iter()
        .map(|size| Bench::holding(folder, *size))
        .collect();
    let whole = in_turns(&mut benches, ROUNDS, |bench| {
        time(|| {
            bench.admit(EVENTS);
            bench.forward();
        })
    });
    let name = "an event through an inbox, live claims";
    let figure = |(held, time): (&usize, Duration)| Figure {
        name: name.into(),
        held: *held,
        micros: time.as_secs_f64() * 1e6 / EVENTS as f64,
    };
    sizes.iter().zip(whole).map(figure).collect()
}
