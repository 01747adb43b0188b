//! Passwords of groups are guessed slowly, whichever way somebody tries.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Actor, Answer, Api};

const PATH: &str = "/groups/cellar/members";
/// How many passwords a user may say to a group within a minute.
const MOST: usize = 5;

async fn cellar(api: &Api) -> Actor<'_> {
    let group = json!({ "guid": "cellar", "name": "Cellar", "type": "password", "password": "pippin" });
    api.app().post("/groups", group).await.expect_ok();
    api.user("ash").await
}

async fn say(user: &Actor<'_>, password: &str) -> Answer {
    user.post(PATH, json!({ "password": password })).await
}

/// So many seconds before its end a minute is too late for a test.
const NEARLY_OVER: u64 = 15;

/// Guesses until no more are heard, at the beginning of a minute rather than at its end, and returns how many were.
async fn guess_on(user: &Actor<'_>) -> usize {
    loop {
        for n_heard in 0..=2 * MOST {
            let answer = say(user, "Pippin").await;
            if answer.status == 403 {
                answer.expect_error(403, "ERR_WRONG_GROUP_PASS");
                continue;
            }
            let wait = answer.retry_after.unwrap();
            answer.expect_error(429, "ERR_TOO_MANY_REQUESTS");
            assert!((1..=60).contains(&wait), "{wait}");
            if NEARLY_OVER < wait {
                return n_heard;
            }
            tokio::time::sleep(Duration::from_secs(wait)).await;
            break;
        }
    }
}

#[tokio::test]
async fn beyond_five_passwords_a_minute_not_even_the_right_one_is_heard() {
    let api = Api::start().await;
    let ash = cellar(&api).await;
    let n_heard = guess_on(&ash).await;
    assert!((1..=2 * MOST).contains(&n_heard), "{n_heard}");
    let refused = say(&ash, "pippin").await;
    assert!(refused.retry_after.is_some_and(|wait| 1 < wait));
    refused.expect_error(429, "ERR_TOO_MANY_REQUESTS");
    ash.get("/groups/cellar/messages").await.expect_error(401, "ERR_GROUP_NOT_JOINED");
    // By their token it is the same user; others and other groups are heard.
    let token = api.app().post("/users/ash/auth_tokens", json!({})).await.expect_data();
    let token = api.nobody().with("authToken", token["authToken"].as_str().unwrap());
    say(&token, "pippin").await.expect_error(429, "ERR_TOO_MANY_REQUESTS");
    let group = json!({ "guid": "loft", "name": "Loft", "type": "password", "password": "pippin" });
    api.app().post("/groups", group).await.expect_ok();
    ash.post("/groups/loft/members", json!({ "password": "pippin" })).await.expect_ok();
    say(&api.user("birch").await, "pippin").await.expect_ok();
    // Who knows nothing is told what is asked for, and what others do is not limited.
    ash.post(PATH, json!({})).await.expect_error(400, "ERR_EMPTY_GROUP_PASS");
    api.app().post(PATH, json!({ "participants": ["ash"] })).await.expect_ok();
    ash.get("/groups/cellar/messages").await.expect_ok();
}

#[tokio::test]
async fn guesses_at_the_same_moment_are_no_more_than_others() {
    let api = Api::start().await;
    let ash = cellar(&api).await;
    let answers = join_all((0..40).map(|_| say(&ash, "Pippin"))).await;
    let (wrong, late): (Vec<Answer>, Vec<Answer>) = answers.into_iter().partition(|answer| answer.status == 403);
    // The turn of a minute may fall between them.
    assert!((MOST..=2 * MOST).contains(&wrong.len()), "{}", wrong.len());
    for answer in late {
        answer.expect_error(429, "ERR_TOO_MANY_REQUESTS");
    }
}

#[tokio::test]
async fn joining_and_leaving_gives_no_further_guesses() {
    let api = Api::start().await;
    let ash = cellar(&api).await;
    let mut n_heard = 0;
    while n_heard <= 2 * MOST {
        let answer = say(&ash, "pippin").await;
        match (answer.status, answer.retry_after) {
            (200, _) => {
                ash.delete(PATH, json!({})).await.expect_ok();
                n_heard += 1;
            }
            // At the beginning of a minute rather than at its end, as in `guess_on`.
            (429, Some(wait)) if wait <= NEARLY_OVER => {
                tokio::time::sleep(Duration::from_secs(wait)).await;
                n_heard = 0;
            }
            (429, _) => break,
            (status, _) => panic!("{status}"),
        }
    }
    assert!((1..=2 * MOST).contains(&n_heard), "{n_heard}");
    say(&ash, "Pippin").await.expect_error(429, "ERR_TOO_MANY_REQUESTS");
}

#[tokio::test]
async fn a_count_of_guesses_goes_by_itself() {
    let api = Api::start().await;
    let ash = cellar(&api).await;
    say(&ash, "Pippin").await.expect_error(403, "ERR_WRONG_GROUP_PASS");
    let (read, written) = (api.last_line().read_units, api.last_line().write_units);
    // Whom the key names, the group, and the user with their membership: nothing but the count is written.
    assert_eq!((read, written), (5.0, 1.0));
    let counted: Vec<Value> =
        api.table().await.into_iter().filter(|item| item["pk"]["S"] == "GUESSES#cellar#ash").collect();
    assert_eq!(counted.len(), 1);
    assert!(counted[0]["expiresAt"]["N"].is_string(), "{counted:?}");
}
