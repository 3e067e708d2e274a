//! The Worker: what Cloudflare calls, and nothing else.
//!
//! A request is received (`/in/…`), managed (`/api/…`, `/ingest/api/…`), or a static file that the
//! runtime has answered before it came here. A batch of the queue is forwarded to its
//! applications; a scheduled handler wakes objects whose alarm was lost, and removes
//! bodies that no message names. What happens to an event is decided in `crates/relay`; this crate wires it.

mod api;
mod body;
mod collect;
mod config;
mod dead;
mod forward;
mod ingest;
mod object;
mod store;
mod sweep;

use worker::{
    Context, Env, MessageBatch, Request, Response, Result, ScheduleContext, ScheduledEvent, event,
};

use crate::config::Config;
use crate::store::Stores;

#[event(start)]
fn start() {
    console_error_panic_hook::set_once();
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, ctx: Context) -> Result<Response> {
    let config = match Config::of(&env) {
        Ok(config) => config,
        Err(error) => return error.answer(),
    };
    let stores = Stores::new(env);
    let path = request.path();
    match path.strip_prefix("/in/") {
        Some(source) => ingest::receive(request, source, config, stores, ctx).await,
        None => api::manage(request, &config, &stores).await,
    }
}

#[event(queue)]
async fn queue(batch: MessageBatch<()>, env: Env, _ctx: Context) -> Result<()> {
    let stores = Stores::new(env);
    if dead::is_dead_letter_queue(&batch.queue()) {
        dead::record(&batch, &stores).await;
    } else {
        forward::forward(&batch, &stores).await;
    }
    Ok(())
}

#[event(scheduled)]
async fn scheduled(event: ScheduledEvent, env: Env, _ctx: ScheduleContext) {
    let (stores, now) = (Stores::new(env), event.schedule() as i64);
    sweep::sweep(&stores, now).await;
    collect::collect(&stores, now).await;
}
