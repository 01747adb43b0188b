//! What the table's stream tells, handed on to whom it concerns: jobs for now.

use crate::app::App;
use crate::jobs;
pub use crate::store::change::{FILTERS, StreamEvent};

/// Hands records on, in their order, until one fails; the sequence number of that one. Whoever reads the stream comes
/// again with it and all behind it.
///
/// Cost: 1 round trip for each record that begins a slice of a job.
pub async fn deliver(app: &App, event: &StreamEvent) -> Option<String> {
    for record in &event.records {
        if let Err(error) = jobs::listen(app, record).await {
            // The line of the invocation says nothing of it, because the invocation as such succeeds.
            eprintln!("a record was not delivered: {error}");
            return Some(record.sequence_number().to_owned());
        }
    }
    None
}
