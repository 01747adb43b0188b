//! What a send may hold (contract/messages.md, operation 1; contract/limits.md).

use rstest::rstest;
use serde_json::{Value, json};
use tests::{Api, text_to_user};

/// The `data` of a text message that takes exactly this many bytes of JSON, filled up with `filler`.
fn data_of_bytes(bytes: usize, filler: char) -> Value {
    let room = bytes - json!({ "text": "" }).to_string().len();
    let n_fillers = room / filler.len_utf8();
    let text: String = "x".repeat(room % filler.len_utf8()) + &filler.to_string().repeat(n_fillers);
    let data = json!({ "text": text });
    assert_eq!(data.to_string().len(), bytes);
    data
}

#[rstest]
#[case::ascii('a')]
#[case::two_bytes('é')]
#[case::four_bytes('🌳')]
#[tokio::test]
async fn data_of_10240_bytes_is_taken_and_one_more_is_not(#[case] filler: char) {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    let mut body = text_to_user("birch", "");
    body["data"] = data_of_bytes(10_240, filler);
    let sent = ash.post("/messages", body.clone()).await.expect_data();
    assert_eq!(sent["data"]["text"], body["data"]["text"]);
    body["data"] = data_of_bytes(10_241, filler);
    ash.post("/messages", body).await.expect_invalid("data");
}

#[rstest]
#[case::most(json!((0..25).map(|n| n.to_string()).collect::<Vec<_>>()), true)]
#[case::one_too_many(json!((0..26).map(|n| n.to_string()).collect::<Vec<_>>()), false)]
#[case::longest(json!(["é".repeat(100)]), true)]
#[case::too_long(json!(["é".repeat(101)]), false)]
#[case::longest_of_emoji(json!(["🌳".repeat(100)]), true)]
#[case::empty_list(json!([]), true)]
#[case::empty_tag(json!([""]), false)]
#[case::no_list(json!("gate"), false)]
#[case::no_strings(json!([1]), false)]
#[tokio::test]
async fn tags_are_up_to_25_of_up_to_100_characters(#[case] tags: Value, #[case] is_taken: bool) {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    let mut body = text_to_user("birch", "hello");
    body["tags"] = tags.clone();
    let answer = ash.post("/messages", body).await;
    if is_taken {
        assert_eq!(answer.expect_data().get("tags").cloned().unwrap_or(json!([])), tags);
    } else {
        answer.expect_invalid("tags");
    }
}

#[rstest]
#[case::no_receiver("receiver", None)]
#[case::null_receiver("receiver", Some(json!(null)))]
#[case::receiver_as_number("receiver", Some(json!(5)))]
#[case::receiver_as_list("receiver", Some(json!(["birch"])))]
#[case::malformed_receiver("receiver", Some(json!("a b")))]
#[case::receiver_with_separator("receiver", Some(json!("a#b")))]
#[case::long_receiver("receiver", Some(json!("b".repeat(101))))]
#[case::no_receiver_type("receiverType", None)]
#[case::receiver_type_as_number("receiverType", Some(json!(1)))]
#[case::category_as_object("category", Some(json!({})))]
#[case::type_as_list("type", Some(json!(["text"])))]
#[case::muid_as_number("muid", Some(json!(77)))]
#[case::no_data("data", None)]
#[case::null_data("data", Some(json!(null)))]
#[case::quoting_a_word("quotedMessageId", Some(json!("first")))]
#[case::quoting_a_fraction("quotedMessageId", Some(json!(1.5)))]
#[case::quoting_below_zero("quotedMessageId", Some(json!(-1)))]
#[case::receivers_as_list("multipleReceivers", Some(json!(["birch"])))]
#[tokio::test]
async fn a_field_of_the_wrong_shape_is_named_in_details(#[case] field: &str, #[case] value: Option<Value>) {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    let mut body = text_to_user("birch", "hello");
    let fields = body.as_object_mut().unwrap();
    fields.remove(field);
    fields.extend(value.map(|value| (field.to_owned(), value)));
    ash.post("/messages", body).await.expect_invalid(field);
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let api = Api::start().await;
    let ash = api.user("ash").await;
    let error = ash.post("/messages", json!({ "tags": 1, "muid": 2 })).await.expect_error(400, "ERR_BAD_REQUEST");
    let named: Vec<&String> = error["details"].as_object().unwrap().keys().collect();
    assert_eq!(named, ["data", "muid", "receiver", "receiverType", "tags"]);
    assert_eq!(error["details"]["receiver"], json!(["The receiver field is required."]));
}

#[rstest]
#[case::empty_receiver("receiver", json!(""), "ERR_EMPTY_RECEIVER")]
#[case::receiver_type("receiverType", json!("planet"), "ERR_INVALID_RECEIVER_TYPE")]
#[case::empty_category("category", json!(""), "ERR_EMPTY_MESSAGE_CATEGORY")]
#[case::unknown_category("category", json!("gossip"), "ERR_INVALID_MESSAGE_CATEGORY")]
#[case::action_by_hand("category", json!("action"), "ERR_INVALID_MESSAGE_CATEGORY")]
#[case::call_by_hand("category", json!("call"), "ERR_INVALID_MESSAGE_CATEGORY")]
#[case::empty_type("type", json!(""), "ERR_EMPTY_MESSAGE_TYPE")]
#[case::unknown_type("type", json!("smoke"), "ERR_INVALID_MESSAGE_TYPE")]
#[case::type_of_another_category("type", json!("form"), "ERR_INVALID_MESSAGE_TYPE")]
#[case::data_as_text("data", json!("hello"), "ERR_INVALID_MESSAGE_DATA")]
#[case::data_as_list("data", json!([{ "text": "hello" }]), "ERR_INVALID_MESSAGE_DATA")]
#[case::data_as_number("data", json!(1), "ERR_INVALID_MESSAGE_DATA")]
#[case::no_text("data", json!({}), "ERR_EMPTY_MESSAGE_TEXT")]
#[case::null_text("data", json!({ "text": null }), "ERR_EMPTY_MESSAGE_TEXT")]
#[case::empty_text("data", json!({ "text": "" }), "ERR_EMPTY_MESSAGE_TEXT")]
#[case::text_as_number("data", json!({ "text": 5 }), "ERR_INVALID_MESSAGE_TEXT")]
#[case::text_as_object("data", json!({ "text": {} }), "ERR_INVALID_MESSAGE_TEXT")]
#[case::metadata_as_text("data", json!({ "text": "x", "metadata": "{}" }), "ERR_INVALID_METADATA")]
#[case::metadata_as_list("data", json!({ "text": "x", "metadata": [1] }), "ERR_INVALID_METADATA")]
#[tokio::test]
async fn a_field_without_meaning_has_its_own_code(#[case] field: &str, #[case] value: Value, #[case] code: &str) {
    let api = Api::start().await;
    let (ash, _) = (api.user("ash").await, api.user("birch").await);
    let mut body = text_to_user("birch", "hello");
    body[field] = value;
    ash.post("/messages", body).await.expect_error(400, code);
}
