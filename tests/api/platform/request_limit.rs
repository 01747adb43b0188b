//! The optional limit of requests of one user in a minute (ARCHITECTURE.md, "Work bounds").

use serde_json::json;
use tests::{Actor, Api, text_to_user};

const LIMIT: u64 = 20;

/// Asks until it is refused, however often a new minute begins meanwhile, and returns how often it was not.
async fn ask_until_refused(actor: &Actor<'_>) -> u64 {
    for n in 0..=3 * LIMIT {
        let answer = actor.get("/me").await;
        if answer.status == 429 {
            assert!(answer.retry_after.is_some_and(|seconds| (1..=60).contains(&seconds)), "{answer:?}");
            let error = answer.expect_error(429, "ERR_TOO_MANY_REQUESTS");
            assert!(error["message"].as_str().unwrap().contains("ash may make 20 requests in a minute"), "{error}");
            return n;
        }
        answer.expect_ok();
    }
    panic!("never refused");
}

#[tokio::test]
async fn a_user_makes_so_many_requests_in_a_minute_and_no_more() {
    let api = Api::start_with_request_limit(LIMIT).await;
    let (ash, birch) = (api.token_user("ash").await, api.token_user("birch").await);
    let n_answered = ask_until_refused(&ash).await;
    assert!((LIMIT..=3 * LIMIT).contains(&n_answered), "{n_answered}");
    // Nothing is done, whichever way the token is proved.
    let line = |status: u16| {
        let line = api.last_line();
        assert_eq!(line.status, status);
        (line.read_units, line.write_units)
    };
    if ash.post("/messages", text_to_user("birch", "hi")).await.status == 429 {
        assert_eq!(line(429), (4.0, 1.0));
        assert_eq!(birch.get("/users/ash/messages").await.expect_data(), json!([]));
    }
    // Others go on, and so does the owner's server, for ash too.
    birch.get("/me").await.expect_ok();
    assert_eq!(line(200), (1.0, 1.0));
    for _ in 0..=LIMIT {
        api.on_behalf_of("ash").get("/users/birch").await.expect_ok();
    }
    assert_eq!(line(200).1, 0.0);
}

#[tokio::test]
async fn who_is_not_proved_is_not_counted() {
    let api = Api::start_with_request_limit(1).await;
    let ash = api.token_user("ash").await;
    let forged = api.nobody().with("authToken", &format!("ash_1760000000{}", "0".repeat(30)));
    for _ in 0..5 {
        forged.get("/me").await.expect_error(401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND");
        assert_eq!(api.last_line().write_units, 0.0);
    }
    ash.get("/me").await.expect_ok();
}

#[tokio::test]
async fn the_rows_that_count_expire() {
    let api = Api::start_with_request_limit(LIMIT).await;
    api.token_user("ash").await.get("/me").await.expect_ok();
    let rows: Vec<_> = api.table().await.into_iter().filter(|row| row["pk"]["S"] == "RATE#ash").collect();
    let expires: u64 = rows[0]["expiresAt"]["N"].as_str().unwrap().parse().unwrap();
    let minute: u64 = rows[0]["sk"]["S"].as_str().unwrap().parse().unwrap();
    assert_eq!((rows.len(), minute % 60, expires - minute), (1, 0, 300));
}
