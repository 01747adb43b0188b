//! The processor's part of the two commonest requests: `cargo bench -p bench --profile bench-load --bench messages`. A send is read,
//! checked, turned into an item and answered; a page of 100 messages is turned from items into an answer, and compressed.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use divan::Bencher;
use model::budget::Entries;
use model::conversation::ConversationId;
use model::entity;
use model::id::MessageId;
use model::message::{Message, Receiver};
use model::message_view::MessageView;
use model::new_message::NewMessage;
use model::uid::Uid;
use model::user::User;
use serde_json::{Map, Value, json};
use shared::http::{compression, response};

type Item = HashMap<String, AttributeValue>;
type Failure = Box<dyn std::error::Error>;

const MESSAGES: usize = 100;
const BODY: &str = r#"{
    "receiver": "birch", "receiverType": "user", "muid": "c-77", "tags": ["tools", "autumn"],
    "data": {
        "text": "The ladders are back in the shed; whoever was up in the old pear tree, please count the baskets.",
        "metadata": { "place": { "row": 4, "tree": "pear" }, "urgent": false }
    }
}"#;

fn main() {
    divan::main();
}

#[divan::bench]
fn one_send(bencher: Bencher) {
    bencher
        .with_inputs(|| MessageId::first_of(shared::clock::system().seconds()))
        .bench_values(|id| send(id).expect("the body is valid"));
}

#[divan::bench]
fn page_of_100_messages(bencher: Bencher) {
    let (item, _) = send(MessageId::first_of(shared::clock::system().seconds())).expect("the body is valid");
    let items = vec![item; MESSAGES];
    let bytes = page(items.clone()).expect("the items are messages").len();
    assert!(MESSAGES * BODY.len() / 2 < bytes, "a page of {bytes} bytes");
    bencher.with_inputs(|| items.clone()).bench_local_values(page);
}

#[divan::bench]
fn gzip_of_that_page(bencher: Bencher) {
    let (item, _) = send(MessageId::first_of(shared::clock::system().seconds())).expect("the body is valid");
    let text = page(vec![item; MESSAGES]).expect("the items are messages");
    bencher.bench_local(|| compression::gzip(&text));
}

/// From the body to the item and the answer.
fn send(id: MessageId) -> Result<(Item, usize), Failure> {
    let body: Map<String, Value> = serde_json::from_str(BODY)?;
    let new = NewMessage::parse(&body).map_err(|error| error.to_string())?;
    let (sender, receiver) = (User::app_system(), Receiver::User(Uid::parse("birch")?));
    let conversation = ConversationId::of(&sender.uid, &receiver);
    let entities = entity::entities([
        ("sender", entity::user(&sender, None)),
        ("receiver", entity::user(&sender, Some(&conversation))),
    ]);
    let kind = (new.content.category, new.content.message_type);
    let mut message = Message::new(id, conversation, sender.uid, receiver, kind, new.content.data, entities);
    message.tags = new.content.tags;
    message.muid = new.muid;
    let answer = response::data(&MessageView::of(&message, &[], |_| None));
    Ok((serde_dynamo::to_item(&message)?, answer.body().len()))
}

/// From the items to the answer.
fn page(items: Vec<Item>) -> Result<Vec<u8>, Failure> {
    let messages: Vec<Message> = serde_dynamo::from_items(items)?;
    let views: Vec<MessageView> = messages.iter().map(|message| MessageView::of(message, &[], |_| None)).collect();
    Ok(response::list(&Entries::first(&views), &json!({})).body().to_vec())
}
