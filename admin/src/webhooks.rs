//! What webhooks and bots did not take, sent again.

use std::io::Write;

use shared::aws::call::Calls;
use shared::invoke::{Invoker, Lambda};
use shared::queue::Queue;
use shared::worker::Worker;

use crate::error::AdminError;

/// Hands everything that the queue keeps to its function again, and says how much that was. One that is handed over is
/// removed only then, so that nothing is lost; cut off in between, one may be sent twice.
pub async fn retry(calls: Calls, url: String, out: &mut impl Write) -> Result<(), AdminError> {
    let queue = Queue { calls: calls.clone(), url };
    let (mut n_sent, mut n_strange) = (0, 0);
    loop {
        let kept = queue.receive().await?;
        if kept.is_empty() {
            break;
        }
        for kept in &kept {
            let Some((name, payload)) = kept.failed() else {
                n_strange += 1;
                continue;
            };
            let lambda = Lambda { calls: calls.clone(), run_job: None, deliver_webhook: Some(name) };
            let payload = payload.to_string().into_bytes();
            Invoker::Lambda(Box::new(lambda)).invoke(Worker::DeliverWebhook, payload).await?;
            queue.remove(kept).await?;
            n_sent += 1;
        }
    }
    writeln!(out, "{n_sent} sent again")?;
    if 0 < n_strange {
        writeln!(out, "{n_strange} are no failures of a function and were left in the queue")?;
    }
    Ok(())
}
