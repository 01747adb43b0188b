//! `halley-admin`: the API keys of a deployment (contract/limits.md, "API keys").

use admin::{AdminError, Arguments};
use clap::{CommandFactory, Parser};
use rstest::rstest;
use serde_json::json;
use shared::identity::hex_sha256;
use shared::store::{Endpoint, Store};
use tests::Api;

async fn create(api: &Api, name: &str, scope: &str) -> String {
    api.admin(&["keys", "create", "--name", name, "--scope", scope]).await.unwrap().trim_end().to_owned()
}

#[tokio::test]
async fn a_new_key_is_40_hex_digits_and_works_as_its_scope_says() {
    let api = Api::start().await;
    let (full, weak) = (create(&api, "Back end", "fullAccess").await, create(&api, "Login", "authOnly").await);
    for key in [&full, &weak] {
        assert_eq!(key.len(), 40);
        assert!(key.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')), "{key}");
    }
    api.nobody().with("apikey", &full).get("/messages").await.expect_ok();
    let weak = api.nobody().with("apikey", &weak);
    weak.post("/users", json!({ "uid": "ash", "name": "Ash" })).await.expect_ok();
    weak.get("/messages").await.expect_error(403, "AUTH_ERR_NO_ACCESS");
}

#[tokio::test]
async fn only_digests_of_keys_are_stored_and_listed() {
    let api = Api::start().await;
    let key = create(&api, "Back end", "authOnly").await;
    assert!(!api.table().await.iter().any(|item| item.to_string().contains(&key)));
    let list = api.admin(&["keys", "list"]).await.unwrap();
    let line = list.lines().find(|line| line.ends_with("Back end")).unwrap();
    let fields: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(fields[..2], [&hex_sha256(key.as_bytes())[..12], "authOnly"]);
    assert!(!list.contains(&key[..12]));
}

#[rstest]
#[case::by_its_value(|key: &str| key.to_owned())]
#[case::by_its_digest(|key: &str| hex_sha256(key.as_bytes()))]
#[case::as_listed(|key: &str| hex_sha256(key.as_bytes())[..12].to_owned())]
#[case::in_capitals(|key: &str| hex_sha256(key.as_bytes())[..8].to_uppercase())]
#[tokio::test]
async fn a_revoked_key_is_unknown(#[case] given: fn(&str) -> String) {
    let api = Api::start().await;
    let key = create(&api, "Old", "fullAccess").await;
    assert_eq!(api.admin(&["keys", "revoke", &given(&key)]).await.unwrap(), "Revoked: Old\n");
    // Its first use, so no process has it in mind.
    api.nobody().with("apikey", &key).get("/messages").await.expect_error(401, "AUTH_ERR_APIKEY_NOT_FOUND");
    assert!(!api.admin(&["keys", "list"]).await.unwrap().contains("Old"));
    let again = api.admin(&["keys", "revoke", &key]).await;
    assert!(matches!(again, Err(AdminError::Unknown)), "{again:?}");
    api.app().get("/messages").await.expect_ok();
}

#[tokio::test]
async fn a_digest_that_is_too_short_revokes_nothing() {
    let api = Api::start().await;
    let key = create(&api, "Kept", "fullAccess").await;
    let refused = api.admin(&["keys", "revoke", &hex_sha256(key.as_bytes())[..7]]).await;
    assert!(matches!(refused, Err(AdminError::TooShort)), "{refused:?}");
    api.nobody().with("apikey", &key).get("/messages").await.expect_ok();
}

#[tokio::test]
async fn a_26th_key_needs_room() {
    let api = Api::start().await;
    // The local service has made one.
    for n in 2..=25 {
        create(&api, &format!("key {n}"), "authOnly").await;
    }
    let one_more = ["keys", "create", "--name", "key 26", "--scope", "authOnly"];
    let refused = api.admin(&one_more).await;
    assert!(matches!(refused, Err(AdminError::Full)), "{refused:?}");
    let list = api.admin(&["keys", "list"]).await.unwrap();
    assert_eq!(list.lines().count(), 25);
    let digest = list.lines().find(|line| line.ends_with("key 2")).unwrap().split(' ').next().unwrap();
    api.admin(&["keys", "revoke", digest]).await.unwrap();
    api.admin(&one_more).await.unwrap();
}

#[tokio::test]
async fn the_first_key_of_a_table_is_made_once() {
    let api = Api::start().await;
    let endpoint = Endpoint::Local(api.dynamodb_url().to_owned());
    let aws = shared::aws::config_with(&endpoint, Some(api.credentials())).await;
    Store::on(&aws, "fresh").create_table().await.unwrap();
    let key = api.admin_on("fresh", &["bootstrap"]).await.unwrap();
    assert_eq!(key.trim_end().len(), 40);
    let list = api.admin_on("fresh", &["keys", "list"]).await.unwrap();
    assert!(list.contains("fullAccess") && list.trim_end().ends_with("first"), "{list}");
    let again = api.admin_on("fresh", &["bootstrap"]).await;
    assert!(matches!(again, Err(AdminError::HasKeys)), "{again:?}");
}

#[rstest]
#[case::bootstrap(&["bootstrap"])]
#[case::create(&["keys", "create", "--name", "x", "--scope", "fullAccess"])]
#[case::list(&["keys", "list"])]
#[tokio::test]
async fn a_table_that_is_not_there_is_named(#[case] arguments: &[&str]) {
    let api = Api::start().await;
    let refused = api.admin_on("nowhere", arguments).await;
    assert!(matches!(&refused, Err(AdminError::NoTable(table)) if table == "nowhere"), "{refused:?}");
}

#[rstest]
#[case::empty_name(&["create", "--name", " ", "--scope", "fullAccess"])]
#[case::long_name(&["create", "--name", &"ü".repeat(101), "--scope", "fullAccess"])]
#[case::two_lines(&["create", "--name", "a\nb", "--scope", "fullAccess"])]
#[case::other_scope(&["create", "--name", "x", "--scope", "everything"])]
#[case::no_scope(&["create", "--name", "x"])]
fn what_no_key_can_be_is_refused_before_anything_is_sent(#[case] arguments: &[&str]) {
    let fixed = ["halley-admin", "--table", "halley", "keys"];
    assert!(Arguments::try_parse_from(fixed.iter().chain(arguments)).is_err());
}

#[test]
fn the_longest_name_has_100_characters() {
    let name = "ü".repeat(100);
    let arguments = ["halley-admin", "--table", "t", "keys", "create", "--scope", "authOnly", "--name", &name];
    assert!(Arguments::try_parse_from(arguments).is_ok());
}

#[test]
fn the_help_says_how_long_a_revoked_key_may_work() {
    let mut command = Arguments::command();
    let revoke = command.find_subcommand_mut("keys").unwrap().find_subcommand_mut("revoke").unwrap();
    let seconds = shared::identity::KeyCache::TTL.as_secs();
    assert!(revoke.render_long_help().to_string().contains(&format!("within the last {seconds} seconds")));
}
