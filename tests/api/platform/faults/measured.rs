//! What the order of a conversation costs when many write into it at once: the table in ARCHITECTURE.md, "The order of a
//! conversation". A measurement, which no run of the tests makes:
//!
//! ```sh
//! cargo test --test api -- --ignored --nocapture what_a_hot_conversation_costs
//! ```

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use model::message::{Message, Receiver};
use model::uid::Guid;
use shared::id_draws::IdDraws;
use shared::store::send::{Standing, Stored};
use shared::store::upload::UploadClaim;
use tests::Api;
use tests::arrange::sent_event;
use tests::faults::{Pace, Tally};

use super::start;

/// A transaction of 10 ms that holds its items for 6 of them, as `TransactWriteItems` in one region takes.
const PACE: Pace = Pace { before: 2..=2, late: 0.0, held: 6..=6, after: 2..=2 };
const SECONDS: u64 = 15;
/// Of the message, its pointer and the conversation's state, in a transaction.
const UNITS_AN_ITEM: f64 = 2.0;

/// How often one send was tried, and for how long, if it was stored.
type Sent = Option<(u32, Duration)>;

/// Stores a message as a send does, under an id above all that the conversation holds.
async fn send(api: &Api, message: &Message) -> Sent {
    let (begun, mut tries) = (Instant::now(), 0);
    let mut draws = IdDraws::above(api.handlers(), Some(message.id));
    loop {
        let id = draws.draw();
        let message = Message { id, updated_at: id.sent_at(), ..message.clone() };
        tries += 1;
        let claim = UploadClaim::default();
        match api.store().store_message(&message, None, Standing::OPEN, &claim, &sent_event(&message)).await.unwrap() {
            Stored::Done => return Some((tries, begun.elapsed())),
            Stored::DrawAgain(last) => draws.again(last).await.ok()?,
            stored => panic!("{stored:?}"),
        }
    }
}

fn print(name: &str, sent: &[Sent], tally: Tally) {
    let done: Vec<(u32, Duration)> = sent.iter().flatten().copied().collect();
    let mut times: Vec<u128> = done.iter().map(|(_, time)| time.as_millis()).collect();
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let n = sent.len() as f64;
    println!(
        "| {name} | {} of {} | {:.2} | {} | {} | {} | {:.1} | {} | {} |",
        done.len(),
        sent.len(),
        done.iter().map(|(tries, _)| f64::from(*tries)).sum::<f64>() / done.len() as f64,
        at(0.5),
        at(0.99),
        at(1.0),
        tally.items_refused as f64 * UNITS_AN_ITEM / n,
        tally.conflicts,
        tally.refused,
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement of minutes"]
async fn what_a_hot_conversation_costs() {
    let (api, faults) = start().await;
    let ash = api.user("ash").await;
    api.group("orchard", &[&ash]).await;
    let sent = ash.send_text_to_group("orchard", "hello").await;
    let message = api.message(sent["id"].as_u64().unwrap()).await;
    assert_eq!(message.receiver, Receiver::Group(Guid::parse("orchard").unwrap()));
    println!(
        "| Sends | stored | tries, mean | p50 ms | p99 ms | max ms | units wasted a send | conflicts | overtaken |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for rate in [1, 5, 20, 50, 80, 100] {
        faults.contend(PACE);
        let mut at = 0.0;
        let mut arrivals = Vec::new();
        while at < SECONDS as f64 {
            at += -fastrand::f64().max(f64::MIN_POSITIVE).ln() / f64::from(rate);
            arrivals.push(Duration::from_secs_f64(at));
        }
        let sends = arrivals.iter().map(|arrival| async {
            tokio::time::sleep(*arrival).await;
            send(&api, &message).await
        });
        print(&format!("{rate} a second"), &join_all(sends).await, faults.agree());
    }
    for n in [20, 200] {
        faults.contend(PACE);
        let sent = join_all((0..n).map(|_| send(&api, &message))).await;
        print(&format!("{n} at once"), &sent, faults.agree());
    }
}
