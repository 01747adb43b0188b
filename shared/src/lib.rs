//! Everything that more than one function needs.
//!
//! Layers: functions parse and answer; the domain (`messages`, `reactions`, `conversations`, `groups`, `users`, `files`)
//! decides; `store` reads and writes; the crate `model` holds the nouns. `tests/api/platform/layers.rs` holds the
//! imports to that.

/// What a process builds once and every request borrows: store, settings, ids, caches.
pub mod api_keys;
pub mod app;
/// What every AWS client of the process shares, and single signed calls without a client.
pub mod aws;
pub mod clock;
/// The only reader of the environment.
pub mod config;
pub mod conversations;
/// What the table's stream tells, handed on.
pub mod delivery;
/// The one error type of the domain.
pub mod error;
pub mod files;
/// The gateway that holds the open sockets.
pub mod gateway;
pub mod groups;
/// Requests to types, answers to envelopes.
pub mod http;
pub mod id_draws;
mod id_walk;
/// Who asks: credentials and what they prove.
pub mod identity;
pub mod imports;
/// Asynchronous invocations of functions by functions.
pub mod invoke;
/// Work that is longer than a request, slice by slice.
pub mod jobs;
/// What every function binary does around its handler.
pub mod lambda;
/// One line for each request: what it was, what it answered, what it cost.
pub mod log;
pub mod messages;
pub mod notifications;
/// Requests to addresses that the owner gave.
pub mod outside;
mod parts;
/// What AWS keeps of what failed for good.
pub mod queue;
pub mod reactions;
pub mod remembered;
/// The route table: which endpoint has which method, path and function.
pub mod routes;
pub mod sockets;
/// Access patterns of the one table; the only place that knows keys and the types of DynamoDB.
pub mod store;
pub mod users;
/// Who outside is told what happens.
pub mod webhooks;
/// Functions without routes, and what their binaries do around the handler.
pub mod worker;
