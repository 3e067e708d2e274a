//! Questions that a provider asks of an endpoint: answered here, and nothing is stored.

use hookgate::Reply;
use hookgate_relay::port::Unavailable;
use worker::{Response, ResponseBody, Result, console_log};

use super::answer::Refusal;
use crate::store::fetch;

/// SNS answers a confirmation with a few hundred bytes of XML.
const LONGEST_ANSWER: usize = 16 * 1024;

/// What to say to a question, all that it asks for done.
pub(super) struct Answered {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: Vec<u8>,
}

/// Does what the verifier says.
pub(super) async fn answer(source_id: &str, reply: Reply) -> Result<Answered, Refusal> {
    match reply {
        Reply::Answer {
            status,
            headers,
            body,
        } => Ok(Answered {
            status,
            headers,
            body,
        }),
        // Somebody has ended this subscription. To follow the address would take that back.
        Reply::Get {
            topic,
            undoes_unsubscription: true,
            ..
        } => {
            console_log!("source={source_id:?}: the subscription to {topic:?} has ended");
            Ok(EMPTY)
        }
        // The verifier has seen to it that it is one of the source's own topics.
        Reply::Get { url, topic, .. } => {
            fetch(&url, LONGEST_ANSWER, None)
                .await
                .map_err(Refusal::NotSubscribed)?;
            console_log!("source={source_id:?}: subscribed to {topic:?}");
            Ok(EMPTY)
        }
        // A kind of reply that this build does not know.
        _ => {
            let error = Unavailable::new("answering a handshake", "an unknown kind of reply");
            Err(Refusal::StorageAway(error))
        }
    }
}

const EMPTY: Answered = Answered {
    status: 200,
    headers: Vec::new(),
    body: Vec::new(),
};

impl Answered {
    pub(super) fn into_response(self) -> Result<Response> {
        let body = match self.body.is_empty() {
            true => ResponseBody::Empty,
            false => ResponseBody::Body(self.body),
        };
        let response = Response::from_body(body)?.with_status(self.status);
        for (name, value) in self.headers {
            response.headers().set(name, value)?;
        }
        Ok(response)
    }
}
