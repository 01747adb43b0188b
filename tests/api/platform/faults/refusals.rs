//! A fault that does not end: the caller gets the contract's envelope, and learns whether to come again.

use local::Service;
use rstest::rstest;
use serde_json::json;
use tests::Answer;
use tests::faults::Fault;
use tests::media::{PNG, media_to_user};

use super::start;

const SLOWER: (u16, &str) = (429, "ERR_TOO_MANY_REQUESTS");
const FAILED: (u16, &str) = (500, "ERR_OPERATION_FAILED");

/// Fails unless the answer is a refusal of this kind; `429` says when to come again.
#[track_caller]
fn expect(answer: Answer, (status, code): (u16, &str)) {
    let retry_after = answer.retry_after;
    answer.expect_error(status, code);
    assert_eq!(retry_after.is_some(), status == 429, "{retry_after:?}");
}

#[rstest]
#[case::throughput(Fault::Throughput, SLOWER)]
#[case::throttling(Fault::Throttling, SLOWER)]
#[case::batch_left_undone(Fault::Unprocessed, SLOWER)]
#[case::broken(Fault::Broken, FAILED)]
#[case::lost_requests(Fault::LostRequest, FAILED)]
#[case::lost_answers(Fault::LostAnswer, FAILED)]
#[tokio::test]
async fn a_read_that_cannot_be_done_is_refused(#[case] fault: Fault, #[case] expected: (u16, &str)) {
    let (api, faults) = start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let sent = ash.send_text(&birch, "hello").await;
    let mut paths = vec![format!("/messages/{}", sent["id"]), "/groups/none".to_owned()];
    if fault != Fault::Unprocessed {
        // A page of a conversation is no batch.
        paths.push("/users/birch/messages".to_owned());
    }

    faults.always(fault);
    for path in paths {
        expect(ash.get(path).await, expected);
    }

    assert!(0 < faults.end());
    assert_eq!(ash.get("/users/birch/messages").await.expect_data()[0]["id"], sent["id"]);
}

/// The proof of a token and what decides a send fail together, so they are not asked for once more each by itself.
#[tokio::test]
async fn a_send_that_cannot_be_looked_up_is_given_up_after_one_round_of_tries() {
    /// Of which none is answered, so that all count as retries.
    const ATTEMPTS: u32 = 4;
    let (api, faults) = start().await;
    let ash = api.token_user("ash").await;
    faults.always(Fault::Throttling);
    let answer = ash.post("/messages", tests::text_to_user("cometchat-uid-1", "hello")).await;
    expect(answer, SLOWER);
    // Of two calls at once, of which the first to fail ends both.
    let n_tries = api.last_line().retries;
    assert!((ATTEMPTS..=2 * ATTEMPTS).contains(&n_tries), "{n_tries} tries");
}

#[rstest]
#[case::throughput(Fault::Throughput, SLOWER)]
#[case::throttling(Fault::Throttling, SLOWER)]
#[case::transaction_conflict(Fault::Cancelled("TransactionConflict"), SLOWER)]
#[case::transaction_throttled(Fault::Cancelled("ThrottlingError"), SLOWER)]
#[case::transaction_without_throughput(Fault::Cancelled("ProvisionedThroughputExceeded"), SLOWER)]
#[case::transaction_invalid(Fault::Cancelled("ValidationError"), FAILED)]
#[case::transaction_in_progress(Fault::InProgress, SLOWER)]
#[case::broken(Fault::Broken, FAILED)]
#[case::lost_requests(Fault::LostRequest, FAILED)]
#[case::lost_answers(Fault::LostAnswer, FAILED)]
#[tokio::test]
async fn a_send_that_cannot_be_done_is_refused_and_done_when_it_can_be(
    #[case] fault: Fault,
    #[case] expected: (u16, &str),
) {
    let (api, faults) = start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    ash.send_text(&birch, "first").await;
    let mut body = tests::text_to_user("birch", "hello");
    body["muid"] = json!("m-1");

    faults.always(fault);
    expect(ash.post("/messages", body.clone()).await, expected);
    assert!(0 < faults.end());

    let sent = ash.post("/messages", body).await.expect_data();
    let listed = ash.get("/users/birch/messages").await.expect_data();
    assert_eq!(tests::texts(&listed), ["first", "hello"]);
    assert_eq!(listed[1]["id"], sent["id"]);
}

#[rstest]
#[case::conflict(Fault::Conflict, SLOWER)]
#[case::throttling(Fault::Throttling, SLOWER)]
#[case::lost_answers(Fault::LostAnswer, FAILED)]
#[tokio::test]
async fn a_change_of_a_profile_that_cannot_be_done_is_refused(#[case] fault: Fault, #[case] expected: (u16, &str)) {
    let (api, faults) = start().await;
    api.user("ash").await;
    let change = json!({ "name": "Ash" });

    faults.always(fault);
    expect(api.app().put("/users/ash", change.clone()).await, expected);
    assert!(0 < faults.end());

    assert_eq!(api.app().put("/users/ash", change).await.expect_data()["name"], "Ash");
}

#[rstest]
#[case::slow_down(Fault::Throttling, SLOWER)]
#[case::broken(Fault::Broken, FAILED)]
#[case::lost_requests(Fault::LostRequest, FAILED)]
#[case::lost_answers(Fault::LostAnswer, FAILED)]
#[tokio::test]
async fn a_file_that_cannot_be_attached_is_refused_and_attached_when_it_can_be(
    #[case] fault: Fault,
    #[case] expected: (u16, &str),
) {
    let (api, faults) = start().await;
    let (alice, _) = (api.user("alice").await, api.user("bob").await);
    let upload = alice.upload("dot.png", "image/png", PNG).await;
    let body = media_to_user("bob", "image", &[&upload.attachment]);

    faults.always_with(Service::S3, fault);
    expect(alice.post("/messages", body.clone()).await, expected);
    assert!(0 < faults.end());

    let sent = alice.post("/messages", body).await.expect_data();
    let url = sent["data"]["attachments"][0]["url"].as_str().unwrap();
    assert_eq!(tests::media::download(url).await.bytes, PNG);
}
