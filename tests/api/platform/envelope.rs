//! Routing and envelopes: whatever is asked, the answer is JSON of the contract, and bad input is never a `500`
//! (contract/README.md; contract/limits.md; design: "One code path").

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, text_to_user};

/// A send whose body has exactly this many characters, most of them in a field that is ignored.
fn body_of_chars(chars: usize, filler: &str) -> Vec<u8> {
    let mut body = text_to_user("birch", "hello");
    body["padding"] = json!("");
    body["padding"] = json!(filler.repeat(chars - body.to_string().chars().count()));
    assert_eq!(body.to_string().chars().count(), chars);
    body.to_string().into_bytes()
}

fn nested(depth: usize) -> String {
    let data = format!("{}{}", r#"{"a":"#.repeat(depth), "1".to_owned() + &"}".repeat(depth));
    format!(r#"{{"receiver":"birch","receiverType":"user","data":{{"text":"hello","deep":{data}}}}}"#)
}

#[rstest]
#[case::empty(b"{")]
#[case::word(b"hello")]
#[case::trailing_comma(br#"{"receiver":"birch",}"#)]
#[case::two_objects(b"{}{}")]
#[case::unpaired_surrogate(br#"{"data":{"text":"\ud800"}}"#)]
#[case::raw_control_character(b"{\"data\":{\"text\":\"\n\"}}")]
#[case::number_out_of_range(br#"{"data":{"text":"x","n":1e999}}"#)]
#[case::not_utf8(b"{\"data\":{\"text\":\"\xff\xfe\"}}")]
#[case::list(b"[1]")]
#[case::text(b"\"hello\"")]
#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused_with_details(#[case] body: &[u8]) {
    let api = Api::start().await;
    for path in ["/messages", "/users", "/groups", "/groups/cometchat-guid-1/members"] {
        api.app().send("POST", path, body.to_vec()).await.expect_invalid("body");
    }
}

#[rstest]
#[case("")]
#[case(" \n\t")]
#[case("{}")]
#[case("[]")]
#[case("null")]
#[tokio::test]
async fn an_empty_body_is_told_what_is_required(#[case] body: &str) {
    let api = Api::start().await;
    for (path, field) in [("/messages", "receiver"), ("/users", "uid"), ("/groups", "guid")] {
        let answer = api.app().send("POST", path, body.as_bytes().to_vec()).await;
        assert_eq!(answer.expect_invalid(field), [format!("The {field} field is required.")]);
    }
}

#[rstest]
#[case::json("application/json")]
#[case::with_charset("application/json; charset=utf-8")]
#[case::other("application/x-www-form-urlencoded")]
#[case::none("")]
#[tokio::test]
async fn a_json_body_is_read_whatever_its_content_type(#[case] content_type: &str) {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    let sender = ash.with("content-type", content_type);
    let sent = sender.post("/messages", text_to_user("birch", "ünï 🌳")).await.expect_data();
    assert_eq!(sent["data"]["text"], "ünï 🌳");
}

#[rstest]
#[case::ascii("a")]
#[case::four_bytes("🌳")]
#[tokio::test]
async fn a_body_of_65536_characters_is_taken_and_one_more_is_not(#[case] filler: &str) {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    ash.send("POST", "/messages", body_of_chars(65_536, filler)).await.expect_ok();
    ash.send("POST", "/messages", body_of_chars(65_537, filler)).await.expect_invalid("body");
}

#[rstest]
#[case::more_than_lambda_takes(6 * 1024 * 1024 + 1)]
#[case::more_than_the_gateway_takes(10 * 1024 * 1024 + 1)]
#[tokio::test]
async fn a_body_beyond_the_platforms_limit_is_too_large(#[case] bytes: usize) {
    let api = Api::start().await;
    let answer = api.app().send("POST", "/messages", vec![b' '; bytes]).await;
    answer.expect_error(413, "ERR_BAD_REQUEST");
}

#[tokio::test]
async fn headers_beyond_the_platforms_limit_are_refused() {
    let api = Api::start().await;
    let actor = api.app().with("x-padding", &"a".repeat(10_240));
    actor.get("/users/cometchat-uid-1").await.expect_error(431, "ERR_BAD_REQUEST");
    let query = "a".repeat(10_240);
    api.app().get(format!("/users/cometchat-uid-1?x={query}")).await.expect_error(431, "ERR_BAD_REQUEST");
}

#[tokio::test]
async fn nesting_is_kept_as_deep_as_it_is_read_and_refused_beyond() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let sent = ash.send("POST", "/messages", nested(62).into_bytes()).await.expect_data();
    let expected: Value = serde_json::from_str(&nested(62)).unwrap();
    assert_eq!(sent["data"]["deep"], expected["data"]["deep"]);
    assert_eq!(birch.get("/users/ash/messages").await.expect_data(), json!([sent]));
    for depth in [63, 100, 1_000, 5_000] {
        ash.send("POST", "/messages", nested(depth).into_bytes()).await.expect_invalid("body");
    }
}

#[rstest]
#[case::unknown_path("GET", "/v3/nonsense", "ERR_API_NOT_FOUND")]
#[case::root("GET", "/", "ERR_API_NOT_FOUND")]
#[case::version_only("GET", "/v3", "ERR_API_NOT_FOUND")]
#[case::too_long("GET", "/v3/messages/1/2/3", "ERR_API_NOT_FOUND")]
#[case::encoded_slash("GET", "/v3/users/a%2Fb", "ERR_API_NOT_FOUND")]
#[case::put_on_a_collection("PUT", "/v3/messages", "ERR_API_NOT_FOUND")]
#[case::patch("PATCH", "/v3/users/ash", "ERR_API_NOT_FOUND")]
#[case::delete_on_a_list("DELETE", "/v3/users/ash/messages", "ERR_API_NOT_FOUND")]
#[case::made_up_method("BREW", "/v3/messages", "ERR_API_NOT_FOUND")]
#[case::old_version("POST", "/v2/messages", "ERR_INVALID_API_VERSION")]
#[case::old_version_of_nothing("GET", "/v2/nonsense", "ERR_INVALID_API_VERSION")]
#[case::later_version("GET", "/v3.1/users/ash", "ERR_INVALID_API_VERSION")]
#[case::no_version("POST", "/x/messages", "ERR_INVALID_API_VERSION")]
#[tokio::test]
async fn what_has_no_route_does_not_exist_with_or_without_a_key(
    #[case] method: &str,
    #[case] path: &str,
    #[case] code: &str,
) {
    let api = Api::start().await;
    let url = format!("{}{path}", api.origin());
    for actor in [api.app(), api.nobody()] {
        actor.send(method, &url, Vec::new()).await.expect_error(404, code);
    }
}

#[tokio::test]
async fn v3_and_v3_0_are_the_same() {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    let sent = ash.post("/v3.0/messages", text_to_user("birch", "hello")).await.expect_data();
    for version in ["/v3", "/v3.0"] {
        assert_eq!(birch.get(format!("{version}/messages/{}", sent["id"])).await.expect_data(), sent);
        assert_eq!(birch.get(format!("{version}/users/ash/messages")).await.expect_data(), json!([sent]));
    }
}

#[rstest]
#[case::no_digits("%zz")]
#[case::cut_short("%4")]
#[case::not_utf8("%ff")]
#[tokio::test]
async fn a_broken_percent_encoding_in_the_path_is_refused(#[case] segment: &str) {
    let api = Api::start().await;
    api.app().get(format!("/users/{segment}")).await.expect_invalid("path");
}

#[rstest]
#[case::space("a%20b")]
#[case::nul("%00")]
#[case::line_feed("a%0Ab")]
#[case::percent("%25")]
#[case::double_encoded("%2561sh")]
#[case::quote("%22")]
#[case::braces("%7Buid%7D")]
#[case::hash("%23")]
#[case::question_mark("%3F")]
#[case::emoji("%F0%9F%8C%B3")]
#[case::dots("%2E%2E%2E")]
#[case::long("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
#[tokio::test]
async fn an_odd_name_in_the_path_names_nobody(#[case] segment: &str) {
    let api = Api::start().await;
    for (path, code) in [
        (format!("/users/{segment}"), "ERR_UID_NOT_FOUND"),
        (format!("/users/{segment}/messages"), "ERR_UID_NOT_FOUND"),
        (format!("/groups/{segment}/messages"), "ERR_GUID_NOT_FOUND"),
        (format!("/messages/{segment}"), "ERR_MSG_NOT_FOUND"),
    ] {
        api.app().get(path).await.expect_error(404, code);
    }
}

#[rstest]
#[case("?searchKey=100%")]
#[case("?searchKey=%ff%fe")]
#[case("?searchKey=%00")]
#[case("?=&&==&a")]
#[case("?types[]=&types[]=,&tags=%2C")]
#[case("?unheardOf=1&limits=0")]
#[tokio::test]
async fn an_odd_query_is_read_as_far_as_it_makes_sense(#[case] query: &str) {
    let api = Api::start().await;
    api.user("ash").await;
    let page = api.app().get(format!("/users/ash/messages{query}")).await.expect_ok();
    assert_eq!(page["data"], json!([]));
}

#[rstest]
#[case::beyond_ascii("Jürgen".as_bytes())]
#[case::not_utf8(b"a\xffb")]
#[tokio::test]
async fn a_header_that_is_no_ascii_is_never_the_servers_fault(#[case] value: &[u8]) {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    ash.clone().with_bytes("x-anything", value).get("/users/ash").await.expect_ok();
    api.app().with_bytes("onBehalfOf", value).get("/users/ash").await.expect_error(404, "ERR_UID_NOT_FOUND");
    assert_eq!(api.nobody().with_bytes("apikey", value).get("/users/ash").await.status, 401);
}

/// Where a list goes on is told by its pages, and sent back by anybody: `!` and `~` stand around all ids, `\u{10ffff}` behind
/// every name.
#[rstest]
#[case::users("/users?")]
#[case::users_falling("/users?sortOrder=desc&")]
#[case::users_searched("/users?searchKey=a&")]
#[case::deactivated_users("/users?withDeactivated=true&")]
#[case::groups("/groups?")]
#[case::groups_searched("/groups?searchKey=o&")]
#[case::groups_by_name("/groups?sortBy=name&")]
#[case::groups_joined("/groups?hasJoined=true&")]
#[case::members("/groups/orchard/members?")]
#[case::bans("/groups/orchard/bannedusers?")]
#[case::blocks("/blockedusers?direction=both&")]
#[case::conversations("/conversations?")]
#[case::tokens("/users/ash/auth_tokens?")]
#[case::bots("/bots?")]
#[tokio::test]
async fn a_list_that_is_read_from_anywhere_is_a_list(#[case] list: &str) {
    let api = Api::start().await;
    let (ash, birch) = (api.user("ash").await, api.user("birch").await);
    api.group("orchard", &[&ash, &birch]).await;
    let is_of_app = ["tokens", "bots", "banned"].iter().any(|name| list.contains(name));
    let reader = if is_of_app { api.app() } else { ash };
    for cursor in
        ["!", "~", "%20", "%20~", "zzz", "zzz%20~", "%F4%8F%BF%BF", "%00", "-1", "99999999999999999999", "ash%23"]
    {
        let answer = reader.get(format!("{list}cursor={cursor}")).await;
        assert_eq!(answer.status, 200, "{cursor}: {}", answer.body);
    }
    reader.get(format!("{list}cursor={}", "x".repeat(512))).await.expect_ok();
    reader.get(format!("{list}cursor={}", "x".repeat(513))).await.expect_invalid("cursor");
}
