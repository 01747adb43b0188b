//! The windows of the three lists of messages: when a message was sent, edited, updated (contract/messages.md,
//! operations 2 to 4).

use model::message::{Message, Receiver};
use model::time::Seconds;
use model::uid::{Guid, Uid};
use rstest::rstest;
use tests::{Api, texts};

use crate::given::{DAWN, store, text_at, walk};

fn second(second: u64) -> Seconds {
    Seconds::new(DAWN + second)
}

/// As ash between ash and birch and in a group: one message each at the seconds 1 to 6. That of second 2 was edited at
/// 12, that of 3 at 13, and that of 4 was deleted at 14; that of 6 was edited in the very second.
async fn six_messages(api: &Api) {
    let (ash, _birch) = (api.user("ash").await, api.user("birch").await);
    api.group("grove", &[&ash]).await;
    let receivers = [Receiver::User(Uid::parse("birch").unwrap()), Receiver::Group(Guid::parse("grove").unwrap())];
    for (nth, receiver) in (0..).zip(&receivers) {
        for sent in 1..=6 {
            let mut message = text_at(sent, "ash", receiver, &sent.to_string());
            message.id = (message.id.number() + nth).try_into().unwrap();
            store(api, &changed(message, sent)).await;
        }
    }
}

fn changed(mut message: Message, sent: u64) -> Message {
    let at = match sent {
        2 => second(12),
        3 => second(13),
        4 => {
            let deleted_by = Some(message.sender.clone());
            return Message { deleted_at: Some(second(14)), deleted_by, updated_at: second(14), ..message };
        }
        6 => second(6),
        _ => return message,
    };
    message.edited_at = Some(at);
    message.edited_by = Some(message.sender.clone());
    message.updated_at = at;
    message
}

/// A query with `@n` for the second n.
fn at(query: &str) -> String {
    (0..=20).rev().fold(query.to_owned(), |query, n| query.replace(&format!("@{n}"), &(DAWN + n).to_string()))
}

#[rstest]
#[case::from_and_to("fromTimestamp=@2&toTimestamp=@4", &["2", "3", "4"])]
#[case::from_alone("fromTimestamp=@5", &["5", "6"])]
#[case::to_alone_is_ignored("toTimestamp=@2", &["1", "2", "3", "4", "5", "6"])]
#[case::an_empty_window("fromTimestamp=@4&toTimestamp=@3", &[])]
#[case::sent_window("sentAt[from]=@2&sentAt[to]=@3", &["2", "3"])]
#[case::sent_window_encoded("sentAt%5Bfrom%5D=@2&sentAt%5Bto%5D=@3", &["2", "3"])]
#[case::sent_from("sentAt[from]=@6", &["6"])]
#[case::sent_to("sentAt[to]=@1", &["1"])]
#[case::one_second("sentAt[from]=@3&sentAt[to]=@3", &["3"])]
#[case::both_windows("fromTimestamp=@2&sentAt[to]=@4", &["2", "3", "4"])]
#[case::before_ids_begin("sentAt[to]=5", &[])]
#[case::after_ids_end("fromTimestamp=99999999999", &[])]
#[case::updated_window("updatedAt[from]=@12&updatedAt[to]=@13", &["2", "3"])]
#[case::updated_from("updatedAt[from]=@13", &["3", "4"])]
#[case::updated_to_skips_what_never_was("updatedAt[to]=@12", &["2", "6"])]
#[case::updated_since("onlyUpdates=1&updatedAt=@13", &["3", "4"])]
#[case::every_update("onlyUpdates=true", &["2", "3", "4", "6"])]
#[case::edited_window("editedAt[from]=@12&editedAt[to]=@12", &["2"])]
#[case::edited_window_encoded("editedAt%5Bfrom%5D=@12&editedAt%5Bto%5D=@12", &["2"])]
#[case::edited_from("editedAt[from]=@7", &["2", "3"])]
#[case::edited_to("editedAt[to]=@12", &["2", "6"])]
#[case::sent_and_edited("sentAt[from]=@3&editedAt[from]=@1", &["3", "6"])]
#[tokio::test]
async fn windows_hold_both_their_ends(#[case] query: &str, #[case] expected: &[&str]) {
    let api = Api::start().await;
    six_messages(&api).await;
    let ash = api.on_behalf_of("ash");
    let query = format!("category=message&{}", at(query));
    let twice: Vec<&str> = expected.iter().flat_map(|text| [*text, *text]).collect();

    for (list, expected) in
        [("/users/birch/messages", expected), ("/groups/grove/messages", expected), ("/messages", &twice)]
    {
        for (affix, limit) in [("append", 2), ("prepend", 5)] {
            let visited = serde_json::Value::Array(walk(&ash, list, &query, affix, limit).await);
            assert_eq!(texts(&visited), expected, "{list}?{query}, {affix} {limit}");
        }
    }
    let of_the_app = serde_json::Value::Array(walk(&api.app(), "/messages", &query, "append", 50).await);
    assert_eq!(texts(&of_the_app), twice);
}

#[rstest]
#[case::after("affix=append&sentAt=@4", &["5", "6"])]
#[case::before("affix=prepend&sentAt=@3", &["1", "2"])]
#[case::alone_it_goes_forwards("sentAt=@4", &["5", "6"])]
#[case::inside_a_window("affix=append&sentAt=@2&sentAt[to]=@4", &["3", "4"])]
#[tokio::test]
async fn a_second_is_an_exclusive_cursor(#[case] query: &str, #[case] expected: &[&str]) {
    let api = Api::start().await;
    six_messages(&api).await;
    let ash = api.on_behalf_of("ash");
    for list in ["/users/birch/messages", "/groups/grove/messages"] {
        let page = ash.get(format!("{list}?category=message&{}", at(query))).await.expect_data();
        assert_eq!(texts(&page), expected, "{list}");
    }
}
