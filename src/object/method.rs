//! The methods of the objects: name, input, output. A caller and its object are deployed
//! together but not in the same instant, so a field is added, never renamed.

use hookgate_relay::application::{
    Consignment, Creation, Message, Replaced, ResendOrder, Retirement, Rotated, Rotation,
};
use hookgate_relay::attempt::{Attempt, AttemptFilter};
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::dead::{Given, Letter};
use hookgate_relay::endpoint::Cancel;
use hookgate_relay::inbox::{Admission, Arrival};
use hookgate_relay::message::QueueMessage;
use hookgate_relay::notice::Notice;
use hookgate_relay::page::{Listed, Page};
use hookgate_relay::port::Millis;
use hookgate_relay::refusals::Refusal;
use hookgate_relay::registry::tasks::TaskQuery;
use hookgate_relay::registry::{Filed, Shelf};
use hookgate_relay::task::{Sieve, Task};
use hookgate_relay::watch::{Look, Note, Watched};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// One method of one kind of object.
pub(crate) trait Method {
    /// The path under which it is called.
    const NAME: &'static str;
    /// What it is given.
    type Input: Serialize + DeserializeOwned;
    /// What it answers.
    type Output: Serialize + DeserializeOwned;
}

macro_rules! methods {
    ($($(#[$doc:meta])* $method:ident $name:literal: $input:ty => $output:ty;)*) => {$(
        $(#[$doc])*
        pub(crate) enum $method {}
        impl Method for $method {
            const NAME: &'static str = $name;
            type Input = $input;
            type Output = $output;
        }
    )*};
}

methods! {
    /// Inbox: admit an event.
    Accept "accept": Arrival => Admission;
    /// Inbox: admit several events, one answer for each.
    AcceptAll "accept-all": Vec<Arrival> => Vec<Admission>;
    /// Inbox: these messages have arrived.
    Confirm "confirm": Vec<String> => ();

    /// Application: take received events over.
    AcceptEvents "accept-events": Vec<QueueMessage> => ();
    /// Application: store a message that the API made.
    CreateMessage "create-message": Message => Creation;
    /// Application: one message by id or event id.
    FindMessage "find-message": String => Option<Message>;
    /// Application: a page of messages.
    ListMessages "list-messages": MessageQuery => Listed<Message>;
    /// Application: add an endpoint.
    AddEndpoint "add-endpoint": EndpointConfig => Creation;
    /// Application: one endpoint by id or uid.
    FindEndpoint "find-endpoint": String => Option<EndpointConfig>;
    /// Application: a page of endpoints.
    ListEndpoints "list-endpoints": Page => Listed<EndpointConfig>;
    /// Application: replace an endpoint's secret.
    RotateSecret "rotate-secret": Rotation => Rotated;
    /// Application: replace an endpoint's configuration.
    ReplaceEndpoint "replace-endpoint": EndpointConfig => Replaced;
    /// Application: hear what its endpoints' objects tell.
    Hear "hear": Vec<Notice> => ();
    /// Application: the ids of all its endpoints.
    EndpointIds "endpoint-ids": () => Vec<String>;
    /// Application: order a message to be sent to an endpoint again.
    ResendMessage "resend-message": ResendOrder => bool;
    /// Application: delete an endpoint.
    RemoveEndpoint "remove-endpoint": String => bool;
    /// Application: be deleted; its id.
    Close "close": String => ();
    /// Application: start a background task.
    StartTask "start-task": Task => ();
    /// Application: take in what has happened elsewhere.
    AcceptOperations "accept-operations": Vec<Message> => ();
    /// Application: store a message for one endpoint alone.
    SendTo "send-to": (Message, String) => bool;
    /// Application: take back what an endpoint was not handed yet, of one message or of all.
    TakeBack "take-back": (String, Option<String>) => usize;

    /// Endpoint: take messages over for delivery.
    Deliver "deliver": Consignment => ();
    /// Endpoint: a page of its log.
    ListAttempts "list-attempts": AttemptQuery => Listed<Attempt>;
    /// Endpoint: which of these messages are meant.
    Sift "sift": Sieve => Vec<String>;
    /// Endpoint: its endpoint was deleted.
    Retire "retire": Retirement => ();
    /// Endpoint: end one delivery.
    CancelDelivery "cancel-delivery": Cancel => bool;
    /// Endpoint: end deliveries that wait, a bounded number of them.
    CancelPending "cancel-pending": () => usize;

    /// Refusals: write one down.
    RecordRefusal "record-refusal": Refusal => ();
    /// Refusals: a page of the log.
    ListRefusals "list-refusals": Page => Listed<Refusal>;

    /// Registry: file a new record.
    FileRecord "file-record": Record => Filed;
    /// Registry: one record by id or uid.
    FindRecord "find-record": (Shelf, String) => Option<serde_json::Value>;
    /// Registry: a page of records.
    ListRecords "list-records": (Shelf, Page) => Listed<serde_json::Value>;
    /// Registry: replace a record.
    AmendRecord "amend-record": Record => ();
    /// Registry: take a record away.
    RemoveRecord "remove-record": (Shelf, String) => ();
    /// Registry: a page of the event types that are not archived.
    ListEventTypes "list-event-types": Page => Listed<serde_json::Value>;
    /// Registry: note how a background task stands.
    NoteTask "note-task": Task => ();
    /// Registry: one background task.
    FindTask "find-task": String => Option<Task>;
    /// Registry: a page of background tasks.
    ListTasks "list-tasks": (TaskQuery, Page) => Listed<Task>;
    /// Registry: an object has something under way.
    WatchOver "watch-over": Note => ();
    /// Registry: whom to look at now, and how many at most.
    TakeWatched "take-watched": (Millis, u32) => Vec<Watched>;
    /// Registry: what came of it.
    Looked "looked": Vec<Look> => ();

    /// Registry: these have died.
    RecordDead "record-dead": Vec<Given> => ();
    /// Registry: a page of dead letters.
    ListDead "list-dead": Page => Listed<Letter>;
    /// Registry: the message of a dead letter.
    FindDead "find-dead": String => Option<String>;
    /// Registry: these dead letters are done with.
    ForgetDead "forget-dead": Vec<String> => ();

    /// Inbox, application, endpoint: do what is due, and say when to look again.
    LookAt "look-at": () => Option<Millis>;
}

/// Which attempts, and which page of them.
#[derive(Serialize, Deserialize)]
pub(crate) struct AttemptQuery {
    pub(crate) filter: AttemptFilter,
    pub(crate) page: Page,
}

/// Which page of messages.
#[derive(Serialize, Deserialize)]
pub(crate) struct MessageQuery {
    pub(crate) page: Page,
    /// Whether payloads are wanted.
    pub(crate) with_content: bool,
}

/// A new record of the registry.
#[derive(Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) shelf: Shelf,
    pub(crate) id: String,
    pub(crate) uid: Option<String>,
    pub(crate) record: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_methods_are_pinned() {
        // Two versions of the Worker meet during a deploy: a renamed method breaks the older.
        let names = [
            (Accept::NAME, "accept"),
            (AcceptAll::NAME, "accept-all"),
            (Confirm::NAME, "confirm"),
            (AcceptEvents::NAME, "accept-events"),
            (CreateMessage::NAME, "create-message"),
            (FindMessage::NAME, "find-message"),
            (ListMessages::NAME, "list-messages"),
            (AddEndpoint::NAME, "add-endpoint"),
            (FindEndpoint::NAME, "find-endpoint"),
            (ListEndpoints::NAME, "list-endpoints"),
            (RotateSecret::NAME, "rotate-secret"),
            (ReplaceEndpoint::NAME, "replace-endpoint"),
            (Hear::NAME, "hear"),
            (EndpointIds::NAME, "endpoint-ids"),
            (ResendMessage::NAME, "resend-message"),
            (TakeBack::NAME, "take-back"),
            (RemoveEndpoint::NAME, "remove-endpoint"),
            (Close::NAME, "close"),
            (StartTask::NAME, "start-task"),
            (AcceptOperations::NAME, "accept-operations"),
            (SendTo::NAME, "send-to"),
            (Sift::NAME, "sift"),
            (Retire::NAME, "retire"),
            (AmendRecord::NAME, "amend-record"),
            (RemoveRecord::NAME, "remove-record"),
            (ListEventTypes::NAME, "list-event-types"),
            (NoteTask::NAME, "note-task"),
            (FindTask::NAME, "find-task"),
            (ListTasks::NAME, "list-tasks"),
            (CancelDelivery::NAME, "cancel-delivery"),
            (CancelPending::NAME, "cancel-pending"),
            (Deliver::NAME, "deliver"),
            (ListAttempts::NAME, "list-attempts"),
            (RecordRefusal::NAME, "record-refusal"),
            (ListRefusals::NAME, "list-refusals"),
            (FileRecord::NAME, "file-record"),
            (FindRecord::NAME, "find-record"),
            (ListRecords::NAME, "list-records"),
            (WatchOver::NAME, "watch-over"),
            (TakeWatched::NAME, "take-watched"),
            (Looked::NAME, "looked"),
            (LookAt::NAME, "look-at"),
            (RecordDead::NAME, "record-dead"),
            (ListDead::NAME, "list-dead"),
            (FindDead::NAME, "find-dead"),
            (ForgetDead::NAME, "forget-dead"),
        ];
        for (name, pinned) in names {
            assert_eq!(name, pinned);
        }
    }
}
