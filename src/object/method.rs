//! The methods of the objects: name, input, output. A caller and its object are deployed
//! together but not in the same instant, so a field is added, never renamed.

use hookgate_relay::admission::layout::Enquiry;
use hookgate_relay::application::{
    Consignment, Creation, FilterFailures, Made, Message, Replaced, ResendOrder, Retirement,
    Rotated, Rotation, Terms,
};
use hookgate_relay::attempt::{Attempt, AttemptFilter};
use hookgate_relay::config::EndpointConfig;
use hookgate_relay::dead::{Given, Letter};
use hookgate_relay::endpoint::Cancel;
use hookgate_relay::inbox::Admission;
use hookgate_relay::message::QueueMessage;
use hookgate_relay::notice::Notice;
use hookgate_relay::once::{Claim, Settled};
use hookgate_relay::page::{Listed, Page};
use hookgate_relay::port::Millis;
use hookgate_relay::refusals::Refusal;
use hookgate_relay::registry::erasure::Remains;
use hookgate_relay::registry::tasks::TaskQuery;
use hookgate_relay::registry::{Filed, Shelf};
use hookgate_relay::search::Sought;
use hookgate_relay::task::{Sieve, Task};
use hookgate_relay::watch::{Look, Note, Watched};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// One method of one kind of object.
pub(crate) trait Method {
    /// The name under which it is called.
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
    /// Inbox: admit an event. It writes and reads itself (`Arrival`).
    Accept "accept": () => Admission;
    /// Inbox: admit several events, one answer for each; as above.
    AcceptAll "accept-all": () => Vec<Admission>;
    /// Inbox: which message holds each of these claims, from before the shards were changed.
    Enquire "enquire": Enquiry => Vec<Option<String>>;
    /// Inbox: which of these messages are still to be confirmed.
    Holds "holds": Vec<String> => Vec<String>;
    /// Inbox: these messages have arrived.
    Confirm "confirm": Vec<String> => ();

    /// Application: take received events over.
    AcceptEvents "accept-events": Vec<QueueMessage> => ();
    /// Application: which of these messages are here.
    Knows "knows": Vec<String> => Vec<String>;
    /// Application: store a message that the API made.
    CreateMessage "create-message": Message => Creation;
    /// Application: the same, on terms.
    MakeMessage "make-message": (Message, Terms) => Made;
    /// Application: take the content of a message away.
    ExpungeMessage "expunge-message": String => bool;
    /// Application: what an endpoint's filter could not say.
    FilterFailuresOf "filter-failures": String => Option<FilterFailures>;
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
    /// Application: the ids of all its endpoints, of those that leave too.
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
    /// Endpoint: a page of what it was given (`Delivery::to_json`).
    ListDeliveries "list-deliveries": AttemptQuery => Listed<serde_json::Value>;
    /// Endpoint: how many deliveries of a time stand how, a part of the count.
    CountDeliveries "count-deliveries": AttemptQuery => Listed<serde_json::Value>;
    /// Endpoint: which of these messages are meant.
    Sift "sift": Sieve => Vec<String>;
    /// Endpoint: its endpoint was deleted.
    Retire "retire": Retirement => ();
    /// Endpoint: end one delivery.
    CancelDelivery "cancel-delivery": Cancel => bool;
    /// Endpoint: end deliveries that wait, a bounded number of them.
    CancelPending "cancel-pending": () => usize;
    /// Endpoint: take the response of an attempt (message, attempt) away.
    ExpungeResponse "expunge-response": (String, String) => bool;

    /// Refusals: write one down.
    RecordRefusal "record-refusal": Refusal => ();
    /// Refusals: a page of the log.
    ListRefusals "list-refusals": Page => Listed<Refusal>;

    /// Registry: file a new record.
    FileRecord "file-record": Record => Filed;
    /// Registry: put a record in the place of an earlier one.
    ReplaceRecord "replace-record": Replacement => Replaced;
    /// Registry: take a source away, with what it leaves behind. Whether there was one.
    DeleteSource "delete-source": (String, Vec<Remains>) => bool;
    /// Registry: what to erase now, and how many at most.
    TakeErasures "take-erasures": (Millis, u32) => Vec<Remains>;
    /// Registry: these were erased then.
    Erased "erased": (Millis, Vec<Remains>) => ();
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

    /// Registry: claim an idempotency key (key, digest) before its call runs.
    ClaimOnce "claim-once": (String, String) => Claim;
    /// Registry: the call of a key was answered so, or failed.
    SettleOnce "settle-once": (String, Option<Settled>) => ();
    /// Registry: where the walk through the bucket goes on, if it is time.
    TakeWalk "take-walk": Millis => Vec<Option<String>>;
    /// Registry: a page of the bucket is done, and where the next one begins.
    WalkDone "walk-done": (Option<String>, Millis) => ();
    /// Registry: which of a source's messages have died, and which inboxes of it are watched.
    SpokenFor "spoken-for": (String, Vec<String>) => (Vec<String>, Vec<String>);

    /// Registry: these have died.
    RecordDead "record-dead": Vec<Given> => ();
    /// Registry: a page of dead letters.
    ListDead "list-dead": Page => Listed<Letter>;
    /// Registry: the message of a dead letter.
    FindDead "find-dead": String => Option<String>;
    /// Registry: these dead letters are done with.
    ForgetDead "forget-dead": Vec<String> => ();

    /// Inbox, application, endpoint, refusals: forget everything.
    Erase "erase": () => ();
    /// Inbox, application, endpoint: do what is due, and say when to look again.
    LookAt "look-at": () => Option<Millis>;
}

/// Which attempts, and which page of them.
#[derive(Serialize, Deserialize)]
pub(crate) struct AttemptQuery {
    pub(crate) filter: AttemptFilter,
    pub(crate) page: Page,
}

/// Which messages, and which page of them.
#[derive(Serialize, Deserialize)]
pub(crate) struct MessageQuery {
    #[serde(default)]
    pub(crate) sought: Sought,
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

/// A record in the place of an earlier one.
#[derive(Serialize, Deserialize)]
pub(crate) struct Replacement {
    pub(crate) record: Record,
    /// `updatedAt` of the earlier one.
    pub(crate) since: Millis,
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
            (Enquire::NAME, "enquire"),
            (Confirm::NAME, "confirm"),
            (Holds::NAME, "holds"),
            (Knows::NAME, "knows"),
            (TakeWalk::NAME, "take-walk"),
            (WalkDone::NAME, "walk-done"),
            (SpokenFor::NAME, "spoken-for"),
            (AcceptEvents::NAME, "accept-events"),
            (CreateMessage::NAME, "create-message"),
            (FindMessage::NAME, "find-message"),
            (MakeMessage::NAME, "make-message"),
            (ExpungeMessage::NAME, "expunge-message"),
            (FilterFailuresOf::NAME, "filter-failures"),
            (ExpungeResponse::NAME, "expunge-response"),
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
            (ListDeliveries::NAME, "list-deliveries"),
            (CountDeliveries::NAME, "count-deliveries"),
            (RecordRefusal::NAME, "record-refusal"),
            (ListRefusals::NAME, "list-refusals"),
            (FileRecord::NAME, "file-record"),
            (ReplaceRecord::NAME, "replace-record"),
            (DeleteSource::NAME, "delete-source"),
            (TakeErasures::NAME, "take-erasures"),
            (Erased::NAME, "erased"),
            (Erase::NAME, "erase"),
            (FindRecord::NAME, "find-record"),
            (ListRecords::NAME, "list-records"),
            (WatchOver::NAME, "watch-over"),
            (TakeWatched::NAME, "take-watched"),
            (Looked::NAME, "looked"),
            (LookAt::NAME, "look-at"),
            (ClaimOnce::NAME, "claim-once"),
            (SettleOnce::NAME, "settle-once"),
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
