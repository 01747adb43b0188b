//! Everything that more than one function needs.
//!
//! Dependencies point one way: `functions -> {http, identity, ops} -> store -> model`.

/// What a process builds once and every request borrows: store, settings, ids, caches.
pub mod app;
/// What every AWS client of the process shares.
pub mod aws;
/// The only reader of the environment.
pub mod config;
/// The one error type of the API, and the only table of codes and statuses.
pub mod error;
/// Requests to types, answers to envelopes.
pub mod http;
/// Headers to a proved [`identity::Identity`].
pub mod identity;
/// What every function binary does around its handler.
pub mod lambda;
/// One line for each request: what it was, what it answered, what it cost.
pub mod log;
/// Files in S3: presigned uploads and downloads, and the few calls that send, edit and delete need.
pub mod media;
/// The nouns of the contract, valid by construction; no async, no AWS, no HTTP.
pub mod model;
/// What several endpoints do alike: send, page through a conversation, add members.
pub mod ops;
/// The route table: which endpoint has which method, path and function.
pub mod routes;
/// Access patterns of the one table; the only place that knows keys and AWS types.
pub mod store;
