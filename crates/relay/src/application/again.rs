//! Messages that an operator wants sent again: orders, counted, on the road of the fan-out.
//!
//! An order is a row among the messages' whose name says what it is. It is handed over like them, as
//! often as it takes, and its number tells the endpoint whether it has followed it already.

use serde::{Deserialize, Serialize};

use super::{Application, Message, Terms, followed, work};
use crate::endpoint::Resend;
use crate::fanout;
use crate::port::{Host, Millis, Sql, Unavailable};

pub(crate) const SCHEMA: &[&str] = &[
    "CREATE TABLE orders (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL)",
    "INSERT INTO orders (one, last) VALUES (1, 0)",
];

/// A message that is to be sent to an endpoint again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResendOrder {
    /// The message's id.
    pub message_id: String,
    /// The endpoint's id.
    pub endpoint_id: String,
    /// The id of the call that asks for it, where it has one: it is followed once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
}

impl<H: Host> Application<H> {
    /// Orders a message to be sent to an endpoint again; whether there are both.
    ///
    /// # Errors
    /// The storage is away; nothing is ordered.
    pub fn resend(&self, order: &ResendOrder) -> Result<bool, Unavailable> {
        if self.endpoint(&order.endpoint_id)?.is_none() {
            return Ok(false);
        }
        self.arm_soon()?;
        let now = self.host.now();
        let ids = std::slice::from_ref(&order.message_id);
        self.host.transaction(|| {
            if let Some(call) = &order.call_id
                && followed::is_followed(&self.host, call, now)?
            {
                return Ok(true);
            }
            let ordered = order_again(&self.host, &order.endpoint_id, ids, false, now)?;
            if let Some(call) = order.call_id.as_ref().filter(|_| ordered == 1) {
                followed::follow(&self.host, call, now)?;
            }
            Ok(ordered == 1)
        })
    }

    /// Stores a message for one endpoint alone, whatever it wants; whether there is one.
    ///
    /// # Errors
    /// The storage is away; nothing is kept.
    pub fn send_to(&self, message: Message, endpoint_id: &str) -> Result<bool, Unavailable> {
        if self.endpoint(endpoint_id)?.is_none() {
            return Ok(false);
        }
        self.arm_soon()?;
        let ids = vec![message.id.clone()];
        self.host.transaction(|| {
            self.store(message, Terms::default(), &[])?;
            fanout::add_missing(&self.host, endpoint_id, &ids, self.host.now())
        })?;
        Ok(true)
    }

    /// Takes back what is on its way to an endpoint and has not been handed over: of one message, or
    /// all of it. With all of it the background tasks end that would bring more.
    ///
    /// # Errors
    /// The storage is away; nothing is taken back.
    pub fn take_back(
        &self,
        endpoint_id: &str,
        message_id: Option<&str>,
    ) -> Result<usize, Unavailable> {
        if message_id.is_some() {
            return fanout::take_back(&self.host, endpoint_id, message_id);
        }
        self.arm_soon()?;
        self.host.transaction(|| {
            work::give_up(&self.host, endpoint_id, self.host.now())?;
            fanout::take_back(&self.host, endpoint_id, None)
        })
    }

    /// The orders among `rows`, with their messages. A message that is gone, or its
    /// content, is not sent again.
    pub(super) fn resends(&self, rows: &[String]) -> Result<Vec<Resend>, Unavailable> {
        let orders: Vec<_> = rows.iter().filter_map(|row| fanout::order(row)).collect();
        if orders.is_empty() {
            return Ok(vec![]);
        }
        let ids: Vec<String> = orders.iter().map(|order| order.message_id.into()).collect();
        let messages = self.messages(&ids)?;
        let resend = |order: &fanout::Order<'_>| {
            let message: &Message = messages
                .iter()
                .find(|message| message.id == order.message_id && !message.expunged)?;
            Some(Resend {
                number: order.number,
                only_failed: order.only_failed,
                message: message.clone(),
            })
        };
        Ok(orders.iter().filter_map(resend).collect())
    }
}

/// Orders messages to be sent again, inside the caller's transaction: how many of them there are.
pub(super) fn order_again(
    sql: &impl Sql,
    endpoint_id: &str,
    message_ids: &[String],
    only_failed: bool,
    now: Millis,
) -> Result<usize, Unavailable> {
    let number = sql
        .query("UPDATE orders SET last = last + 1 RETURNING last", vec![])?
        .first()
        .ok_or_else(|| Unavailable::new("counting an order", "its row is not there"))?
        .integer(0)?;
    fanout::add_again(sql, endpoint_id, message_ids, number, only_failed, now)
}
